"""Blocks that make Exa's websets, and say how far one is. A webset that is made costs credits for each item that is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.exa.searching import SearchEntityType, SearchType, criteria_of, entity_of, kept, relate, sources_of
from blocks.exa.waiting import SECONDS_MAX, Waiting
from blocks.exa.websets import WEBSETS, EnrichmentFormat, WebsetInput
from blocks.providers.exa import EXA, ExaCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_ALL: Final = f"{WEBSETS}/websets"
_ONE: Final = f"{_ALL}/{{webset_id}}"
_WEBSET: Final = {"id": "ws1", "status": "running", "searches": [{"id": "s1", "progress": {"found": 3}}]}
_ITEMS_MAX: Final = 10_000
_PARTS_MAX: Final = 100
_ENRICHMENTS_MAX: Final = 10
_BUSY: Final = ("pending", "running")


def _found(webset: Any) -> int:
    """Give how many items a webset's searches found until now."""
    return sum(found_at(one, ("progress", "found")) or 0 for one in webset.get("searches") or ())


class ExaCreateWebset(Block):
    """Make a webset: a collection that Exa finds, checks and enriches. If wanted, wait for its first items."""

    id = "0cda29ff-c549-4a19-8805-c982b7d4ec34"
    name = "ExaCreateWebsetBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        search_query: str = pin(description="What to search for.", min_length=1, max_length=5_000)
        search_count: int | None = pin(10, description="How many to find.", ge=1, le=_ITEMS_MAX)
        search_entity_type: SearchEntityType = pin(SearchEntityType.AUTO, description="What kind of thing that is.")
        search_entity_description: str | None = pin(None, description="The same in words, where the kind is custom.")
        search_criteria: list[str] = pin(default_factory=list, description="What each must fulfil.", max_length=5)
        search_exclude_sources: list[str] = pin(
            default_factory=list, description="Imports or websets whose items are left out.", max_length=_PARTS_MAX
        )
        search_exclude_types: list[SearchType] = pin(default_factory=list, description="What each of these is.")
        search_scope_sources: list[str] = pin(
            default_factory=list, description="Imports or websets to search within.", max_length=_PARTS_MAX
        )
        search_scope_types: list[SearchType] = pin(default_factory=list, description="What each of these is.")
        search_scope_relationships: list[str] = pin(
            default_factory=list, description="How what is searched for belongs to each of these."
        )
        search_scope_relationship_limits: list[int] = pin(
            default_factory=list, description="How many belong to each of these at most."
        )
        import_sources: list[str] = pin(
            default_factory=list, description="Imports or websets whose items are taken over.", max_length=_PARTS_MAX
        )
        import_types: list[SearchType] = pin(default_factory=list, description="What each of these is.")
        enrichment_descriptions: list[str] = pin(
            default_factory=list, description="What is asked of each item.", max_length=_ENRICHMENTS_MAX
        )
        enrichment_formats: list[EnrichmentFormat] = pin(
            default_factory=list, description="What the answers to each of these are."
        )
        enrichment_options: list[list[str]] = pin(
            default_factory=list, description="The answers that there may be to each of these."
        )
        enrichment_metadata: list[dict[str, Any]] = pin(
            default_factory=list, description="What to note of each of these."
        )
        external_id: str | None = pin(None, description="Your own name for the webset.", max_length=300)
        metadata: dict[str, Any] | None = pin(default_factory=dict, description="What to note of it.")
        wait_for_initial_results: bool = pin(True, description="Wait until something was found.")
        polling_timeout: int = pin(300, description="How long, in seconds.", ge=1, le=SECONDS_MAX)

    class Output(BlockOutput):
        webset: dict[str, Any] = pin(description="The webset.")
        initial_item_count: int | None = pin(None, description="How many items were found first.")
        completion_time: float | None = pin(None, description="Seconds until that.")

    examples = (
        sample(
            _KEY,
            {"search_query": "makers of dry stone walls"},
            [("webset", _WEBSET), ("initial_item_count", 3), ("completion_time", 0.0)],
            said({"id": "ws1", "status": "running"}, 201),
            said(_WEBSET),
        ),
        sample(
            _KEY,
            {"search_query": "makers of dry stone walls", "wait_for_initial_results": False},
            [("webset", {"id": "ws1", "status": "running"})],
            said({"id": "ws1", "status": "running"}, 201),
            title="Without waiting",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, waiting = Api(EXA, inputs.credentials, context), Waiting(context, inputs.polling_timeout)
        if waiting.made is None:
            webset = (await api.call("POST", _ALL, json=_new(inputs))).content
        else:
            webset = (await api.call("GET", _ONE, {"webset_id": waiting.made})).content
        is_early = inputs.wait_for_initial_results and not _found(webset) and webset["status"] in _BUSY
        sleep = waiting.sleep(webset["id"]) if is_early else None
        if sleep is not None:
            yield sleep
            return
        yield "webset", webset
        if inputs.wait_for_initial_results:
            yield "initial_item_count", _found(webset)
            yield "completion_time", waiting.elapsed_seconds


def _new(inputs: ExaCreateWebset.Input) -> dict[str, Any]:
    """Give a webset as Exa takes it, without what nobody set."""
    scope = sources_of(inputs.search_scope_sources, inputs.search_scope_types)
    relate(scope, inputs.search_scope_relationships, inputs.search_scope_relationship_limits)
    search = {
        "query": inputs.search_query,
        "count": inputs.search_count,
        "entity": entity_of(inputs.search_entity_type, inputs.search_entity_description),
        "criteria": criteria_of(inputs.search_criteria),
        "exclude": sources_of(inputs.search_exclude_sources, inputs.search_exclude_types),
        "scope": scope,
    }
    return kept(
        {
            "search": kept(search),
            "import": sources_of(inputs.import_sources, inputs.import_types),
            "enrichments": [_enrichment(inputs, number) for number in range(len(inputs.enrichment_descriptions))],
            "externalId": inputs.external_id,
            "metadata": inputs.metadata,
        }
    )


def _enrichment(inputs: ExaCreateWebset.Input, number: int) -> dict[str, Any]:
    """Give the enrichment at a place of the lists; those of which nothing is said are texts."""
    options = inputs.enrichment_options[number] if number < len(inputs.enrichment_options) else []
    formats = inputs.enrichment_formats
    return kept(
        {
            "description": inputs.enrichment_descriptions[number],
            "format": formats[number].value if number < len(formats) else EnrichmentFormat.TEXT.value,
            "options": [{"label": one} for one in options],
            "metadata": inputs.enrichment_metadata[number] if number < len(inputs.enrichment_metadata) else None,
        }
    )


class ExaCreateOrFindWebset(Block):
    """Give the webset of a name of your own; make it where there is none."""

    id = "214542b6-3603-4bea-bc07-f51c2871cbd9"
    name = "ExaCreateOrFindWebsetBlock"
    categories = ("SEARCH",)

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        external_id: str = pin(description="Your own name for the webset.", min_length=1, max_length=300)
        search_query: str | None = pin(None, description="What to search for, where it is made.")
        search_count: int = pin(10, description="How many to find.", ge=1, le=_ITEMS_MAX)
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")

    class Output(BlockOutput):
        webset: dict[str, Any] = pin(description="The webset.")
        was_created: bool = pin(description="Whether it was made now.")

    examples = (
        sample(_KEY, {"external_id": "walls"}, [("webset", _WEBSET), ("was_created", False)], said(_WEBSET)),
        sample(
            _KEY,
            {"external_id": "walls", "search_query": "makers of dry stone walls"},
            [("webset", _WEBSET), ("was_created", True)],
            said({"error": "Not found"}, 404),
            said(_WEBSET, 201),
            title="There is none",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(EXA, inputs.credentials, context)
        answer = await api.call("GET", _ONE, {"webset_id": inputs.external_id}, accepts=(404,))
        if answer.status != 404:
            yield "webset", answer.content
            yield "was_created", False
            return
        search = {"query": inputs.search_query, "count": inputs.search_count} if inputs.search_query else {}
        body = kept({"search": search, "externalId": inputs.external_id, "metadata": inputs.metadata})
        yield "webset", (await api.call("POST", _ALL, json=body)).content
        yield "was_created", True


class ExaWebsetStatus(Block):
    """Say how far a webset is."""

    id = "47cc3cd8-840f-4ec4-8d40-fcaba75fbe1a"
    name = "ExaWebsetStatusBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        pass

    class Output(BlockOutput):
        webset_id: str = pin(description="Its id.")
        status: str = pin(description="idle, pending, running or paused.")
        item_count: int = pin(description="How many items its searches found.")
        search_count: int = pin(description="How many searches it has.")
        enrichment_count: int = pin(description="How many enrichments.")
        monitor_count: int = pin(description="How many monitors.")
        last_updated: str = pin(description="When it was changed last.")
        is_processing: bool = pin(description="Whether something still runs.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1"},
            [
                ("webset_id", "ws1"),
                ("status", "running"),
                ("item_count", 3),
                ("search_count", 1),
                ("enrichment_count", 0),
                ("monitor_count", 0),
                ("last_updated", ""),
                ("is_processing", True),
            ],
            said(_WEBSET),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(EXA, inputs.credentials, context)
        webset = (await api.call("GET", _ONE, {"webset_id": inputs.webset_id})).content
        yield "webset_id", webset["id"]
        yield "status", webset["status"]
        yield "item_count", _found(webset)
        for name in ("search", "enrichment", "monitor"):
            plural = "searches" if name == "search" else f"{name}s"
            yield f"{name}_count", len(webset.get(plural) or ())
        yield "last_updated", webset.get("updatedAt") or ""
        yield "is_processing", webset["status"] in _BUSY
