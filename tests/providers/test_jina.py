"""Jina's services as its documentation has them: each at its own address, with a bearer key; the key stays with Jina."""

from __future__ import annotations

import pytest

from blocks.library.jina import ExtractWebsiteContent, FactChecker, JinaChunking, JinaEmbedding, SearchTheWeb
from blocks.providers.jina import JINA
from tests.providers.services import Asked, Says, service

TEXT = {"content-type": "text/plain"}


def with_key(asked: Asked) -> str | None:
    return None if asked.headers.get("authorization") == "Bearer the-secret-key" else "no bearer key"


async def test_a_search_asks_for_text():
    async with service(JINA, {("GET", "/"): Says(b"[1] Title: Durable", headers=TEXT)}, with_key) as jina:
        outcome = await jina.run(SearchTheWeb, {"query": "durable execution & more"})
    assert outcome.outputs == [("results", "[1] Title: Durable")]
    assert jina.asked[0].query == {"q": "durable execution & more"}
    assert jina.asked[0].headers["accept"] == "text/plain"


async def test_a_page_is_read_by_the_reader():
    async with service(JINA, {("POST", "/"): Says(b"# Title", headers=TEXT)}, with_key) as jina:
        outcome = await jina.run(ExtractWebsiteContent, {"url": "https://example.com/a?b=c#d"})
    assert outcome.outputs == [("content", "# Title")]
    assert jina.asked[0].json == {"url": "https://example.com/a?b=c#d"}


async def test_a_page_that_is_taken_as_it_is_gets_no_key():
    async with service(JINA, {("GET", "/page"): Says(b"<p>hello</p>", headers={"content-type": "text/html"})}) as jina:
        outcome = await jina.run(ExtractWebsiteContent, {"url": f"{jina.url}page", "raw_content": True})
    assert outcome.outputs == [("content", "<p>hello</p>")]
    assert "authorization" not in jina.asked[0].headers


async def test_a_statement_is_checked():
    said = {
        "data": {"factuality": 0.2, "result": False, "reason": "It is not.", "references": [{"url": "https://a.b"}]}
    }
    async with service(JINA, {("GET", "/The%20moon%2Fcheese"): Says(said)}, with_key) as jina:
        outcome = await jina.run(FactChecker, {"statement": "The moon/cheese"})
    assert dict(outcome.outputs)["result"] is False
    assert jina.asked[0].headers["accept"] == "application/json"


async def test_embeddings_come_in_the_order_of_the_texts():
    rows = [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]
    async with service(JINA, {("POST", "/embeddings"): Says({"data": rows})}, with_key) as jina:
        outcome = await jina.run(JinaEmbedding, {"texts": ["a", 5]})
    assert outcome.outputs == [("embeddings", [[1], [2]])]
    assert jina.asked[0].json == {"input": ["a", "5"], "model": "jina-embeddings-v2-base-en"}


async def test_each_text_is_cut_by_itself():
    answers = [Says({"chunks": ["a", "b"], "tokens": [[1]]}), Says({"chunks": ["c"], "tokens": [[2]]})]
    async with service(JINA, {("POST", "/"): answers}, with_key) as jina:
        outcome = await jina.run(JinaChunking, {"texts": ["ab", "c"], "return_tokens": True})
    assert outcome.outputs == [("chunks", ["a", "b", "c"]), ("tokens", [[1], [2]])]


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (Says({"readableMessage": "Invalid API key"}, 401), "CREDENTIAL_UNUSABLE"),
        (Says({"readableMessage": "InsufficientBalanceError"}, 402), "BLOCK_FAILED"),
        (Says({}, 429, {"retry-after": "3"}), "RATE_LIMITED"),
        (Says({}, 503), "UNAVAILABLE"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(says: Says, code: str):
    async with service(JINA, {("GET", "/"): says}, with_key) as jina:
        assert (await jina.run(SearchTheWeb, {"query": "x"})).code == code
