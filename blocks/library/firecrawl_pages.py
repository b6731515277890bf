"""Blocks for Firecrawl that answer at once: read a page, search the web, list a site's pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.firecrawl.pages import PageOutput, ScrapeFormat, asked_formats, page_emissions
from blocks.providers.firecrawl import FIRECRAWL, FirecrawlCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(FIRECRAWL)
#: It loads pages, and what it found, before it answers.
_PAGE_SECONDS: Final = 150.0
#: Results that one search may ask for; https://docs.firecrawl.dev/api-reference/endpoint/search
_RESULTS_MAX: Final = 100
_KINDS: Final = ("web", "news", "images")


class FirecrawlScrape(Block):
    """Read a page: as Markdown, as HTML, as a picture."""

    id = "ac444320-cf5e-4697-b586-2604c17a3e75"
    name = "FirecrawlScrapeBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: FirecrawlCredentials = pin(description="Access to Firecrawl.")
        url: str = pin(description="The page.", placeholder="https://example.com")
        limit: int = pin(10, description="Accepted for older agents: one page is read.")
        only_main_content: bool = pin(True, description="Leave out what stands around the content.")
        max_age: int = pin(3_600_000, description="How old what Firecrawl kept of it may be, in milliseconds.", ge=0)
        wait_for: int = pin(200, description="How long to let the page load, in milliseconds.", ge=0, le=60_000)
        formats: list[ScrapeFormat] = pin(
            default_factory=lambda: [ScrapeFormat.MARKDOWN], description="What to give of it."
        )

    class Output(PageOutput):
        data: dict[str, Any] = pin(description="All that Firecrawl gives of the page.")

    examples = (
        sample(
            _KEY,
            {"url": "https://example.com"},
            [("data", {"markdown": "# Example Domain"}), ("markdown", "# Example Domain")],
            said({"success": True, "data": {"markdown": "# Example Domain"}}),
        ),
        sample(
            _KEY,
            {"url": "https://example.com", "formats": ["screenshot@fullPage"]},
            [("screenshot_full_page", "https://a.b/page.png")],
            said({"success": True, "data": {"screenshot": "https://a.b/page.png"}}),
            title="A picture of all of it",
            match="subset",
        ),
        sample(
            _KEY,
            {"url": "https://example.com"},
            [],
            said({"success": False, "error": "Insufficient credits"}, 402),
            title="No credits left",
            error="Insufficient credits",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        body = {
            "url": inputs.url,
            "formats": asked_formats(inputs.formats),
            "onlyMainContent": inputs.only_main_content,
            "maxAge": inputs.max_age,
            "waitFor": inputs.wait_for,
        }
        api = Api(FIRECRAWL, inputs.credentials, context)
        answer = await api.call("POST", "/scrape", json=body, timeout_seconds=_PAGE_SECONDS)
        page = answer.content["data"]
        yield "data", page
        for emission in page_emissions(page, inputs.formats):
            yield emission


class FirecrawlSearch(Block):
    """Search the web, and read what is found if a format is asked for."""

    id = "f8d2f28d-b3a1-405b-804e-418c087d288b"
    name = "FirecrawlSearchBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: FirecrawlCredentials = pin(description="Access to Firecrawl.")
        query: str = pin(description="What to search for.")
        limit: int = pin(10, description="Results to give.", ge=1, le=_RESULTS_MAX)
        max_age: int = pin(
            3_600_000, description="How old what Firecrawl kept of a page may be, in milliseconds.", ge=0
        )
        wait_for: int = pin(200, description="How long to let a page load, in milliseconds.", ge=0, le=60_000)
        formats: list[ScrapeFormat] = pin(
            default_factory=list, description="What to give of each page; none: its title, address and description."
        )

    class Output(BlockOutput):
        data: dict[str, Any] = pin(description="The results by where they were found: web, news, images.")
        site: dict[str, Any] = pin(description="Each result by itself.")

    examples = (
        sample(
            _KEY,
            {"query": "dry stone walls"},
            [
                ("data", {"web": [{"url": "https://a.b", "title": "Walls"}]}),
                ("site", {"url": "https://a.b", "title": "Walls"}),
            ],
            said({"success": True, "data": {"web": [{"url": "https://a.b", "title": "Walls"}]}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        body: dict[str, Any] = {"query": inputs.query, "limit": inputs.limit}
        if inputs.formats:
            formats = asked_formats(inputs.formats)
            body["scrapeOptions"] = {"formats": formats, "maxAge": inputs.max_age, "waitFor": inputs.wait_for}
        api = Api(FIRECRAWL, inputs.credentials, context)
        answer = await api.call("POST", "/search", json=body, timeout_seconds=_PAGE_SECONDS)
        found = answer.content["data"]
        yield "data", found
        for kind in _KINDS:
            for result in found.get(kind) or ():
                yield "site", result


class FirecrawlMapWebsite(Block):
    """List the pages of a site, without reading them."""

    id = "f0f43e2b-c943-48a0-a7f1-40136ca4d3b9"
    name = "FirecrawlMapWebsiteBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: FirecrawlCredentials = pin(description="Access to Firecrawl.")
        url: str = pin(description="The site.", placeholder="https://example.com")

    class Output(BlockOutput):
        links: list[str] = pin(description="The pages' addresses.")
        results: list[dict[str, Any]] = pin(description="The pages: url, and title and description where known.")

    examples = (
        sample(
            _KEY,
            {"url": "https://example.com"},
            [
                ("links", ["https://example.com/a"]),
                ("results", [{"url": "https://example.com/a", "title": "A"}]),
            ],
            said({"success": True, "links": [{"url": "https://example.com/a", "title": "A"}]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(FIRECRAWL, inputs.credentials, context)
        answer = await api.call("POST", "/map", json={"url": inputs.url}, timeout_seconds=_PAGE_SECONDS)
        found = [one if isinstance(one, dict) else {"url": one} for one in answer.content.get("links") or ()]
        yield "links", [one["url"] for one in found]
        yield "results", found
