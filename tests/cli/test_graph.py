"""`drystone graph`: a file is checked and written again without any server; nothing of it is lost, nothing is run."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.blocks.catalogue import ROWS
from tests.cli.agents import CALCULATOR, SPEC_AGENTS, WRONG, old_agent, written, wrong
from tests.cli.processes import CommandLine
from tests.durable.graphs import make_document


def test_a_good_file_is_checked_with_0(alone: CommandLine) -> None:
    answer = alone("graph", "check", CALCULATOR)
    assert (answer.status, answer.out) == (0, "Calculator agent: 3 nodes, 2 links: can run.\n")


def test_a_bad_file_is_refused_with_2_and_every_problem_by_node_pin_and_remedy(
    alone: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path, wrong())
    as_text, as_json = alone.each(("graph", "check", file), ("graph", "check", file, "--json"))
    assert (as_text.status, as_json.status) == (2, 2)
    assert {(problem["code"], problem["node_id"], problem.get("pin")) for problem in as_json.json} == WRONG
    *told, summary = as_text.out.splitlines()
    assert summary == "Wrong agent: 4 nodes, 3 links: 5 problems."
    for problem, line in zip(as_json.json, told, strict=True):
        assert line.startswith(f"error: node {problem['node_id']}")
        assert f"pin {problem.get('pin')}" in line or "pin" not in problem
        assert line.endswith(f"{problem['message']} {problem['remedy']}")
        assert problem["remedy"]


def test_a_file_that_is_no_graph_is_refused_with_2_and_each_place(alone: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "agent.json"
    file.write_bytes(orjson.dumps({"id": "no uuid", "nodes": [{"id": "n"}]}))
    answer = alone("graph", "check", file, "--json")
    assert (answer.status, answer.out) == (2, "")
    for place in ("id:", "name:", "nodes.0.block_id:"):
        assert place in answer.err


def test_every_agent_of_the_platform_is_exported_unchanged(alone: CommandLine) -> None:
    answers = alone.each(*(("graph", "export", file) for file in SPEC_AGENTS))
    assert [answer.status for answer in answers] == [0, 0, 0, 0]
    for file, answer in zip(SPEC_AGENTS, answers, strict=True):
        assert answer.json == orjson.loads(file.read_bytes())


def test_an_agent_whose_blocks_are_not_installed_is_warned_of_and_can_be_kept(
    alone: CommandLine, tmp_path: Path
) -> None:
    (absent,) = [row["id"] for row in ROWS if row["name"] == "BlockInstallationBlock"]
    answer = alone("graph", "check", written(tmp_path, make_document({"one": absent}, name="Absent agent")))
    *told, summary = answer.out.splitlines()
    assert answer.status == 0
    assert summary == "Absent agent: 1 nodes, 0 links: can be kept."
    assert all(line.startswith("warning: node ") for line in told)


def test_what_a_run_needs_and_what_an_import_changes_is_told_beside(alone: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path, old_agent())
    blogger, old = alone.each(
        ("graph", "check", CALCULATOR.with_name("medium-blogger-old-format.json")), ("graph", "check", file)
    )
    assert blogger.out == "Medium Blogger: 5 nodes, 5 links: can run.\n"
    assert blogger.err.splitlines() == [
        "credential jina_api_key_credentials: of jina (api_key), required",
        "credential medium_api_key_credentials: of medium (api_key), required",
        "credential openai_api_key_credentials: of openai (api_key), or the demo's answers",
    ]
    assert old.status == 0
    assert old.err.splitlines() == [
        "changed: node rows: the pin `all_data` is called `rows` today.",
        "input 'Lines': required",
        "input 'Way': \"all\" where nothing is given",
        "input 'Code': has a default",
    ]
