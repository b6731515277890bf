"""Orders as the courier claims them: one run that cannot be reached keeps back nobody else."""

from __future__ import annotations

from activities.courier import LEASE_SECONDS
from schema.db.orders import NewOrder, Orders
from schema.db.outbox import Outbox
from schema.db.runs import Run
from tests.db.stores import Stores


async def told(stores: Stores, orders: int) -> Run:
    """Give a run that has begun and was given so many orders."""
    run = await stores.accept()
    await Outbox(stores.engine).hand_over([run.id])
    for _ in range(orders):
        await Orders(stores.engine).give(NewOrder(stores.tenant, run.id, "event", {"name": "go"}))
    return run


async def test_a_run_that_cannot_be_reached_keeps_back_no_other_runs_orders(stores: Stores) -> None:
    orders = Orders(stores.engine)
    first, second = sorted([await told(stores, 5), await told(stores, 5)], key=lambda run: run.id)
    claimed = await orders.claim(2, LEASE_SECONDS)
    assert [(order.run_id, order.number) for order in claimed] == [(first.id, 1), (first.id, 2)]
    await orders.postpone(first.id, LEASE_SECONDS)
    claimed = await orders.claim(2, LEASE_SECONDS)
    assert [(order.run_id, order.number) for order in claimed] == [(second.id, 1), (second.id, 2)]
    await orders.mark_delivered(second.id, [1, 2])
    assert [order.number for order in await orders.claim(2, LEASE_SECONDS)] == [3, 4]
