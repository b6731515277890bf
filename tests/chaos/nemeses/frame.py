"""What a nemesis is: a fault that is begun, healed, and proves that it happened; it judges nothing and starts no run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.chaos.cases.world import World


class Nemesis(Protocol):
    """A fault. `begin` and `heal` may come again and again, by turns; only one of the same stands at a time."""

    name: str

    async def begin(self, world: World) -> None:
        """Do the harm. What it needs beforehand (a small disk, proxies) it sets up the first time; that takes seconds."""

    async def heal(self, world: World) -> None:
        """Undo the harm. It waits for nobody to recover."""

    def proof(self) -> str | None:
        """Give what was seen that proves that the last harm was done; None: it was not."""

    async def withdraw(self, world: World) -> None:
        """Behind the last heal: take back what was set up beforehand."""
