"""The Agent Protocol's tasks as runs of agents: which agent a task is for, what its text means, and a step's way to its end.

A task is for one version of one agent. Executing a step starts a run, or waits for the one that is open; after so many seconds
it answers how the run stands, and the run goes on by itself. It knows no route and no shape of an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from api.artifacts import keep_made
from api.call import Call
from api.graphql.ids import decode_uuid
from api.starting import Wanted, start_run
from schema.db.protocol import Artifact, Said, Step, Task
from schema.db.values import resolve
from schema.errors import DrystoneError, InvalidRunInput, NotFound
from schema.graph import Graph
from schema.interface import input_schema

#: Seconds between two looks at a run's row: short at first, for most runs are.
PAUSE_SECONDS: Final = 0.05
PAUSE_SECONDS_MAX: Final = 0.5
#: Output values of one answer, and the bytes of those that are given whole; larger ones stand as handles.
OUTPUTS_MAX: Final = 1_000
OUTPUT_BYTES_MAX: Final = 1024 * 1024


@dataclass(frozen=True)
class Execution:
    """A step with its run's outputs by name, and the files that it made."""

    step: Step
    outputs: Mapping[str, list[Any]]
    artifacts: Sequence[Artifact] = ()


async def make_task(call: Call, said: Said, graph_id: UUID | None) -> Task:
    """Make a task for an agent: the one of the path, or else the one that `additional_input` names."""
    wanted = graph_id or _agent_of(said)
    graph, _ = await call.services.compiled.get(call.stores.graphs, call.tenant, wanted, None)
    return await call.stores.protocol.make_task(call.tenant, wanted, graph.version, said, call.principal.person_id)


def _agent_of(said: Said) -> UUID:
    given = (said.additional_input or {}).get("agent_id")
    if given is None:
        raise InvalidRunInput(
            "Say which agent the task is for: its id as `additional_input.agent_id`, or use the address "
            "/agents/AGENT_ID/ap/v1 instead of /ap/v1.",
            problems=[{"input": "additional_input.agent_id", "message": "No agent is named."}],
        )
    return agent_id(str(given))


def agent_id(given: str) -> UUID:
    """Give the graph that an agent's id stands for: a UUID, or the id that GraphQL has for it."""
    try:
        return UUID(given)
    except ValueError:
        pass
    try:
        return decode_uuid("Graph", given)
    except NotFound as error:
        raise NotFound("There is no such agent here.") from error


async def execute(call: Call, task: Task, said: Said, key: str | None) -> Execution:
    """Execute a task's next step; give it when its run is over, or when the time for waiting is."""
    graph, _ = await call.services.compiled.get(call.stores.graphs, call.tenant, task.graph_id, task.graph_version)
    step = await call.stores.protocol.next_step(call.tenant, task, said, graph.name, key)
    if step.run_id is None:
        await _start(call, task, step, graph)
    return await _end_of(call, step)


async def _start(call: Call, task: Task, step: Step, graph: Graph) -> None:
    """Start a step's run, the same one however often this is done; take the step back where its run is refused."""
    try:
        inputs = run_inputs(input_schema(graph, call.services.registry.specs), task, step.said)
        run = await start_run(
            call,
            Wanted(
                graph_id=task.graph_id,
                graph_version=task.graph_version,
                inputs=inputs,
                credentials=_credentials(task, step.said),
                idempotency_key=f"step/{step.id}",
                trigger="protocol",
            ),
        )
    except DrystoneError as error:
        if error.fault == "theirs":
            await call.stores.protocol.drop_step(call.tenant, step)
        raise
    await call.stores.protocol.set_run(call.tenant, step, run.id)


async def _end_of(call: Call, step: Step) -> Execution:
    """Wait for a step's run to end, and not longer than the deployment allows."""
    loop, pause = asyncio.get_running_loop(), PAUSE_SECONDS
    deadline = loop.time() + call.services.config.protocol_wait_seconds
    while True:
        found = await call.stores.protocol.step(call.tenant, step.task_id, step.id)
        if found.is_over or loop.time() >= deadline:
            return await executed(call, found)
        await asyncio.sleep(min(pause, max(0.0, deadline - loop.time())))
        pause = min(pause * 1.5, PAUSE_SECONDS_MAX)


async def executed(call: Call, step: Step) -> Execution:
    """Give a step as it stands; the files of one that is over are kept, if they are not yet."""
    (found,) = await with_outputs(call, [step])
    return replace(found, artifacts=await keep_made(call, step, found.outputs)) if step.is_over else found


async def with_outputs(call: Call, steps: Sequence[Step]) -> list[Execution]:
    """Give steps with the outputs of their runs, read at once."""
    outputs = await outputs_of_runs(call, [step.run_id for step in steps if step.run_id is not None])
    return [Execution(step, outputs.get(step.run_id, {}) if step.run_id else {}) for step in steps]


async def outputs_of_runs(call: Call, runs: Sequence[UUID]) -> dict[UUID, dict[str, list[Any]]]:
    """Give the outputs of runs by name; a value too many or too large stands as its handle."""
    rows = await call.stores.protocol.outputs(call.tenant, runs, OUTPUTS_MAX)
    room, shown = OUTPUT_BYTES_MAX, []
    for _, _, _, handle in rows:
        fits = handle is None or handle["size"] <= room
        room -= handle["size"] if handle is not None and fits else 0
        shown.append(fits)
    cells = [(value, handle) for (_, _, value, handle), fits in zip(rows, shown, strict=True) if fits]
    values = iter(await resolve(call.stores.values, call.tenant, cells))
    outputs: dict[UUID, dict[str, list[Any]]] = {}
    for (run, name, _, handle), fits in zip(rows, shown, strict=True):
        value = next(values) if fits else {"$handle": dict(handle)}
        outputs.setdefault(run, {}).setdefault(name, []).append(value)
    return outputs


def run_inputs(schema: Mapping[str, Any], task: Task, said: Said) -> dict[str, Any]:
    """Give a run's inputs: those of `additional_input.inputs` by name, the step's before the task's, and the text for the text
    input. Raises InvalidRunInput where it is not clear which input the text is for."""
    inputs = {**_inputs_of(task.additional_input), **_inputs_of(said.additional_input)}
    text = said.input or task.input
    if not text:
        return inputs
    name = _text_input(schema, inputs)
    return inputs if name is None else {**inputs, name: text}


def _inputs_of(additional: Mapping[str, Any] | None) -> dict[str, Any]:
    given = (additional or {}).get("inputs", {})
    if not isinstance(given, dict):
        raise InvalidRunInput("`additional_input.inputs` is an object: {name: value}.")
    return given


def _credentials(task: Task, said: Said) -> dict[str, UUID]:
    """Give the credentials that `additional_input.credentials` names, as {key of the agent's schema: credential id}."""
    given = {
        **((task.additional_input or {}).get("credentials") or {}),
        **((said.additional_input or {}).get("credentials") or {}),
    }
    return {str(key): _credential(str(value)) for key, value in given.items()}


def _credential(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        return decode_uuid("Credential", given)


def _text_input(schema: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Give the one input that takes the text; None where every text input was given by name."""
    texts = [str(name) for name, pin in schema["properties"].items() if _takes_text(pin)]
    open_ones = [name for name in texts if name not in given]
    needed = [name for name in open_ones if name in schema["required"]]
    for candidates in (needed, open_ones):
        if len(candidates) == 1:
            return candidates[0]
    if texts and not open_ones:
        return None
    known = ", ".join(open_ones) or "none"
    raise InvalidRunInput(
        f"It is not clear which input the text is for; the agent's text inputs are: {known}. "
        "Name it in `additional_input.inputs`.",
        problems=[{"input": "input", "message": f"The agent's text inputs are: {known}."}],
    )


def _takes_text(pin: Mapping[str, Any]) -> bool:
    if pin.get("secret"):
        return False
    kinds = [pin, *pin.get("anyOf", [])]
    return any(one.get("type", "string") == "string" and "format" not in one for one in kinds if "anyOf" not in one)
