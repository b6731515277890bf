"""The command line and the API: one that is elsewhere, that does not know the caller, that is killed, that is gone for good."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from deploy.stack.record import read
from tests.cli.agents import CALCULATOR, WRONG, brief, large, written, wrong
from tests.cli.processes import Answer, CommandLine

pytestmark = pytest.mark.long

#: More than one answer of the API carries, so also more than one request.
LARGE = 1_100_000


@pytest.fixture(scope="module")
def far(drystone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Give a command line that has nothing but the address of an API and a key."""
    return elsewhere(drystone, tmp_path_factory, (drystone.data_dir / "owner.token").read_text().strip())


def elsewhere(drystone: CommandLine, folders: pytest.TempPathFactory, token: str) -> CommandLine:
    found = read(drystone.data_dir)
    assert found is not None
    assert found.endpoints is not None
    variables = {"DRYSTONE_API_URL": str(found.endpoints.api_url), "DRYSTONE_TOKEN": token}
    return CommandLine(folders.mktemp("far") / "data", **variables)


def test_an_api_elsewhere_runs_an_agent_and_shows_it(
    drystone: CommandLine, far: CommandLine, calculated: Answer
) -> None:
    ran = far("run", CALCULATOR, "-i", "Input=8", "--json")
    assert (ran.status, ran.json["outputs"]) == (0, {"Output": [42.0]})
    there, here = far("runs", "list", "--json"), drystone("runs", "list", "--json")
    assert there.json == here.json
    run_id = calculated.json["id"]
    assert far("runs", "show", run_id, "--json").json == calculated.json
    assert not far.data_dir.exists()


def test_an_agent_with_problems_is_refused_there_too_with_each_place(far: CommandLine, tmp_path: Path) -> None:
    document = wrong()
    answer = far("run", written(tmp_path, document))
    assert (answer.status, answer.out) == (2, "")
    for _, node, pin in WRONG:
        assert f"node {node}{'' if pin is None else f', pin {pin}'}" in answer.err
    kept = far("run", document["id"])
    assert (kept.status, "There is no agent" in kept.err) == (2, True), "nothing of it was kept"


def test_a_wrong_token_is_refused_with_2_and_says_what_to_set(
    drystone: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for token in ("dry_wrong", "wrong"):
        answer = elsewhere(drystone, tmp_path_factory, token)("run", CALCULATOR, "-i", "Input=8")
        assert (answer.status, answer.out) == (2, "")
        assert "does not know the caller" in answer.err
        assert "Set DRYSTONE_TOKEN" in answer.err
        assert token not in answer.err


def test_a_database_without_an_api_is_refused_with_2(tmp_path: Path) -> None:
    installed = CommandLine(tmp_path / "data", DRYSTONE_DATABASE_URL="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    for answer in installed.each(("runs", "list"), ("run", CALCULATOR, "-i", "Input=8")):
        assert (answer.status, answer.out) == (2, "")
        assert "set DRYSTONE_API_URL" in answer.err
    odd = CommandLine(tmp_path / "data", DRYSTONE_API_URL="ftp://somewhere")("runs", "list")
    assert (odd.status, "http(s) address" in odd.err) == (2, True)


def test_an_api_that_is_killed_while_a_run_is_followed_costs_nothing(drystone: CommandLine, tmp_path: Path) -> None:
    running = drystone.start("run", written(tmp_path, brief(seconds=4)))
    running.until("AgentInput #1")
    os.kill(drystone.pid("api"), signal.SIGKILL)
    answer = running.end()
    assert (answer.status, answer.out) == (0, '{"Output":["over"]}\n')
    told = [line for line in answer.err.splitlines() if " #1 " in line]
    assert [line.split(" s  ")[1].split(" #1")[0] for line in told] == ["AgentInput", "CountdownTimer", "AgentOutput"]


def test_a_file_of_a_megabyte_runs_and_what_is_large_is_fetched_or_stays_a_handle(
    drystone: CommandLine, tmp_path: Path
) -> None:
    answer = drystone("run", written(tmp_path, large(LARGE)), "--json")
    assert answer.status == 0, answer.err
    assert answer.json["outputs"] == {"Output": ["x" * LARGE]}
    keep = answer.json["node_executions"][0]
    (kept,) = keep["output_data"]["output"]
    assert kept["$handle"]["size"] == LARGE + 2
    assert kept["$handle"]["id"] == kept["$handle"]["sha256"]
    assert keep["input_data"]["input"] == kept
