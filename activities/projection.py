"""The projection: what only the workflow knows, written into PostgreSQL; it decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from temporalio import activity

from activities.retrying import WORLD_ERRORS, as_failure
from activities.tools import Tools
from schema.db.values import resolve
from workflows.names import PROJECT
from workflows.wire import Header


class ProjectionActivities:
    """The projection activities of a worker process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @activity.defn(name=PROJECT)
    async def project(self, header: list[Any], facts: list[Any]) -> None:
        """Write the end of a run: [status, code, message, stats, [[node id, [[pin, token], ...]], ...]]."""
        owner = Header.from_lists(header)
        status, code, message, stats, waiting = facts
        run_id, tenant = UUID(owner.run_id), UUID(owner.tenant_id)
        error = None if code is None else {"code": code, "message": message}
        try:
            rows = [(node_id, await self._inputs(run_id, tenant, tokens)) for node_id, tokens in waiting]
            await self._tools.runs.finish(run_id, status, error, stats, rows)
        except WORLD_ERRORS as failure:
            raise as_failure(failure) from failure

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
