"""Blocks for Firecrawl that take minutes: read a whole site, extract data from pages. Each starts a job and asks after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from blocks.firecrawl.pages import PageOutput, ScrapeFormat, asked_formats, page_emissions
from blocks.providers.firecrawl import FIRECRAWL, FirecrawlCredentials
from blocks.sdk import BlockFailed, BlockInput, BlockOutput, Emission, Unavailable, pin
from blocks.sdk.bounds import check_emissions
from blocks.sdk.jobs import JobBlock, Pace
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(FIRECRAWL)
#: Pages that one crawl may read, and addresses that one extraction may name.
_PAGES_MAX: Final = 1_000
_URLS_MAX: Final = 100
#: It gives a crawl's pages in pieces of 10 MB, and a little around them.
_PIECE_BYTES_MAX: Final = 16 * 1024 * 1024
_PIECES_MAX: Final = 100
_PROMPT_CHARS_MAX: Final = 10_000
#: What is asked for where only a schema says what is wanted: the operation does not do without a prompt.
_BY_SCHEMA: Final = "Extract the data that the schema describes."
_PACE: Final = Pace(first_seconds=3.0, seconds_max=30.0, asks_max=140)


def _job(answer: Any) -> str:
    """Give what a job that was started is called."""
    found = answer.get("id") if isinstance(answer, dict) else None
    if not found:
        raise Unavailable("Firecrawl started the job and did not say what it is called.")
    return str(found)


def _check(answer: Any) -> bool:
    """Say whether a job is over; raise BlockFailed where it failed."""
    status = answer.get("status")
    if status in ("failed", "cancelled"):
        raise BlockFailed(f"Firecrawl's job {status}: {answer.get('error') or 'it does not say why'}")
    return bool(status == "completed")


class FirecrawlCrawl(JobBlock):
    """Read a site: a page, and the pages below it that it leads to."""

    id = "bdbbaba0-03b7-4971-970e-699e2de6015e"
    name = "FirecrawlCrawlBlock"
    categories = ("SEARCH",)
    provider = FIRECRAWL
    pace = _PACE

    class Input(BlockInput):
        credentials: FirecrawlCredentials = pin(description="Access to Firecrawl.")
        url: str = pin(description="Where to begin.", placeholder="https://example.com")
        limit: int = pin(10, description="Pages to read at most.", ge=1, le=_PAGES_MAX)
        only_main_content: bool = pin(True, description="Leave out what stands around the content.")
        max_age: int = pin(
            3_600_000, description="How old what Firecrawl kept of a page may be, in milliseconds.", ge=0
        )
        wait_for: int = pin(0, description="How long to let a page load, in milliseconds.", ge=0, le=60_000)
        formats: list[ScrapeFormat] = pin(
            default_factory=lambda: [ScrapeFormat.MARKDOWN], description="What to give of each page."
        )

    class Output(PageOutput):
        data: list[dict[str, Any]] = pin(description="All that Firecrawl gives of the pages.")

    examples = (
        sample(
            _KEY,
            {"url": "https://example.com"},
            [("data", [{"markdown": "# A"}, {"markdown": "# B"}]), ("markdown", "# A"), ("markdown", "# B")],
            said({"success": True, "id": "job-1"}),
            said({"status": "scraping", "data": [{"markdown": "# A"}]}),
            said({"status": "completed", "data": [{"markdown": "# A"}, {"markdown": "# B"}]}),
        ),
        sample(
            _KEY,
            {"url": "https://example.com"},
            [],
            said({"success": True, "id": "job-1"}),
            said({"status": "failed", "error": "robots.txt forbids it"}),
            title="A crawl that fails",
            error="robots.txt",
        ),
    )

    async def start(self, inputs: Input, api: Api) -> Any:
        options = {
            "formats": asked_formats(inputs.formats),
            "onlyMainContent": inputs.only_main_content,
            "maxAge": inputs.max_age,
            "waitFor": inputs.wait_for,
        }
        body = {"url": inputs.url, "limit": inputs.limit, "scrapeOptions": options}
        return _job((await api.call("POST", "/crawl", json=body)).content)

    async def ask(self, inputs: Input, api: Api, job: Any) -> Sequence[Emission] | None:
        answer = await _piece(api, job, {})
        if not _check(answer):
            return None
        pages = await _all_pages(api, job, answer)
        emissions = [emission for page in pages for emission in page_emissions(page, inputs.formats)]
        check_emissions(len(emissions) + 1, "The pages in these formats")
        return [("data", pages), *emissions]


async def _piece(api: Api, job: str, query: dict[str, Any]) -> Any:
    found = await api.call("GET", "/crawl/{job}", {"job": job}, query=query, content_bytes_max=_PIECE_BYTES_MAX)
    return found.content


async def _all_pages(api: Api, job: str, answer: Any) -> list[dict[str, Any]]:
    """Give all pages of a crawl that is over: what is large comes in pieces, each of which names the next."""
    pages = list(answer.get("data") or ())
    for _ in range(_PIECES_MAX):
        following = answer.get("next")
        if not following or len(pages) >= _PAGES_MAX:
            break
        # Its query only: where a service would have us go with its key is not its to say.
        answer = await _piece(api, job, dict(parse_qsl(urlsplit(following).query)))
        pages += answer.get("data") or ()
    return pages[:_PAGES_MAX]


class FirecrawlExtract(JobBlock):
    """Extract data from pages, as a prompt or a JSON Schema says. Firecrawl ends its operation `/extract` on 10 December 2026, so
    this asks the one that follows it, `/agent`; it stays with the pages that are named unless it may search the web."""

    id = "d1774756-4d9e-40e6-bab1-47ec0ccd81b2"
    name = "FirecrawlExtractBlock"
    categories = ("SEARCH",)
    provider = FIRECRAWL
    pace = _PACE

    class Input(BlockInput):
        credentials: FirecrawlCredentials = pin(description="Access to Firecrawl.")
        urls: list[str] = pin(description="The pages.", max_length=_URLS_MAX)
        prompt: str | None = pin(None, description="What to extract.", max_length=_PROMPT_CHARS_MAX)
        output_schema: dict[str, Any] | None = pin(None, description="JSON Schema of what to extract.")
        enable_web_search: bool = pin(False, description="Go beyond these pages where that helps.")

    class Output(BlockOutput):
        data: dict[str, Any] = pin(description="What was extracted.")

    examples = (
        sample(
            _KEY,
            {"urls": ["https://example.com"], "prompt": "The title"},
            [("data", {"title": "Example Domain"})],
            said({"success": True, "id": "job-1"}),
            said({"success": True, "status": "processing"}),
            said({"success": True, "status": "completed", "data": {"title": "Example Domain"}}),
        ),
        sample(
            _KEY,
            {"urls": ["https://example.com"]},
            [],
            title="Neither a prompt nor a schema",
            error="prompt or output_schema",
        ),
    )

    async def start(self, inputs: Input, api: Api) -> Any:
        if not inputs.prompt and not inputs.output_schema:
            raise BlockFailed("Say by prompt or output_schema what to extract.")
        if not inputs.urls and not inputs.enable_web_search:
            raise BlockFailed("Name pages in urls, or enable_web_search.")
        body: dict[str, Any] = {
            "prompt": inputs.prompt or _BY_SCHEMA,
            "urls": inputs.urls,
            "strictConstrainToURLs": not inputs.enable_web_search,
        }
        if inputs.output_schema:
            body["schema"] = inputs.output_schema
        return _job((await api.call("POST", "/agent", json=body)).content)

    async def ask(self, inputs: Input, api: Api, job: Any) -> Sequence[Emission] | None:
        answer = (await api.call("GET", "/agent/{job}", {"job": job})).content
        return [("data", answer.get("data") or {})] if _check(answer) else None
