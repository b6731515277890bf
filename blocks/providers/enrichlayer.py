"""Enrich Layer's API v2, https://enrichlayer.com/docs/api/v2: what is public of people and companies."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

ENRICHLAYER: Final = Provider(
    name="enrichlayer",
    title="Enrich Layer",
    base_url="https://enrichlayer.com/api/v2",
    error_at=("description",),
    refusals={
        402: "Enrich Layer's account has no credits left.",
        404: "Enrich Layer found nobody: {said}",
    },
)
EnrichlayerCredentials = Annotated[ApiKey, ENRICHLAYER.field()]
