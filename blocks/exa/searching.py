"""Searches of Exa's websets as they are asked for: what to find, what each must fulfil, where to look; it asks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol


class SearchEntityType(StrEnum):
    """What kind of thing is searched for."""

    COMPANY = "company"
    PERSON = "person"
    ARTICLE = "article"
    RESEARCH_PAPER = "research_paper"
    CUSTOM = "custom"
    AUTO = "auto"


class SearchBehavior(StrEnum):
    """Whether what is found goes to the items that are there, or in their place."""

    OVERRIDE = "override"
    APPEND = "append"


class SearchType(StrEnum):
    """What a source is."""

    IMPORT = "import"
    WEBSET = "webset"


class SearchInput(Protocol):
    """The pins that say what to search for."""

    query: str
    count: int
    entity_type: SearchEntityType
    entity_description: str | None
    criteria: list[str]
    exclude_source_ids: list[str]
    exclude_source_types: list[str]
    scope_source_ids: list[str]
    scope_source_types: list[str]
    scope_relationships: list[str]
    scope_relationship_limits: list[int]
    metadata: dict[str, Any] | None


def criteria_of(texts: Sequence[str]) -> list[dict[str, str]]:
    """Give criteria as Exa takes them."""
    return [{"description": text} for text in texts]


def kept(given: dict[str, Any]) -> dict[str, Any]:
    """Give what was set."""
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def entity_of(kind: SearchEntityType | None, description: str | None) -> dict[str, str]:
    """Give a kind of thing as Exa takes it; nothing where Exa is to find out."""
    if kind is None or kind is SearchEntityType.AUTO:
        return {}
    return {"type": kind.value, **({"description": description} if description else {})}


def search_of(inputs: SearchInput) -> dict[str, Any]:
    """Give a search as Exa takes it, without what nobody set."""
    scope = sources_of(inputs.scope_source_ids, inputs.scope_source_types)
    relate(scope, inputs.scope_relationships, inputs.scope_relationship_limits)
    return kept(
        {
            "query": inputs.query,
            "count": inputs.count,
            "entity": entity_of(inputs.entity_type, inputs.entity_description),
            "criteria": criteria_of(inputs.criteria),
            "exclude": sources_of(inputs.exclude_source_ids, inputs.exclude_source_types),
            "scope": scope,
            "metadata": inputs.metadata,
        }
    )


def relate(scope: Sequence[dict[str, Any]], relationships: Sequence[str], limits: Sequence[int]) -> None:
    """Say of each source how what is searched for belongs to it."""
    for number, source in enumerate(scope):
        if number < len(relationships) and relationships[number]:
            limit = {"limit": limits[number]} if number < len(limits) else {}
            source["relationship"] = {"definition": relationships[number], **limit}


def sources_of(ids: Sequence[str], types: Sequence[str]) -> list[dict[str, Any]]:
    """Give sources by their ids; one of which nothing is said is an import."""
    return [
        {"source": str(types[number]) if number < len(types) else "import", "id": one} for number, one in enumerate(ids)
    ]
