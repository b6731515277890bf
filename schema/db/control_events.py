"""Control events: how readers of a run are told of its halts and of what became of its orders; it reads nothing.

The rows are of the kind `control`; `schema.db.run_expansion` says what is in them.
"""

from __future__ import annotations


def tell_control(what: str, body: str) -> str:
    """Give the end of a statement whose CTE `written` gives the rows that it wrote: each becomes an event, {what: body}, and
    wakes who waits for one. `body` is SQL over a row of it, called `w`; both are constants of ours."""
    return f""",
told AS (
  INSERT INTO run_events (tenant_id, graph_id, run_id, kind, body)
  SELECT r.tenant_id, r.graph_id, r.id, 'control', json_build_object('{what}', {body})
  FROM written w JOIN runs r ON r.id = w.run_id ORDER BY w.number)
SELECT pg_notify('drystone_runs', CAST(w.run_id AS text)) FROM written w
"""
