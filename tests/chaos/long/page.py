"""The report of a long session as one HTML page, whole in itself: no script, no font and no picture comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10
from typing import Any, Final

WIDTH: Final = 1080
#: Runs of one fault that are drawn: the page is kept with the documentation.
MARKS_MAX: Final = 12
#: Kinds of violations, in the order of the first table.
KINDS: Final = ("lost", "stuck", "doubled", "charged", "wrong", "leak", "secret", "void")
#: Families of faults by a word of their names, each with its colour; what is left has the last one.
COLOURS: Final = {
    "killed": "#c0392b",
    "die ": "#8e44ad",
    "frozen": "#2980b9",
    "replace": "#16a085",
    "away": "#d35400",
    "disk": "#7d6608",
    "clocks": "#1f618d",
    "memory": "#943126",
    "": "#7f8c8d",
}
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6b7e; --line: #d9dfe7; --ground: #ffffff;
  --good: #1e8449; --bad: #c0392b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf4; --soft: #9aa8ba; --line: #323d4c; --ground: #12171e; --good: #58d68d; --bad: #ec7063; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 1120px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.2rem 0; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 6.2rem; }
.tile b { display: block; font-size: 1.45rem; line-height: 1.25; }
.good b { color: var(--good); }
.bad b { color: var(--bad); }
svg { display: block; max-width: 100%; height: auto; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg line.axis { stroke: var(--line); }
.bar { fill: #2471a3; }
code { font-size: .9em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
"""


def page(document: dict[str, Any]) -> str:
    """Give the page of a report."""
    parameters = document["parameters"]
    parts = [
        f"<h1>Chaos: {document['seconds'] / 60:.0f} minutes, seed {parameters['seed']}</h1>",
        f'<p class="soft">{_words(document)}</p>',
        _tiles(document),
        "<h2>Recovery</h2>",
        '<p class="soft">Seconds from a blow, or from the end of a fault that stood for a while, until each run that was in '
        "progress committed something again.</p>",
        _histogram([seconds for _, _, seconds in _points(document)]),
        "<h2>The session</h2>",
        '<p class="soft">Each mark is a run that was in progress when a fault struck, at most 12 of a fault; the bars are '
        "the faults.</p>",
        _timeline(document),
        "<h2>Faults</h2>",
        _faults(document["nemeses"]),
        "<h2>Windows</h2>",
        _windows(document["windows"]),
        _violations(document),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Drystone chaos report</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _words(document: dict[str, Any]) -> str:
    machine, parameters = document["machine"], document["parameters"]
    planted = f" A bug was planted: {parameters['plant']}." if parameters.get("plant") else ""
    return escape(
        f"Begun {document['began_at']} at commit {document['commit']}, {parameters['rate']:g} runs a second asked for, on "
        f"{machine['cores']} cores and {machine['memory_gb']:g} GB ({machine['system']}, Python {machine['python']}), "
        f"at a load of {machine['load_before']:g} before.{planted}"
    )


def _tiles(document: dict[str, Any]) -> str:
    faults = sum(row["proven"] for row in document["nemeses"].values())
    plain = {
        "runs": document["runs"],
        "runs in void windows": document["runs_of_void_windows"],
        "node executions": document["executions"],
        "effects": document["effects"],
        "model calls": document["model_calls"],
        "histories replayed": document["replayed"],
        "faults proven": faults,
        "kinds of faults": len(document["nemeses"]),
    }
    tiles = [f'<div class="tile"><b>{value:,}</b>{escape(name)}</div>' for name, value in plain.items()]
    for kind in KINDS:
        mark = "good" if document[kind] == 0 else "bad"
        tiles.append(f'<div class="tile {mark}"><b>{document[kind]}</b>{kind}</div>')
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _points(document: dict[str, Any], most: int | None = None) -> list[tuple[str, float, float]]:
    """Give (fault, when it began, seconds until a run moved again) of every run that a fault met; of each fault so many at most."""
    faults = [fault for window in document["windows"] for fault in window["faults"]]
    return [(fault["fault"], fault["began"], one) for fault in faults for one in thinned(fault["recoveries"], most)]


def thinned(seconds: Sequence[float], most: int | None) -> list[float]:
    """Give so many of some durations at most, evenly from the shortest to the longest, both among them."""
    ordered = sorted(seconds)
    if most is None or len(ordered) <= most:
        return ordered
    return [ordered[round(number * (len(ordered) - 1) / (most - 1))] for number in range(most)]


def _colour(fault: str) -> str:
    return next(colour for word, colour in COLOURS.items() if word in fault)


def _histogram(seconds: Sequence[float]) -> str:
    """Give how many runs moved again after how long, in classes that double."""
    if not seconds:
        return "<p>No run was in progress when a fault struck.</p>"
    edges = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128]
    counts = [0] * (len(edges) + 1)
    for one in seconds:
        counts[sum(one > edge for edge in edges)] += 1
    names = [f"to {edge:g}" for edge in edges] + [f"over {edges[-1]:g}"]
    while counts and counts[-1] == 0:
        counts.pop()
    step, height = WIDTH / len(counts), 200
    drawn = []
    for number, count in enumerate(counts):
        tall = height * count / max(counts)
        x = number * step
        drawn.append(
            f'<rect class="bar" x="{x + 4:.1f}" y="{20 + height - tall:.1f}" width="{step - 8:.1f}" height="{tall:.1f}"/>'
            f'<text x="{x + step / 2:.1f}" y="{14 + height - tall:.1f}" text-anchor="middle">{count}</text>'
            f'<text x="{x + step / 2:.1f}" y="{38 + height}" text-anchor="middle">{names[number]} s</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {height + 50}" role="img" aria-label="Recovery times">{"".join(drawn)}</svg>'


def _timeline(document: dict[str, Any]) -> str:
    """Give recovery over the session on a scale of powers of ten, with the faults below it and the windows' borders."""
    length, height, left = max(document["seconds"], 1.0), 260, 46
    across = lambda at: left + (WIDTH - left - 10) * at / length  # noqa: E731
    down = lambda seconds: 10 + height * (1 - (log10(min(max(seconds, 0.01), 300)) + 2) / 4.48)  # noqa: E731
    drawn = []
    for power in (0.01, 0.1, 1, 10, 100):
        y = down(power)
        drawn.append(
            f'<line class="axis" x1="{left}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{power:g} s</text>'
        )
    for window in document["windows"]:
        x = across(window["began"])
        drawn.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{height + 46}"/>')
    for fault, began, seconds in _points(document, MARKS_MAX):
        drawn.append(
            f'<circle cx="{across(began):.1f}" cy="{down(seconds):.1f}" r="2" fill="{_colour(fault)}" opacity=".6"/>'
        )
    for window in document["windows"]:
        for fault in window["faults"]:
            x, wide = across(fault["began"]), max(3.0, (WIDTH - left) * fault["stood"] / length)
            drawn.append(
                f'<rect x="{x:.1f}" y="{height + 22}" width="{wide:.1f}" height="22" fill="{_colour(fault["fault"])}">'
                f"<title>{escape(fault['fault'])} at {fault['began']:.0f} s: {escape(str(fault['proof']))}</title></rect>"
            )
    for minute in range(0, int(length // 60) + 1, max(1, int(length // 600))):
        drawn.append(f'<text x="{across(60 * minute):.1f}" y="{height + 62}" text-anchor="middle">{minute} min</text>')
    return f'<svg viewBox="0 0 {WIDTH} {height + 70}" role="img" aria-label="The session">{"".join(drawn)}</svg>'


def _faults(nemeses: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, row in nemeses.items():
        recovery = row["recovery"] or {}
        figures = [f"{recovery[key]:g}" if key in recovery else "-" for key in ("p50", "p95", "max")]
        mark = f'<span style="color:{_colour(name)}">&#9632;</span> {escape(name)}'
        rows.append([mark, row["times"], row["proven"], recovery.get("count", 0), *figures])
    heads = ["fault", "times", "proven", "runs in progress", "moved again, median s", "95 of 100", "longest"]
    return _table(heads, rows)


def _windows(windows: Sequence[dict[str, Any]]) -> str:
    rows = []
    for window in windows:
        calm, fault = (window["operations"].get(phase, {}) for phase in ("calm", "fault"))
        figures = window["figures"]
        rows.append(
            [
                f"{window['number']}{' (void)' if window['is_void'] else ''}",
                f"{window['seconds']:.0f}",
                window["runs"],
                len(window["faults"]),
                f"{calm.get('ok', 0):,} of {sum(calm.values()):,}",
                f"{fault.get('ok', 0):,} of {sum(fault.values()):,}",
                f"{figures.get('effects repeated', 0):g}",
                f"{figures.get('engine MB', 0):.0f}",
                f"{figures.get('connections', 0):g}",
                f"{figures.get('folder MB', 0):,.0f}",
                len(window["violations"]),
            ]
        )
    heads = ["window", "s", "runs", "faults", "answered in calm", "under faults"]
    heads += ["effects repeated", "engine MB", "connections", "data MB", "violations"]
    return _table(heads, rows)


def _violations(document: dict[str, Any]) -> str:
    found = [one for window in document["windows"] for one in window["violations"]] + document["others"]
    if not found:
        return "<h2>Violations</h2><p>None.</p>"
    lines = [f"<li><b>{escape(one['kind'])}</b> <code>{escape(one['what'])}</code></li>" for one in found[:100]]
    dumps = [f'<li><a href="../{escape(one)}">{escape(one)}</a></li>' for one in document["dumps"]]
    kept = f"<h2>Evidence</h2><ul>{''.join(dumps)}</ul>" if dumps else ""
    return f'<h2>Violations</h2><ul class="violations">{"".join(lines)}</ul>{kept}'


def _table(heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
