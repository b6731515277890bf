"""Batches: executions of a node with effects that share a dispatch, each with its own outcome, attempts and end; for real."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from temporalio.api.enums.v1 import EventType

from activities.inputs import raw_inputs
from activities.nodes import NodeActivities
from blocks.library.iteration import StepThroughItems
from blocks.library.web import SendWebRequest
from schema.db.ledger import Ledger
from schema.db.runs import Run
from schema.graph import Graph
from schema.ids import LOCAL_TENANT, workflow_id
from schema.limits import LIMITS
from tests.durable.blocks import CALLS, GATES, Drip
from tests.durable.graphs import an_input, an_output, make_graph
from tests.durable.histories import chain_of
from tests.durable.platform import Json, Platform, executions_of
from tests.durable.test_file_crashes import worker
from tests.durable.test_orders import give, outcome
from tests.durable.test_run_control import shown
from tests.durable.waiting import eventually
from tests.egress.servers import Seen, Server, guarded, reply, serve
from workflows.engine.events import Item
from workflows.engine.plan import EFFECTS_BATCH_MAX
from workflows.names import OVER_SIGNAL
from workflows.wire import again_record

NO_WAIT = {"first_wait_seconds": 0, "attempts": 3}
A_DAY = {"first_wait_seconds": 3600, "longest_wait_seconds": 86_400, "attempts": 3}

#: Gives the status that a request is answered with; the how-many-th it is for its number.
Script = Callable[[int, int], int]


class Numbered:
    """A server that is asked for numbers, and may keep some of the answers back."""

    def __init__(self, script: Script, held: Callable[[int], bool] = lambda _: False) -> None:
        self.script = script
        self.held = held
        self.asked: Counter[int] = Counter()
        self.answered: Counter[int] = Counter()
        self.is_open = asyncio.Event()

    async def answer(self, seen: Seen, _: asyncio.StreamWriter) -> bytes:
        number = int(seen.path.removeprefix("/").partition("?")[0])
        self.asked[number] += 1
        status = self.script(number, self.asked[number])
        if self.held(number):
            await self.is_open.wait()
        self.answered[number] += 1
        return reply(status, str(number).encode(), {"Content-Type": "text/plain"})


@asynccontextmanager
async def reached(platform: Platform, numbered: Numbered) -> AsyncIterator[Server]:
    """Have the platform's blocks reach a server."""
    async with serve(numbered.answer) as server:
        platform.tools.http, before = guarded(server), platform.tools.http
        try:
            yield server
        finally:
            platform.tools.http = before


def asking(**settings: Any) -> Graph:
    """Give a graph that asks for each of its URLs."""
    nodes = {
        "in": an_input("urls"),
        "each": StepThroughItems,
        "ask": (SendWebRequest, {"method": "GET"}, settings),
        "out": an_output(),
        "refused": an_output("refused"),
    }
    links = [
        "in.result -> each.items",
        "each.item -> ask.url",
        "ask.response -> out.value",
        "ask.client_error -> refused.value",
    ]
    return make_graph(nodes, links, on_node_error="continue")


def urls(server: Server, count: int) -> Json:
    return {"urls": [f"{server.url}{number}" for number in range(1, count + 1)]}


async def scheduled(platform: Platform, run: Run) -> list[str]:
    """Give the ids of a run's activities."""
    return [
        event.activity_task_scheduled_event_attributes.activity_id
        for history in await chain_of(platform, run)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]


async def batch_sizes(platform: Platform, run: Run) -> list[int]:
    """Give how many executions each dispatch of the node had, of those that had more than one."""
    sizes = []
    for name in await scheduled(platform, run):
        first, _, last = name.partition("#")[2].partition("-")
        sizes += [int(last) - int(first) + 1] if last.isdecimal() else []
    return sizes


def codes(row: Json) -> list[str | None]:
    return [attempt.get("error", {}).get("code") for attempt in row["attempts"]]


async def test_each_of_a_hundred_has_its_own_attempts_outcome_and_place(platform: Platform):
    def script(number: int, time: int) -> int:
        if number % 7 == 0 and time <= 2:
            return 503
        return 404 if number % 11 == 0 else 200

    numbered = Numbered(script)
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(retry=NO_WAIT), urls(server, 100))
        record = await platform.end_of(run, seconds=60)
    numbers = range(1, 101)
    assert record["status"] == "COMPLETED"
    assert record["outputs"] == {
        "out": [str(number) for number in numbers if number % 11],
        "refused": [str(number) for number in numbers if number % 11 == 0],
    }
    assert numbered.asked == Counter({number: 3 if number % 7 == 0 else 1 for number in numbers})
    rows = executions_of(record, "ask")
    assert [row["input_data"]["url"].rpartition("/")[2] for row in rows] == [str(number) for number in numbers]
    busy: list[str | None] = ["UNAVAILABLE", "UNAVAILABLE"]
    assert [codes(row) for row in rows] == [[*(busy if number % 7 == 0 else []), None] for number in numbers]
    assert [[attempt["number"] for attempt in row["attempts"]] for row in rows] == [
        [1, 2, 3] if number % 7 == 0 else [1] for number in numbers
    ]
    # Those that come again take room of the window by themselves.
    sizes = await batch_sizes(platform, run)
    assert (sizes[:2], len(sizes) < 8) == ([EFFECTS_BATCH_MAX] * 2, True)


async def test_those_that_fail_fail_by_themselves(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200)
    async with reached(platform, numbered) as server:
        inputs = urls(server, 20)
        inputs["urls"][4] = "http://10.0.0.1/"
        inputs["urls"][9] = {"no": "address"}
        record = await platform.run(asking(retry=NO_WAIT), inputs)
    failed = {row["ordinal"]: row["error"]["code"] for row in executions_of(record, "ask") if row["status"] == "FAILED"}
    assert failed == {5: "EGRESS_REFUSED", 10: "EGRESS_REFUSED"}
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21) if number not in (5, 10)]
    assert record["stats"]["node_error_count"] == 2
    assert set(numbered.asked.values()) == {1}


async def test_what_is_over_goes_on_while_the_slowest_of_its_batch_still_runs(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200, held=lambda number: number == 20)
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(), urls(server, 20))

        async def handed_on() -> bool:
            return len(executions_of(await platform.record(run), "out")) == 19

        await eventually(handed_on)
        assert numbered.answered[20] == 0
        numbered.is_open.set()
        record = await platform.end_of(run)
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21)]
    assert set(numbered.asked.values()) == {1}
    assert await batch_sizes(platform, run) == [20]


async def test_one_that_waits_for_its_next_attempt_keeps_its_wait_and_nobody_else(platform: Platform):
    numbered = Numbered(lambda number, time: 503 if number == 20 and time == 1 else 200)
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(retry=A_DAY), urls(server, 20))

        async def waits() -> Any:
            if len(executions_of(await platform.record(run), "out")) < 19:
                return None
            pending = (await platform.describe(run)).raw_description.pending_activities
            return pending if pending and pending[0].attempt == 2 else None

        (pending,) = await eventually(waits)
        assert pending.activity_id == "SendWebRequest#20"
        assert "503" in pending.last_failure.message
        assert numbered.asked[20] == 1
        (row,) = [row for row in executions_of(await platform.record(run), "ask") if row["ordinal"] == 20]
        assert (codes(row), row["attempts"][0]["wait_seconds"]) == (["UNAVAILABLE"], 3600)
        # An operator need not wait.
        await outcome(platform, run, await give(platform, run, "retry", execution=row["execution"]))
        record = await platform.end_of(run)
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21)]
    assert numbered.asked == Counter({**dict.fromkeys(range(1, 20), 1), 20: 2})


async def test_an_order_for_one_of_a_batch_does_not_disturb_the_others(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200, held=lambda number: number <= 10)
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(), urls(server, 20))
        await eventually(lambda: sum(numbered.asked.values()) == 20)
        first = (await shown(platform, run, "ask", "RUNNING", 10))[0]
        number = await give(platform, run, "skip", {"response": ["given"]}, execution=first["execution"])
        assert await outcome(platform, run, number) == ("APPLIED", None)

        async def is_skipped() -> bool:
            return executions_of(await platform.record(run), "ask")[0]["status"] == "COMPLETED"

        await eventually(is_skipped)
        numbered.is_open.set()
        record = await platform.end_of(run)
    assert record["outputs"]["out"] == ["given", *(str(number) for number in range(2, 21))]
    assert set(numbered.asked.values()) == {1}


async def test_one_that_waits_for_an_operator_is_told_while_others_of_its_batch_run(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200, held=lambda _: True)
    async with reached(platform, numbered) as server:
        inputs = urls(server, 10)
        inputs["urls"][4] = "http://10.0.0.1/"
        run = await platform.submit(asking(on_error="hold"), inputs)

        async def halts() -> list[int | None]:
            rows = await platform.sql("SELECT execution FROM run_halts WHERE run_id = :run", run=run.id)
            return [row.execution for row in rows]

        found = await eventually(halts)
        assert not numbered.answered
        (row,) = await shown(platform, run, "ask", "PAUSED")
        assert (row["ordinal"], [row["execution"]]) == (5, found)
        await outcome(platform, run, await give(platform, run, "skip", {"response": ["given"]}, execution=found[0]))
        numbered.is_open.set()
        record = await platform.end_of(run)
    assert record["outputs"]["out"] == [*map(str, range(1, 5)), "given", *map(str, range(6, 11))]
    assert set(numbered.asked.values()) == {1}


async def test_a_signal_that_says_wrongly_that_one_comes_again_jams_nothing(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200, held=lambda _: True)
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(), urls(server, 1))
        row = (await shown(platform, run, "ask", "RUNNING", 1))[0]
        handle = platform.tools.client.get_workflow_handle(workflow_id(run.id))
        for dispatch in range(1, 5):
            await handle.signal(OVER_SIGNAL, args=[dispatch, [again_record(row["execution"])]])
        # It is dispatched anew, beside the activity that still has it.
        await eventually(lambda: numbered.asked[1] >= 2)
        numbered.is_open.set()
        record = await platform.end_of(run)
    assert (record["status"], record["outputs"]["out"]) == ("COMPLETED", ["1"])


async def test_those_that_emit_much_beside_one_another_lose_and_mix_up_nothing(platform: Platform):
    nodes = {
        "in": an_input("starts"),
        "each": StepThroughItems,
        "drip": (Drip, {"count": 300, "gate": "drip"}),
        "out": an_output(),
    }
    links = ["in.result -> each.items", "each.item -> drip.start", "drip.number -> out.value"]
    starts = [1_000 * number + 1 for number in range(5)]
    run = await platform.submit(make_graph(nodes, links), {"starts": starts})
    await eventually(lambda: CALLS["drip"] == 5)

    async def half_of_the_first() -> bool:
        return len(executions_of(await platform.record(run), "out")) >= 100

    # What it emitted stands and goes on, while all of them still run.
    await eventually(half_of_the_first)
    GATES["drip"].set()
    record = await platform.end_of(run)
    assert record["outputs"]["out"] == [start + number for start in starts for number in range(300)]
    assert await batch_sizes(platform, run) == [5]
    rows = await platform.sql(
        "SELECT execution, line FROM run_logs WHERE run_id = :run AND pin IS NULL ORDER BY execution, id", run=run.id
    )
    assert [int(row.line) for row in rows] == [start + number for start in starts for number in range(300)]


async def test_one_that_cannot_be_written_comes_again_and_the_others_stand(platform: Platform, monkeypatch):
    write, refused = Ledger._write_together, []

    async def write_or_refuse(self: Ledger, run_id: Any, batch: Any) -> Any:
        entries = [entry for one in batch for entry in one.executions]
        if len(refused) < 2 and any(
            one.ordinal == 5 and one.status == "COMPLETED" for one in entries if one.node_id == "ask"
        ):
            refused.append(len(batch))
            raise OperationalError("INSERT", None, ConnectionError("gone"))
        return await write(self, run_id, batch)

    numbered = Numbered(lambda _number, _time: 200)
    async with reached(platform, numbered) as server:
        monkeypatch.setattr(Ledger, "_write_together", write_or_refuse)
        record = await platform.run(asking(), urls(server, 20))
    # First with others, then by itself.
    assert (refused[0] > 1, refused[1]) == (True, 1)
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21)]
    assert numbered.asked == Counter({**dict.fromkeys(range(1, 21), 1), 5: 2})


async def test_attempts_have_numbers_of_their_own_where_the_world_was_away_from_their_batch(
    platform: Platform, monkeypatch
):
    give, failed = NodeActivities._inputs, []

    async def give_or_fail(self: NodeActivities, dispatched: Any, items: Any) -> Any:
        if len(items) > 1 and len(failed) < 2:
            failed.append(len(items))
            raise OperationalError("SELECT", None, ConnectionError("gone"))
        return await give(self, dispatched, items)

    numbered = Numbered(lambda number, time: 503 if number == 5 and time <= 2 else 200)
    async with reached(platform, numbered) as server:
        monkeypatch.setattr(NodeActivities, "_inputs", give_or_fail)
        record = await platform.run(asking(retry=NO_WAIT), urls(server, 20))
    assert len(failed) == 2
    rows = executions_of(record, "ask")
    assert [[one["number"] for one in row["attempts"]] for row in rows[3:5]] == [[3], [3, 4, 5]]


async def test_what_several_are_given_is_each_ones_own(platform: Platform):
    graph = make_graph({"in": an_input("x"), "out": an_output()}, ["in.result -> out.value"])
    run = await platform.submit(graph, {"x": {"list": ["x" * 2_000]}})
    compiled = await platform.tools.plan(LOCAL_TENANT, run.plan_hash)
    items = [Item(number, number, 0, 0, 0, False, [("value", [0, 0, -1])], []) for number in (1, 2)]
    first, second = await raw_inputs(platform.tools, compiled, 0, items, run.id, LOCAL_TENANT, has_masks=False)
    first["value"]["list"].append("more")
    assert len(second["value"]["list"]) == 1


async def test_inputs_that_are_large_together_come_one_by_one(platform: Platform, monkeypatch):
    monkeypatch.setattr("activities.nodes.LIMITS", replace(LIMITS, value_bytes_max=10_000))
    numbered = Numbered(lambda _number, _time: 200)
    async with reached(platform, numbered) as server:
        inputs = {"urls": [f"{url}?{'x' * 3_000}" for url in urls(server, 5)["urls"]]}
        run = await platform.submit(asking(), inputs)
        record = await platform.end_of(run)
    assert record["outputs"]["out"] == [str(number) for number in range(1, 6)]
    names = [name for name in await scheduled(platform, run) if name.startswith("SendWebRequest#")]
    assert names == ["SendWebRequest#1-5", *(f"SendWebRequest#{number}" for number in range(1, 6))]
    assert set(numbered.asked.values()) == {1}
    assert [len(row["attempts"]) for row in executions_of(record, "ask")] == [1] * 5


async def test_a_process_runs_no_more_of_batches_at_once_than_it_has_slots(platform: Platform):
    at_once = []

    def script(_number: int, _time: int) -> int:
        at_once.append(numbered.asked.total() - numbered.answered.total())
        return 200

    numbered, before = Numbered(script, held=lambda _: True), platform.settings
    async with platform.asleep():
        platform.settings = before.model_copy(update={"node_slots": 3})
    async with reached(platform, numbered) as server:
        run = await platform.submit(asking(), urls(server, 20))
        await eventually(lambda: len(at_once) >= 3)
        numbered.is_open.set()
        record = await platform.end_of(run)
    async with platform.asleep():
        platform.settings = before
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21)]
    assert max(at_once) == 3


@pytest.mark.long
async def test_what_was_over_when_its_worker_was_killed_is_not_asked_again(platform: Platform):
    numbered = Numbered(lambda _number, _time: 200, held=lambda number: number % 2 == 0)
    async with serve(numbered.answer) as server:
        platform.tools.http, before = guarded(server), platform.tools.http
        async with platform.asleep():
            async with worker(platform, egress_allow=server.host) as victim:
                run = await platform.submit(asking(), urls(server, 20))

                async def half() -> bool:
                    rows = executions_of(await platform.record(run), "ask")
                    return sum(row["status"] == "COMPLETED" for row in rows) == 10 and len(numbered.asked) == 20

                await eventually(half, seconds=60)
                victim.kill()
                await victim.wait()
            numbered.is_open.set()
        record = await platform.end_of(run, seconds=60)
        platform.tools.http = before
    assert record["outputs"]["out"] == [str(number) for number in range(1, 21)]
    assert numbered.asked == Counter({number: 2 if number % 2 == 0 else 1 for number in range(1, 21)})
    assert await batch_sizes(platform, run) == [20]
