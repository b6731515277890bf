"""`drystone runs continue`: what would run again is shown, and what is written over makes a run complete."""

from __future__ import annotations

import pytest

from deploy.commands.continuing import parse_node_inputs, parse_outputs
from schema.errors import InvalidRunInput
from tests.cli.processes import Answer, CommandLine

pytestmark = pytest.mark.long

NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"


def test_a_run_goes_on_with_another_input_and_takes_over_what_is_the_same(
    drystone: CommandLine, calculated: Answer
) -> None:
    run_id = calculated.json["id"]
    shown, as_json, again = drystone.each(
        ("runs", "continue", run_id, "--preview"),
        ("runs", "continue", run_id, "--preview", "--input", "Input=9", "--json"),
        ("runs", "continue", run_id, "--input", "Input=9", "--json"),
    )
    assert (shown.status, as_json.status, again.status) == (0, 0, 0)
    count = len([row for row in calculated.json["node_executions"] if row["execution"] > 0])
    assert f"{count} node executions are taken over." in shown.out
    reasons = [node["reasons"] for node in as_json.json["nodes"]]
    assert ["INPUT_CHANGED"] in reasons
    assert ["BEHIND"] in reasons
    assert (again.json["trigger"], again.json["outputs"]) == ("continue", {"Output": [43.0]})


def test_what_is_asked_wrongly_is_refused_with_2(drystone: CommandLine, calculated: Answer) -> None:
    run_id = calculated.json["id"]
    unknown, both, odd, nobody = drystone.each(
        ("runs", "continue", NOBODY),
        ("runs", "continue", run_id, "--failed", "--anew"),
        ("runs", "continue", run_id, "--output", "result=3"),
        ("runs", "continue", run_id, "--from", "nobody"),
    )
    for answer, words in (
        (unknown, f"There is no run {NOBODY} here."),
        (both, "one of --from, --failed and --anew"),
        (odd, "is no NODE.PIN=VALUE"),
        (nobody, "has no node 'nobody'"),
    ):
        assert (answer.status, answer.out) == (2, "")
        assert words in answer.err
        assert "Traceback" not in answer.err


def test_pins_are_read_with_their_nodes() -> None:
    assert parse_node_inputs(["a.x=1", "a.y=b=c", "b.list_$_0=[1]"]) == {
        "a": {"x": 1, "y": "b=c"},
        "b": {"list_$_0": [1]},
    }
    assert parse_outputs(["a.x=1", "a.x=two"]) == {"a": {"x": [1, "two"]}}
    with pytest.raises(InvalidRunInput):
        parse_outputs(["a.x"])
