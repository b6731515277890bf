"""The oracle: the invariants of a run that lived through a fault, judged on what it left behind; pure, and it repairs nothing.

I1 what was accepted exists and ended, and Temporal says the same; I2 nothing is open in what ended; I3 effects: each key of the
ledger was delivered, and no other; I5 outputs, node executions and their values equal those of the undisturbed run; and each
emission stands once, in an unbroken sequence, and is exactly what its consumers were given. I7 (replay) and I9 (the faults
happened) are judged by `nemesis` and `suite`, which have the histories and the processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from blocks.library.agent import AgentExecutor
from schema.block import BlockSpec
from schema.graph import Graph, Link
from schema.pins import NOTHING, select
from tests.chaos.blocks import ChaosSink, ChaosSlow, ChaosWitness
from tests.chaos.graphs import VOLATILE
from tests.chaos.trace import Done, Trace

ENDED: Final = frozenset({"COMPLETED", "FAILED", "TERMINATED"})
#: What Temporal's word for the end of a workflow is in a run's row.
SAME_AS: Final = {"COMPLETED": "COMPLETED", "FAILED": "FAILED", "CANCELED": "TERMINATED", "TERMINATED": "TERMINATED"}


@dataclass(frozen=True)
class Violation:
    """Something that must not be: `kind` is lost, stuck, doubled or wrong."""

    kind: str
    what: str


Specs = Mapping[str, BlockSpec]


def judge(trace: Trace, golden: Trace, graph: Graph, specs: Specs, delivered: Counter[str]) -> list[Violation]:
    """Give everything that is wrong with a run, its children included."""
    graphs = {one.id: one for one in graph.every_graph()}
    problems = [Violation("wrong", text) for text in differences(comparable(golden), comparable(trace))]
    for one in trace.every():
        problems += open_remains(one)
        problems += broken_sequences(one)
        problems += overtaken(one)
        problems += wrong_tokens(one, graphs[one.graph_id], specs)
        problems += wrong_effects(one, delivered)
    return problems


def open_remains(trace: Trace) -> list[Violation]:
    """I1 and I2: the run ended, and nothing below it is open."""
    if trace.status not in ENDED:
        return [Violation("stuck", f"run {trace.run_id} is {trace.status}")]
    return [
        Violation("stuck", f"execution {one.execution} of ended run {trace.run_id} is {one.status}")
        for one in trace.done
        if one.status not in ENDED
    ]


def broken_sequences(trace: Trace) -> list[Violation]:
    """Each emission once: sequences without a gap, outputs as many as executions gave."""
    problems = []
    for one in trace.done:
        found = [said.sequence for said in one.said]
        if found != list(range(len(found))):
            problems.append(Violation("doubled", f"execution {one.execution} of {trace.run_id} has emissions {found}"))
    twice = [key for key, count in Counter((one.node_id, one.ordinal) for one in trace.done).items() if count > 1]
    problems += [Violation("doubled", f"{trace.run_id}: node {node} has ordinal {n} twice") for node, n in twice]
    return problems


def overtaken(trace: Trace) -> list[Violation]:
    """An attempt that was overtaken adds nothing: behind the first mark of a later attempt none of an earlier one stands."""
    problems = []
    for one in trace.done:
        marks = [str(said.value).partition("/")[0] for said in one.said if said.pin == "mark"]
        turns = [mark for mark, before in zip(marks, [None, *marks], strict=False) if mark != before]
        if one.block_id == ChaosSlow.id and len(turns) != len(set(turns)):
            what = f"{trace.run_id}: execution {one.execution} has emissions of attempts by turns: {turns}"
            problems.append(Violation("doubled", what))
    return problems


def wrong_tokens(trace: Trace, graph: Graph, specs: Specs) -> list[Violation]:
    """What each execution was given is what the ledger says that others emitted, in its order."""
    by_node: dict[str, list[Done]] = {}
    for one in sorted(trace.done, key=lambda one: one.ordinal):
        by_node.setdefault(one.node_id, []).append(one)
    blocks = {node.id: specs[node.block_id] for node in graph.nodes}
    pins: dict[tuple[str, str], list[Link]] = {}
    for link in graph.links:
        pins.setdefault((link.sink_id, link.sink_name), []).append(link)
    problems = []
    for (sink, pin), links in pins.items():
        values = [value for link in links for value in _given(link, by_node.get(link.source_id, []))]
        executions = by_node.get(sink, [])
        # A cycle's pin may have its first value from a source that is static, and all others from the cycle.
        is_static = all(link.is_static or blocks[link.source_id].static_output for link in links)
        if is_static:
            values = values[:1] * len(executions)
        got = [_input(one, pin) for one in executions]
        if got != values[: len(got)]:
            problems.append(
                Violation("wrong", f"{trace.run_id}: {sink}.{pin} was given {got}, the ledger has {values}")
            )
    return problems


def _given(link: Link, sources: Iterable[Done]) -> list[Any]:
    said = [said for one in sources for said in one.said]
    taken = [select(one.pin, one.value, link.source_name, link.sink_id, link.sink_name) for one in said]
    return [value for value in taken if value is not NOTHING]


def _input(one: Done, pin: str) -> Any:
    """Give what stands on a pin, also where it was merged: `values_#_x` is `x` of `values`."""
    outer, is_dynamic, key = pin.partition("_#_")
    return one.inputs.get(outer, {}).get(key) if is_dynamic else one.inputs.get(pin)


def wrong_effects(trace: Trace, delivered: Counter[str]) -> list[Violation]:
    """I3: the effect of each execution that ended well happened, under the key that the ledger has."""
    problems = []
    for one in trace.done:
        if one.block_id != ChaosSink.id:
            continue
        keys = [said.value for said in one.said if said.pin == "effect"]
        if len(keys) != 1 or delivered[keys[0]] < 1:
            problems.append(Violation("lost", f"{trace.run_id}: effect of execution {one.execution}: {keys}"))
    return problems


def unexpected_effects(traces: Iterable[Trace], delivered: Counter[str]) -> list[Violation]:
    """I3, the other way round: no key was delivered that no ledger has."""
    known = {
        said.value
        for trace in traces
        for run in trace.every()
        for one in run.done
        for said in one.said
        if said.pin == "effect"
    }
    return [Violation("doubled", f"effect {key} is in no ledger") for key in sorted(set(delivered) - known)]


def comparable(trace: Trace) -> dict[str, Any]:
    """Give what must be the same in every run of this agent with these inputs."""
    return {
        "status": trace.status,
        "error": None if trace.error is None else trace.error.get("code"),
        "outputs": trace.outputs,
        "waiting": sorted(one.node_id for one in trace.waiting),
        "done": {f"{one.node_id}#{one.ordinal}": _comparable_execution(one) for one in trace.done},
    }


def _comparable_execution(one: Done) -> dict[str, Any]:
    is_witness = one.block_id == ChaosWitness.id
    # Fused and apart an agent, and those that its nodes run, have ids of their own.
    inputs = {pin: value for pin, value in one.inputs.items() if (one.block_id, pin) != (AgentExecutor.id, "graph_id")}
    return {
        "status": one.status,
        "inputs": None if is_witness else inputs,
        "said": [(said.pin, None if said.pin in VOLATILE else said.value) for said in one.said],
        "child": None if one.child is None else comparable(one.child),
    }


def differences(golden: Any, found: Any, place: str = "run") -> list[str]:
    """Name the places at which two comparable traces differ, at most a few."""
    if isinstance(golden, dict) and isinstance(found, dict):
        keys = [*golden, *(key for key in found if key not in golden)]
        inner = [differences(golden.get(key), found.get(key), f"{place}.{key}") for key in keys]
        return [text for texts in inner for text in texts][:10]
    return [] if golden == found else [f"{place}: {_short(found)} instead of {_short(golden)}"]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."
