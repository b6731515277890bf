"""Blocks for Exa: search the web by meaning, find pages like one, give pages' contents, answer a question from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from blocks.providers.exa import (
    EXA,
    ContentSettings,
    ExaCredentials,
    ExtrasSettings,
    HighlightSettings,
    Livecrawl,
    SummarySettings,
    as_asked,
)
from blocks.sdk import ApiKey, BlockFailed, BlockInput, BlockOutput, Emission, Example, pin
from blocks.sdk.rest import Arguments, Operation, RestBlock
from schema.credentials import Reference

_EXAMPLE: Final = ApiKey(Reference("00000000-0000-4000-8000-000000000005", "exa", "api_key", "Example"), key="example")
_WITH: Final = {"credentials": _EXAMPLE}
_REFERENCE: Final = _EXAMPLE.reference.to_wire()
_FOUND: Final = (
    b'{"results": [{"id": "https://a.b", "url": "https://a.b", "title": "A"}], "resolvedSearchType": "neural"}'
)
#: What Exa gives at most for one search.
_RESULTS_MAX: Final = 100


class ExaSearchType(StrEnum):
    """How to search."""

    KEYWORD = "keyword"
    NEURAL = "neural"
    FAST = "fast"
    AUTO = "auto"
    DEEP = "deep"


class ExaCategory(StrEnum):
    """What kind of page to find."""

    COMPANY = "company"
    RESEARCH_PAPER = "research paper"
    NEWS = "news"
    PDF = "pdf"
    GITHUB = "github"
    TWEET = "tweet"
    PERSONAL_SITE = "personal site"
    LINKEDIN_PROFILE = "linkedin profile"
    FINANCIAL_REPORT = "financial report"


class _Question(BlockInput):
    credentials: ExaCredentials = pin(description="Access to Exa.")
    query: str = pin(description="What to search for.")
    type: ExaSearchType = pin(ExaSearchType.AUTO, description="By meaning, by words, or as Exa thinks best.")
    category: ExaCategory | None = pin(None, description="What kind of page to find.")
    user_location: str | None = pin(None, description="The country of who searches, two letters.")


class _Page(BlockInput):
    credentials: ExaCredentials = pin(description="Access to Exa.")
    url: str = pin(description="The page.")


class _Filters(BlockInput):
    """What both searches take."""

    number_of_results: int = pin(10, description="How many pages to find.", ge=1, le=_RESULTS_MAX)
    include_domains: list[str] = pin(default_factory=list, description="Domains to find pages of, and of no others.")
    exclude_domains: list[str] = pin(default_factory=list, description="Domains to find no pages of.")
    start_crawl_date: datetime | None = pin(None, description="Pages that Exa saw after this.")
    end_crawl_date: datetime | None = pin(None, description="Pages that Exa saw before this.")
    start_published_date: datetime | None = pin(None, description="Pages that were published after this.")
    end_published_date: datetime | None = pin(None, description="Pages that were published before this.")
    include_text: list[str] = pin(default_factory=list, description="Words that a page must have.")
    exclude_text: list[str] = pin(default_factory=list, description="Words that no page may have.")
    contents: ContentSettings = pin(
        default_factory=ContentSettings, description="What to give of each page besides its title and address."
    )
    moderation: bool = pin(False, description="Leave out what is not safe.")


def _filters(inputs: _Filters) -> dict[str, Any]:
    """Give a search's filters as Exa takes them, without what nobody set."""
    dates = {
        "startCrawlDate": inputs.start_crawl_date,
        "endCrawlDate": inputs.end_crawl_date,
        "startPublishedDate": inputs.start_published_date,
        "endPublishedDate": inputs.end_published_date,
    }
    found: dict[str, Any] = {
        "numResults": inputs.number_of_results,
        "includeDomains": inputs.include_domains,
        "excludeDomains": inputs.exclude_domains,
        "includeText": inputs.include_text,
        "excludeText": inputs.exclude_text,
        "contents": as_asked(inputs.contents),
        "moderation": inputs.moderation,
        **{name: _moment(value) for name, value in dates.items() if value is not None},
    }
    return {name: value for name, value in found.items() if value}


def _moment(value: datetime) -> str:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _results(answer: Any) -> Iterator[Emission]:
    """Give what each of its operations finds: all of it, and page by page."""
    results = answer.get("results") or []
    yield "results", results
    for result in results:
        yield "result", result
    if answer.get("context"):
        yield "context", answer["context"]


def _rest(answer: Mapping[str, Any], **pins: str) -> Iterator[Emission]:
    for name, key in pins.items():
        if answer.get(key) is not None:
            yield name, answer[key]


class _Found(BlockOutput):
    results: list[dict[str, Any]] = pin(description="The pages.")
    result: dict[str, Any] = pin(description="Each page by itself.")
    context: str = pin(description="All pages as one text for a model, where `contents` asks for it.")
    cost_dollars: dict[str, Any] | None = pin(None, description="What Exa took for it.")


class ExaSearch(RestBlock):
    """Search the web by meaning or by words."""

    id = "996cec64-ac40-4dde-982f-b0dc60a5824d"
    name = "ExaSearchBlock"
    categories = ("SEARCH",)
    provider = EXA
    operation = Operation("POST", "/search", is_repeatable=True)

    class Input(_Filters, _Question):
        pass

    class Output(_Found):
        search_type: str = pin(description="How it was searched, where Exa chose.")
        resolved_search_type: str = pin(description="How it was searched.")

    examples = (
        Example(
            input={"query": "durable execution", "credentials": _REFERENCE},
            output=[
                ("results", [{"id": "https://a.b", "url": "https://a.b", "title": "A"}]),
                ("result", {"id": "https://a.b", "url": "https://a.b", "title": "A"}),
                ("resolved_search_type", "neural"),
            ],
            answers=[(200, {}, _FOUND)],
            credentials=_WITH,
        ),
    )

    def arguments(self, inputs: Input) -> Arguments:
        body = {"query": inputs.query, "type": inputs.type.value, **_filters(inputs)}
        if inputs.category is not None:
            body["category"] = inputs.category.value
        if inputs.user_location:
            body["userLocation"] = inputs.user_location
        return Arguments({}, {}, body)

    def emissions(self, answer: Any, inputs: Input) -> Iterator[Emission]:
        yield from _results(answer)
        pins = {"search_type": "searchType", "resolved_search_type": "resolvedSearchType"}
        yield from _rest(answer, **pins, cost_dollars="costDollars")


class ExaFindSimilar(RestBlock):
    """Find pages that are like one."""

    id = "5e7315d1-af61-4a0c-9350-7c868fa7438a"
    name = "ExaFindSimilarBlock"
    categories = ("SEARCH",)
    provider = EXA
    operation = Operation("POST", "/findSimilar", is_repeatable=True)

    class Input(_Filters, _Page):
        pass

    class Output(_Found):
        request_id: str = pin(description="What Exa calls the request.")

    examples = (
        Example(
            input={"url": "https://c.d", "credentials": _REFERENCE},
            output=[
                ("results", [{"id": "https://a.b", "url": "https://a.b", "title": "A"}]),
                ("result", {"id": "https://a.b", "url": "https://a.b", "title": "A"}),
            ],
            answers=[(200, {}, _FOUND)],
            credentials=_WITH,
        ),
    )

    def arguments(self, inputs: Input) -> Arguments:
        return Arguments({}, {}, {"url": inputs.url, **_filters(inputs)})

    def emissions(self, answer: Any, inputs: Input) -> Iterator[Emission]:
        yield from _results(answer)
        yield from _rest(answer, request_id="requestId", cost_dollars="costDollars")


class ExaContents(RestBlock):
    """Give the contents of pages."""

    id = "c52be83f-f8cd-4180-b243-af35f986b461"
    name = "ExaContentsBlock"
    categories = ("SEARCH",)
    provider = EXA
    operation = Operation("POST", "/contents", is_repeatable=True)

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        urls: list[str] = pin(default_factory=list, description="The pages.", max_length=_RESULTS_MAX)
        ids: list[str] = pin(
            default_factory=list, description="The same by the ids of a search.", max_length=_RESULTS_MAX
        )
        text: bool = pin(True, description="Give their text.")
        highlights: HighlightSettings = pin(default_factory=HighlightSettings, description="Which sentences to give.")
        summary: SummarySettings = pin(default_factory=SummarySettings, description="What summaries are to say.")
        livecrawl: Livecrawl | None = pin(Livecrawl.FALLBACK, description="When pages are fetched anew.")
        livecrawl_timeout: int | None = pin(10_000, description="Milliseconds that this may take.")
        subpages: int | None = pin(0, description="Pages below each.")
        subpage_target: str | list[str] | None = pin(None, description="Words that these are to have.")
        extras: ExtrasSettings = pin(default_factory=ExtrasSettings, description="What else to give.")

    class Output(_Found):
        request_id: str = pin(description="What Exa calls the request.")
        statuses: list[dict[str, Any]] = pin(description="How it went for each page.")

    examples = (
        Example(
            input={"urls": ["https://a.b"], "credentials": _REFERENCE},
            output=[
                ("results", [{"id": "https://a.b", "url": "https://a.b", "title": "A"}]),
                ("result", {"id": "https://a.b", "url": "https://a.b", "title": "A"}),
            ],
            answers=[(200, {}, _FOUND)],
            credentials=_WITH,
        ),
        Example(title="No pages", input={"credentials": _REFERENCE}, output=[], error="urls or ids", credentials=_WITH),
    )

    def arguments(self, inputs: Input) -> Arguments:
        if not inputs.urls and not inputs.ids:
            raise BlockFailed("Give the pages as urls or ids.")
        body: dict[str, Any] = {
            **({"urls": inputs.urls} if inputs.urls else {"ids": inputs.ids}),
            "text": inputs.text,
            "highlights": as_asked(inputs.highlights),
            "summary": as_asked(inputs.summary),
            "livecrawl": inputs.livecrawl,
            "livecrawlTimeout": inputs.livecrawl_timeout,
            "subpages": inputs.subpages,
            "subpageTarget": inputs.subpage_target,
            "extras": as_asked(inputs.extras),
        }
        return Arguments({}, {}, {name: value for name, value in body.items() if value is not None})

    def emissions(self, answer: Any, inputs: Input) -> Iterator[Emission]:
        yield from _results(answer)
        yield from _rest(answer, request_id="requestId", statuses="statuses", cost_dollars="costDollars")


class ExaAnswer(RestBlock):
    """Answer a question from the web, with what it stands on."""

    id = "b79ca4cc-9d5e-47d1-9d4f-e3a2d7f28df5"
    name = "ExaAnswerBlock"
    categories = ("SEARCH", "AI")
    provider = EXA
    operation = Operation("POST", "/answer", body={"query": "query", "text": "text"}, is_repeatable=True)

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        query: str = pin(description="The question.")
        text: bool = pin(True, description="Give the whole text of what it stands on.")

    class Output(BlockOutput):
        answer: str = pin(description="The answer.")
        citations: list[dict[str, Any]] = pin(description="What it stands on.")
        citation: dict[str, Any] = pin(description="Each of these by itself.")

    examples = (
        Example(
            input={"query": "Why?", "credentials": _REFERENCE},
            output=[
                ("answer", "Because."),
                ("citations", [{"url": "https://a.b"}]),
                ("citation", {"url": "https://a.b"}),
            ],
            answers=[(200, {}, b'{"answer": "Because.", "citations": [{"url": "https://a.b"}]}')],
            credentials=_WITH,
        ),
    )

    def emissions(self, answer: Any, inputs: Input) -> Iterator[Emission]:
        citations = answer.get("citations") or []
        yield "answer", answer["answer"]
        yield "citations", citations
        for citation in citations:
            yield "citation", citation
