"""Revid's API v3, https://www.revid.ai/docs: short videos from a script."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

REVID: Final = Provider(
    name="revid",
    title="Revid",
    base_url="https://www.revid.ai/api/public/v3",
    key=KeyPlace(header="key", scheme=""),
    error_at=("error",),
)
RevidCredentials = Annotated[ApiKey, REVID.field()]
