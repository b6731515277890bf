"""Commands where no stack runs: a run starts one that passes, the others say how to start one and start nothing."""

from __future__ import annotations

import pytest

from tests.cli.agents import CALCULATOR
from tests.cli.processes import CommandLine


def test_looking_at_runs_is_refused_with_2_and_says_how_to_start_a_stack(alone: CommandLine) -> None:
    answer = alone("runs", "list")
    assert (answer.status, answer.out) == (2, "")
    assert "Start one with `drystone dev`." in answer.err
    assert not alone.data_dir.exists()


def test_a_process_of_an_installation_wants_its_database_named(alone: CommandLine) -> None:
    for answer in alone.each(("db", "upgrade"), ("worker",), ("api",)):
        assert (answer.status, answer.out) == (2, "")
        assert "Set DRYSTONE_DATABASE_URL" in answer.err
    assert not alone.data_dir.exists()


@pytest.mark.slow
@pytest.mark.long
def test_a_run_starts_a_stack_that_ends_with_it_and_leaves_nothing_running(alone: CommandLine) -> None:
    answer = alone("run", CALCULATOR, "-i", "Input=8")
    assert (answer.status, answer.out) == (0, '{"Output":[42.0]}\n')
    assert "starting an embedded one for this command" in answer.err
    assert alone.processes() == []
