"""Signalling: an event is sent to a run, or to the one run of an agent under a key, which is begun where there is none.

When this answers, the event is kept in PostgreSQL and will be delivered, once, in the order in which events were sent. What the
payload must be is checked against what waits for the event now, or else against the nodes that name it in their constants.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from api.call import Call
from api.errors import BadUserInput
from api.starting import Wanted, start_run
from schema.block import BlockSpec
from schema.db.orders import NewOrder, Order
from schema.db.runs import KEY_CHARS_MAX, Run
from schema.errors import Conflict, InvalidValue, NotFound
from schema.forms import form_problems
from schema.graph import Graph, parse_graph
from schema.ids import new_id
from schema.values import encode
from workflows.control import EVENT
from workflows.messages import EVENT_NAME_CHARS_MAX, is_event_name

#: What started a run that an event began.
TRIGGER: Final = "signal"
#: Seconds that a caller may wait for what becomes of an event: an operation has ten for all that it does.
WAIT_SECONDS: Final = 1.0
WAIT_SECONDS_MAX: Final = 5.0
_LOOK_SECONDS: Final = 0.05
_LOOK_SECONDS_MAX: Final = 0.5
#: How often a key is tried whose run ends, or begins, at the same moment.
_TRIES: Final = 20
_WAITS_MAX: Final = 1_000


@dataclass(frozen=True)
class Signal:
    """An event to be sent."""

    name: str
    payload: Any = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Sent:
    """What was sent: to which run, under which number, and whether the run was begun for it."""

    run: Run
    order: Order
    has_started: bool = False


@dataclass(frozen=True)
class Listener:
    """A node that waits for events; None where an input, not a constant, says for which or for what payload."""

    name: str | None
    schema: Mapping[str, Any] | None


async def signal_run(call: Call, run_id: UUID, signal: Signal) -> Sent:
    """Send an event to a run.

    Raises NotFound, Conflict where the run is over or the key was used for another event, BadUserInput where no node of it waits
    for events, InvalidValue where the payload does not fit, and RateLimited where it has more than it has taken.
    """
    _check(signal)
    run = await _run(call, run_id)
    if not run.is_over and not await _was_given(call, run.id, signal):
        _, document = await call.stores.graphs.get_plan(call.tenant, run.plan_hash)
        await _judge(call, listeners_of(parse_graph(document), call.services.registry.specs), signal, run)
    return Sent(run, await call.stores.orders.give(await _order(call, run.id, signal)))


async def signal_agent(call: Call, wanted: Wanted, signal: Signal) -> Sent:
    """Send an event to the open run of an agent under `wanted.signal_key`; begin one, with it, where there is none.

    Raises what `signal_run` and `api.starting.start_run` raise.
    """
    _check(signal)
    key = wanted.signal_key or ""
    if not 1 <= len(key) <= KEY_CHARS_MAX:
        raise BadUserInput(f"`key` has 1 to {KEY_CHARS_MAX} characters.", where="key")
    for _ in range(_TRIES):
        sent = await _to_open_run(call, wanted.graph_id, key, signal) or await _begin(call, wanted, signal)
        if sent is not None:
            return sent
    raise Conflict("Runs under this key begin and end faster than an event can be sent; try again.")


async def _to_open_run(call: Call, graph_id: UUID, key: str, signal: Signal) -> Sent | None:
    """Send to the run that is open, or to which the same was sent before; None where there is none."""
    signals = call.stores.signals
    run_id = await signals.run_given(call.tenant, graph_id, key, signal.idempotency_key)
    run_id = run_id or await signals.open_run(call.tenant, graph_id, key)
    if run_id is None:
        return None
    try:
        return await signal_run(call, run_id, signal)
    except (Conflict, NotFound):
        if await signals.open_run(call.tenant, graph_id, key) == run_id or await _was_given(call, run_id, signal):
            raise
        return None  # It ended at this moment.


async def _begin(call: Call, wanted: Wanted, signal: Signal) -> Sent | None:
    """Begin a run with the event as its first order, in one transaction; None where another caller was first."""
    graph, _ = await call.services.compiled.get(call.stores.graphs, call.tenant, wanted.graph_id, wanted.graph_version)
    await _judge(call, listeners_of(graph, call.services.registry.specs), signal)
    run_id = new_id()
    asked = replace(wanted, idempotency_key=_run_key(wanted, signal))
    try:
        run = await start_run(call, asked, id=run_id, orders=[await _order(call, run_id, signal)])
    except Conflict:
        return None
    if run.id != run_id:
        return None  # The same event began it, and perhaps it is over already: its order is there to be found.
    given = await call.stores.orders.get(run.id, 1)
    assert given is not None, "a run that was begun by an event has it as its first order"
    return Sent(run, given, has_started=True)


def _run_key(wanted: Wanted, signal: Signal) -> str | None:
    """Give the key under which an event begins one run, also where the same is sent twice at once and the first run is brief."""
    if signal.idempotency_key is None:
        return None
    named = encode([str(wanted.graph_id), wanted.signal_key, signal.idempotency_key], "key")
    return f"signal/{hashlib.sha256(named).hexdigest()}"


async def outcome_of(call: Call, order: Order, seconds: float) -> Order:
    """Give an order with what became of it, where that is known within so many seconds, up to `WAIT_SECONDS_MAX`."""
    loop, pause = asyncio.get_running_loop(), _LOOK_SECONDS
    end = loop.time() + min(max(seconds, 0.0), WAIT_SECONDS_MAX)
    while order.outcome is None and loop.time() < end:
        await asyncio.sleep(min(pause, end - loop.time()))
        order = await call.stores.orders.get(order.run_id, order.number) or order
        # Most are known at once. Many who wait for a run that nobody works on ask less and less often.
        pause = min(pause * 1.5, _LOOK_SECONDS_MAX)
    return order


def listeners_of(graph: Graph, specs: Mapping[str, BlockSpec]) -> list[Listener]:
    """Give the nodes of a graph that wait for events."""
    linked = {(link.sink_id, link.sink_name) for link in graph.links}
    found = []
    for node in graph.enabled_nodes:
        pins = None if node.block_id not in specs else specs[node.block_id].event_pins
        if pins is not None:
            name, schema = (
                None if pin is None or (node.id, pin) in linked else node.input_default.get(pin) for pin in pins
            )
            found.append(
                Listener(name if isinstance(name, str) else None, schema if isinstance(schema, dict) else None)
            )
    return found


async def _judge(call: Call, listeners: Sequence[Listener], signal: Signal, run: Run | None = None) -> None:
    """Raise where no node waits for events at all, or where all that would take this one refuse its payload."""
    if not listeners:
        raise BadUserInput(f"No node of this agent waits for events, so none takes {signal.name!r}.", where="name")
    schemas = [] if run is None else await _awaited(call, run, signal.name)
    schemas = schemas or [one.schema for one in listeners if one.name == signal.name]
    if not schemas or None in schemas:
        return
    refusals = [form_problems(schema, signal.payload) for schema in schemas if schema is not None]
    if all(refusals):
        raise InvalidValue(
            f"The payload is not what {signal.name!r} must carry: " + "; ".join(text for _, text in refusals[0]),
            where="payload",
            problems=[{"where": ".".join(["payload", *path]), "message": text} for path, text in refusals[0]],
        )


async def _awaited(call: Call, run: Run, name: str) -> list[Mapping[str, Any] | None]:
    """Give the schemas of what waits for this event now."""
    waits = (await call.stores.signals.waits(call.tenant, [run.id], _WAITS_MAX))[run.id]
    return [
        one.waits_for.get("schema")
        for one in waits
        if one.waits_for["kind"] == "event" and one.waits_for["name"] == name
    ]


def _check(signal: Signal) -> None:
    if not is_event_name(signal.name):
        raise BadUserInput(f"An event's name has 1 to {EVENT_NAME_CHARS_MAX} characters.", where="name")
    encode(signal.payload, "payload")
    key = signal.idempotency_key
    if key is not None and not 1 <= len(key) <= KEY_CHARS_MAX:
        raise BadUserInput(f"An idempotency key has 1 to {KEY_CHARS_MAX} characters.", where="idempotencyKey")


async def _order(call: Call, run_id: UUID, signal: Signal) -> NewOrder:
    """Give the order that brings an event; its payload is kept, and what is too large for a row is kept elsewhere."""
    value = (await call.stores.values.put(call.tenant, signal.payload, "payload")).to_wire()
    return NewOrder(
        tenant_id=call.tenant,
        run_id=run_id,
        word=EVENT,
        detail={"name": signal.name},
        value=value,
        key=signal.idempotency_key,
        created_by=call.principal.person_id,
    )


async def _run(call: Call, run_id: UUID) -> Run:
    found = (await call.stores.run_pages.by_id(call.tenant, [run_id])).get(run_id)
    if found is None:
        raise NotFound("There is no such Run here.")
    return found


async def _was_given(call: Call, run_id: UUID, signal: Signal) -> bool:
    key = signal.idempotency_key
    return key is not None and await call.stores.orders.by_key(run_id, key) is not None
