"""Exa's operations as its reference has them: JSON bodies with its own names, the key in a header of its own."""

from __future__ import annotations

from blocks.library.exa import ExaAnswer, ExaContents, ExaFindSimilar, ExaSearch
from blocks.providers.exa import EXA
from tests.providers.services import Asked, Says, service

RESULT = {"id": "https://a.b", "url": "https://a.b", "title": "A", "text": "..."}


def with_key(asked: Asked) -> str | None:
    return None if asked.headers.get("x-api-key") == "the-secret-key" else "no key"


async def test_a_search_sends_what_was_set_and_nothing_else():
    said = Says(
        {"results": [RESULT], "context": "all", "resolvedSearchType": "neural", "costDollars": {"total": 0.005}}
    )
    async with service(EXA, {("POST", "/search"): said}, with_key) as exa:
        outcome = await exa.run(
            ExaSearch,
            {
                "query": "durable",
                "type": "neural",
                "category": "research paper",
                "number_of_results": 3,
                "include_domains": ["arxiv.org"],
                "start_published_date": "2026-01-02T03:04:05+01:00",
                "contents": {"text": {"max_characters": 100}, "extras": {"image_links": 1}},
            },
        )
    assert exa.asked[0].json == {
        "query": "durable",
        "type": "neural",
        "category": "research paper",
        "numResults": 3,
        "includeDomains": ["arxiv.org"],
        "startPublishedDate": "2026-01-02T02:04:05.000Z",
        "contents": {
            "text": {"maxCharacters": 100, "includeHtmlTags": False},
            "extras": {"links": 0, "imageLinks": 1},
        },
    }
    assert [pin for pin, _ in outcome.outputs] == [
        "results",
        "result",
        "context",
        "resolved_search_type",
        "cost_dollars",
    ]


async def test_pages_like_one_are_found():
    async with service(EXA, {("POST", "/findSimilar"): Says({"results": [], "requestId": "r"})}, with_key) as exa:
        outcome = await exa.run(ExaFindSimilar, {"url": "https://a.b", "moderation": True})
    assert exa.asked[0].json == {"url": "https://a.b", "numResults": 10, "moderation": True}
    assert outcome.outputs == [("results", []), ("request_id", "r")]


async def test_contents_are_asked_for_by_address():
    async with service(EXA, {("POST", "/contents"): Says({"results": [RESULT], "statuses": []})}, with_key) as exa:
        outcome = await exa.run(ExaContents, {"urls": ["https://a.b"], "summary": {"query": "what"}})
    body = exa.asked[0].json
    assert (body["urls"], body["summary"], body["livecrawlTimeout"]) == (["https://a.b"], {"query": "what"}, 10_000)
    assert "ids" not in body
    assert dict(outcome.outputs)["statuses"] == []


async def test_an_answer_comes_with_its_citations():
    said = Says({"answer": "Yes.", "citations": [{"url": "https://a.b"}, {"url": "https://c.d"}]})
    async with service(EXA, {("POST", "/answer"): said}, with_key) as exa:
        outcome = await exa.run(ExaAnswer, {"query": "Is it?"})
    assert exa.asked[0].json == {"query": "Is it?", "text": True}
    assert len([pin for pin, _ in outcome.outputs if pin == "citation"]) == 2


async def test_a_refusal_has_its_own_words():
    async with service(EXA, {("POST", "/answer"): Says({"error": "Invalid API key"}, 401)}, with_key) as exa:
        outcome = await exa.run(ExaAnswer, {"query": "Is it?"})
    assert (outcome.code, "Invalid API key" in outcome.error.message) == ("CREDENTIAL_UNUSABLE", True)
