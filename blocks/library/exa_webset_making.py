"""Blocks that make something for Exa's websets: an enrichment, a further search, a monitor. They make no webset."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Final

from blocks.exa.searching import SearchBehavior, SearchEntityType, criteria_of, kept, search_of
from blocks.exa.waiting import SECONDS_MAX, Waiting
from blocks.exa.websets import WEBSETS, EnrichmentFormat, WebsetBlock, WebsetInput
from blocks.providers.exa import EXA
from blocks.sdk import Block, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, Arguments, Operation, found_at
from blocks.sdk.samples import said, sample, sample_key
from schema.errors import InvalidInput

_KEY: Final = sample_key(EXA)
_ONE: Final = f"{WEBSETS}/websets/{{webset_id}}"
_OVER: Final = ("completed", "canceled")
_ITEMS_MAX: Final = 10_000
_PARTS_MAX: Final = 100


class MonitorBehaviorType(StrEnum):
    """What a monitor does."""

    SEARCH = "search"
    REFRESH = "refresh"


class ExaCreateEnrichment(Block):
    """Ask something of each item of a webset."""

    id = "71146ae8-0cb1-4a15-8cde-eae30de71cb6"
    name = "ExaCreateEnrichmentBlock"
    categories = ("AI", "SEARCH")

    class Input(WebsetInput):
        description: str = pin(description="What is asked.", min_length=1, max_length=5_000)
        title: str | None = pin(None, description="What it is called.")
        format: EnrichmentFormat = pin(EnrichmentFormat.TEXT, description="What the answers are.")
        options: list[str] = pin(default_factory=list, description="The answers that there may be.", max_length=150)
        apply_to_existing: bool = pin(True, description="Accepted for older agents: Exa asks it of all items.")
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")
        wait_for_completion: bool = pin(False, description="Wait until it is complete.")
        polling_timeout: int = pin(300, description="How long, in seconds.", ge=1, le=SECONDS_MAX)

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        webset_id: str = pin(description="The webset's id.")
        status: str = pin(description="pending, completed or canceled.")
        title: str = pin(description="What it is called.")
        description: str = pin(description="What is asked.")
        format: str = pin(description="What the answers are.")
        instructions: str = pin(description="How Exa goes about it.")
        items_enriched: int | None = pin(None, description="Not told by Exa.")
        completion_time: float | None = pin(None, description="Seconds until it was complete.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "description": "How high is it?", "wait_for_completion": True},
            [("enrichment_id", "e1"), ("webset_id", "ws1"), ("status", "completed"), ("completion_time", 0.0)],
            said({"id": "e1", "status": "pending"}),
            said({"id": "e1", "status": "completed", "websetId": "ws1"}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.format is EnrichmentFormat.OPTIONS and not inputs.options:
            raise InvalidInput("Answers of the kind options need options.", pin="options")
        given = {
            "description": inputs.description,
            "title": inputs.title,
            "format": inputs.format.value,
            "options": [{"label": one} for one in inputs.options],
            "metadata": inputs.metadata,
        }
        api, waiting = Api(EXA, inputs.credentials, context), Waiting(context, inputs.polling_timeout)
        found = await _made(api, waiting, inputs.webset_id, "enrichments", kept(given))
        sleep = None if not inputs.wait_for_completion or found["status"] in _OVER else waiting.sleep(found["id"])
        if sleep is not None:
            yield sleep
            return
        yield "enrichment_id", found["id"]
        yield "webset_id", found.get("websetId") or inputs.webset_id
        yield "status", found["status"]
        for name in ("title", "description", "format", "instructions"):
            if found.get(name):
                yield name, found[name]
        if inputs.wait_for_completion and found["status"] == "completed":
            yield "completion_time", waiting.elapsed_seconds


async def _made(api: Api, waiting: Waiting, webset_id: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make a part of a webset in the first step; in later ones, get what was made."""
    places = {"webset_id": webset_id, "part_id": waiting.made}
    if waiting.made is None:
        found: dict[str, Any] = (await api.call("POST", f"{_ONE}/{kind}", places, json=body)).content
        return found
    again: dict[str, Any] = (await api.call("GET", f"{_ONE}/{kind}/{{part_id}}", places)).content
    return again


class ExaCreateWebsetSearch(Block):
    """Search for further items of a webset."""

    id = "342ff776-2e2c-4cdb-b392-4eeb34b21d5f"
    name = "ExaCreateWebsetSearchBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        query: str = pin(description="What to search for.", min_length=1, max_length=5_000)
        count: int = pin(10, description="How many to find.", ge=1, le=_ITEMS_MAX)
        entity_type: SearchEntityType = pin(SearchEntityType.AUTO, description="What kind of thing that is.")
        entity_description: str | None = pin(None, description="The same in words, where the kind is custom.")
        criteria: list[str] = pin(default_factory=list, description="What each must fulfil.", max_length=5)
        behavior: SearchBehavior = pin(SearchBehavior.APPEND, description="What becomes of the items that are there.")
        recall: bool = pin(True, description="Estimate how many there are.")
        exclude_source_ids: list[str] = pin(
            default_factory=list, description="Imports or websets whose items are left out.", max_length=_PARTS_MAX
        )
        exclude_source_types: list[str] = pin(
            default_factory=list, description="What each of these is: import or webset."
        )
        scope_source_ids: list[str] = pin(
            default_factory=list, description="Imports or websets to search within.", max_length=_PARTS_MAX
        )
        scope_source_types: list[str] = pin(
            default_factory=list, description="What each of these is: import or webset."
        )
        scope_relationships: list[str] = pin(
            default_factory=list, description="How what is searched for belongs to each of these."
        )
        scope_relationship_limits: list[int] = pin(
            default_factory=list, description="How many belong to each of these at most."
        )
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")
        wait_for_completion: bool = pin(False, description="Wait until it is over.")
        polling_timeout: int = pin(300, description="How long, in seconds.", ge=1, le=SECONDS_MAX)

    class Output(BlockOutput):
        search_id: str = pin(description="Its id.")
        webset_id: str = pin(description="The webset's id.")
        status: str = pin(description="created, pending, running, completed or canceled.")
        query: str = pin(description="What is searched for.")
        expected_results: dict[str, Any] = pin(description="How many Exa thinks there are.")
        items_found: int | None = pin(None, description="How many it found until now.")
        completion_time: float | None = pin(None, description="Seconds until it was over.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "query": "makers of dry stone walls"},
            [("search_id", "s1"), ("webset_id", "ws1"), ("status", "created"), ("items_found", 0)],
            said({"id": "s1", "status": "created", "progress": {"found": 0}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, waiting = Api(EXA, inputs.credentials, context), Waiting(context, inputs.polling_timeout)
        found = await _made(
            api,
            waiting,
            inputs.webset_id,
            "searches",
            {**search_of(inputs), "behavior": inputs.behavior.value, "recall": inputs.recall},
        )
        sleep = None if not inputs.wait_for_completion or found["status"] in _OVER else waiting.sleep(found["id"])
        if sleep is not None:
            yield sleep
            return
        yield "search_id", found["id"]
        yield "webset_id", found.get("websetId") or inputs.webset_id
        yield "status", found["status"]
        if found.get("query"):
            yield "query", found["query"]
        expected = found_at(found, ("recall", "expected"))
        if expected is not None:
            yield "expected_results", expected
        if found_at(found, ("progress", "found")) is not None:
            yield "items_found", found["progress"]["found"]
        if inputs.wait_for_completion and found["status"] == "completed":
            yield "completion_time", waiting.elapsed_seconds


class ExaCreateMonitor(WebsetBlock):
    """Keep a webset up to date: search for further items again and again, or look at those that are there anew."""

    id = "f8a9b0c1-d2e3-4567-890a-bcdef1234567"
    name = "ExaCreateMonitorBlock"
    operation = Operation(
        "POST",
        f"{WEBSETS}/monitors",
        gives={
            "monitor_id": ("id",),
            "webset_id": ("websetId",),
            "status": ("status",),
            "behavior_type": ("behavior", "type"),
            "next_run_at": ("nextRunAt",),
            "cron_expression": ("cadence", "cron"),
            "timezone": ("cadence", "timezone"),
            "created_at": ("createdAt",),
        },
    )

    class Input(WebsetInput):
        cron_expression: str = pin(description="When, as cron says it: at most once a day.", placeholder="0 9 * * 1")
        timezone: str = pin("Etc/UTC", description="In which time zone.")
        behavior_type: MonitorBehaviorType = pin(MonitorBehaviorType.SEARCH, description="search or refresh.")
        search_query: str | None = pin(None, description="What to search for; none: as the webset's last search.")
        search_count: int = pin(10, description="How many to find each time.", ge=1, le=_ITEMS_MAX)
        search_criteria: list[str] = pin(default_factory=list, description="What each must fulfil.", max_length=5)
        search_behavior: SearchBehavior = pin(
            SearchBehavior.APPEND, description="What becomes of the items that are there."
        )
        entity_type: str | None = pin(None, description="What kind of thing is searched for.")
        refresh_content: bool = pin(True, description="To refresh is to read the items' pages anew.")
        refresh_enrichments: bool = pin(
            True, description="To refresh is to ask the enrichments anew, where pages are not read."
        )
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")

    class Output(BlockOutput):
        monitor_id: str = pin(description="Its id.")
        webset_id: str = pin(description="The webset's id.")
        status: str = pin(description="enabled or disabled.")
        behavior_type: str = pin(description="search or refresh.")
        next_run_at: str | None = pin(None, description="When it works next.")
        cron_expression: str = pin(description="When, as cron says it.")
        timezone: str = pin(description="In which time zone.")
        created_at: str = pin(description="When it was made.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "cron_expression": "0 9 * * 1"},
            [("monitor_id", "m1"), ("webset_id", "ws1"), ("status", "enabled"), ("behavior_type", "search")],
            said({"id": "m1", "websetId": "ws1", "status": "enabled", "behavior": {"type": "search"}}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        search = {
            "query": inputs.search_query,
            "count": inputs.search_count,
            "criteria": criteria_of(inputs.search_criteria),
            "entity": {"type": inputs.entity_type} if inputs.entity_type else None,
            "behavior": inputs.search_behavior.value,
        }
        is_search = inputs.behavior_type is MonitorBehaviorType.SEARCH
        target = "contents" if inputs.refresh_content else "enrichments"
        if not is_search and not inputs.refresh_content and not inputs.refresh_enrichments:
            raise InvalidInput("Say what is refreshed: refresh_content or refresh_enrichments.", pin="refresh_content")
        body = {
            "websetId": inputs.webset_id,
            "cadence": {"cron": inputs.cron_expression, "timezone": inputs.timezone},
            "behavior": {
                "type": inputs.behavior_type.value,
                "config": kept(search) if is_search else {"target": target},
            },
            "metadata": inputs.metadata,
        }
        return Arguments({}, {}, kept(body))
