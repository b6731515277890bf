"""Firecrawl's API v2 as its documentation has it: what answers at once, and jobs that are started once and asked after."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.firecrawl_jobs import FirecrawlCrawl, FirecrawlExtract
from blocks.library.firecrawl_pages import FirecrawlMapWebsite, FirecrawlScrape, FirecrawlSearch
from blocks.providers.firecrawl import FIRECRAWL
from tests.providers.services import Asked, Says, service
from tests.providers.turns import Turn, converse

SITE = {"url": "https://example.com"}


def with_key(asked: Asked) -> str | None:
    return None if asked.headers.get("authorization") == "Bearer the-secret-key" else "no bearer key"


async def ask(block: Any, inputs: Any, *turns: Turn) -> Any:
    return await converse(FIRECRAWL, block, inputs, turns, with_key)


async def test_a_page_is_read_in_each_format_that_was_asked_for() -> None:
    page = {
        "markdown": "# A",
        "rawHtml": "<p>",
        "links": ["https://a.b"],
        "screenshot": "https://a.b/c.png",
        "json": {"a": 1},
    }
    wanted = {"type": "screenshot", "fullPage": True}
    as_json = {"type": "json", "prompt": "Give the main content of the page as JSON."}
    body = {"formats": ["rawHtml", wanted, as_json, "links"], "onlyMainContent": False, "maxAge": 0, "waitFor": 500}
    outcome = await ask(
        FirecrawlScrape,
        {**SITE, "formats": ["rawHtml", "screenshot@fullPage", "json", "links"], "only_main_content": False, "max_age": 0,
         "wait_for": 500},
        Turn("POST", "/scrape", Says({"success": True, "data": page}), json={**SITE, **body}),
    )  # fmt: skip
    assert outcome.outputs == [
        ("data", page),
        ("raw_html", "<p>"),
        ("screenshot_full_page", "https://a.b/c.png"),
        ("json_data", {"a": 1}),
        ("links", ["https://a.b"]),
    ]


async def test_changes_are_told_of_markdown_so_that_is_asked_for_too() -> None:
    body = {
        "formats": [{"type": "changeTracking"}, "markdown"],
        "onlyMainContent": True,
        "maxAge": 3_600_000,
        "waitFor": 200,
    }
    said = Says({"success": True, "data": {"markdown": "# A", "changeTracking": {"changeStatus": "new"}}})
    outcome = await ask(
        FirecrawlScrape, {**SITE, "formats": ["changeTracking"]}, Turn("POST", "/scrape", said, json={**SITE, **body})
    )
    assert outcome.outputs[1:] == [("change_tracking", {"changeStatus": "new"})]


async def test_a_search_reads_pages_only_where_a_format_is_asked_for() -> None:
    found = {"web": [{"url": "https://a.b"}], "news": [{"url": "https://c.d"}]}
    plain = await ask(
        FirecrawlSearch,
        {"query": "walls", "limit": 3},
        Turn("POST", "/search", Says({"success": True, "data": found}), json={"query": "walls", "limit": 3}),
    )
    assert plain.outputs == [("data", found), ("site", {"url": "https://a.b"}), ("site", {"url": "https://c.d"})]
    options = {"formats": ["markdown"], "maxAge": 3_600_000, "waitFor": 200}
    await ask(
        FirecrawlSearch,
        {"query": "walls", "formats": ["markdown"]},
        Turn("POST", "/search", Says({"data": {}}), json={"query": "walls", "limit": 10, "scrapeOptions": options}),
    )


async def test_a_site_is_mapped() -> None:
    said = Says({"success": True, "links": [{"url": "https://example.com/a", "title": "A"}, "https://example.com/b"]})
    outcome = await ask(FirecrawlMapWebsite, SITE, Turn("POST", "/map", said, json=SITE))
    assert dict(outcome.outputs)["links"] == ["https://example.com/a", "https://example.com/b"]
    assert dict(outcome.outputs)["results"][1] == {"url": "https://example.com/b"}


CRAWL = {
    **SITE,
    "limit": 2,
    "scrapeOptions": {"formats": ["markdown"], "onlyMainContent": True, "maxAge": 3_600_000, "waitFor": 0},
}


async def test_a_crawl_is_started_once_asked_after_and_read_piece_by_piece() -> None:
    # Wherever it says that the next piece is, it is asked for at Firecrawl.
    following = "https://elsewhere.example.org/v2/crawl/job-1?skip=1"
    outcome = await ask(
        FirecrawlCrawl,
        {**SITE, "limit": 2},
        Turn("POST", "/crawl", Says({"success": True, "id": "job-1"}), json=CRAWL),
        Turn("GET", "/crawl/job-1", Says({"status": "scraping", "data": []})),
        Turn("GET", "/crawl/job-1", Says({"status": "completed", "data": [{"markdown": "# A"}], "next": following})),
        Turn("GET", "/crawl/job-1", Says({"status": "completed", "data": [{"markdown": "# B"}]}), query={"skip": "1"}),
    )
    pages = [{"markdown": "# A"}, {"markdown": "# B"}]
    assert outcome.outputs == [("data", pages), ("markdown", "# A"), ("markdown", "# B")]
    assert outcome.slept == pytest.approx([3.0, 3.9])


async def test_a_question_that_fails_starts_nothing_anew() -> None:
    async with service(
        FIRECRAWL, {("GET", "/crawl/job-1"): [Says({}, 503), Says({"status": "completed", "data": []})]}
    ) as one:
        again = {"memories": ({"job": "job-1"},), "step": 1}
        assert (await one.run(FirecrawlCrawl, SITE, **again)).code == "UNAVAILABLE"
        assert (await one.run(FirecrawlCrawl, SITE, **again)).outputs == [("data", [])]
    assert [asked.method for asked in one.asked] == ["GET", "GET"]


async def test_a_crawl_that_never_ends_is_given_up() -> None:
    async with service(FIRECRAWL, {("GET", "/crawl/job-1"): Says({"status": "scraping"})}) as one:
        outcome = await one.run(FirecrawlCrawl, SITE, memories=({"job": "job-1"},), step=140)
    assert "has not finished 'job-1'" in outcome.error.message


async def test_data_is_extracted_by_the_operation_that_follows_extract() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    body = {
        "prompt": "Extract the data that the schema describes.",
        "urls": ["https://a.b"],
        "strictConstrainToURLs": True,
        "schema": schema,
    }
    outcome = await ask(
        FirecrawlExtract,
        {"urls": ["https://a.b"], "output_schema": schema},
        Turn("POST", "/agent", Says({"success": True, "id": "job-1"}), json=body),
        Turn("GET", "/agent/job-1", Says({"success": True, "status": "processing"})),
        Turn("GET", "/agent/job-1", Says({"success": True, "status": "completed", "data": {"title": "A"}})),
    )
    assert outcome.outputs == [("data", {"title": "A"})]


async def test_a_job_that_failed_says_why() -> None:
    async with service(
        FIRECRAWL, {("GET", "/agent/job-1"): Says({"status": "failed", "error": "no such page"})}
    ) as one:
        outcome = await one.run(
            FirecrawlExtract, {"urls": ["https://a.b"], "prompt": "x"}, memories=({"job": "job-1"},), step=1
        )
    assert (outcome.code, "no such page" in outcome.error.message) == ("BLOCK_FAILED", True)
