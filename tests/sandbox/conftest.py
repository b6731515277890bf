"""What the tests of the sandbox share: a place that works, running code in it and outside of it; nothing here waits for long."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blocks.sandbox.bounds import Bounds
from blocks.sandbox.places import Place
from blocks.sandbox.probe import find_place, why_not
from blocks.sandbox.process import Ended, run_process
from blocks.sandbox.reports import Report, read_report

#: Seconds that a run may take where time is not what it is about.
SECONDS = 10.0


@dataclass(frozen=True)
class Ran:
    """What became of code that ran in the sandbox."""

    ended: Ended
    report: Report

    @property
    def value(self) -> Any:
        """The text of its last expression; it must have come to its end."""
        assert self.report.error is None, self.report.error
        assert self.report.results, (self.ended.end, bytes(self.ended.stderr[-2000:]))
        return self.report.results[-1].get("json", self.report.results[-1]["text"])


Sandboxed = Callable[..., Ran]


@pytest.fixture(scope="session")
def place() -> Place:
    """The place where this machine runs code; tests that need one skip with the reason where there is none."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    return find_place()


@pytest.fixture
def sandboxed(place: Place) -> Sandboxed:
    """Run code in the sandbox: `sandboxed(code, seconds=1)`."""
    return functools.partial(run_inside, place)


def run_inside(place: Place, *cells: str, unwanted: threading.Event | None = None, **fields: Any) -> Ran:
    """Run cells of Python in a sandbox; `files` go in, the other fields are its bounds."""
    asked = {
        "language": "python",
        "cells": list(cells),
        "setup_commands": [],
        "files": fields.pop("files", {}),
        "seed": "seed",
        "node": None,
    }
    ended = run_process(place, asked, Bounds(**{"seconds": SECONDS, **fields}), unwanted or threading.Event())
    return Ran(ended, read_report(bytes(ended.report)))


def outside(code: str, env: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()) -> str:
    """Run code in a plain process of this machine; give the text of its last line, which is an expression."""
    *lines, last = code.strip().splitlines()
    script = "\n".join([*lines, f"print({last})"])
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*wrapper, sys.executable, "-c", script],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=folder,
            env=env,
        )
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr


def processes_with(mark: str) -> list[int]:
    """Give the processes of this machine whose command line or environment of a namespace has this mark."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in line:
                found.append(int(folder.name))
    return found
