"""Replacing a worker: a new process takes over at once, and the old one ends what it began beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from deploy.stack.processes import Identity
from tests.stack.conftest import Started, eventually

pytestmark = pytest.mark.slow
#: A worker that notes its end, and ends only when a file is there.
STUBBORN = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
(folder / f"begun-{os.getpid()}").touch()
def eventually():
    while not (told and (folder / "go").exists()):
        time.sleep(0.01)
eventually()
(folder / f"ended-{os.getpid()}").touch()
"""


async def test_a_worker_that_is_replaced_ends_what_it_began_beside_the_new_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STUBBORN, str(tmp_path)]
    async with Started(tmp_path / "data", worker_commands={"worker": command}) as started:
        stack = started.stack
        first = stack.pid("worker")
        await eventually(lambda: (tmp_path / f"begun-{first}").exists())
        await stack.replace("worker")
        second = stack.pid("worker")
        await eventually(lambda: (tmp_path / f"begun-{second}").exists())
        assert second != first
        assert Identity.of(first) is not None
        (tmp_path / "go").touch()
        await eventually(lambda: Identity.of(first) is None)
        assert (tmp_path / f"ended-{first}").exists()
        assert stack.pid("worker") == second
        assert stack.restarts("worker") == 0
        assert not started.said("ended with exit code")
    # At its end the stack stops what was left, too.
    assert Identity.of(second) is None
    assert (tmp_path / f"ended-{second}").exists()
