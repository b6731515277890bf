"""Blocks for Pinecone: an index of vectors, what is put into it, and what is near to a vector."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Final

from blocks.providers.pinecone import PINECONE, PineconeCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, CredentialUnusable, Sleep, Yield, pin
from blocks.sdk.addresses import parse_url
from blocks.sdk.credentials import Credential, is_host_of
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput, shorten

_KEY: Final = sample_key(PINECONE)
_READY: Final = {"name": "walls", "host": "walls-1.svc.pinecone.io", "status": {"ready": True}}
_NOT_READY: Final = {**_READY, "status": {"ready": False}}
#: Vectors of one request: fewer than it takes, so that long ones stay within its two megabytes.
_VECTORS_A_REQUEST: Final = 100
VECTORS_MAX: Final = 10_000
NEAREST_MAX: Final = 10_000
#: How often, and how soon again, a new index is asked for.
_ASKS_MAX: Final = 60
_WAIT_SECONDS: Final = 5.0


async def _at_index(credential: Credential, context: Context, name: str, host: str = "") -> Api:
    """Give the API of an index, at the host that it has; a host that is not Pinecone's gets no credential."""
    if not host:
        found = await Api(PINECONE, credential, context).call("GET", "/indexes/{index}", {"index": name})
        host = str(found.content["host"])
    url = host if host.startswith("https://") else f"https://{host}"
    if not any(is_host_of(parse_url(url), own) for own in PINECONE.hosts):
        raise CredentialUnusable(f"A credential of Pinecone is not sent to {shorten(host, 100)!r}.")
    return Api(replace(PINECONE, services={"index": url}), credential, context)


class PineconeInit(Block):
    """Make an index, if it is not there, and wait until it is ready."""

    id = "48d8fdab-8f03-41f3-8407-8107ba11ec9b"
    name = "PineconeInitBlock"
    categories = ("LOGIC",)

    class Input(BlockInput):
        credentials: PineconeCredentials = pin(description="Access to Pinecone.")
        index_name: str = pin(description="What it is called.", min_length=1)
        dimension: int = pin(768, description="How many numbers a vector has.", ge=1, le=20_000)
        metric: str = pin("cosine", description="What near means: cosine, euclidean, dotproduct.")
        cloud: str = pin("aws", description="Where it is: aws, gcp, azure.")
        region: str = pin("us-east-1", description="In which region of it.")

    class Output(BlockOutput):
        index: str = pin(description="What it is called.")
        message: str = pin(description="Whether it was made, or was there.")

    examples = (
        sample(
            _KEY,
            {"index_name": "walls"},
            [("index", "walls"), ("message", "The index walls is there.")],
            said({"indexes": [_READY]}),
        ),
        sample(
            _KEY,
            {"index_name": "walls"},
            [("index", "walls"), ("message", "The index walls was made.")],
            said({"indexes": []}),
            said(_NOT_READY, 201),
            said({"indexes": [_NOT_READY]}),
            said({"indexes": [_READY]}),
            title="It is made",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, is_made = Api(PINECONE, inputs.credentials, context), bool(context.memories)
        found = (await api.call("GET", "/indexes")).content.get("indexes") or []
        index = next((one for one in found if one.get("name") == inputs.index_name), None)
        if index is None and not is_made:
            index = (await api.call("POST", "/indexes", json=_wanted(inputs), is_repeatable=False)).content
            is_made = True
        if index is None or not (index.get("status") or {}).get("ready"):
            if context.step >= _ASKS_MAX:
                raise BlockFailed(f"Pinecone's index {inputs.index_name} does not become ready.")
            yield Sleep(_WAIT_SECONDS, memory="made" if is_made else None)
            return
        yield "index", inputs.index_name
        yield "message", f"The index {inputs.index_name} {'was made' if is_made else 'is there'}."


def _wanted(inputs: PineconeInit.Input) -> dict[str, Any]:
    spec = {"serverless": {"cloud": inputs.cloud, "region": inputs.region}}
    return {"name": inputs.index_name, "dimension": inputs.dimension, "metric": inputs.metric, "spec": spec}


class PineconeQuery(Block):
    """Find what in an index is near to a vector."""

    id = "9ad93d0f-91b4-4c9c-8eb1-82e26b4a01c5"
    name = "PineconeQueryBlock"
    categories = ("LOGIC",)

    class Input(BlockInput):
        credentials: PineconeCredentials = pin(description="Access to Pinecone.")
        query_vector: list[Any] = pin(description="The vector.")
        namespace: str = pin("", description="The part of the index.")
        top_k: int = pin(3, description="How many to give.", ge=1, le=NEAREST_MAX)
        include_values: bool = pin(False, description="With their vectors.")
        include_metadata: bool = pin(True, description="With what was put in with them, the text among it.")
        host: str = pin("", description="The index's host; empty: Pinecone is asked for it.")
        idx_name: str = pin(description="The index.")

    class Output(BlockOutput):
        results: Any = pin(description="What is near: its matches, and their texts together.")
        combined_results: Any = pin(description="Their texts together.")

    examples = (
        sample(
            _KEY,
            {"query_vector": [0.1, 0.2], "idx_name": "walls"},
            [
                (
                    "results",
                    {
                        "matches": [{"id": "1", "score": 0.9, "metadata": {"text": "Stone."}}],
                        "combined_text": "Stone.",
                    },
                ),
                ("combined_results", "Stone."),
            ],
            said(_READY),
            said({"matches": [{"id": "1", "score": 0.9, "metadata": {"text": "Stone."}}]}),
        ),
        sample(
            _KEY,
            {"query_vector": [0.1], "idx_name": "walls", "host": "https://pinecone.example.com"},
            [],
            title="The host is another's",
            error="is not sent to",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = await _at_index(inputs.credentials, context, inputs.idx_name, inputs.host.strip())
        body = {
            "vector": inputs.query_vector,
            "topK": inputs.top_k,
            "namespace": inputs.namespace,
            "includeValues": inputs.include_values,
            "includeMetadata": inputs.include_metadata,
        }
        found = (await api.call("POST", "index:/query", json=body, is_repeatable=True)).content
        matches = found.get("matches") or []
        texts = [str(text) for match in matches if (text := (match.get("metadata") or {}).get("text"))]
        together = "\n\n".join(texts)
        yield "results", {"matches": matches, "combined_text": together}
        yield "combined_results", together


class PineconeInsert(Block):
    """Put texts and their vectors into an index. When the node is run again, they are replaced, not doubled."""

    id = "477f2168-cd91-475a-8146-9499a5982434"
    name = "PineconeInsertBlock"
    categories = ("LOGIC",)

    class Input(BlockInput):
        credentials: PineconeCredentials = pin(description="Access to Pinecone.")
        index: str = pin(description="The index.")
        chunks: list[Any] = pin(description="The texts.", max_length=VECTORS_MAX)
        embeddings: list[Any] = pin(description="Their vectors, one for each.")
        namespace: str = pin("", description="The part of the index.")
        metadata: dict[str, Any] = pin(default_factory=dict, description="What is put in with each of them.")

    class Output(BlockOutput):
        upsert_response: str = pin(description="That it was done.")

    examples = (
        sample(
            _KEY,
            {"index": "walls", "chunks": ["Stone."], "embeddings": [[0.1, 0.2]]},
            [("upsert_response", "successfully upserted")],
            said(_READY),
            said({"upsertedCount": 1}),
        ),
        sample(
            _KEY,
            {"index": "walls", "chunks": ["Stone."], "embeddings": []},
            [],
            title="A vector is missing",
            error="one vector for each text",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if len(inputs.chunks) != len(inputs.embeddings):
            counts = f"{len(inputs.chunks)} texts, {len(inputs.embeddings)} vectors"
            raise InvalidInput(f"There must be one vector for each text: {counts}.", pin="embeddings")
        key = context.idempotency_key()
        api = await _at_index(inputs.credentials, context, inputs.index)
        pairs = zip(inputs.chunks, inputs.embeddings, strict=True)
        vectors = [
            _vector(f"{key}-{place}", text, values, inputs.metadata) for place, (text, values) in enumerate(pairs)
        ]
        for start in range(0, len(vectors), _VECTORS_A_REQUEST):
            body = {"vectors": vectors[start : start + _VECTORS_A_REQUEST], "namespace": inputs.namespace}
            await api.call("POST", "index:/vectors/upsert", json=body, is_repeatable=True)
        yield "upsert_response", "successfully upserted"


def _vector(vector_id: str, text: Any, values: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": vector_id, "values": values, "metadata": {**metadata, "text": str(text)}}
