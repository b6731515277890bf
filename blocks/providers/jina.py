"""Jina's search foundation, https://jina.ai/reader and https://api.jina.ai: reading, searching, checking, embedding, cutting."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

JINA: Final = Provider(
    name="jina",
    title="Jina",
    base_url="https://api.jina.ai/v1",
    services={
        "reader": "https://r.jina.ai",
        "search": "https://s.jina.ai",
        "grounding": "https://g.jina.ai",
        "segmenter": "https://segment.jina.ai",
    },
    headers={"Accept": "application/json"},
    error_at=("readableMessage",),
    refusals={402: "Jina's account has no balance left: {said}"},
)
JinaCredentials = Annotated[ApiKey, JINA.field()]
