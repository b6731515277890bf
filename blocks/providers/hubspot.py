"""HubSpot's CRM API v3, https://developers.hubspot.com/docs/api-reference/legacy/crm, by the token of a private app."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

HUBSPOT: Final = Provider(
    name="hubspot",
    title="HubSpot",
    base_url="https://api.hubapi.com",
    refusals={
        400: "HubSpot cannot do that: {said}",
        404: "HubSpot has no such thing: {said}",
        409: "HubSpot has it already: {said}",
    },
)
HubSpotCredentials = Annotated[ApiKey, HUBSPOT.field()]
