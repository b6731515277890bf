"""The projection: what only the workflow knows, written into PostgreSQL; it decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.retrying import WORLD_ERRORS
from activities.tools import Tools
from schema.db.values import resolve
from schema.errors import Unavailable
from workflows.names import PROJECT
from workflows.wire import Header


class ProjectionActivities:
    """The projection activities of a worker process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @activity.defn(name=PROJECT)
    async def project(self, header: list[Any], facts: list[Any]) -> None:
        """Write facts in their order: ["progress", stats], ["status", status], ["halt", ...] and ["clear", ...] (see
        `workflows.control`), ["order", number, outcome, detail], ["signal", name, payload, refusal], or the end of the run as
        ["end", status, code, message, stats, [[node id, [[pin, token], ...]], ...]]."""
        owner = Header.from_lists(header)
        try:
            async with beating():
                for kind, *fact in facts:
                    await self._write(UUID(owner.run_id), UUID(owner.tenant_id), kind, fact)
        except WORLD_ERRORS as failure:
            # Always tried again: what a run ended with must not be lost to a fault in how it is written down.
            raise ApplicationError(
                f"{type(failure).__name__}: {str(failure)[:500]}", type=Unavailable.code
            ) from failure

    async def _write(self, run_id: UUID, tenant: UUID, kind: str, fact: list[Any]) -> None:
        tools = self._tools
        match kind:
            case "progress":
                await tools.runs.tell_progress(run_id, fact[0])
            case "status":
                await tools.runs.move(run_id, fact[0])
            case "halt":
                await tools.halts.set(tenant, run_id, fact)
            case "clear":
                await tools.halts.clear(run_id, *fact)
            case "order":
                await tools.orders.tell_outcome(run_id, *fact)
            case "signal":
                name, payload, refusal = fact
                stored = None if refusal else (await tools.values.put(tenant, payload, "payload")).to_wire()
                await tools.orders.note_event(tenant, run_id, name, stored, refusal)
            case _:
                await self._end(run_id, tenant, *fact)

    async def _end(self, run_id: UUID, tenant: UUID, status: str, code: str | None, *rest: Any) -> None:
        message, stats, waiting = rest
        error = None if code is None else {"code": code, "message": message}
        rows = [(node_id, await self._inputs(run_id, tenant, tokens)) for node_id, tokens in waiting]
        await self._tools.runs.finish(run_id, status, error, stats, rows)

    async def _inputs(self, run_id: UUID, tenant: UUID, tokens: list[Any]) -> dict[str, Any]:
        """Give the pins that an execution had got when the run ended. A token whose value is not inline is shown whole
        as its emission was, not as its link selected."""
        rows = await self._tools.ledger.read_tokens(run_id, [(token[0], token[1]) for _, token in tokens])
        values = await resolve(self._tools.values, tenant, [(row.value, row.handle) for row in rows])
        inputs = {}
        for (pin, token), value in zip(tokens, values, strict=True):
            stored = await self._tools.values.put(tenant, token[3] if len(token) > 3 else value)
            inputs[pin] = stored.to_wire()
        return inputs
