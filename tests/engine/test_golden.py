"""The golden logs: the scheduler decides today as it did when they were written. `python -m tests.engine.regolden`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.decisions import FOLDER, cases
from workflows.engine.scheduler import Scheduler

CASES = cases()


def differing() -> list[str]:
    return [name for name, case in CASES.items() if case.log() != (FOLDER / f"{name}.log").read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", CASES)
def test_the_decisions_are_those_of_the_golden_log(name: str) -> None:
    assert CASES[name].log().splitlines() == (FOLDER / f"{name}.log").read_text(encoding="utf-8").splitlines()


def test_every_golden_log_belongs_to_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.log")} == set(CASES)


def test_taking_ready_nodes_from_the_other_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch_ready = Scheduler._dispatch_ready

    def from_the_other_end(self: Scheduler, commands: list[Any]) -> None:
        self.turn.reverse()
        dispatch_ready(self, commands)

    monkeypatch.setattr(Scheduler, "_dispatch_ready", from_the_other_end)
    assert len(differing()) >= 3


def test_another_window_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.engine.scheduler.IN_FLIGHT_MAX", 2)
    assert len(differing()) >= 2


def test_filling_the_newest_execution_first_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Scheduler._settle

    def settle_newest_first(self: Scheduler, index: int) -> None:
        self.nodes[index].waiting.reverse()
        settle(self, index)

    monkeypatch.setattr(Scheduler, "_settle", settle_newest_first)
    assert len(differing()) >= 1
