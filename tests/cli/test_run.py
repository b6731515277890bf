"""`drystone run` on a running stack: what it prints where, by which exit status it ends, and what ends with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from schema.graph import FORMAT_VERSION
from tests.cli.agents import CALCULATOR, WRONG, old_agent, waiting, written, wrong
from tests.cli.processes import Answer, CommandLine, eventually

pytestmark = pytest.mark.slow

AGENT_ID = orjson.loads(CALCULATOR.read_bytes())["id"]
NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"


def shown(drystone: CommandLine, run_id: str) -> dict[str, Any]:
    return drystone("runs", "show", run_id, "--json").json


def test_a_completed_run_exits_0_with_its_outputs_in_one_json_document(calculated: Answer) -> None:
    assert calculated.status == 0
    assert calculated.json["status"] == "COMPLETED"
    assert calculated.json["outputs"] == {"Output": [42.0]}
    assert calculated.json["inputs"] == {"Input": 8}
    assert calculated.json["error"] is None
    assert calculated.json["stats"] == {"node_execution_count": 3, "node_error_count": 0, "first_error": None}
    assert all(calculated.json[moment] for moment in ("created_at", "started_at", "ended_at"))


def test_the_record_has_each_node_execution_with_data_times_and_attempts(calculated: Answer) -> None:
    executions = calculated.json["node_executions"]
    assert [row["output_data"] for row in executions] == [
        {"result": [8]},
        {"result": [42.0]},
        {"output": [42.0], "name": ["Output"]},
    ]
    assert executions[1]["input_data"] == {"operation": "Add", "a": 8.0, "b": 34.0, "round_result": False}
    for row in executions:
        assert row["status"] == "COMPLETED"
        assert row["started_at"] <= row["ended_at"]
        assert [attempt["number"] for attempt in row["attempts"]] == [1]
        assert row["attempts"][0]["started_at"] <= row["attempts"][0]["ended_at"]


def test_what_is_told_on_the_way_goes_to_standard_error(calculated: Answer) -> None:
    for node in ("AgentInput #1", "Calculator #1", "AgentOutput #1"):
        assert node in calculated.err


def test_a_stored_agent_runs_by_its_id_and_prints_its_outputs(drystone: CommandLine, calculated: Answer) -> None:
    answer = drystone("run", AGENT_ID, "-i", "Input=1")
    assert (answer.status, answer.out) == (0, '{"Output":[35.0]}\n')
    assert "Calculator agent: COMPLETED" in answer.err
    assert "In Temporal's UI: http://127.0.0.1:" in answer.err


def test_a_file_of_another_day_runs_as_an_import_keeps_it(drystone: CommandLine, tmp_path: Path) -> None:
    answer = drystone("run", written(tmp_path, old_agent()), "-i", "Lines=a,b\n1,2")
    assert (answer.status, answer.out) == (0, '{"Rows":[[{"a":"1","b":"2"}]]}\n'), answer.err


def test_a_detached_run_prints_its_id_only_and_ends_by_itself(drystone: CommandLine) -> None:
    answer = drystone("run", CALCULATOR, "-i", "Input=2", "--detach")
    assert answer.status == 0
    run_id = str(UUID(answer.out.strip()))
    record = eventually(lambda: (found := shown(drystone, run_id))["ended_at"] and found)
    assert (record["status"], record["outputs"]) == ("COMPLETED", {"Output": [36.0]})


def test_the_same_key_gives_the_same_run_and_other_inputs_are_refused(drystone: CommandLine) -> None:
    key = f"key-{uuid4()}"
    command = ("run", CALCULATOR, "--key", key, "--detach", "-i")
    first, second = drystone.each((*command, "Input=3"), (*command, "Input=3"))
    assert (first.status, second.status) == (0, 0)
    assert first.out == second.out
    other = drystone(*command, "Input=4")
    assert (other.status, other.out) == (2, "")
    assert key in other.err


def test_a_failed_run_exits_1_and_says_which_node_and_why(failed: Answer) -> None:
    assert failed.status == 1
    assert failed.json["status"] == "FAILED"
    assert failed.json["outputs"] == {}
    assert failed.json["error"]["code"] == "NODE_FAILED"
    assert failed.json["stats"]["first_error"]["node_id"] == "divide"
    assert failed.json["node_executions"][1]["error"]["code"] == "BLOCK_FAILED"
    assert "Calculator #1" in failed.err
    assert "FAILED BLOCK_FAILED: " in failed.err


@dataclass(frozen=True)
class Followed:
    """What became of a run that waits, of Ctrl+C on one who follows it, and of another follower when it is cancelled."""

    run_id: str
    interrupted: Answer
    meanwhile: dict[str, Any]
    cancel: Answer
    cancelled: Answer
    cancel_again: Answer


@pytest.fixture(scope="module")
def followed(drystone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    file = written(tmp_path_factory.mktemp("waiting"), waiting())
    command = ("run", file, "--key", f"key-{uuid4()}")
    first, second = drystone.start(*command), drystone.start(*command, "--json")
    for follower in (first, second):
        follower.until("AgentInput #1")
    interrupted = first.interrupt()
    run_id = re.search(r"runs show ([0-9a-f-]{36})", interrupted.err)[1]
    meanwhile = eventually(lambda: (found := shown(drystone, run_id))["status"] == "RUNNING" and found)
    cancel = drystone("runs", "cancel", run_id, "--reason", "Enough of it.")
    cancelled = second.end()
    return Followed(run_id, interrupted, meanwhile, cancel, cancelled, drystone("runs", "cancel", run_id))


def test_ctrl_c_ends_the_following_with_130_and_the_run_goes_on(followed: Followed) -> None:
    assert (followed.interrupted.status, followed.interrupted.out) == (130, "")
    assert "The run goes on." in followed.interrupted.err
    assert f"runs cancel {followed.run_id}" in followed.interrupted.err
    assert (followed.meanwhile["agent_name"], followed.meanwhile["status"]) == ("Waiting agent", "RUNNING")


def test_a_run_that_is_cancelled_while_it_is_waited_for_exits_3(followed: Followed) -> None:
    assert (followed.cancel.status, followed.cancel.out) == (0, "The run will end.\n")
    assert followed.cancelled.status == 3
    assert followed.cancelled.json["id"] == followed.run_id
    assert followed.cancelled.json["status"] == "TERMINATED"
    assert followed.cancelled.json["error"] == {"code": "CANCELLED", "message": "Enough of it."}
    assert followed.cancelled.err.endswith(" TERMINATED\n")


def test_a_run_that_has_ended_is_not_cancelled(followed: Followed) -> None:
    assert (followed.cancel_again.status, followed.cancel_again.out) == (0, "The run has ended already.\n")


#: What is refused: the words behind `run`, with `{}` for the folder that `refusals` fills, and what the reason names.
REFUSED = {
    "an unknown input for one that is required": (
        (CALCULATOR, "-i", "Nope=8"),
        ["no input 'Nope'", "it has: Input", "'Input' is required"],
    ),
    "an input that is no pair": ((CALCULATOR, "-i", "Input"), ["'Input'", "NAME=VALUE"]),
    "a file that is not there": (("{}/absent.json",), ["/absent.json", "No such file"]),
    "a file that is not JSON": (("{}/yaml.json",), ["not JSON", "line 1 column"]),
    "a newer format": (("{}/newer.json",), ["format version 99", f"up to {FORMAT_VERSION}"]),
    "an agent with problems": (("{}/wrong-agent.json",), [f"node {node}" for _, node, _ in WRONG]),
    "an id that nobody has": ((NOBODY,), [NOBODY, "no agent"]),
}


@pytest.fixture(scope="module")
def refusals(drystone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    folder = tmp_path_factory.mktemp("refused")
    (folder / "yaml.json").write_text("nodes: []")
    (folder / "newer.json").write_text('{"format_version": 99}')
    written(folder, wrong())
    commands = [["run", *(str(word).replace("{}", str(folder)) for word in words)] for words, _ in REFUSED.values()]
    return dict(zip(REFUSED, drystone.each(*commands), strict=True))


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_run_is_refused_with_2_and_its_reason(refusals: dict[str, Answer], what: str) -> None:
    answer = refusals[what]
    assert (answer.status, answer.out) == (2, "")
    for reason in REFUSED[what][1]:
        assert reason in answer.err
    assert "Traceback" not in answer.err
