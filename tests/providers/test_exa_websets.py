"""Exa's websets and its code context as its documentation has them: each operation's method, path, query and body."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.exa_webset_items import (
    ExaBulkWebsetItems,
    ExaDeleteWebsetItem,
    ExaGetNewItems,
    ExaGetWebsetItem,
    ExaListWebsetItems,
)
from blocks.library.exa_webset_making import ExaCreateEnrichment, ExaCreateMonitor, ExaCreateWebsetSearch
from blocks.library.exa_webset_new import ExaCreateOrFindWebset, ExaCreateWebset, ExaWebsetStatus
from blocks.library.exa_webset_sources import (
    ExaDeleteImport,
    ExaDeleteMonitor,
    ExaGetImport,
    ExaGetMonitor,
    ExaListImports,
    ExaListMonitors,
    ExaUpdateMonitor,
)
from blocks.library.exa_webset_waiting import ExaWaitForEnrichment, ExaWaitForSearch, ExaWaitForWebset
from blocks.library.exa_webset_work import (
    ExaCancelEnrichment,
    ExaCancelWebsetSearch,
    ExaDeleteEnrichment,
    ExaGetEnrichment,
    ExaGetWebsetSearch,
    ExaUpdateEnrichment,
)
from blocks.library.exa_websets import (
    ExaCancelWebset,
    ExaCodeContext,
    ExaDeleteWebset,
    ExaGetWebset,
    ExaListWebsets,
    ExaUpdateWebset,
)
from blocks.providers.exa import EXA
from tests.providers.services import Asked, Says
from tests.providers.turns import Turn, converse

WS = "/websets/v0/websets/ws1"
ITEM = {
    "id": "i1",
    "properties": {"type": "article", "url": "https://a.b", "content": "...", "article": {"title": "Walls"}},
}


def with_key(asked: Asked) -> str | None:
    return None if asked.headers.get("x-api-key") == "the-secret-key" else "no key"


OF: dict[str, Any] = {"webset_id": "ws1"}
ROWS: list[tuple[Any, dict[str, Any], str, str, dict[str, str], Any]] = [
    (ExaGetWebset, OF, "GET", WS, {}, None),
    (ExaUpdateWebset, {**OF, "metadata": {"a": "b"}}, "POST", WS, {}, {"metadata": {"a": "b"}}),
    (ExaDeleteWebset, OF, "DELETE", WS, {}, None),
    (ExaCancelWebset, OF, "POST", f"{WS}/cancel", {}, None),
    (ExaListWebsets, {"cursor": "c1"}, "GET", "/websets/v0/websets", {"cursor": "c1", "limit": "25"}, None),
    (ExaDeleteWebsetItem, {**OF, "item_id": "i1"}, "DELETE", f"{WS}/items/i1", {}, None),
    (ExaGetEnrichment, {**OF, "enrichment_id": "e1"}, "GET", f"{WS}/enrichments/e1", {}, None),
    (
        ExaUpdateEnrichment,
        {**OF, "enrichment_id": "e1", "format": "options", "options": ["dry"]},
        "PATCH",
        f"{WS}/enrichments/e1",
        {},
        {"format": "options", "options": [{"label": "dry"}]},
    ),
    (ExaDeleteEnrichment, {**OF, "enrichment_id": "e1"}, "DELETE", f"{WS}/enrichments/e1", {}, None),
    (ExaCancelEnrichment, {**OF, "enrichment_id": "e1"}, "POST", f"{WS}/enrichments/e1/cancel", {}, None),
    (ExaWebsetStatus, OF, "GET", WS, {}, None),
    (ExaGetWebsetSearch, {**OF, "search_id": "s1"}, "GET", f"{WS}/searches/s1", {}, None),
    (ExaCancelWebsetSearch, {**OF, "search_id": "s1"}, "POST", f"{WS}/searches/s1/cancel", {}, None),
    (ExaGetMonitor, {"monitor_id": "m1"}, "GET", "/websets/v0/monitors/m1", {}, None),
    (
        ExaUpdateMonitor,
        {"monitor_id": "m1", "status": "disabled", "cron_expression": "0 9 * * 1"},
        "PATCH",
        "/websets/v0/monitors/m1",
        {},
        {"status": "disabled", "cadence": {"cron": "0 9 * * 1"}},
    ),
    (ExaDeleteMonitor, {"monitor_id": "m1"}, "DELETE", "/websets/v0/monitors/m1", {}, None),
    (ExaListMonitors, OF, "GET", "/websets/v0/monitors", {"websetId": "ws1", "limit": "25"}, None),
    (ExaGetImport, {"import_id": "im1"}, "GET", "/websets/v0/imports/im1", {}, None),
    (ExaListImports, {"limit": 3}, "GET", "/websets/v0/imports", {"limit": "3"}, None),
    (ExaDeleteImport, {"import_id": "im1"}, "DELETE", "/websets/v0/imports/im1", {}, None),
    (ExaCodeContext, {"query": "timers"}, "POST", "/context", {}, {"query": "timers", "tokensNum": "dynamic"}),
    (
        ExaCodeContext,
        {"query": "timers", "tokens_num": 5000},
        "POST",
        "/context",
        {},
        {"query": "timers", "tokensNum": 5000},
    ),
]


@pytest.mark.parametrize(("block", "inputs", "method", "path", "query", "body"), ROWS)
async def test_an_operation_is_the_request_that_is_documented(
    block: Any, inputs: Any, method: str, path: str, query: Any, body: Any
) -> None:
    turn = Turn(method, path, Says({"id": "x", "status": "idle", "data": []}), query=query, json=body)
    outcome = await converse(EXA, block, inputs, [turn], with_key)
    found = dict(outcome.outputs)
    assert found.get("success", "true") == "true"
    assert ("success" in found) is ("success" in block.Output.model_fields)


async def test_an_item_has_what_is_known_of_its_kind() -> None:
    outcome = await converse(
        EXA, ExaGetWebsetItem, {**OF, "item_id": "i1"}, [Turn("GET", f"{WS}/items/i1", Says(ITEM))], with_key
    )
    found = dict(outcome.outputs)
    assert (found["item_id"], found["title"], found["entity_data"]) == ("i1", "Walls", {"title": "Walls"})


def items(count: int, cursor: str | None = None) -> Says:
    return Says({"data": [ITEM] * count, "hasMore": cursor is not None, "nextCursor": cursor})


async def test_all_items_are_read_page_by_page_and_no_more_than_are_wanted() -> None:
    turns = [
        Turn("GET", f"{WS}/items", items(100, "c1"), query={"limit": "100"}),
        Turn("GET", f"{WS}/items", items(100, "c2"), query={"limit": "100", "cursor": "c1"}),
    ]
    inputs = {**OF, "max_items": 150, "include_content": False}
    found = dict((await converse(EXA, ExaBulkWebsetItems, inputs, turns, with_key)).outputs)
    assert (found["total_retrieved"], found["truncated"], found["item"]["content"]) == (150, True, "")


async def test_a_list_waits_for_the_first_items_and_not_longer_than_it_may() -> None:
    empty = Turn("GET", f"{WS}/items", items(0), query={"limit": "25"})
    turns = [empty, empty, Turn("GET", f"{WS}/items", items(1), query={"limit": "25"})]
    outcome = await converse(EXA, ExaListWebsetItems, {**OF, "wait_for_items": True}, turns, with_key)
    assert (outcome.slept, len(dict(outcome.outputs)["items"])) == ([5.0, 5.0], 1)
    inputs = {**OF, "wait_for_items": True, "wait_timeout": 7}
    outcome = await converse(EXA, ExaListWebsetItems, inputs, [empty, empty, empty], with_key)
    assert (outcome.slept, dict(outcome.outputs)["items"]) == ([5.0, 2.0], [])


async def test_new_items_are_those_behind_the_cursor() -> None:
    turn = Turn("GET", f"{WS}/items", items(2, "c2"), query={"limit": "10", "cursor": "c1"})
    inputs = {**OF, "since_cursor": "c1", "max_items": 10}
    found = dict((await converse(EXA, ExaGetNewItems, inputs, [turn], with_key)).outputs)
    assert (found["count"], found["next_cursor"], found["has_more"]) == (2, "c2", True)


async def test_an_enrichment_is_made_once_and_waited_for() -> None:
    body = {"description": "Is it dry?", "format": "options", "options": [{"label": "yes"}, {"label": "no"}]}
    inputs = {
        **OF,
        "description": "Is it dry?",
        "format": "options",
        "options": ["yes", "no"],
        "wait_for_completion": True,
    }
    outcome = await converse(
        EXA,
        ExaCreateEnrichment,
        inputs,
        [
            Turn("POST", f"{WS}/enrichments", Says({"id": "e1", "status": "pending"}), json=body),
            Turn("GET", f"{WS}/enrichments/e1", Says({"id": "e1", "status": "pending"})),
            Turn("GET", f"{WS}/enrichments/e1", Says({"id": "e1", "status": "completed", "format": "options"})),
        ],
        with_key,
    )
    assert outcome.slept == [5.0, 7.5]
    assert dict(outcome.outputs)["status"] == "completed"


async def test_what_is_not_waited_for_is_given_as_it_is_and_options_are_needed() -> None:
    turn = Turn(
        "POST",
        f"{WS}/enrichments",
        Says({"id": "e1", "status": "pending"}),
        json={"description": "?", "format": "text"},
    )
    outcome = await converse(EXA, ExaCreateEnrichment, {**OF, "description": "?"}, [turn], with_key)
    assert (dict(outcome.outputs)["status"], "completion_time" in dict(outcome.outputs)) == ("pending", False)
    outcome = await converse(EXA, ExaCreateEnrichment, {**OF, "description": "?", "format": "options"}, [], with_key)
    assert outcome.code == "INVALID_INPUT"


async def test_a_search_has_its_criteria_sources_and_relationships() -> None:
    inputs = {
        **OF,
        "query": "makers",
        "entity_type": "custom",
        "entity_description": "workshops",
        "criteria": ["in Wales"],
        "exclude_source_ids": ["im1"],
        "scope_source_ids": ["ws2", "im2"],
        "scope_source_types": ["webset"],
        "scope_relationships": ["owners of"],
        "scope_relationship_limits": [3],
    }
    body = {
        "query": "makers",
        "count": 10,
        "entity": {"type": "custom", "description": "workshops"},
        "criteria": [{"description": "in Wales"}],
        "behavior": "append",
        "exclude": [{"source": "import", "id": "im1"}],
        "scope": [
            {"source": "webset", "id": "ws2", "relationship": {"definition": "owners of", "limit": 3}},
            {"source": "import", "id": "im2"},
        ],
        "recall": True,
    }
    said = {"id": "s1", "status": "created", "recall": {"expected": {"total": 40}}}
    outcome = await converse(
        EXA, ExaCreateWebsetSearch, inputs, [Turn("POST", f"{WS}/searches", Says(said), json=body)], with_key
    )
    assert dict(outcome.outputs)["expected_results"] == {"total": 40}


SEARCHES = {"count": 10, "criteria": [{"description": "dry"}], "behavior": "append"}


@pytest.mark.parametrize(
    ("inputs", "behavior"),
    [
        ({"search_criteria": ["dry"]}, {"type": "search", "config": SEARCHES}),
        ({"behavior_type": "refresh"}, {"type": "refresh", "config": {"target": "contents"}}),
        (
            {"behavior_type": "refresh", "refresh_content": False},
            {"type": "refresh", "config": {"target": "enrichments"}},
        ),
    ],
)
async def test_a_monitor_searches_or_refreshes(inputs: Any, behavior: Any) -> None:
    body = {"websetId": "ws1", "cadence": {"cron": "0 9 * * 1", "timezone": "Etc/UTC"}, "behavior": behavior}
    turn = Turn("POST", "/websets/v0/monitors", Says({"id": "m1"}), json=body)
    await converse(EXA, ExaCreateMonitor, {**OF, "cron_expression": "0 9 * * 1", **inputs}, [turn], with_key)


async def test_a_webset_a_search_and_an_enrichment_are_waited_for_until_the_time_is_over() -> None:
    webset = Turn(
        "GET", WS, Says({"id": "ws1", "status": "running", "searches": [{"id": "s1", "progress": {"found": 2}}]})
    )
    outcome = await converse(EXA, ExaWaitForWebset, {**OF, "timeout": 9}, [webset] * 3, with_key)
    found = dict(outcome.outputs)
    assert (found["timed_out"], found["item_count"], found["search_progress"]) == (True, 2, {"s1": {"found": 2}})
    search = Turn("GET", f"{WS}/searches/s1", Says({"id": "s1", "status": "running"}))
    outcome = await converse(EXA, ExaWaitForSearch, {**OF, "search_id": "s1", "timeout": 5}, [search] * 2, with_key)
    assert dict(outcome.outputs)["timed_out"] is True
    enrichment = Turn("GET", f"{WS}/enrichments/e1", Says({"id": "e1", "status": "canceled"}))
    inputs = {**OF, "enrichment_id": "e1", "sample_results": False}
    outcome = await converse(EXA, ExaWaitForEnrichment, inputs, [enrichment], with_key)
    assert (dict(outcome.outputs)["final_status"], dict(outcome.outputs)["timed_out"]) == ("canceled", False)


async def test_a_webset_is_made_once_and_its_first_items_are_waited_for() -> None:
    inputs = {
        "search_query": "makers",
        "search_count": 3,
        "search_entity_type": "company",
        "search_criteria": ["in Wales"],
        "import_sources": ["im1"],
        "enrichment_descriptions": ["How old?", "Dry?"],
        "enrichment_formats": ["number", "options"],
        "enrichment_options": [[], ["yes", "no"]],
        "external_id": "walls",
    }
    body = {
        "search": {
            "query": "makers",
            "count": 3,
            "entity": {"type": "company"},
            "criteria": [{"description": "in Wales"}],
        },
        "import": [{"source": "import", "id": "im1"}],
        "enrichments": [
            {"description": "How old?", "format": "number"},
            {"description": "Dry?", "format": "options", "options": [{"label": "yes"}, {"label": "no"}]},
        ],
        "externalId": "walls",
    }
    found = {"id": "ws1", "status": "running", "searches": [{"progress": {"found": 1}}]}
    turns = [
        Turn("POST", "/websets/v0/websets", Says({"id": "ws1", "status": "pending"}, 201), json=body),
        Turn("GET", WS, Says({"id": "ws1", "status": "running", "searches": []})),
        Turn("GET", WS, Says(found)),
    ]
    outcome = await converse(EXA, ExaCreateWebset, inputs, turns, with_key)
    assert outcome.outputs == [("webset", found), ("initial_item_count", 1), ("completion_time", 0.0)]


async def test_a_webset_of_a_name_is_made_only_where_there_is_none() -> None:
    name = "/websets/v0/websets/walls%2F1"
    outcome = await converse(
        EXA, ExaCreateOrFindWebset, {"external_id": "walls/1"}, [Turn("GET", name, Says({"id": "ws1"}))], with_key
    )
    assert dict(outcome.outputs)["was_created"] is False
    body = {"search": {"query": "makers", "count": 10}, "externalId": "walls/1"}
    turns = [
        Turn("GET", name, Says({"error": "Not found"}, 404)),
        Turn("POST", "/websets/v0/websets", Says({"id": "ws1"}, 201), json=body),
    ]
    inputs = {"external_id": "walls/1", "search_query": "makers"}
    assert dict((await converse(EXA, ExaCreateOrFindWebset, inputs, turns, with_key)).outputs)["was_created"] is True
