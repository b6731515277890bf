"""Queued: rows of node executions that wait behind a halt of their whole run, so that an operator can name them; it runs nothing.

An execution has a row from when it runs for a while, or is over. One that waits behind a halt may wait for weeks, so it is shown
before: QUEUED where it never ran, PAUSED where it was told to stop. Whoever runs it later writes with a higher fence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.ledger import fence_of
from schema.db.tenancy import Database
from schema.states import TERMINAL

_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
#: Above every attempt of the last dispatch, and below those of the next one.
_ATTEMPT_MAX: Final = 65_535
#: The run's row is locked, so that its end comes before all of this or ends what this writes.
_SHOW: Final = text(f"""
WITH open AS (SELECT id, tenant_id, graph_id FROM runs WHERE id = :run AND status NOT IN ({_TERMINAL_SQL}) FOR SHARE),
shown AS (
  INSERT INTO node_executions AS n (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts)
  SELECT o.id, e.execution, e.node_id, e.block_id, e.ordinal, 'QUEUED', e.step, e.fence, CAST(e.inputs AS json), '[]'
  FROM open o, unnest(CAST(:executions AS int[]), CAST(:node_ids AS text[]), CAST(:block_ids AS text[]),
    CAST(:ordinals AS int[]), CAST(:steps AS int[]), CAST(:fences AS bigint[]), CAST(:inputs AS text[]))
    AS e(execution, node_id, block_id, ordinal, step, fence, inputs)
  ON CONFLICT (run_id, execution) DO UPDATE SET status = 'PAUSED', fence = excluded.fence
  WHERE n.fence < excluded.fence AND n.status = 'RUNNING'
  RETURNING execution, node_id, ordinal, status, step)
INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
SELECT o.tenant_id, o.graph_id, o.id, 'nodes', json_build_object('executions', s.rows, 'emissions', json_build_array())
FROM open o, (SELECT json_agg(json_build_array(execution, node_id, ordinal, status, step) ORDER BY execution) AS rows
              FROM shown) AS s
WHERE s.rows IS NOT NULL
""")


@dataclass(frozen=True)
class QueuedEntry:
    """An execution that waits to be dispatched; `dispatch` is the last one that it was in, 0 for none."""

    execution: int
    node_id: str
    block_id: str
    ordinal: int
    step: int
    dispatch: int
    #: As the row keeps them.
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Queued:
    """What waits in the runs of all tenants."""

    engine: Database

    async def show(self, run_id: UUID, entries: Sequence[QueuedEntry]) -> None:
        """Write rows for executions that have none, and tell readers; again changes nothing, and one that is over stays."""
        where = {
            "run": run_id,
            "executions": [entry.execution for entry in entries],
            "node_ids": [entry.node_id for entry in entries],
            "block_ids": [entry.block_id for entry in entries],
            "ordinals": [entry.ordinal for entry in entries],
            "steps": [entry.step for entry in entries],
            "fences": [fence_of(entry.dispatch, _ATTEMPT_MAX) for entry in entries],
            "inputs": [orjson.dumps(dict(entry.inputs)).decode() for entry in entries],
        }
        async with self.engine.begin() as connection:
            await connection.execute(_SHOW, where)
