"""Granting: from the credentials that somebody chose for a run to its input masks; it opens none and starts nothing.

What is missing or does not fit is told before the run is accepted, all at once, each with its group and its nodes. A reference
that stands in a node counts as given where the one who starts the run may use it; one that was chosen goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schema.credentials import (
    Group,
    Held,
    Need,
    Reference,
    Specs,
    Used,
    all_needs,
    groups_of,
    masks_of,
    misfit,
    problem_of,
    refusal,
    unmet,
    used_by,
)
from schema.db.credentials import Credential, Credentials
from schema.db.graphs import Graphs
from schema.errors import InvalidGraph, NotFound
from schema.graph import Graph, parse_graph
from schema.limits import LIMITS


@dataclass(frozen=True)
class Granting:
    """The graphs and the credentials of all tenants."""

    graphs: Graphs
    credentials: Credentials
    #: This is a stack with the demo of language models.
    has_demo: bool = False

    async def masks(
        self, tenant: UUID, person: UUID | None, graph: Graph, specs: Specs, chosen: Mapping[str, UUID]
    ) -> dict[str, dict[str, Any]]:
        """Give {node id: {pin: reference}} for a run by this person with these credentials, {group key: credential id}.

        Raises MissingCredentials with every problem, also where a chosen one is unknown, somebody else's, or does not fit.
        """
        groups = await self.groups(tenant, graph, specs)
        if not groups and not chosen:
            return {}
        own = {need: _uuid(need.own.id) for group in groups.values() for need in group.needs if need.own is not None}
        wanted = {*chosen.values(), *(found for found in own.values() if found is not None)}
        held = await self.credentials.many(tenant, list(wanted), person)
        problems = [_unknown_key(key, groups) for key in chosen if key not in groups]
        references: dict[str, Reference] = {}
        for key, group in groups.items():
            if key in chosen:
                credential = held.get(chosen[key])
                reason = _misfit_of(credential, group)
                if reason is not None or credential is None:
                    problems.append(problem_of(group, "UNUSABLE", f"{key}: the credential {reason}."))
                else:
                    references[key] = credential.reference
        met = {need for need, found in own.items() if found in held and _meets(held[found], need)}
        problems += unmet(groups, chosen, met, self.has_demo)
        if problems:
            raise refusal(problems)
        return masks_of(graph, specs, references)

    async def groups(self, tenant: UUID, graph: Graph, specs: Specs) -> dict[str, Group]:
        """Give what an agent needs, by group, that of the agents that it runs included."""
        return groups_of(all_needs(graph, await self.used_graphs(tenant, graph, specs), specs))

    async def used_graphs(self, tenant: UUID, graph: Graph, specs: Specs) -> dict[Used, Graph]:
        """Give the stored agents that an agent's nodes run, and those that theirs run; one that is not there is left out."""
        found: dict[Used, Graph] = {}
        waiting = [graph]
        while waiting:
            for used in used_by(waiting.pop(0), specs):
                graph_id = _uuid(used[0])
                if used in found or graph_id is None or len(found) >= LIMITS.graph_nodes_max:
                    continue
                try:
                    found[used] = parse_graph(await self.graphs.get(tenant, graph_id, used[1]))
                except (NotFound, InvalidGraph):
                    continue
                waiting.append(found[used])
        return found


def _misfit_of(credential: Credential | None, group: Group) -> str | None:
    if credential is None:
        return "is not there, or not yours to use"
    return misfit(_held(credential), group.accepted, group.types, group.scopes)


def _meets(credential: Credential, need: Need) -> bool:
    requirement = need.requirement
    accepted = requirement.accepted(need.providers)
    return misfit(_held(credential), accepted, requirement.types, requirement.scopes) is None


def _held(credential: Credential) -> Held:
    return Held(credential.provider, credential.type, credential.scopes, credential.ended_at is not None)


def _unknown_key(key: str, groups: Mapping[str, Group]) -> dict[str, Any]:
    known = ", ".join(groups) or "none"
    return {
        "code": "UNKNOWN_KEY",
        "message": f"{key}: the agent needs no credentials under this key; it needs: {known}.",
        "where": key,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
