"""Planted bugs, by patching in the suite's own programs: each takes away a defence that the checker must miss; never the product.

`fence`: an attempt that was overtaken may go on writing to the ledger. `readback`: an attempt does not read what an earlier one
wrote, and emits anew. `order`: emissions are handed on as they come, whichever execution is first in the line. `nothing` is the
same session with every defence in its place: it must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import schema.db.ledger
from activities.attempt import Attempt
from activities.writer import Writer
from schema.block import Kind
from schema.db.ledger import Recorded, Statement
from workflows.engine.execution import DONE
from workflows.engine.flow import Flow, _token

#: Which planted bug a program is to have.
PLANT_VARIABLE: Final = "DRYSTONE_CHAOS_PLANT"
_FENCED: Final = "WHERE n.fence <= excluded.fence AND n.status NOT IN ({terminal}) AND n.node_id = excluded.node_id"


def drop_fence() -> None:
    """Let every attempt write, also one that was overtaken, also to an execution that is over."""
    guard = _FENCED.format(terminal=schema.db.ledger._TERMINAL_SQL)
    for name in ("_WRITE", "_WRITE_LOGGED"):
        logged = schema.db.ledger._LOGGED if name == "_WRITE_LOGGED" else ""
        logs = schema.db.ledger._LOGS if name == "_WRITE_LOGGED" else ""
        whole = schema.db.ledger._NAMED_WRITE.format(logged=logged, logs=logs)
        assert guard in whole, "the ledger's guard is written otherwise"
        setattr(schema.db.ledger, name, Statement.of(whole.replace(guard, "")))


def skip_read_back() -> None:
    """Let an attempt emit anew what the ledger has, and tell the run of that."""
    repeat = Attempt._repeat

    async def forgetful(self: Attempt, recorded: Recorded) -> Any:
        return await repeat(self, recorded) if recorded.is_over else None

    async def nothing(self: Writer, *arguments: Any) -> None:
        return None

    Attempt._repeat = forgetful  # type: ignore[method-assign]
    Writer._read_back = nothing  # type: ignore[method-assign]


def hand_on_unordered() -> None:
    """Hand on what any execution of a node has, and not only the first of its line."""

    def unordered(self: Flow, index: int) -> None:
        line = self.nodes[index].line
        for number in list(line):
            execution = self.open[number]
            deliveries, execution.deliveries = execution.deliveries, []
            for delivery in deliveries:
                self._attach(delivery[1], _token(number, delivery))
            if execution.state == DONE:
                line.remove(number)
                del self.open[number]
                if self.plan.nodes[index].kind == Kind.OUTPUT and not execution.is_failed:
                    self.outputs.append(number)

    Flow._hand_on = unordered  # type: ignore[method-assign]


PLANTS: Final[Mapping[str, Callable[[], None]]] = {
    "fence": drop_fence,
    "readback": skip_read_back,
    "order": hand_on_unordered,
    "nothing": lambda: None,
}
