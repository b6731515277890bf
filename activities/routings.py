"""Routings: the part of plans that workflows carry, kept once it was read, because it never changes; it compiles nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schema.db.graphs import Graphs

_KEPT_MAX: Final = 200

#: A plan, by its tenant and hash.
PlanKey = tuple[UUID, str]


@dataclass
class Routings:
    """The routings of the plans that this process starts runs of."""

    graphs: Graphs
    _kept: OrderedDict[PlanKey, list[Any]] = field(default_factory=OrderedDict)

    async def of(self, wanted: Iterable[PlanKey]) -> Mapping[PlanKey, list[Any]]:
        """Give the routings of these plans, those that are not kept by one statement; a plan that is not there has none."""
        keys = dict.fromkeys(wanted)
        missing = [key for key in keys if key not in self._kept]
        read = await self.graphs.routings(missing) if missing else {}
        found = {key: routing for key in keys if (routing := read.get(key, self._kept.get(key))) is not None}
        self._kept.update(read)
        while len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return found
