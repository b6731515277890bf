"""Pinecone's API, https://docs.pinecone.io/reference/api, version 2025-01: indexes of vectors, each at a host of its own."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

PINECONE: Final = Provider(
    name="pinecone",
    title="Pinecone",
    base_url="https://api.pinecone.io",
    hosts=("*.pinecone.io",),
    key=KeyPlace(header="Api-Key", scheme=""),
    headers={"X-Pinecone-API-Version": "2025-01"},
    error_at=("error", "message"),
    refusals={404: "Pinecone has no such index.", 400: "Pinecone cannot do that: {said}"},
)
PineconeCredentials = Annotated[ApiKey, PINECONE.field()]
