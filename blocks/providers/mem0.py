"""Mem0's API, https://docs.mem0.ai/api-reference: what agents are to remember."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

MEM0: Final = Provider(
    name="mem0",
    title="Mem0",
    base_url="https://api.mem0.ai",
    key=KeyPlace(scheme="Token"),
    error_at=("detail",),
    refusals={400: "Mem0 cannot do that: {said}"},
)
Mem0Credentials = Annotated[ApiKey, MEM0.field()]
