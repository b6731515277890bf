"""`drystone approvals`: a run asks, a person looks and decides at a terminal, and the run goes on."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.agents import written
from tests.cli.processes import CommandLine, eventually
from tests.durable.asking import an_ask
from tests.durable.graphs import an_output, make_document

pytestmark = pytest.mark.long


def test_a_run_that_asks_is_decided_from_the_command_line(drystone: CommandLine, tmp_path: Path) -> None:
    nodes = {"ask": an_ask({"to": "ann"}, instructions="Look twice."), "out": an_output("Output")}
    document = make_document(nodes, ["ask.approved_data -> out.value"], name="Careful agent")
    run = drystone.start("run", written(tmp_path, document))
    (asked,) = eventually(lambda: drystone("approvals", "list", "--json").json)
    assert (asked["status"], asked["agentName"]) == ("PENDING", "Careful agent")
    assert asked["id"] in drystone("approvals", "list").out
    shown = drystone("approvals", "show", asked["id"]).out
    assert "Look twice." in shown
    assert '"to": "ann"' in shown
    token = drystone("approvals", "link", asked["id"], "--hours", "1").out.strip()
    assert token.startswith("dra_")
    done = drystone("approvals", "approve", asked["id"], "--data", '{"to": "bob"}', "--comment", "Bob.")
    assert (done.status, done.out) == (0, "Approved.\n")
    ended = run.end()
    assert (ended.status, ended.out) == (0, '{"Output":[{"to":"bob"}]}\n')
    late = drystone("approvals", "reject", asked["id"])
    assert late.status == 2
    assert "It was decided already: approved by" in late.err
    (listed,) = drystone("approvals", "list", "--all", "--json").json
    assert (listed["status"], listed["comment"]) == ("APPROVED", "Bob.")


def test_what_cannot_be_is_refused(drystone: CommandLine) -> None:
    for words, text in (
        (("show", str(uuid4())), "There is no such Approval here."),
        (("approve", "nonsense"), "There is no approval 'nonsense' here."),
    ):
        answer = drystone("approvals", *words)
        assert answer.status == 2
        assert text in answer.err
