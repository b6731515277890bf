"""The projection: what only the workflow knows, written into PostgreSQL; it decides nothing."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import deeds
from activities.beating import beating
from activities.observing import bind_run, observe_end
from activities.retrying import WORLD_ERRORS
from activities.showing import show_ready
from activities.tools import Tools
from schema.db.orders import RawEvent
from schema.db.values import resolve
from schema.errors import EmissionLost, Unavailable
from schema.states import State
from workflows.engine.events import OPERATOR
from workflows.names import EVENT_SIGNAL, PAUSE_SIGNAL, PROJECT
from workflows.wire import Header

#: Of more events at once nobody looks up who sent each: that reads the history, and the run waits for it.
SIGNALS_LOOKED_UP_MAX: Final = 5


class ProjectionActivities:
    """The projection activities of a worker process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @activity.defn(name=PROJECT)
    async def project(self, header: list[Any], facts: list[Any]) -> str | None:
        """Write facts in their order: ["progress", stats], ["status", status], ["halt", ...], ["clear", ...] and ["ready", ...]
        (see `workflows.control`), ["order", number, outcome, detail], ["signal", number, name, payload, refusal], or the end of
        the run as ["end", status, code, message, stats, [[node id, [[pin, token], ...]], ...]].

        Gives the state in which the run is that had ended otherwise before it was told so here; None for all else."""
        owner = Header.from_lists(header)
        bind_run(owner.run_id)
        stands = None
        try:
            async with beating():
                for is_of_orders, group in groupby(facts, key=lambda fact: fact[0] in ("order", "signal")):
                    if is_of_orders:
                        await self._write_orders(owner, list(group))
                        continue
                    for kind, *fact in group:
                        stands = await self._write(owner, kind, fact)
        except WORLD_ERRORS as failure:
            # Always tried again: what a run ended with must not be lost to a fault in how it is written down.
            raise ApplicationError(
                f"{type(failure).__name__}: {str(failure)[:500]}", type=Unavailable.code
            ) from failure
        return stands

    async def _write_orders(self, header: Header, facts: list[Any]) -> None:
        """Write what orders came by Temporal itself, and then what became of orders: many at once, for they may be a flood."""
        tools, run_id, tenant = self._tools, UUID(header.run_id), UUID(header.tenant_id)
        signals = [fact[1:] for fact in facts if fact[0] == "signal"]
        events = []
        for number, name, payload, refusal in signals:
            stored = None if refusal else (await tools.values.put(tenant, payload, "payload")).to_wire()
            who = None if len(signals) > SIGNALS_LOOKED_UP_MAX else await self._who_sent(EVENT_SIGNAL, name)
            events.append(RawEvent(number, name, stored, refusal, who))
        if events:
            await tools.orders.note_events(tenant, run_id, events)
        outcomes = [fact[1:] for fact in facts if fact[0] == "order"]
        if outcomes:
            await tools.orders.tell_outcomes(run_id, outcomes)

    async def _write(self, header: Header, kind: str, fact: list[Any]) -> str | None:
        tools, run_id, tenant = self._tools, UUID(header.run_id), UUID(header.tenant_id)
        match kind:
            case "progress":
                await tools.runs.tell_progress(run_id, fact[0])
            case "status":
                await tools.runs.move(run_id, fact[0])
            case "halt":
                await tools.halts.set(tenant, run_id, await self._with_who(fact))
            case "clear":
                await tools.halts.clear(run_id, *fact)
            case "ready":
                await show_ready(tools, header, fact[0])
            case _:
                return await self._end(run_id, tenant, *fact)
        return None

    async def _end(self, run_id: UUID, tenant: UUID, status: str, code: str | None, *rest: Any) -> str | None:
        message, stats, waiting = rest
        error = None if code is None else {"code": code, "message": message}
        if status == State.TERMINATED:
            error = await self._why_cancelled(run_id, tenant) or error
        rows = [(node_id, await self._inputs(run_id, tenant, tokens)) for node_id, tokens in waiting]
        if await self._tools.runs.finish(run_id, status, error, stats, rows):
            await observe_end(self._tools, run_id, status)
            return None
        stands = (await self._tools.runs.get(tenant, run_id)).status
        return None if stands == status else stands

    async def _inputs(self, run_id: UUID, tenant: UUID, tokens: list[Any]) -> dict[str, Any]:
        """Give the pins that an execution had got when the run ended. A token whose value is not inline is shown whole
        as its emission was, not as its link selected."""
        try:
            rows = await self._tools.ledger.read_tokens(run_id, [(token[0], token[1]) for _, token in tokens])
        except EmissionLost:
            # The database was set back: the run ends all the same.
            return {}
        values = await resolve(self._tools.values, tenant, [(row.value, row.handle) for row in rows])
        inputs = {}
        for (pin, token), value in zip(tokens, values, strict=True):
            stored = await self._tools.values.put(tenant, token[3] if len(token) > 3 else value)
            inputs[pin] = stored.to_wire()
        return inputs

    # Who did it, where it came by Temporal itself

    async def _why_cancelled(self, run_id: UUID, tenant: UUID) -> dict[str, Any] | None:
        """Give the error of a run that was cancelled in Temporal; None where it was cancelled here."""
        if (await self._tools.runs.get(tenant, run_id)).cancel_requested_at is not None:
            return None
        workflow, temporal_run = _workflow()
        deed = await deeds.cancelled(self._tools.client, workflow, temporal_run)
        if deed.by is None:
            return {"code": "CANCELLED", "message": deed.reason} if deed.reason else None
        return deed.to_error("CANCELLED", "The run was cancelled in Temporal")

    async def _with_who(self, halt: list[Any]) -> list[Any]:
        """Give a halt, and in its text, where somebody paused the run by hand, who that was."""
        number, key, kind, code, message, *rest = halt
        if (key, kind, rest[-1]) != (OPERATOR, OPERATOR, None):
            return halt
        who = await self._who_sent(PAUSE_SIGNAL)
        return [number, key, kind, code, message if who is None else f"{message} ({who})", *rest]

    async def _who_sent(self, signal: str, name: str = "") -> str | None:
        return await deeds.signalled(self._tools.client, *_workflow(), signal, name)


def _workflow() -> tuple[str, str]:
    """Give the id and Temporal's own id of the workflow that this is told by."""
    info = activity.info()
    return info.workflow_id or "", info.workflow_run_id or ""
