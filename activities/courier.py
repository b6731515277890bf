"""The courier: orders that were given are brought to their runs, in their order, by any number of couriers; it decides nothing.

A lease keeps two couriers apart, and where it does not, the order's number does: delivering twice is harmless. What Temporal cannot
take now stays where it is. A run that is over refuses what comes late.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog
from temporalio.service import RPCError, RPCStatusCode

from activities.retrying import WORLD_ERRORS, is_workflow_unknown
from activities.tools import Tools
from schema.db.orders import Order
from workflows.client import give_orders

log = structlog.get_logger()

BATCH: Final = 200
#: Orders that one signal brings.
SIGNAL_ORDERS_MAX: Final = 100
LEASE_SECONDS: Final = 5.0


@dataclass
class Courier:
    """What a starter's loop delivers with."""

    tools: Tools

    async def deliver(self) -> bool:
        """Bring a batch to its runs; say whether there is more at once."""
        orders = await self.tools.orders.claim(BATCH, LEASE_SECONDS)
        for run_id, group in groupby(orders, key=lambda order: order.run_id):
            await self._bring(run_id, list(group))
        return len(orders) == BATCH

    async def _bring(self, run_id: UUID, orders: list[Order]) -> None:
        for start in range(0, len(orders), SIGNAL_ORDERS_MAX):
            part = orders[start : start + SIGNAL_ORDERS_MAX]
            try:
                await give_orders(self.tools.client, str(run_id), [[o.number, o.word, o.detail] for o in part])
            except RPCError as error:
                # Temporal is away: for all runs alike.
                if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED):
                    raise
                # Over, or not there yet: the reconciler finds out, and the order is refused or brought again. Or it takes no more
                # signals for now (10,000 before it continues as new): that must not keep back what others are told.
                tell = log.info if is_workflow_unknown(error) else log.warning
                tell("an order waits for its run", run=str(run_id), error=error.message[:300])
                await self.tools.orders.postpone(run_id, LEASE_SECONDS)
                return
            except WORLD_ERRORS as error:
                log.warning("an order cannot be brought now", run=str(run_id), error=str(error)[:300])
                await self.tools.orders.postpone(run_id, LEASE_SECONDS)
                return
            await self.tools.orders.mark_delivered(run_id, [order.number for order in part])
