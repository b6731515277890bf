"""The command line's record of a run is the one that the database gives, whatever is in it: pages, handles, children, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.graphql.ids import decode_uuid
from deploy.following import Look, follow
from deploy.place import Address, FixedPlace
from deploy.refusals import ApiRefused
from deploy.remote import Api as Remote
from deploy.remote import open_api
from deploy.remote_records import newest_runs, record_of
from schema.graph import Graph
from tests.api.running import counting, failing, save, start
from tests.api.serving import Api, Json, Organisation
from tests.durable.blocks import Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_graph
from tests.durable.waiting import eventually

MANY = 230


@pytest.fixture
async def remote(api: Api, acme: Organisation) -> AsyncIterator[Remote]:
    said: list[str] = []
    async with open_api(FixedPlace(Address(api.url, acme.owner.token), is_near=True), said.append) as remote:
        yield remote
    assert said == [], "nothing was away"


def outer() -> Graph:
    """Give an agent that runs one, which it bundles."""
    inner = make_graph(
        {"in": an_input("topic"), "pass": Pass, "out": an_output()},
        ["in.result -> pass.value", "pass.value -> out.value"],
        name="Inner",
    )
    outer = make_graph({"run": an_agent(inner, {"topic": "deep"}), "end": an_output("end")}, ["run.out -> end.value"])
    return outer.model_copy(update={"sub_graphs": [inner]})


def large() -> Graph:
    """Give an agent with values of each size: inline, in a row, in the object store, and beyond an answer."""
    sizes = (10, 10_000, 100_000, 1_100_000)
    nodes = {f"n{size}": (Pass, {"value": "x" * size}) for size in sizes}
    outputs = {f"o{size}": an_output(f"out {size}") for size in sizes}
    return make_graph({**nodes, **outputs}, [f"n{size}.value -> o{size}.value" for size in sizes])


GRAPHS = {"many": counting(MANY), "failed": failing(), "large": large(), "inner": outer()}


@pytest.mark.parametrize("what", GRAPHS)
async def test_a_record_by_the_api_is_that_of_the_database(
    api: Api, acme: Organisation, remote: Remote, what: str
) -> None:
    run = await start(acme.owner, await save(api, acme, GRAPHS[what]))
    run_id = decode_uuid("Run", run["id"])
    stores = api.services.of(acme.id)

    looks = [look async for look in follow(remote, str(run_id))]
    kept = without_steps(await stores.records.get(acme.id, run_id, executions_max=100_000))
    told = await record_of(remote, str(run_id), 100_000)
    assert told.record == kept
    assert list(told.record) == list(kept)
    assert {row["node_id"] for row in kept["node_executions"]} == set(told.titles)
    assert looks[-1].run == {name: kept[name] for name in looks[-1].run}
    are_told(looks, kept["node_executions"], what)

    for row in (
        await stores.run_pages.children(acme.id, [(run_id, None)], 10)
        and (await stores.run_pages.children(acme.id, [(run_id, None)], 10))[run_id, None]
    ):
        child = await record_of(remote, str(row.id), 100)
        assert child.record == without_steps(await stores.records.get(acme.id, row.id))
        assert child.record["root_run_id"] == str(run_id)


def without_steps(record: Json) -> Json:
    """Give a record without what the API does not say there: of which step each attempt was, and how long it was queued."""
    unsaid = ("step", "queued_ms")
    for row in record["node_executions"]:
        row["attempts"] = [{key: value for key, value in one.items() if key not in unsaid} for one in row["attempts"]]
    return record


def are_told(looks: list[Look], rows: list, what: str) -> None:
    """Each execution that ended was told once, up to the limit, and inner ones by their agent."""
    ended = [one for look in looks for one in look.ended]
    mine = [one for one in ended if not one.agent_name]
    assert len(mine) == min(len(rows), 200)
    assert len({(one.title, one.ordinal) for one in mine}) == len(mine)
    assert {one.agent_name for one in ended} == ({"", "Inner"} if what == "inner" else {""})
    assert sum(looks[-1].counts.values()) == len(rows)
    errors = [one.error for one in ended if one.error]
    assert [error["code"] for error in errors] == (["BLOCK_FAILED"] if what == "failed" else [])


async def test_a_list_by_the_api_is_that_of_the_database(api: Api, acme: Organisation, remote: Remote) -> None:
    for what in ("failed", "inner"):
        await start(acme.owner, await save(api, acme, GRAPHS[what]))
    stores = api.services.of(acme.id)

    async def are_over() -> bool:
        return (
            all(run.is_over for run in await stores.runs.newest(acme.id))
            and len(await newest_runs(remote, None, 9)) == 3
        )

    await eventually(are_over)
    runs = await stores.runs.newest(acme.id)
    told = await newest_runs(remote, None, 9)
    assert [run["id"] for run in told] == [str(run.id) for run in runs]
    assert [run["root_run_id"] for run in told] == [str(run.root_run_id) for run in runs]
    assert await newest_runs(remote, None, 2) == told[:2]
    assert [run["status"] for run in await newest_runs(remote, "FAILED", 9)] == ["FAILED"]


async def test_a_run_of_others_is_not_there(api: Api, other: Organisation, remote: Remote) -> None:
    run = await start(other.owner, await save(api, other, failing()))
    with pytest.raises(ApiRefused) as refusal:
        await record_of(remote, str(decode_uuid("Run", run["id"])), 10)
    assert refusal.value.reason == "NOT_FOUND"
