"""The activity that runs nodes: dynamic, so that Temporal shows it under its block's name; it knows no block by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from activities.attempt import Attempt
from activities.batch import Batch, Room
from activities.beating import beating, world_failures
from activities.dispatched import Dispatched
from activities.inputs import TooMuchTogether, raw_inputs
from activities.observed import observed
from activities.observing import bind_run
from activities.retrying import WORLD_ERRORS, Retry, as_failure
from activities.tools import Tools
from activities.writer import Writer
from schema.db.ledger import fence_of
from schema.errors import DrystoneError, EmissionLost, Fenced, Unavailable, shorten
from schema.limits import LIMITS
from workflows.engine.events import Item
from workflows.wire import FAILED, Header, item_from_lists

log = structlog.get_logger()

#: Attempts, half a second to four seconds apart, before a node is held because its block is on no worker: some 7 s.
MISSING_BLOCK_TRIES: Final = 4
#: Attempts that a fault of ours may spoil before the node fails with INTERNAL.
FAULTS_MAX: Final = 5


def _queued_ms(info: activity.Info) -> float:
    """Give how long an attempt was in its queue until a worker took it: both moments are of Temporal's clock."""
    return max(0.0, (info.started_time - info.current_attempt_scheduled_time).total_seconds() * 1000)


class NodeActivities:
    """The node activities of a worker process."""

    def __init__(self, tools: Tools, slots: int) -> None:
        self._tools = tools
        self._room = Room(min(slots, LIMITS.process_batch_items_max))

    @activity.defn(dynamic=True)
    async def run_node(self, args: Sequence[RawValue]) -> list[Any]:
        """Run a dispatch; give a record `[execution, outcome, first, next, deliveries, extra]` for each item.

        A dispatch of one item that failed raises its failure with the record as its detail, so that Temporal shows it.
        """
        converter = activity.payload_converter()
        failures = world_failures()
        try:
            # With a hint: what cannot be read then says so, and is the world's fault.
            given: list[Any] = [converter.from_payload(value.payload, list) for value in args]
            header, node, number, items = given
            bind_run(header[0])
            async with beating(failures):
                records = await self._run(Header.from_lists(header), node, number, items, failures)
        except (Retry, Fenced) as error:
            # Without its cause: that is the block's, and Temporal would send its whole text, however long.
            raise as_failure(error) from None
        except WORLD_ERRORS as error:
            activity.heartbeat(failures + 1)
            log.warning("the world failed a node", error=f"{type(error).__name__}: {str(error)[:300]}")
            raise as_failure(error) from error
        except DrystoneError as error:
            # Not the block's: this worker lacks the block, or the plan. Another worker, or an upgrade, has it.
            raise ApplicationError(error.message, type=error.code) from error
        except Exception as error:
            # A fault of ours: it may pass, but it must not be tried for ever.
            is_final = activity.info().attempt - failures >= FAULTS_MAX
            log.exception("a fault in the platform failed a node", is_final=is_final)
            text = f"{type(error).__name__}: {shorten(str(error), 500)}"
            raise ApplicationError(text, type=DrystoneError.code, non_retryable=is_final) from error
        if len(items) == 1 and records[0][1] == FAILED:
            code, message = records[0][5]
            raise ApplicationError(message, *records, type=code, non_retryable=True)
        return records

    async def _run(self, header: Header, node: int, number: int, rows: list[Any], world_failures: int) -> list[Any]:
        info = activity.info()
        run_id, tenant = UUID(header.run_id), UUID(header.tenant_id)
        compiled = await self._tools.plan(tenant, header.plan_hash)
        items = [item_from_lists(row) for row in rows]
        writer = Writer(self._tools, compiled, run_id, tenant, info.workflow_id or "")
        dispatched = Dispatched(
            tools=self._tools,
            header=header,
            compiled=compiled,
            node=node,
            fence=fence_of(number, info.attempt),
            attempt=info.attempt,
            world_failures=world_failures,
            writer=writer,
            queued_ms=_queued_ms(info),
        )
        is_ordered = any(item.orders for item in items)
        if compiled.blocks[node] is None and not is_ordered and world_failures < MISSING_BLOCK_TRIES:
            # Another worker may have it, while versions of the platform take turns.
            raise Unavailable(f"The block {compiled.plan.nodes[node].block_name} is not on this worker.")
        if len(items) > 1:
            return await self._run_batch(dispatched, number, items)
        return [await self._run_alone(dispatched, items[0])]

    async def _run_batch(self, dispatched: Dispatched, number: int, items: list[Item]) -> list[Any]:
        batch = Batch(dispatched, number, items, self._room)
        if dispatched.attempt - 1 > dispatched.world_failures:
            return await batch.look_back()
        try:
            inputs = await self._inputs(dispatched, items)
        except (EmissionLost, TooMuchTogether):
            # By themselves, those that lack nothing run, and no more is in memory than there would be without batches.
            return await batch.look_back()
        return await batch.run(inputs)

    async def _run_alone(self, dispatched: Dispatched, item: Item) -> list[Any]:
        """Run the one item of a dispatch, whose attempts Temporal counts; give its record."""
        lost: EmissionLost | None = None
        raw: dict[str, Any] = {}
        try:
            (raw,) = await self._inputs(dispatched, [item])
        except EmissionLost as error:
            lost = error
        writer = dispatched.writer
        try:
            outcome = await observed(Attempt(dispatched, item, raw, lost=lost))
        except Retry:
            await writer.write()
            writer.check(item.execution)
            raise
        await writer.write()
        writer.check(item.execution)
        return [item.execution, outcome.kind, *writer.rest(item.execution), outcome.extra]

    async def _inputs(self, dispatched: Dispatched, items: list[Item]) -> list[dict[str, Any]]:
        d = dispatched
        bytes_max = LIMITS.value_bytes_max if len(items) > 1 else None
        return await raw_inputs(
            self._tools, d.compiled, d.node, items, d.run_id, d.tenant, d.header.has_masks, bytes_max
        )
