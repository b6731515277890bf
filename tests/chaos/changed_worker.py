"""A worker whose workflow code gives its commands in another order, as a later version's might; it is no part of the product.

A command more behind the others would not do: a replay lets it wait for the history to go on. It must come before one that is
there.
"""

from __future__ import annotations

from typing import Any

from temporalio import workflow

from deploy.ending import leave, status_of
from deploy.worker_process import main
from workflows.graph_run import GraphRun


def change() -> None:
    """Have each run begin with a command that it did not have: none of the histories before it repeats."""
    feed_all = GraphRun._feed_all

    def changed(self: Any) -> None:
        if not hasattr(self, "is_changed"):
            self.is_changed = True
            workflow.upsert_memo({"changed": True})
        feed_all(self)

    GraphRun._feed_all = changed  # type: ignore[method-assign]


if __name__ == "__main__":
    change()
    leave(status_of(main, (OSError,)))
