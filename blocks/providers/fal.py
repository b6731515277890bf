"""fal's queue, https://docs.fal.ai/documentation/model-apis/inference/queue: models of others, run by the call."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

FAL: Final = Provider(
    name="fal",
    title="fal",
    base_url="https://queue.fal.run",
    key=KeyPlace(scheme="Key"),
    error_at=("detail",),
    refusals={404: "fal has no such model: {said}", 422: "fal cannot run that: {said}"},
)
FalCredentials = Annotated[ApiKey, FAL.field()]
