"""The registry: every nemesis that can be begun and healed on this machine, by its name; it begins none."""

from __future__ import annotations

from tests.chaos.cases.beside import preloaded
from tests.chaos.nemeses.databases import Exhausted, HeldRows, ReadOnly
from tests.chaos.nemeses.disks import FullLogDisk, FullTemporalDisk, can_mount, full_data_disk
from tests.chaos.nemeses.frame import Nemesis
from tests.chaos.nemeses.network import networks
from tests.chaos.nemeses.processes import Pressed, Skewed, can_limit_memory, processes


def find_nemeses() -> dict[str, Nemesis]:
    """Give {name: nemesis}, in a fixed order; each may be begun and healed again and again."""
    found: list[Nemesis] = [*networks(), ReadOnly(), Exhausted(), HeldRows()]
    if can_mount():
        found += [full_data_disk(), FullLogDisk(), FullTemporalDisk()]
    for one in processes():
        is_possible = not (isinstance(one, Skewed) and preloaded(one.shift) is None)
        if is_possible and not (isinstance(one, Pressed) and not can_limit_memory()):
            found.append(one)
    names = [one.name for one in found]
    assert len(names) == len(set(names)), "two nemeses have one name"
    return {one.name: one for one in found}
