"""Starting a run: the one way for people, presets, tasks of the Agent Protocol and triggers; when it returns, the run will run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.call import Call
from schema.db.runs import NewRun, Run


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


async def start_run(call: Call, wanted: Wanted) -> Run:
    """Check the inputs and the credentials, and accept the run; the same idempotency key gives the run that is there."""
    graph, plan = await call.services.compiled.get(
        call.stores.graphs, call.tenant, wanted.graph_id, wanted.graph_version
    )
    new = NewRun(
        tenant_id=call.tenant,
        graph_id=wanted.graph_id,
        graph_version=graph.version,
        plan_hash=plan.hash,
        agent_name=graph.name,
        inputs=wanted.inputs,
        trigger=wanted.trigger,
        idempotency_key=wanted.idempotency_key,
        created_by=call.principal.person_id,
        start_after_seconds=0.0,
    )
    return await call.stores.submission.accept(graph, call.services.registry.specs, (plan.hash, plan.to_lists()), new)
