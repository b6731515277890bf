"""What the tests of a folder share whose servers are started once: an event loop, and how faults are logged; no test is here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path

import pytest
import structlog


def log_plainly() -> None:
    """Log tracebacks as they are: structlog's own, with every local, hold the loop for seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    stamp = structlog.processors.TimeStamper(fmt="iso")
    structlog.configure(processors=[structlog.processors.add_log_level, stamp, renderer])


def share_a_loop(items: Iterable[pytest.Item], folder: Path) -> None:
    """Have a folder's tests run on one event loop and, with xdist, on one process."""
    for item in items:
        if folder not in item.path.parents:
            continue
        test = getattr(item, "obj", None)
        # Hypothesis wraps what it is given in a plain function.
        test = getattr(getattr(test, "hypothesis", None), "inner_test", test)
        if inspect.iscoroutinefunction(test):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        item.add_marker(pytest.mark.xdist_group(folder.name))
