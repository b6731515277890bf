"""What the report says."""

from __future__ import annotations

from dataclasses import replace

import orjson

from bench.crowd import Crowd
from bench.recovery import Recovered
from bench.report import NOTES, Report, number, plot, table, versions, whole
from tests.bench.samples import row

SETTINGS = {"python": "3.11", "system": "Linux", "cores": 2, "packages": {"a": "1"}, "peers": {"b": "2"}} | {
    "temporal": "1.32",
    "load": 0.5,
}

CROWD = Crowd(500, 500, 0, 10.0, 0.5, 0.1, {"engine": 3.0}, {"engine": 90.0}, {"runs": 501})


def report(**more) -> Report:
    rows = [row("W1", ours=0.1, by_hand=0.2, peer=0.05), row("W5", "executions/s", ours=0.1, by_hand=0.01)]
    return Report(rows, SETTINGS, **more)


def test_a_table_has_the_same_width_in_each_line():
    lines = table(["", "long heading"], [["a", "1"], ["longer", "2"]]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set(lines[1]) == set("| -")


def test_figures_have_three_digits_that_count():
    assert [number(value) for value in (0.123, 12.34, 1234.5, None)] == ["0.12", "12.3", "1,234", "-"]


def test_every_side_has_a_line_and_what_it_cannot_do_is_said():
    found = report()
    found = replace(found, rows=[*found.rows, replace(row("W6b", ours=0.1), cannot={"by hand": "2 MB at the most"})])
    text = whole(found)
    assert found.sides == ["ours", "by hand", "peer"]
    assert "no: 2 MB at the most" in text
    assert "| peer" in text


def test_goals_and_what_is_slower_than_by_hand_are_said():
    text = whole(report())
    assert "W1 chain of 10" in text
    assert "not met: 2.5 times off the bar" in text
    assert "**Slower than by hand**" in text
    assert "W5 10.00 times" in text


def test_what_a_kill_costs_is_said_and_what_is_lost_has_no_time():
    text = whole(
        report(recovered={"ours": Recovered("goes on by itself", 2.0, 3.0), "peer": Recovered("lost", 2.0, None)})
    )
    assert "goes on by itself" in text
    assert "| peer | 2.0            | -               | lost" in text
    assert "met: 3.3 times better than the bar" in text


def test_the_crowd_is_judged_by_the_foreign_run():
    text = whole(report(crowd=CROWD))
    assert "met: 10.0 times better than the bar" in text
    assert "50.0" in text


def test_a_report_is_json():
    document = orjson.loads(orjson.dumps(report(crowd=CROWD, recovered={"ours": Recovered("x", 1.0, 2.0)}).to_wire()))
    assert document["workloads"][0]["ratios"] == {"ours": 0.5, "by hand": 1.0, "peer": 0.25}
    assert [goal["goal"]["key"] for goal in document["goals"]] == ["W1", "W5", "W7", "W8"]


def test_versions_name_the_peers():
    assert "b 2" in versions(SETTINGS)


def test_a_report_is_plotted_with_its_goals():
    svg = plot(report(recovered={"ours": Recovered("x", 1.0, 2.0)}))
    assert "ours, W1: 100 ms" in svg
    assert "the goal" in svg
    assert "W7 kill -9" in svg


def test_the_notes_fit_the_page():
    assert max(len(line) for line in NOTES.splitlines()) <= 132
