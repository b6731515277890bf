"""Titles of nodes: what people call a node of a run, by the plan that the run was made of; it makes no title up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from schema.db.run_pages import RunPages
from schema.errors import EngineFault
from workflows.engine.plan import Plan

_KEPT_MAX: Final = 500

#: {node id: title}
TitlesOfPlan = dict[str, str]


class Titles:
    """The titles of the plans that a process has shown lately."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, str], TitlesOfPlan] = OrderedDict()

    async def of(self, pages: RunPages, tenant: UUID, hashes: Iterable[str]) -> dict[str, TitlesOfPlan]:
        """Give the titles of each of these plans; those that are not kept are read by one statement."""
        wanted = set(hashes)
        found = {digest: self._kept[tenant, digest] for digest in wanted if (tenant, digest) in self._kept}
        if len(found) < len(wanted):
            routings = await pages.routings(tenant, sorted(wanted - found.keys()))
            for digest, routing in routings.items():
                found[digest] = self._kept[tenant, digest] = _titles(routing)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
        return found


def _titles(routing: list[object]) -> TitlesOfPlan:
    try:
        return {node.id: node.title for node in Plan.from_lists(routing).nodes}
    except EngineFault:
        return {}  # A plan of another version of this software: its nodes are shown by their ids.
