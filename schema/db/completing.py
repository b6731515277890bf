"""The end of a run that completed, in one statement, for whoever writes it; no other end is written here."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from schema.db.ledger import Statement
from schema.states import OPEN, RUN_MOVES, TERMINAL, State, sources_of

#: No attempt's fence is higher: whoever wrote for an ended run is outbid.
FENCE_MAX: Final = 2**62
_OPEN_SQL: Final = ", ".join(f"'{state}'" for state in OPEN)
_TERMINAL_SQL: Final = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
#: Each execution of a run that completed has a row. Where fewer are there, the database was set back while the run went on.
_LOST: Final = """
    CASE WHEN r.continued_from_run_id IS NULL AND CAST(:executions AS int) >
      (SELECT count(*) FROM node_executions n WHERE n.run_id = r.id AND n.execution > 0)
    THEN json_build_object('code', 'LOST', 'message', 'Node executions of this run are not written here, and outputs may be'
      ' missing: the database was set back to an earlier state while the run went on.', 'since', now(), 'at', now()) END
"""
#: The end of a run that completed, in one statement: nothing of it is open, so what else there is to end is rarely there.
_NAMED_COMPLETE: Final = f"""
WITH moved AS (
  UPDATE runs r SET status = 'COMPLETED', ended_at = now(), started_at = coalesce(started_at, now()),
    stats = CAST(:stats AS json), error = NULL, problem = {_LOST}
  WHERE id = :id AND status = ANY(:sources) RETURNING id, tenant_id, graph_id),
ended AS (
  UPDATE node_executions SET status = 'TERMINATED', ended_at = now(), fence = {FENCE_MAX}
  WHERE run_id = (SELECT id FROM moved) AND status NOT IN ({_TERMINAL_SQL})
  RETURNING execution, node_id, ordinal, status, step),
stopped AS (
  UPDATE runs SET cancel_requested_at = now(), cancel_reason = 'The run that started it has ended.'
  WHERE parent_run_id = (SELECT id FROM moved) AND status IN ({_OPEN_SQL}) AND cancel_requested_at IS NULL),
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT tenant_id, graph_id, id, 'run', json_build_object('status', 'COMPLETED', 'error', NULL, 'executions',
    (SELECT coalesce(json_agg(json_build_array(execution, node_id, ordinal, status, step)), '[]') FROM ended)) FROM moved)
SELECT pg_notify('drystone_runs', CAST(id AS text)) FROM moved
"""
COMPLETE: Final = text(_NAMED_COMPLETE)
_COMPLETE: Final = Statement.of(_NAMED_COMPLETE)
_SOURCES: Final = [*(str(state) for state in sources_of(RUN_MOVES, State.COMPLETED)), str(State.QUEUED)]


async def complete(driver: Any, run_id: UUID, stats: dict[str, Any]) -> bool:
    """End a run within the transaction in which the driver's connection is; give False where it had ended."""
    arguments = {
        "id": run_id,
        "stats": orjson.dumps(stats).decode(),
        "sources": _SOURCES,
        "executions": stats["node_execution_count"],
    }
    return await driver.fetchrow(_COMPLETE.sql, *(arguments[name] for name in _COMPLETE.names)) is not None
