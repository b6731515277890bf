"""Smartlead's API, https://api.smartlead.ai/api-reference: campaigns of e-mails. Its key goes into the query."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

SMARTLEAD: Final = Provider(
    name="smartlead",
    title="Smartlead",
    base_url="https://server.smartlead.ai/api/v1",
    key=KeyPlace(parameter="api_key"),
    refusals={
        404: "Smartlead has no such campaign, or the key may not see it.",
        422: "Smartlead cannot do that: {said}",
    },
)
SmartleadCredentials = Annotated[ApiKey, SMARTLEAD.field()]
