"""Replicate's API, https://replicate.com/docs/reference/http: models of others, run by the call."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

REPLICATE: Final = Provider(
    name="replicate",
    title="Replicate",
    base_url="https://api.replicate.com/v1",
    error_at=("detail",),
    refusals={
        402: "Replicate's account cannot pay for it: {said}",
        404: "Replicate has no such model: {said}",
        422: "Replicate cannot run that: {said}",
    },
)
ReplicateCredentials = Annotated[ApiKey, REPLICATE.field()]
