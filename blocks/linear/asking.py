"""Asking Linear: one operation, or all pages of a list, within a bound; what is found is given as Linear gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blocks.sdk.rest import PAGES_MAX, Api, found_at
from schema.errors import InvalidInput, Unavailable, shorten

#: Items that Linear gives in one answer, where each has a few lists in it.
_ITEMS_A_PAGE: Final = 50
#: Comments of an issue that are given with it.
COMMENTS_MAX: Final = 50

ISSUE_FIELDS: Final = (
    "id identifier title description priority url createdAt updatedAt "
    "state { id name type } assignee { id name } project { id name } team { id name key }"
)
COMMENT_FIELDS: Final = f"comments(first: {COMMENTS_MAX}) {{ nodes {{ id body createdAt user {{ id name }} }} }}"
PROJECT_FIELDS: Final = "id name description priority progress content url state"


async def ask(api: Api, text: str, variables: Mapping[str, Any], *, changes: bool = False) -> Any:
    """Give the `data` of an operation; what `changes` something is not sent a second time."""
    body = {"query": text, "variables": dict(variables)}
    answer = await api.call("POST", "/graphql", json=body, is_repeatable=not changes)
    data = answer.content.get("data") if isinstance(answer.content, dict) else None
    if not isinstance(data, dict):
        raise Unavailable("Linear answered without data.")
    return data


async def all_of(api: Api, text: str, variables: Mapping[str, Any], name: str, items_max: int) -> list[dict[str, Any]]:
    """Give the items of all pages of a list, `items_max` at most; the operation takes $first and $after."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(PAGES_MAX):
        first = min(_ITEMS_A_PAGE, items_max - len(found))
        data = await ask(api, text, {**variables, "first": first, "after": after})
        found += found_at(data, (name, "nodes")) or ()
        after = found_at(data, (name, "pageInfo", "endCursor"))
        if len(found) >= items_max or not found_at(data, (name, "pageInfo", "hasNextPage")) or not after:
            break
    return found[:items_max]


async def id_named(api: Api, kind: str, name: str, pin: str) -> str:
    """Give the id of the team or the project (`kind`: teams, projects) of a name, however its letters are written."""
    filter_type = {"teams": "TeamFilter", "projects": "ProjectFilter"}[kind]
    text = f"query ($filter: {filter_type}) {{ {kind}(filter: $filter, first: 1) {{ nodes {{ id name }} }} }}"
    data = await ask(api, text, {"filter": {"name": {"eqIgnoreCase": name.strip()}}})
    found = found_at(data, (kind, "nodes", "0", "id"))
    if not found:
        raise InvalidInput(
            f"Linear has no {kind[:-1]} {shorten(name, 100)!r}, or the credential may not see it.", pin=pin
        )
    return str(found)
