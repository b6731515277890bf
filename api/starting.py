"""Starting a run: the one way for people, presets, tasks of the Agent Protocol and triggers; when it returns, the run will run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.call import Call
from schema.db.accepting import Wanted
from schema.db.run_counts import count_run
from schema.db.runs import Run

__all__ = ["Wanted", "start_run"]

log = structlog.get_logger()


async def start_run(call: Call, wanted: Wanted, **more: Any) -> Run:
    """Check the inputs and the credentials, and accept the run; the same idempotency key gives the run that is there.

    `more` is what else `schema.db.runs.NewRun` takes.
    """
    # First: a request that is repeated is the same request still, whatever became of the agent since.
    known = await call.stores.runs.accepted(call.tenant, wanted.idempotency_key, wanted.asked)
    if known is not None:
        return known
    graph, plan = await call.services.compiled.get(
        call.stores.graphs, call.tenant, wanted.graph_id, wanted.graph_version
    )
    specs, person = call.services.registry.specs, call.principal.person_id
    compiled = (graph, (plan.hash, plan.to_lists()))
    run = await call.stores.accepting.accept(call.tenant, person, wanted, compiled, specs, **more)
    if run.uncounted_listing_id is not None:
        await _count(call, run.id, run.uncounted_listing_id)
    return run


async def _count(call: Call, run_id: UUID, listing_id: UUID) -> None:
    """Let the listing that the run's agent came from count it; a run that it misses here, it counts with its next one."""
    try:
        # The listing is another tenant's, and so are other runs of it: this works as the owner of the tables.
        await count_run(call.services.engine, run_id, listing_id)
    except (SQLAlchemyError, OSError) as error:
        log.warning("a listing's runs cannot be counted now", listing=str(listing_id), error=type(error).__name__)
