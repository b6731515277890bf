"""Ids between the command line and the API: a person types the UUID, GraphQL has it with its type; it looks nothing up.

The form is that of `api.graphql.ids`, which cannot be imported here: it would load the whole of the API. A test compares them.
"""

from __future__ import annotations

import base64
from uuid import UUID


def to_api(kind: str, *parts: object) -> str:
    """Give the API's id of a thing."""
    text = ":".join([kind, *(str(part) for part in parts)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_api(given: str) -> str:
    """Give the UUID of a thing by the API's id, as text."""
    return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().split(":")[1]


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
