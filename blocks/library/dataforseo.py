"""Blocks for DataForSEO: what people search for, related to a word or around it. Each call costs money there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from blocks.providers.dataforseo import DATAFORSEO, DataforseoCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Emission, Example, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_password

_KEY: Final = sample_password(DATAFORSEO)
_SECONDS: Final = 120.0
LIMIT_MAX: Final = 1_000
#: {what a keyword has here: where it stands in DataForSEO's}.
_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "keyword": ("keyword",),
    "search_volume": ("keyword_info", "search_volume"),
    "competition": ("keyword_info", "competition"),
    "cpc": ("keyword_info", "cpc"),
    "keyword_difficulty": ("keyword_properties", "keyword_difficulty"),
    "serp_info": ("serp_info",),
    "clickstream_data": ("clickstream_keyword_info",),
}
_DATA: Final = {
    "keyword": "stone wall",
    "keyword_info": {"search_volume": 90, "competition": 0.5, "cpc": 1.2},
    "keyword_properties": {"keyword_difficulty": 7},
}
_KEYWORD: Final = {
    "keyword": "stone wall",
    "search_volume": 90,
    "competition": 0.5,
    "cpc": 1.2,
    "keyword_difficulty": 7,
    "serp_info": None,
    "clickstream_data": None,
}


def _answer(items: list[Any]) -> dict[str, Any]:
    result = {"seed_keyword": "wall", "total_count": 1, "items": items}
    return {"status_code": 20000, "tasks": [{"status_code": 20000, "result": [result]}]}


async def _ask(api: Api, path: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give the one result of a live task."""
    task = {name: value for name, value in wanted.items() if value is not None}
    answer = await api.call("POST", path, json=[task], timeout_seconds=_SECONDS)
    return dict(found_at(answer.content, ("tasks", "0", "result", "0")) or {})


def _wanted(inputs: Any) -> dict[str, Any]:
    return inputs.model_dump(exclude={"credentials"})  # type: ignore[no-any-return]


def _keyword(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found_at(data, path) for name, path in _FACTS.items()}


def _facts(keyword: Mapping[str, Any]) -> Iterator[Emission]:
    """Give what is known of a keyword, pin by pin."""
    for name in _FACTS:
        if name in keyword:
            yield name, keyword[name]


class DataForSeoRelatedKeywords(Block):
    """Find what people also search for who search for something."""

    id = "8f2e4d6a-1b3c-4a5e-9d7f-2c8e6a4b3f1d"
    name = "DataForSeoRelatedKeywordsBlock"
    categories = ("SEARCH", "DATA")

    class Input(BlockInput):
        credentials: DataforseoCredentials = pin(description="Access to DataForSEO.")
        keyword: str = pin(description="What they search for.", min_length=1)
        location_code: int | None = pin(2840, description="Where; 2840 is the United States.")
        language_code: str | None = pin("en", description="In which language.")
        include_seed_keyword: bool = pin(True, description="With what is known of the keyword itself.")
        include_serp_info: bool = pin(False, description="With what a search for each shows.")
        include_clickstream_data: bool = pin(False, description="With measured visits, for twice the price.")
        limit: int = pin(100, description="How many to give at most.", ge=1, le=LIMIT_MAX)
        depth: int = pin(1, description="Steps from the keyword: 4 gives up to 4680.", ge=0, le=4)

    class Output(BlockOutput):
        related_keywords: list[dict[str, Any]] = pin(description="The keywords.")
        related_keyword: dict[str, Any] = pin(description="Each of them by itself.")
        total_count: int = pin(description="How many there are.")
        seed_keyword: str = pin(description="What was asked for.")

    examples = (
        sample(
            _KEY,
            {"keyword": "wall"},
            [
                ("related_keywords", [_KEYWORD]),
                ("total_count", 1),
                ("seed_keyword", "wall"),
                ("related_keyword", _KEYWORD),
            ],
            said(_answer([{"keyword_data": _DATA}])),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(DATAFORSEO, inputs.credentials, context)
        result = await _ask(api, "/dataforseo_labs/google/related_keywords/live", _wanted(inputs))
        keywords = [_keyword(item.get("keyword_data") or {}) for item in result.get("items") or []]
        yield "related_keywords", keywords
        yield "total_count", result.get("total_count") or len(keywords)
        yield "seed_keyword", inputs.keyword
        for keyword in keywords:
            yield "related_keyword", keyword


class DataForSeoKeywordSuggestions(Block):
    """Find what people search for that has some words in it."""

    id = "73c3e7c4-2b3f-4e9f-9e3e-8f7a5c3e2d45"
    name = "DataForSeoKeywordSuggestionsBlock"
    categories = ("SEARCH", "DATA")

    class Input(BlockInput):
        credentials: DataforseoCredentials = pin(description="Access to DataForSEO.")
        keyword: str = pin(description="The words.", min_length=1)
        location_code: int | None = pin(2840, description="Where; 2840 is the United States.")
        language_code: str | None = pin("en", description="In which language.")
        include_seed_keyword: bool = pin(True, description="With what is known of the words themselves.")
        include_serp_info: bool = pin(False, description="With what a search for each shows.")
        include_clickstream_data: bool = pin(False, description="With measured visits, for twice the price.")
        limit: int = pin(100, description="How many to give at most.", ge=1, le=LIMIT_MAX)

    class Output(BlockOutput):
        suggestions: list[dict[str, Any]] = pin(description="The keywords.")
        suggestion: dict[str, Any] = pin(description="Each of them by itself.")
        total_count: int = pin(description="How many there are.")
        seed_keyword: str = pin(description="What was asked for.")

    examples = (
        sample(
            _KEY,
            {"keyword": "wall"},
            [("suggestions", [_KEYWORD]), ("total_count", 1), ("seed_keyword", "wall"), ("suggestion", _KEYWORD)],
            said(_answer([_DATA])),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(DATAFORSEO, inputs.credentials, context)
        result = await _ask(api, "/dataforseo_labs/google/keyword_suggestions/live", _wanted(inputs))
        keywords = [_keyword(item) for item in result.get("items") or []]
        yield "suggestions", keywords
        yield "total_count", result.get("total_count") or len(keywords)
        yield "seed_keyword", inputs.keyword
        for keyword in keywords:
            yield "suggestion", keyword


class _Facts(BlockOutput):
    keyword: str = pin(description="The keyword.")
    search_volume: int | None = pin(description="Searches a month.")
    competition: float | None = pin(description="How many pay for it, 0 to 1.")
    cpc: float | None = pin(description="Dollars for a click.")
    keyword_difficulty: int | None = pin(description="How hard it is to be found by it, 0 to 100.")
    serp_info: dict[str, Any] | None = pin(description="What a search for it shows.")
    clickstream_data: dict[str, Any] | None = pin(description="Measured visits.")


class RelatedKeywordExtractor(Block):
    """Take a related keyword apart."""

    id = "98342061-09d2-4952-bf77-0761fc8cc9a8"
    name = "RelatedKeywordExtractorBlock"
    categories = ("DATA",)
    is_pure = True
    Output = _Facts

    class Input(BlockInput):
        related_keyword: dict[str, Any] = pin(description="The keyword, as the block before gives it.")

    examples = (Example(input={"related_keyword": _KEYWORD}, output=list(_KEYWORD.items())),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for emission in _facts(inputs.related_keyword):
            yield emission


class KeywordSuggestionExtractor(Block):
    """Take a suggested keyword apart."""

    id = "4193cb94-677c-48b0-9eec-6ac72fffd0f2"
    name = "KeywordSuggestionExtractorBlock"
    categories = ("DATA",)
    is_pure = True
    Output = _Facts

    class Input(BlockInput):
        suggestion: dict[str, Any] = pin(description="The keyword, as the block before gives it.")

    examples = (Example(input={"suggestion": _KEYWORD}, output=list(_KEYWORD.items())),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        for emission in _facts(inputs.suggestion):
            yield emission
