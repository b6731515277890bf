"""The order of events after a database was loaded into another server; it forgets no event and touches nothing else.

Events are read in the order of the transactions that wrote them (`schema.db.events`). Those numbers are the server's: a dump that
is loaded into a new one brings numbers which that server has not reached, and for so long nobody would be given what happened
before, and what happens after would come first. What is ahead is put at the newest place that is past, in the order of its ids.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

#: The first number that this server has not given yet: what is visible and was written here is below it, whoever writes meanwhile.
_NEXT: Final = "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
#: The oldest transaction that is open: what readers are given is below it.
_HORIZON: Final = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
#: One look into an index for each tenant that has events, however many there are.
_IS_AHEAD: Final = text(f"""
WITH RECURSIVE of_tenants AS (
  (SELECT tenant_id, xid FROM run_events ORDER BY tenant_id DESC, xid DESC, id DESC LIMIT 1)
  UNION ALL
  SELECT n.tenant_id, n.xid FROM of_tenants t CROSS JOIN LATERAL (
    SELECT tenant_id, xid FROM run_events WHERE tenant_id < t.tenant_id
    ORDER BY tenant_id DESC, xid DESC, id DESC LIMIT 1) AS n)
SELECT EXISTS (SELECT 1 FROM of_tenants WHERE xid >= {_NEXT})
    OR EXISTS (SELECT 1 FROM forgotten_events WHERE xid >= {_NEXT})
""")
_MEND_EVENTS: Final = text(f"UPDATE run_events SET xid = {_HORIZON} - 1 WHERE xid >= {_NEXT}")
_MEND_FORGOTTEN: Final = text(f"UPDATE forgotten_events SET xid = {_HORIZON} - 1 WHERE xid >= {_NEXT}")


async def mend_event_order(engine: AsyncEngine) -> int | None:
    """Give events that are ahead of this server a place in its order; give how many there were, None where it is in order."""
    async with engine.begin() as connection:
        if not (await connection.execute(_IS_AHEAD)).scalar():
            return None
        await connection.execute(_MEND_FORGOTTEN)
        return (await connection.execute(_MEND_EVENTS)).rowcount
