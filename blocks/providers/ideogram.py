"""Ideogram's API, https://developer.ideogram.ai: images that are made from a text."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

IDEOGRAM: Final = Provider(
    name="ideogram",
    title="Ideogram",
    base_url="https://api.ideogram.ai",
    key=KeyPlace(header="Api-Key", scheme=""),
    error_at=("error",),
    refusals={422: "Ideogram will not make that: {said}"},
)
IdeogramCredentials = Annotated[ApiKey, IDEOGRAM.field()]
