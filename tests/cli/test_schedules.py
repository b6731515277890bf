"""`drystone schedules`: an agent that runs at its times, from its first look at them to its end."""

from __future__ import annotations

import pytest

from tests.cli.processes import Answer, CommandLine

pytestmark = pytest.mark.long

NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"


def test_a_schedule_is_added_shown_triggered_backfilled_paused_and_deleted(
    drystone: CommandLine, calculated: Answer
) -> None:
    agent = calculated.json["graph_id"]
    said = ("--name", "Nightly sums", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--input", "Input=8")
    schedule = drystone("schedules", "add", agent, *said).out.strip()
    shown, listed, triggered, backfilled = drystone.each(
        ("schedules", "show", schedule),
        ("schedules", "list", "--json", "--agent", agent),
        ("schedules", "trigger", schedule),
        ("schedules", "backfill", schedule, "--from", "2026-10-24T00:00:00", "--to", "2026-10-26T00:00:00"),
    )
    assert "Calculator agent, the active version, as owner@localhost; cron 30 2 * * *, Europe/Berlin." in shown.out
    assert [row["id"] for row in listed.json] == [schedule]
    assert backfilled.out.split() == ["2026-10-24T00:30:00+00:00", "2026-10-25T01:30:00+00:00"]
    fires = drystone("schedules", "show", schedule, "--json").json["fires"]
    assert triggered.out.strip() in {fire["run"]["id"] for fire in fires}
    paused = drystone("schedules", "pause", schedule, "--note", "Holiday")
    assert (paused.status, "Holiday" in drystone("schedules", "show", schedule).out) == (0, True)
    assert drystone("schedules", "resume", schedule).status == 0
    assert drystone("schedules", "delete", schedule).status == 0
    assert drystone("schedules", "show", schedule).status == 2


def test_what_is_wrong_is_refused_and_times_are_shown_unsaved(drystone: CommandLine, calculated: Answer) -> None:
    agent = calculated.json["graph_id"]
    cases = (
        (("add", agent, "--name", "x", "--cron", "0 25 * * *"), "'25' is no hour: it is from 0 to 23."),
        (("add", agent, "--name", "x", "--every", "9", "--overlap", "never"), "The overlap is one of: skip"),
        (("add", NOBODY, "--name", "x", "--every", "9"), "There is no"),
        (("show", NOBODY), f"There is no schedule {NOBODY} here."),
        (("trigger", "nothing"), "There is no schedule 'nothing' here."),
    )
    answers = drystone.each(*(("schedules", *words) for words, _ in cases))
    for answer, (_, said) in zip(answers, cases, strict=True):
        assert (answer.status, said in answer.err) == (2, True), answer
    assert len(drystone("schedules", "next", "--every", "90", "--count", "3").out.split()) == 3
