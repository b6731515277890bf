"""Regions in runs of parts: one that was left half done is gone on with, and a node's own run gives what it always gives."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from schema.graph import Graph
from tests.api import test_continuing, test_parts
from tests.api.running import CANCEL, ended, save, start, uuid_of
from tests.api.serving import Api, Organisation
from tests.api.test_continuing import CONTINUE
from tests.durable.blocks import CALLS
from tests.durable.graphs import an_output, make_graph
from tests.durable.pure_blocks import PurePass, Tell
from tests.durable.waiting import eventually

COUNT = 300


def telling(key: str, **settings: Any) -> Graph:
    """Give an agent whose one region takes several steps of about a second."""
    nodes = {
        "tell": (Tell, {"count": COUNT, "pause_seconds": 0.01, "key": key}), "pass": (PurePass, {"key": f"{key} pass"}),
        "out": an_output(),
    }  # fmt: skip
    return make_graph(nodes, ["tell.number -> pass.value", "pass.value -> out.value"], **settings)


@pytest.mark.long
async def test_a_run_that_was_cancelled_between_two_steps_of_a_region_is_gone_on_with(
    api: Api, acme: Organisation
) -> None:
    key = str(uuid4())
    run = await start(acme.owner, await save(api, acme, telling(key)))
    where = {"id": uuid_of(run["id"])}
    over = "SELECT 1 FROM node_executions WHERE run_id = :id AND node_id = 'pass' AND status = 'COMPLETED'"
    await eventually(lambda: api.platform.sql(f"{over} LIMIT 1", **where), pause_seconds=0.005)
    await acme.owner(CANCEL, input={"id": run["id"], "reason": "Enough."})
    assert await ended(acme.owner, run["id"]) == "TERMINATED"
    done = len(await api.platform.sql(over, **where))
    payload = await acme.owner(CONTINUE, input={"runId": run["id"]})
    assert payload["errors"] == []
    calls = CALLS[f"{key} pass"]
    next_id = payload["run"]["id"]
    assert await ended(acme.owner, next_id) == "COMPLETED"
    record = await api.platform.tools.records.get(acme.id, uuid_of(next_id), executions_max=1_000)
    assert record["outputs"] == {"out": list(range(COUNT))}
    assert record["stats"]["node_execution_count"] == 2 * COUNT + 1
    assert [row["ordinal"] for row in record["node_executions"] if row["node_id"] == "pass"] == list(
        range(1, COUNT + 1)
    )
    assert 0 < done < COUNT
    assert calls + COUNT - done <= CALLS[f"{key} pass"] <= calls + COUNT


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (test_parts, "test_a_run_until_a_node_has_what_leads_to_it_only"),
        (test_parts, "test_one_node_runs_by_itself_of_a_version_or_of_the_draft"),
        (test_parts, "test_a_pinned_output_is_used_where_a_run_asks_for_it_and_never_otherwise"),
        (test_continuing, "test_a_failed_node_is_repaired_and_nothing_before_it_runs_again"),
    ],
)
async def test_what_holds_for_nodes_by_themselves_holds_where_they_are_fused(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    monkeypatch.setattr(module, "Pass", PurePass)
    await getattr(module, name)(api, acme)
