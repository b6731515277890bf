"""Ids as clients see them: opaque, and of one type each; what an id stands for is looked up elsewhere."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

import strawberry

from schema.errors import NotFound

CHARACTERS_MAX: Final = 400


def encode_id(kind: str, *parts: object) -> strawberry.ID:
    """Give the id of a thing: `kind` is its GraphQL type's name, `parts` its key."""
    text = ":".join([kind, *(str(part) for part in parts)])
    return strawberry.ID(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def decode_id(kind: str, given: str) -> list[str]:
    """Give the key of an id; raise NotFound, as for a thing that is not there, where it is not an id of this type."""
    found = split_id(given)
    if found is None or found[0] != kind:
        raise NotFound(f"There is no such {kind} here.")
    return found[1]


def decode_uuid(kind: str, given: str) -> UUID:
    """Give the key of an id whose key is one UUID."""
    try:
        (part,) = decode_id(kind, given)
        return UUID(part)
    except ValueError as error:
        raise NotFound(f"There is no such {kind} here.") from error


def split_id(given: str) -> tuple[str, list[str]] | None:
    """Give (type, key) of an id, or None where it is no id at all."""
    if len(given) > CHARACTERS_MAX:
        return None
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    kind, *parts = text.split(":")
    return (kind, parts) if kind and parts else None
