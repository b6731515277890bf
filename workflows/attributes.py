"""Search attributes of a run in Temporal: ids and enums only, because they always stay in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from workflows.names import AGENT_ID, AGENT_VERSION, ROOT_RUN_ID, RUN_STATUS, TENANT, TRIGGER
from workflows.wire import Header

#: What a namespace must know, by the types that Temporal has; `drystone temporal setup` makes them.
ATTRIBUTE_TYPES: Final[Mapping[str, str]] = {
    TENANT: "Keyword",
    AGENT_ID: "Keyword",
    AGENT_VERSION: "Int",
    RUN_STATUS: "Keyword",
    TRIGGER: "Keyword",
    ROOT_RUN_ID: "Keyword",
}


def attributes_of(header: Header, agent_id: str, agent_version: int, trigger: str) -> TypedSearchAttributes:
    """Give the attributes with which a run starts; `header` is of the run itself or of the one that starts it."""
    keywords: dict[str, str] = {
        TENANT: header.tenant_id,
        AGENT_ID: agent_id,
        RUN_STATUS: "RUNNING",
        TRIGGER: trigger,
        ROOT_RUN_ID: header.root_run_id,
    }
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in keywords.items()
    ]
    pairs.append(SearchAttributePair(SearchAttributeKey.for_int(AGENT_VERSION), agent_version))
    return TypedSearchAttributes(pairs)
