"""Run records by way of the API: the record that `--json` prints, page by page; it changes nothing.

Outputs and inputs of the run are given whole. In node executions a value of over 64 KB stands as {"$handle": {...}}.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.ids import from_api, to_api
from deploy.remote import Api, Json
from schema.limits import LIMITS

PAGE: Final = 100
#: Emissions that come with their execution; the rest is asked for by itself. A page of executions has no more than the API
#: reads at once.
EMISSIONS: Final = 20
#: A value that an answer does not carry is fetched by itself, or stays a handle.
_TOLERATED: Final = ("VALUE_TOO_LARGE",)
#: Runs above a run that are named with it; those above them are asked for.
_ABOVE: Final = LIMITS.child_depth_max

_FAILURE: Final = "error { code message nodeId pin details }"
_VALUE: Final = "value { size isInline type preview valueUrl json }"
_PARENTS: Final = "parent { id " * _ABOVE + "}" * _ABOVE
FACTS: Final = (
    "id graphId graphVersion agentName status trigger createdAt startedAt endedAt stats temporalUrl "
    f"problem {{ code message cause since at }} {_FAILURE} {_PARENTS}"
)
RUN: Final = f"query($id: ID!) {{ run(id: $id) {{ {FACTS} }} }}"
_EXECUTION: Final = (
    "id execution nodeId title blockId ordinal status startedAt endedAt callId calledBy { execution } "
    f"{_FAILURE} attempts {{ number startedAt endedAt {_FAILURE} }} inputs {{ pin {_VALUE} }} "
    f"outputs(first: {EMISSIONS}) {{ sequence pin {_VALUE} }}"
)
_EXECUTIONS: Final = (
    "query($id: ID!, $first: Int, $after: String) { run(id: $id) { nodeExecutions(first: $first, after: $after) "
    f"{{ nodes {{ {_EXECUTION} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
)
_EMISSIONS: Final = (
    f"query($id: ID!, $after: Int) {{ node(id: $id) {{ ... on NodeExecution {{ outputs(first: {PAGE}, afterSequence: $after) "
    f"{{ sequence pin {_VALUE} }} }} }} }}"
)
_INPUTS: Final = f"query($id: ID!) {{ run(id: $id) {{ inputs {{ name {_VALUE} }} }} }}"
_OUTPUTS: Final = (
    f"query($id: ID!, $after: Int) {{ run(id: $id) {{ outputs(first: {PAGE}, afterExecution: $after) "
    f"{{ name executions values {{ {_VALUE.removeprefix('value { ')} }} }} }}"
)
_RUNS: Final = (
    "query($first: Int, $after: String, $status: [State!]) "
    f"{{ runs(first: $first, after: $after, status: $status, includeChildren: true) {{ nodes {{ {FACTS} }} "
    "pageInfo { hasNextPage endCursor } } }"
)


@dataclass(frozen=True)
class Told:
    """A run's record, {node id: title} of its nodes, and where Temporal's UI shows it."""

    record: Json
    titles: dict[str, str]
    temporal_url: str | None


async def record_of(api: Api, run_id: str, executions_max: int) -> Told:
    """Give what there is to tell of a run."""
    run_key = to_api("Run", run_id)
    run = (await api.ask(RUN, id=run_key))["run"]
    record = facts_of(run)
    record["inputs"] = await _inputs(api, run_key)
    record["outputs"] = await outputs_of(api, run_key)
    titles: dict[str, str] = {}
    record["node_executions"] = rows = []
    async for row in _executions(api, run_key, executions_max):
        titles[row["nodeId"]] = row["title"] or row["nodeId"]
        rows.append(await _execution(api, row))
    return Told(record, titles, run["temporalUrl"])


async def newest_runs(api: Api, status: str | None, limit: int) -> list[Json]:
    """Give the facts of the newest runs."""
    found: list[Json] = []
    after: str | None = None
    while len(found) < limit:
        wanted = None if status is None else [status]
        first = min(PAGE, limit - len(found))
        page = (await api.ask(_RUNS, first=first, after=after, status=wanted))["runs"]
        found += [facts_of(run) for run in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return found


def facts_of(run: Json) -> Json:
    """Give the facts of a run, as its record has them."""
    above = list(_above(run))
    return {
        "id": from_api(run["id"]),
        "graph_id": from_api(run["graphId"]),
        "graph_version": run["graphVersion"],
        "agent_name": run["agentName"],
        "status": run["status"],
        "trigger": run["trigger"],
        "parent_run_id": above[0] if above else None,
        "root_run_id": above[-1] if above else from_api(run["id"]),
        "created_at": run["createdAt"],
        "started_at": run["startedAt"],
        "ended_at": run["endedAt"],
        "error": error_row(run["error"]),
        "stats": run["stats"],
        "problem": run["problem"],
    }


def _above(run: Json) -> Iterator[str]:
    """Give the runs above a run, the nearest first."""
    parent = run.get("parent")
    while parent is not None:
        yield from_api(parent["id"])
        parent = parent.get("parent")


def error_row(error: Json | None) -> Json | None:
    """Give an error as it is kept."""
    if error is None:
        return None
    places = {"node_id": error["nodeId"], "pin": error["pin"]}
    known = {key: value for key, value in places.items() if value is not None}
    return {"code": error["code"], "message": error["message"], **known, **(error["details"] or {})}


async def outputs_of(api: Api, run_key: str) -> dict[str, list[Any]]:
    """Give {name: [values in the order in which their executions were queued]}."""
    outputs: dict[str, list[Any]] = {}
    after = 0
    while True:
        page = (await api.ask(_OUTPUTS, tolerated=_TOLERATED, id=run_key, after=after))["run"]["outputs"]
        count = 0
        for output in page:
            values = [await _whole(api, value) for value in output["values"]]
            outputs.setdefault(output["name"], []).extend(values)
            after = max(after, *output["executions"])
            count += len(values)
        if count < PAGE:
            return outputs


async def _inputs(api: Api, run_key: str) -> Json:
    run = (await api.ask(_INPUTS, tolerated=_TOLERATED, id=run_key))["run"]
    return {one["name"]: await _whole(api, one["value"]) for one in run["inputs"]}


async def _executions(api: Api, run_key: str, limit: int) -> AsyncIterator[Json]:
    after: str | None = None
    left = limit
    while left > 0:
        asked = {"id": run_key, "first": min(PAGE, left), "after": after}
        page = (await api.ask(_EXECUTIONS, tolerated=_TOLERATED, **asked))["run"]["nodeExecutions"]
        for row in page["nodes"]:
            yield row
        left -= len(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


async def _execution(api: Api, row: Json) -> Json:
    outputs: dict[str, list[Any]] = {}
    async for one in _emissions(api, row):
        outputs.setdefault(one["pin"], []).append(await _shown(api, one["value"]))
    return {
        "execution": row["execution"],
        "node_id": row["nodeId"],
        "block_id": row["blockId"] or "",
        "ordinal": row["ordinal"],
        "status": row["status"],
        "input_data": {one["pin"]: await _shown(api, one["value"]) for one in row["inputs"]},
        "output_data": outputs,
        "error": error_row(row["error"]),
        "attempts": [_attempt(one) for one in row["attempts"]],
        "started_at": row["startedAt"],
        "ended_at": row["endedAt"],
        "caller": None if row["calledBy"] is None else [row["calledBy"]["execution"], row["callId"]],
    }


async def _emissions(api: Api, row: Json) -> AsyncIterator[Json]:
    """Give what an execution emitted, all of it."""
    page, size = row["outputs"], EMISSIONS
    while True:
        for one in page:
            yield one
        if len(page) < size:
            return
        asked = {"id": row["id"], "after": page[-1]["sequence"]}
        page, size = (await api.ask(_EMISSIONS, tolerated=_TOLERATED, **asked))["node"]["outputs"], PAGE


def _attempt(one: Json) -> Json:
    row = {"number": one["number"], "started_at": one["startedAt"], "ended_at": one["endedAt"]}
    return row if one["error"] is None else {**row, "error": error_row(one["error"])}


async def _whole(api: Api, value: Json) -> Any:
    """Give a value; one that the answer does not carry is fetched."""
    # None of those that stand elsewhere is a null: they are too large for it.
    if value["isInline"] or value["json"] is not None:
        return value["json"]
    return await api.value(urlsplit(value["valueUrl"]).path)


async def _shown(api: Api, value: Json) -> Any:
    """Give a value, or its handle where it is too large to be shown among many."""
    if value["isInline"] or value["size"] <= LIMITS.value_row_bytes_max:
        return await _whole(api, value)
    kept = urlsplit(value["valueUrl"]).path.rpartition("/")[2]
    facts = {"id": kept, "size": value["size"], "sha256": kept, "type": value["type"], "preview": value["preview"]}
    return {"$handle": facts}
