"""Notion's API, https://developers.notion.com/reference, version 2022-06-28: the last in which a database is one table."""

from __future__ import annotations

import re
from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from schema.errors import InvalidInput, shorten

NOTION: Final = Provider(
    name="notion",
    title="Notion",
    base_url="https://api.notion.com/v1",
    oauth=OAuthEndpoints(
        authorize_url="https://api.notion.com/v1/oauth/authorize",
        token_url="https://api.notion.com/v1/oauth/token",
        parameters={"owner": "user"},
        client_in="header",
    ),
    headers={"Notion-Version": "2022-06-28"},
    refusals={
        400: "Notion cannot do that: {said}",
        404: "Notion has no such thing, or it was not shared with the integration: {said}",
        409: "Notion was changed meanwhile: {said}",
    },
)
NotionCredentials = Annotated[ApiKey | OAuth2, NOTION.field()]

#: An id, with or without its hyphens; at the end of an address, perhaps behind the page's name.
_ID: Final = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def notion_id(text: str, pin: str) -> str:
    """Give the id that a text is, or that stands in an address of Notion's."""
    path = text.strip().partition("?")[0].partition("#")[0]
    found = list(_ID.finditer(path))
    if not found or found[-1].end() != len(path.rstrip("/")):
        raise InvalidInput(f"{shorten(text, 100)!r} is no id and no address of Notion's.", pin=pin)
    return found[-1][0]
