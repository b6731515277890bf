"""Showing: executions that wait behind a halt of their run, written as rows with the inputs that they will have; it runs none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog

from activities.inputs import kept_inputs, raw_inputs
from activities.tools import CompiledPlan, Tools
from schema.db.queued import QueuedEntry
from schema.errors import DrystoneError
from workflows.engine.events import Item
from workflows.wire import Header

log = structlog.get_logger()


async def show_ready(tools: Tools, header: Header, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows [execution, node, ordinal, step, last dispatch, [[pin, token]]]; see `workflows.control.Control.show_ready`.

    What cannot be shown here is left out: it runs all the same, and the facts behind this one must not wait for it.
    """
    tenant = UUID(header.tenant_id)
    try:
        compiled = await tools.plan(tenant, header.plan_hash)
        entries: list[QueuedEntry] = []
        for node, group in groupby(rows, key=lambda row: int(row[1])):
            entries += await _entries(tools, header, compiled, node, list(group))
    except (DrystoneError, LookupError) as error:
        log.warning("what waits cannot be shown", run=header.run_id, error=f"{type(error).__name__}: {error}"[:300])
        return
    await tools.queued.show(UUID(header.run_id), entries)


async def _entries(
    tools: Tools, header: Header, compiled: CompiledPlan, node: int, rows: Sequence[Sequence[Any]]
) -> list[QueuedEntry]:
    run_id, tenant = UUID(header.run_id), UUID(header.tenant_id)
    items = [
        Item(execution, ordinal, step, 0, 0, False, [(pin, token) for pin, token in tokens], ())
        for execution, _, ordinal, step, _, tokens in rows
    ]
    inputs = await raw_inputs(tools, compiled, node, items, run_id, tenant, header.has_masks)
    spec, graph_node = compiled.block(node).spec, compiled.nodes[node]
    return [
        QueuedEntry(
            execution=item.execution,
            node_id=graph_node.id,
            block_id=graph_node.block_id,
            ordinal=item.ordinal,
            step=item.step,
            dispatch=row[4],
            inputs=await kept_inputs(tools, tenant, spec, raw),
        )
        for item, row, raw in zip(items, rows, inputs, strict=True)
    ]
