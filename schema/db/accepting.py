"""Accepting a run in a person's name: for people, and for what starts runs while they are away; it starts nothing.

The one way in for everybody but a node that runs an agent: what was chosen is checked (access, inputs, credentials), limits
are set, and the run is accepted. Who calls from outside any request (a schedule, a webhook's dispatcher) has the person's
access looked up each time: a right that was taken away is gone at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schema.access import RIGHTS, Right, Role
from schema.block import BlockSpec
from schema.db.granting import Granting
from schema.db.people import People
from schema.db.runs import NewRun, Run
from schema.db.submission import Submission
from schema.errors import AccessLost
from schema.graph import Graph


@dataclass(frozen=True)
class Wanted:
    """A run that somebody, or something in somebody's name, asks for."""

    graph_id: UUID
    #: Absent: the active version.
    graph_version: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: {key of the agent's credentials_input_schema: credential id}.
    credentials: Mapping[str, UUID] = field(default_factory=dict)
    idempotency_key: str | None = None
    #: manual, api, schedule, webhook, signal or continue.
    trigger: str = "manual"
    trigger_id: UUID | None = None
    signal_key: str | None = None
    #: Of `RUN_LIMITS`.
    limits: Mapping[str, Any] = field(default_factory=dict)
    #: {node id: {pin: value}}: written in place of what would come; never a credential, which nobody but a person chooses.
    masks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def asked(self) -> list[Any]:
        """Give what an idempotency key stands for: the request, not the version that was active when it came."""
        credentials = {key: str(value) for key, value in self.credentials.items()}
        row = [str(self.graph_id), self.graph_version, dict(self.inputs), credentials, self.trigger]
        rest = [None if self.trigger_id is None else str(self.trigger_id), self.signal_key, dict(self.limits)]
        return [*row, *rest] if any(rest) else row


@dataclass(frozen=True)
class Accepting:
    """What accepting needs."""

    submission: Submission
    granting: Granting
    #: The traceparent of who asks: see `schema.tracing`.
    trace: str | None = None

    async def accept(
        self,
        tenant: UUID,
        person: UUID | None,
        wanted: Wanted,
        compiled: tuple[Graph, tuple[str, list[Any]]],
        specs: Mapping[str, BlockSpec],
        **more: Any,
    ) -> Run:
        """Accept a run of a compiled graph, (graph, (plan's hash, routing)); `more` is what else `NewRun` takes.

        Raises InvalidRunInput or MissingCredentials with every problem, and Conflict where the idempotency key was used for
        another request.
        """
        graph, plan = compiled
        granted = await self.granting.masks(tenant, person, graph, specs, wanted.credentials)
        masks = laid_over(wanted.masks, granted)
        new = NewRun(
            tenant_id=tenant,
            graph_id=wanted.graph_id,
            graph_version=graph.version,
            plan_hash=plan[0],
            agent_name=graph.name,
            inputs=wanted.inputs,
            trigger=wanted.trigger,
            trigger_id=wanted.trigger_id,
            signal_key=wanted.signal_key,
            idempotency_key=wanted.idempotency_key,
            asked=wanted.asked,
            masks=masks,
            created_by=person,
            limits=wanted.limits,
            trace=self.trace,
            **{"start_after_seconds": 0.0, **more},
        )
        return await self.submission.accept(graph, specs, plan, new)


def laid_over(
    masks: Mapping[str, Mapping[str, Any]], granted: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Give masks with those of credentials over them."""
    nodes = [*masks, *(node_id for node_id in granted if node_id not in masks)]
    return {node_id: {**masks.get(node_id, {}), **granted.get(node_id, {})} for node_id in nodes}


async def check_access(people: People, tenant: UUID, person: UUID | None) -> None:
    """Raise AccessLost where a person, in whose name something runs while they are away, may start no runs any more."""
    members = {} if person is None else await people.members_by_id(tenant, [person])
    member = None if person is None else members.get(person)
    if member is None:
        raise AccessLost("Who set this up is no member of the organisation any more: let somebody else take it over.")
    if Right.EXECUTE_RUNS not in RIGHTS[Role(member.role)]:
        raise AccessLost(f"The role {member.role} of who set this up may not start runs.")
