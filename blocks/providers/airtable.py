"""Airtable's API, https://airtable.com/developers/web/api: bases, their tables and fields, and records."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider

AIRTABLE: Final = Provider(
    name="airtable",
    title="Airtable",
    base_url="https://api.airtable.com/v0",
    oauth=OAuthEndpoints(
        authorize_url="https://airtable.com/oauth2/v1/authorize",
        token_url="https://airtable.com/oauth2/v1/token",
        client_in="header",
    ),
    error_at=("error", "message"),
    refusals={
        404: "Airtable has no such base, table or record, or the credential may not see it.",
        422: "Airtable cannot do that: {said}",
    },
)

AirtableReadCredentials = Annotated[ApiKey | OAuth2, AIRTABLE.field("data.records:read")]
AirtableWriteCredentials = Annotated[ApiKey | OAuth2, AIRTABLE.field("data.records:write")]
AirtableSchemaReadCredentials = Annotated[ApiKey | OAuth2, AIRTABLE.field("schema.bases:read")]
AirtableSchemaWriteCredentials = Annotated[ApiKey | OAuth2, AIRTABLE.field("schema.bases:write")]
