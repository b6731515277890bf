"""ZeroBounce's API v2, https://www.zerobounce.net/docs: whether an address can be written to. Its key goes into the query."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider


def _failure(answer: Any) -> str | None:
    """A refusal comes with status 200: {"error": "..."}."""
    said = answer.get("error") if isinstance(answer, dict) else None
    return str(said) if said else None


ZEROBOUNCE: Final = Provider(
    name="zerobounce",
    title="ZeroBounce",
    base_url="https://api.zerobounce.net/v2",
    key=KeyPlace(parameter="api_key"),
    error_at=("error",),
    failure=_failure,
)
ZeroBounceCredentials = Annotated[ApiKey, ZEROBOUNCE.field()]
