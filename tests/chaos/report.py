"""The report of a chaos session: a table for people, JSON for machines; it judges only whether the session is void."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from rich.table import Table

from tests.chaos.cases.frame import OK, CaseResult
from tests.chaos.suite import FaultResult

KINDS = ("lost", "stuck", "doubled", "wrong", "slow")


def facts(result: FaultResult) -> dict[str, Any]:
    """Give the figures of one fault."""
    recoveries = [seconds for run in result.runs for seconds in run.recoveries]
    return {
        "fault": result.fault,
        "runs": len(result.runs),
        "ended": sum(run.status == "COMPLETED" for run in result.runs),
        **{kind: Counter(violation.kind for violation in result.violations)[kind] for kind in KINDS},
        "strikes": len(result.strikes),
        "proven": sum(blow.is_proven for blow in result.strikes),
        "hit": sum(len(blow.in_progress) for blow in result.strikes),
        "recovery": figures(recoveries),
        "retake": figures(result.retakes),
        "restart": figures(result.rebirths),
    }


def figures(seconds: Sequence[float]) -> dict[str, float] | None:
    """Give the median and the largest of some durations."""
    return {"p50": round(median(seconds), 2), "max": round(max(seconds), 2)} if seconds else None


def is_void(result: FaultResult) -> bool:
    """Say whether the fault did not happen, so that nothing was proven (I9)."""
    return not result.strikes or not all(blow.is_proven for blow in result.strikes)


def table(results: Sequence[FaultResult]) -> Table:
    """Give the crash table."""
    columns = ["fault", "strikes", "runs", "ended", *KINDS, "recovery p50/max s", "retake", "restart"]
    shown = Table(*columns, title="Crash table")
    for result in results:
        row = facts(result)
        cells = [row["fault"], f"{row['proven']}/{row['strikes']}", row["runs"], row["ended"]]
        cells += [row[kind] for kind in KINDS]
        cells += [_pair(row[name]) for name in ("recovery", "retake", "restart")]
        shown.add_row(*map(str, cells))
    return shown


def _pair(pair: dict[str, float] | None) -> str:
    return "-" if pair is None else f"{pair['p50']:.1f} / {pair['max']:.1f}"


def case_facts(case: CaseResult) -> dict[str, Any]:
    """Give the figures of one case."""
    return {
        "case": case.id,
        "title": case.title,
        "runs": case.runs,
        "seconds": round(case.seconds, 1),
        "operations": dict(case.outcomes()),
        "proofs": case.proofs,
        "figures": case.figures,
        "skipped": case.skipped,
        "violations": [vars(violation) for violation in case.violations],
    }


def case_table(cases: Sequence[CaseResult]) -> Table:
    """Give the table of the named cases."""
    shown = Table(
        "case", "what happens", "runs", "asked, answered at once", "violations", "figures", "s", title="Cases"
    )
    for case in cases:
        outcomes = case.outcomes()
        figures = "; ".join(f"{what} {figure}" for what, figure in case.figures.items())
        found = case.skipped or str(len(case.violations))
        asked = f"{sum(outcomes.values())}, {outcomes[OK]}"
        shown.add_row(case.id, case.title, str(case.runs), asked, found, figures, f"{case.seconds:.0f}")
    return shown
