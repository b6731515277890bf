"""Starting a run: the one way for people, presets, tasks of the Agent Protocol and triggers; when it returns, the run will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.call import Call
from schema.db.run_counts import count_run
from schema.db.runs import NewRun, Run

log = structlog.get_logger()


@dataclass(frozen=True)
class Wanted:
    """A run that somebody asks for."""

    graph_id: UUID
    #: Absent: the active version.
    graph_version: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapping[str, UUID] = field(default_factory=dict)
    idempotency_key: str | None = None
    trigger: str = "manual"

    @property
    def asked(self) -> list[Any]:
        """Give what an idempotency key stands for: the request, not the version that was active when it came."""
        credentials = {key: str(value) for key, value in self.credentials.items()}
        return [str(self.graph_id), self.graph_version, dict(self.inputs), credentials, self.trigger]


async def start_run(call: Call, wanted: Wanted) -> Run:
    """Check the inputs and the credentials, and accept the run; the same idempotency key gives the run that is there."""
    # First: a request that is repeated is the same request still, whatever became of the agent since.
    known = await call.stores.runs.accepted(call.tenant, wanted.idempotency_key, wanted.asked)
    if known is not None:
        return known
    graph, plan = await call.services.compiled.get(
        call.stores.graphs, call.tenant, wanted.graph_id, wanted.graph_version
    )
    specs, person = call.services.registry.specs, call.principal.person_id
    masks = await call.stores.granting.masks(call.tenant, person, graph, specs, wanted.credentials)
    new = NewRun(
        tenant_id=call.tenant,
        graph_id=wanted.graph_id,
        graph_version=graph.version,
        plan_hash=plan.hash,
        agent_name=graph.name,
        inputs=wanted.inputs,
        trigger=wanted.trigger,
        idempotency_key=wanted.idempotency_key,
        asked=wanted.asked,
        masks=masks,
        created_by=person,
        start_after_seconds=0.0,
    )
    run = await call.stores.submission.accept(graph, specs, (plan.hash, plan.to_lists()), new)
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
