"""One running stack for the whole folder, and a command line without any; with xdist, a stack's tests stay together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.agents import CALCULATOR, failing, written
from tests.cli.processes import Answer, CommandLine

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            # What a module's fixture ran is run once, too.
            group = "cli" if "drystone" in item.fixturenames else f"cli {item.path.stem}"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def drystone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Give the command line while `drystone dev` runs; at the end, Ctrl+C leaves nothing of it."""
    with CommandLine(tmp_path_factory.mktemp("cli") / "data") as drystone:
        # Without reloading, which is tested on a copy of the code: this code may change while its tests run.
        dev = drystone.start("dev", "--no-reload")
        dev.until("The stack is up until Ctrl+C.")
        yield drystone
        stopped = dev.interrupt()
    assert stopped.status == 0, stopped.err
    assert "Stopped after" in stopped.out
    assert drystone.processes() == []


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Give the command line where no stack runs."""
    return CommandLine(tmp_path_factory.mktemp("alone") / "data")


@pytest.fixture(scope="session")
def ended(drystone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    file = written(tmp_path_factory.mktemp("failing"), failing())
    return drystone.each(("run", CALCULATOR, "--input", "Input=8", "--json"), ("run", file, "--json"))


@pytest.fixture(scope="session")
def calculated(ended: list[Answer]) -> Answer:
    """Give the end of a run that completed: 8 and 34 are 42."""
    return ended[0]


@pytest.fixture(scope="session")
def failed(ended: list[Answer]) -> Answer:
    """Give the end of a run that failed."""
    return ended[1]
