"""Smartlead's API, https://api.smartlead.ai/api-reference: campaigns of e-mails. Its key goes into the query."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider


def _failure(answer: Any) -> str | None:
    """A refusal may come with status 200: {"ok": false, ...}."""
    if not isinstance(answer, dict) or answer.get("ok") is not False:
        return None
    return str(answer.get("error") or answer.get("message") or "no reason is given")


SMARTLEAD: Final = Provider(
    name="smartlead",
    title="Smartlead",
    base_url="https://server.smartlead.ai/api/v1",
    key=KeyPlace(parameter="api_key"),
    failure=_failure,
    refusals={
        404: "Smartlead has no such campaign, or the key may not see it.",
        422: "Smartlead cannot do that: {said}",
    },
)
SmartleadCredentials = Annotated[ApiKey, SMARTLEAD.field()]
