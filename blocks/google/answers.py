"""What Google's answers must be for a block to go on: objects with these fields; anything else is told, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.sdk.rest import Answer, found_at
from schema.errors import BlockFailed, shorten


def said(answer: Answer) -> dict[str, Any]:
    """Give the object of an answer; an empty answer is an empty one. Raises BlockFailed for what is none."""
    if answer.content is None:
        return {}
    if not isinstance(answer.content, dict):
        shown = shorten(str(answer.content), 100)
        raise BlockFailed(f"Google answered with what is no object: {shown!r}. Is DRYSTONE_PROVIDER_URLS right?")
    return answer.content


def listed(content: Any, *path: str) -> list[dict[str, Any]]:
    """Give the objects of a list in an answer; none where there is no list."""
    found = found_at(content, path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def inner(content: Any, *path: str) -> dict[str, Any]:
    """Give an object in an answer; an empty one where there is none."""
    found = found_at(content, path)
    return found if isinstance(found, dict) else {}


def needed(content: Mapping[str, Any], *path: str) -> Any:
    """Give what must be in an answer. Raises BlockFailed: what was asked for was done, and what it is called is not known."""
    found = found_at(content, path)
    if found is None:
        what = "Look there before the node is run again"
        raise BlockFailed(f"Google's answer has no {'.'.join(path)!r}. {what}: what was asked for may have been done.")
    return found
