"""Blocks that wait for Exa's websets: until one is idle, a search is over, an enrichment is complete; they change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Final

from blocks.exa.waiting import SECONDS_MAX, Waiting
from blocks.exa.websets import WEBSETS, WebsetInput, item_of
from blocks.providers.exa import EXA
from blocks.sdk import Block, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_ONE: Final = f"{WEBSETS}/websets/{{webset_id}}"
_SAMPLES: Final = 5


class WebsetTargetStatus(StrEnum):
    """A status that a webset can be waited for to have."""

    IDLE = "idle"
    COMPLETED = "completed"
    RUNNING = "running"
    PAUSED = "paused"
    ANY_COMPLETE = "any_complete"


#: Which statuses of Exa's each of them is.
_TARGETS: Final = {
    WebsetTargetStatus.IDLE: ("idle",),
    WebsetTargetStatus.COMPLETED: ("idle",),
    WebsetTargetStatus.RUNNING: ("running",),
    WebsetTargetStatus.PAUSED: ("paused",),
    WebsetTargetStatus.ANY_COMPLETE: ("idle", "paused"),
}


class ExaWaitForWebset(Block):
    """Wait until a webset is idle, say."""

    id = "619d71e8-b72a-434d-8bd4-23376dd0342c"
    name = "ExaWaitForWebsetBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        target_status: WebsetTargetStatus = pin(WebsetTargetStatus.IDLE, description="What to wait for.")
        timeout: int = pin(300, description="How long, in seconds.", ge=1, le=SECONDS_MAX)
        check_interval: int = pin(5, description="Seconds to the first look; each wait is longer.", ge=1, le=3600)
        max_interval: int = pin(30, description="Seconds between two looks at most.", ge=1, le=3600)
        include_progress: bool = pin(True, description="Say how far its searches and enrichments are.")

    class Output(BlockOutput):
        webset_id: str = pin(description="Its id.")
        final_status: str = pin(description="Its status now.")
        elapsed_time: float = pin(description="Seconds that were waited.")
        item_count: int = pin(description="How many items its searches found.")
        search_progress: dict[str, Any] = pin(description="How far each search is, by its id.")
        enrichment_progress: dict[str, Any] = pin(description="The status of each enrichment, by its id.")
        timed_out: bool = pin(description="Whether the time was over first.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "include_progress": False},
            [
                ("webset_id", "ws1"),
                ("final_status", "idle"),
                ("elapsed_time", 0.0),
                ("item_count", 7),
                ("timed_out", False),
            ],
            said({"id": "ws1", "status": "running"}),
            said({"id": "ws1", "status": "idle", "searches": [{"id": "s1", "progress": {"found": 7}}]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        waiting = Waiting(context, inputs.timeout, inputs.check_interval, inputs.max_interval)
        api = Api(EXA, inputs.credentials, context)
        webset = (await api.call("GET", _ONE, {"webset_id": inputs.webset_id})).content
        is_there = webset["status"] in _TARGETS[inputs.target_status]
        sleep = None if is_there else waiting.sleep()
        if sleep is not None:
            yield sleep
            return
        searches = webset.get("searches") or []
        yield "webset_id", webset["id"]
        yield "final_status", webset["status"]
        yield "elapsed_time", waiting.elapsed_seconds
        yield "item_count", sum(found_at(one, ("progress", "found")) or 0 for one in searches)
        if inputs.include_progress:
            yield "search_progress", {one["id"]: one.get("progress") or {} for one in searches}
            yield "enrichment_progress", {one["id"]: one.get("status") for one in webset.get("enrichments") or ()}
        yield "timed_out", not is_there


class ExaWaitForSearch(Block):
    """Wait until a search is over."""

    id = "14da21ae-40a1-41bc-a111-c8e5c9ef012b"
    name = "ExaWaitForSearchBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        search_id: str = pin(description="The search's id.")
        timeout: int = pin(300, description="How long to wait, in seconds.", ge=1, le=SECONDS_MAX)
        check_interval: int = pin(5, description="Seconds to the first look; each wait is longer.", ge=1, le=3600)

    class Output(BlockOutput):
        search_id: str = pin(description="Its id.")
        final_status: str = pin(description="Its status now.")
        items_found: int = pin(description="How many it found.")
        items_analyzed: int = pin(description="How many it looked at.")
        completion_percentage: int = pin(description="How far it is, of a hundred.")
        elapsed_time: float = pin(description="Seconds that were waited.")
        recall_info: dict[str, Any] = pin(description="How many Exa thinks there are.")
        timed_out: bool = pin(description="Whether the time was over first.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "search_id": "s1"},
            [("search_id", "s1"), ("final_status", "completed"), ("items_found", 7), ("timed_out", False)],
            said({"id": "s1", "status": "running"}),
            said({"id": "s1", "status": "completed", "progress": {"found": 7, "analyzed": 90, "completion": 100}}),
            match="subset",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        waiting = Waiting(context, inputs.timeout, inputs.check_interval)
        api = Api(EXA, inputs.credentials, context)
        places = {"webset_id": inputs.webset_id, "search_id": inputs.search_id}
        search = (await api.call("GET", f"{_ONE}/searches/{{search_id}}", places)).content
        is_over = search["status"] in ("completed", "canceled")
        sleep = None if is_over else waiting.sleep()
        if sleep is not None:
            yield sleep
            return
        progress = search.get("progress") or {}
        yield "search_id", search["id"]
        yield "final_status", search["status"]
        yield "items_found", progress.get("found") or 0
        yield "items_analyzed", progress.get("analyzed") or 0
        yield "completion_percentage", int(progress.get("completion") or 0)
        yield "elapsed_time", waiting.elapsed_seconds
        yield "recall_info", search.get("recall") or {}
        yield "timed_out", not is_over


class ExaWaitForEnrichment(Block):
    """Wait until an enrichment is complete."""

    id = "a11865c3-ac80-4721-8a40-ac4e3b71a558"
    name = "ExaWaitForEnrichmentBlock"
    categories = ("SEARCH",)

    class Input(WebsetInput):
        enrichment_id: str = pin(description="The enrichment's id.")
        timeout: int = pin(300, description="How long to wait, in seconds.", ge=1, le=SECONDS_MAX)
        check_interval: int = pin(5, description="Seconds to the first look; each wait is longer.", ge=1, le=3600)
        sample_results: bool = pin(True, description="Give what it found of a few items.")

    class Output(BlockOutput):
        enrichment_id: str = pin(description="Its id.")
        final_status: str = pin(description="Its status now.")
        items_enriched: int = pin(description="How many of the items that were looked at have an answer.")
        enrichment_title: str = pin(description="What it is called.")
        elapsed_time: float = pin(description="Seconds that were waited.")
        sample_data: list[dict[str, Any]] = pin(description="A few answers: item_id, item_title, enrichment_data.")
        timed_out: bool = pin(description="Whether the time was over first.")

    examples = (
        sample(
            _KEY,
            {"webset_id": "ws1", "enrichment_id": "e1"},
            [
                ("final_status", "completed"),
                ("items_enriched", 1),
                (
                    "sample_data",
                    [
                        {
                            "item_id": "i1",
                            "item_title": "Walls",
                            "enrichment_data": {"enrichmentId": "e1", "result": ["7"]},
                        }
                    ],
                ),
            ],
            said({"id": "e1", "status": "completed", "title": "Height"}),
            said(
                {
                    "data": [
                        {
                            "id": "i1",
                            "properties": {"type": "article", "article": {"title": "Walls"}},
                            "enrichments": [{"enrichmentId": "e1", "result": ["7"]}],
                        }
                    ]
                }
            ),
            match="subset",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        waiting = Waiting(context, inputs.timeout, inputs.check_interval)
        api = Api(EXA, inputs.credentials, context)
        places = {"webset_id": inputs.webset_id, "enrichment_id": inputs.enrichment_id}
        enrichment = (await api.call("GET", f"{_ONE}/enrichments/{{enrichment_id}}", places)).content
        is_over = enrichment["status"] in ("completed", "canceled")
        sleep = None if is_over else waiting.sleep()
        if sleep is not None:
            yield sleep
            return
        answers = await _answers(api, inputs.webset_id, enrichment["id"]) if inputs.sample_results else None
        yield "enrichment_id", enrichment["id"]
        yield "final_status", enrichment["status"]
        yield "enrichment_title", enrichment.get("title") or ""
        yield "elapsed_time", waiting.elapsed_seconds
        if answers is not None:
            yield "items_enriched", len(answers)
            yield "sample_data", answers[:_SAMPLES]
        yield "timed_out", not is_over


async def _answers(api: Api, webset_id: str, enrichment_id: str) -> list[dict[str, Any]]:
    """Give what an enrichment found of the items of the first page."""
    found = (await api.call("GET", f"{_ONE}/items", {"webset_id": webset_id}, query={"limit": 100})).content
    items = [item_of(one) for one in found.get("data") or ()]
    return [
        {"item_id": item["id"], "item_title": item["title"], "enrichment_data": item["enrichments"][enrichment_id]}
        for item in items
        if found_at(item["enrichments"].get(enrichment_id), ("result",))
    ]
