"""How a peer's program and the bench speak: with a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.installing import HERE

CHAIN = {"kind": "chain", "size": 3}


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).parent / "counting_peer.py")]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, start_new_session=True, **pipes) as process:
        yield process
        process.stdin.close()
        assert process.wait(10) == -signal.SIGKILL  # It ends its group, and so itself.


@pytest.fixture(scope="module")
def ask(program) -> Callable[..., Any]:
    def ask(**what: Any) -> Any:
        program.stdin.write(json.dumps(what) + "\n")
        program.stdin.flush()
        return json.loads(program.stdout.readline())

    assert ask(database="none", folder="none", works=[CHAIN]) == {"ready": True}
    return ask


def test_it_tells_how_long_each_run_took_and_all_together(ask):
    answer = ask(do="run", work={**CHAIN, "node_ms": 1}, key="k", runs=4, at_once=1)
    assert len(answer["walls"]) == 4
    assert answer["seconds"] >= sum(answer["walls"]) > 0


def test_it_says_what_it_cannot_do_and_goes_on(ask):
    refused = ask(do="run", work={"kind": "fan_out", "size": 3}, key="k", runs=1, at_once=1)
    assert "no fan-outs here" in refused["cannot"]
    assert "seconds" in ask(do="run", work=CHAIN, key="k", runs=1, at_once=1)


def test_it_names_who_works_at_a_run(ask, program):
    assert ask(do="begin", work=CHAIN, key="k") == {"victims": [program.pid]}
    assert ask(do="finish", work=CHAIN, key="k") == {"how": "lost"}
