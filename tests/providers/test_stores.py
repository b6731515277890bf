"""Pinecone's vectors and Mem0's memories as their documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.mem0 import AddMemory, GetAllMemories, GetLatestMemory, SearchMemory
from blocks.library.pinecone import PineconeInit, PineconeInsert, PineconeQuery
from blocks.providers.mem0 import MEM0
from blocks.providers.pinecone import PINECONE
from tests.providers.exchanges import Anything, Case, Exchange, header, play
from tests.providers.services import Asked, Says, service

INDEX = {"name": "walls", "host": "walls-1.svc.aped-1.pinecone.io", "status": {"ready": True}}
NEW = {**INDEX, "status": {"ready": False}}
MATCHES = [{"id": "1", "score": 0.9, "metadata": {"text": "A"}}, {"id": "2", "metadata": {"text": "B"}}, {"id": "3"}]


def as_pinecone_says(asked: Asked) -> str | None:
    if asked.headers.get("api-key") != "the-secret-key":
        return "no key"
    return None if asked.headers.get("x-pinecone-api-version") == "2025-01" else "no version"


PINECONE_CASES = [
    Case(
        PineconeInit,
        {"index_name": "walls", "dimension": 3},
        [
            Exchange("GET", "/indexes", {"indexes": [{**INDEX, "name": "other"}]}),
            Exchange(
                "POST",
                "/indexes",
                Says(NEW, 201),
                json={
                    "name": "walls",
                    "dimension": 3,
                    "metric": "cosine",
                    "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
                },
            ),
            Exchange("GET", "/indexes", {"indexes": [NEW]}),
            Exchange("GET", "/indexes", {"indexes": [INDEX]}),
        ],
        [("index", "walls"), ("message", "The index walls was made.")],
    ),
    Case(
        PineconeQuery,
        {"query_vector": [0.1, 0.2], "idx_name": "walls", "namespace": "n", "top_k": 2},
        [
            Exchange("GET", "/indexes/walls", INDEX),
            Exchange(
                "POST",
                "/query",
                {"matches": MATCHES},
                json={
                    "vector": [0.1, 0.2],
                    "topK": 2,
                    "namespace": "n",
                    "includeValues": False,
                    "includeMetadata": True,
                },
            ),
        ],
        [("results", {"matches": MATCHES, "combined_text": "A\n\nB"}), ("combined_results", "A\n\nB")],
    ),
]


@pytest.mark.parametrize("case", PINECONE_CASES, ids=str)
async def test_pinecone_is_asked_as_documented(case: Case) -> None:
    await play(PINECONE, case, as_pinecone_says)


async def test_vectors_go_a_hundred_a_request_under_ids_that_are_the_same_on_every_attempt() -> None:
    inputs = {"index": "walls", "chunks": ["t"] * 150, "embeddings": [[1, 2]] * 150, "metadata": {"of": "x"}}
    operations = {
        ("GET", "/indexes/walls"): Says(INDEX),
        ("POST", "/vectors/upsert"): Says({"upsertedCount": 1}),
    }
    async with service(PINECONE, operations, as_pinecone_says) as running:
        for _attempt in range(2):
            outcome = await running.run(PineconeInsert, inputs, run_id="run", execution=1)
    assert outcome.outputs == [("upsert_response", "successfully upserted")]
    sent = [asked.json["vectors"] for asked in running.asked if asked.method == "POST"]
    assert [len(vectors) for vectors in sent] == [100, 50, 100, 50]
    assert sent[:2] == sent[2:]
    assert len({vector["id"] for vectors in sent[:2] for vector in vectors}) == 150
    assert sent[0][0]["metadata"] == {"of": "x", "text": "t"}


@pytest.mark.parametrize(
    "host", ["evil.example.com", "https://pinecone.io.evil.example.com", "http://walls.pinecone.io", "127.0.0.1:8080"]
)
async def test_the_key_goes_to_no_host_but_pinecones(host: str) -> None:
    """The first of the block's hosts that is allowed is `*.pinecone.io` over TLS; the service is there and is not asked."""
    async with service(PINECONE, Anything(Says({"matches": []}))) as running:
        outcome = await running.run(PineconeQuery, {"query_vector": [1], "idx_name": "walls", "host": host})
        allowed = await running.run(
            PineconeQuery, {"query_vector": [1], "idx_name": "walls", "host": "https://walls-1.svc.pinecone.io"}
        )
    assert outcome.code in ("CREDENTIAL_UNUSABLE", "EGRESS_REFUSED", "INVALID_VALUE")
    assert allowed.error is None
    assert len(running.asked) == 1


MEMORY = {"id": "m", "memory": "Likes walls", "created_at": "2026-01-31"}
OLDER = {"id": "n", "memory": "Likes hedges", "created_at": "2026-01-30"}
MINE: list[dict[str, Any]] = [{"user_id": "drystone"}, {"agent_id": "graph"}]
MEM0_CASES = [
    Case(
        AddMemory,
        {
            "content": {"discriminator": "content", "content": "I like walls"},
            "metadata": {"k": 1},
            "limit_memory_to_run": True,
        },
        [
            Exchange(
                "POST",
                "/v1/memories/",
                {"results": [{"id": "m", "event": "ADD", "memory": "Likes walls"}]},
                json={
                    "messages": [{"role": "user", "content": "I like walls"}],
                    "user_id": "drystone",
                    "run_id": "run",
                    "agent_id": "graph",
                    "async_mode": False,
                    "output_format": "v1.1",
                    "metadata": {"k": 1},
                },
            )
        ],
        [("results", [{"event": "ADD", "memory": "Likes walls"}]), ("action", "ADD"), ("memory", "Likes walls")],
    ),
    Case(
        SearchMemory,
        {"query": "walls", "categories_filter": ["taste"], "metadata_filter": {"k": 1}},
        [
            Exchange(
                "POST",
                "/v2/memories/search/",
                [MEMORY],
                json={
                    "query": "walls",
                    "filters": {"AND": [*MINE, {"categories": {"in": ["taste"]}}, {"metadata": {"k": 1}}]},
                },
            )
        ],
        [("memories", [MEMORY])],
    ),
    Case(
        GetAllMemories,
        {"limit_memory_to_agent": False},
        [
            Exchange(
                "POST",
                "/v2/memories/",
                {"results": [MEMORY]},
                query={"page": "1", "page_size": "100"},
                json={"filters": {"AND": [{"user_id": "drystone"}]}},
            )
        ],
        [("memories", [MEMORY])],
    ),
    Case(
        GetLatestMemory,
        {"conversation_id": "c1"},
        [
            Exchange(
                "POST",
                "/v2/memories/",
                {"results": [OLDER, MEMORY]},
                query={"page": "1", "page_size": "100"},
                json={"filters": {"AND": [*MINE, {"run_id": "c1"}]}},
            )
        ],
        [("memory", MEMORY), ("found", True)],
    ),
]


@pytest.mark.parametrize("case", MEM0_CASES, ids=str)
async def test_mem0_is_asked_as_documented(case: Case) -> None:
    await play(MEM0, case, header("authorization", "Token the-secret-key"), run_id="run", graph_id="graph")
