"""`drystone runs` and a second `dev`: looking at what has run; what is asked wrongly is refused, and nothing is started."""

from __future__ import annotations

import pytest

from tests.cli.processes import Answer, CommandLine

pytestmark = pytest.mark.slow

NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"
LIST = ("runs", "list", "--limit", "1000")


def test_the_list_has_a_row_for_each_run_with_its_whole_id(
    drystone: CommandLine, calculated: Answer, failed: Answer
) -> None:
    answer = drystone("runs", "list")
    assert answer.status == 0
    rows = {words[0]: words[1] for words in map(str.split, answer.out.splitlines()) if len(words) > 4}
    assert rows[calculated.json["id"]] == "COMPLETED"
    assert rows[failed.json["id"]] == "FAILED"


def test_the_list_as_json_is_by_status_and_newest_first(
    drystone: CommandLine, calculated: Answer, failed: Answer
) -> None:
    answers = drystone.each(
        (*LIST, "--json"), ("runs", "list", "--json", "--limit", "2"), (*LIST, "--json", "--status", "failed")
    )
    everything, some, broken = (answer.json for answer in answers)
    assert {calculated.json["id"], failed.json["id"]} <= {row["id"] for row in everything}
    assert everything == sorted(everything, key=lambda row: row["created_at"], reverse=True)
    assert some == everything[:2]
    assert broken == [row for row in everything if row["status"] == "FAILED"]
    assert {row["error"]["code"] for row in broken} == {"NODE_FAILED"}


def test_a_run_is_shown_with_its_node_history_outputs_and_link(drystone: CommandLine, calculated: Answer) -> None:
    run_id = calculated.json["id"]
    as_text, as_json = drystone.each(("runs", "show", run_id), ("runs", "show", run_id, "--json"))
    assert (as_text.status, as_json.status) == (0, 0)
    assert as_json.json == calculated.json
    for words in ("Calculator #1", "result=[42.0]", '{"Output":[42.0]}', f"/workflows/run-{run_id}"):
        assert words in as_text.out


REFUSED = {
    "a run that is not there": (("show", NOBODY), f"There is no run {NOBODY} here."),
    "an id that is none": (("show", "nonsense"), "There is no run 'nonsense' here."),
    "a status that is none": (("list", "--status", "DONE"), "'completed', 'failed', 'terminated'"),
}


@pytest.fixture(scope="module")
def refusals(drystone: CommandLine) -> dict[str, Answer]:
    return dict(zip(REFUSED, drystone.each(*(("runs", *words) for words, _ in REFUSED.values())), strict=True))


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_there_is_refused_with_2(refusals: dict[str, Answer], what: str) -> None:
    answer = refusals[what]
    assert (answer.status, answer.out) == (2, "")
    assert REFUSED[what][1] in answer.err
    assert "Traceback" not in answer.err


def test_a_second_stack_for_the_folder_is_refused(drystone: CommandLine) -> None:
    answer = drystone("dev")
    assert answer.status == 1
    assert str(drystone.data_dir) in answer.err
    assert "Traceback" not in answer.err
