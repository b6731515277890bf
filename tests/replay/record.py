"""`python -m tests.replay.record [--only NAME]`: play the cases that have no history yet on a real stack, and keep theirs.

It never plays a case that is kept already, and never changes a file: a history is a promise to runs that exist.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from temporalio.client import WorkflowExecutionStatus, WorkflowHistory

from deploy.stack import temporal
from schema.db.runs import Run
from tests.durable.histories import chain_of
from tests.durable.platform import Platform, opened
from tests.durable.waiting import eventually
from tests.replay import corpus
from tests.replay.cases import CASES

#: The server's setting of the events after which it suggests to continue as new.
SUGGEST_AFTER = "limit.historyCount.suggestContinueAsNew"


def main() -> None:
    """Record what is missing, or one case of it, and say what was written."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay.record", description=main.__doc__)
    parser.add_argument("--only", choices=CASES, metavar="NAME", help="the only case to record")
    only = parser.parse_args().only
    wanted = missing([only] if only else CASES)
    if not wanted:
        print("It is all recorded, and a recorded history is never replaced: add another case.")
    for suggested_after, cases in groupby(sorted(wanted, key=_suggested_after), key=_suggested_after):
        asyncio.run(record(list(cases), suggested_after))


def missing(cases: Iterable[str]) -> list[str]:
    """Give the cases that have no history yet."""
    recorded = {corpus.case_of(name) for name in corpus.names()}
    return [case for case in cases if case not in recorded]


def _suggested_after(case: str) -> int:
    return CASES[case].suggested_after_events or 0


async def record(cases: list[str], suggested_after: int) -> None:
    """Play cases on one stack whose server suggests to continue as new after so many events (0: its own number)."""
    settings = {SUGGEST_AFTER: str(suggested_after)} if suggested_after else {}
    with patch.dict(temporal.DYNAMIC_SETTINGS, settings), tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder) / "data") as platform:
            for case in cases:
                run = await CASES[case].play(platform)
                await keep(platform, case, run)


async def keep(platform: Platform, name: str, run: Run) -> None:
    """Write the histories of a run and of its children down."""
    await eventually(lambda: is_closed(platform, run))
    for part, history in _numbered(name, await chain_of(platform, run)):
        corpus.write(part, history)
        print(f"recorded: {part}, {len(history.events)} events, {corpus.path_of(part).stat().st_size:,} bytes")
    for child in await platform.children_of(run):
        await keep(platform, f"{name}-inner", child)


async def is_closed(platform: Platform, run: Run) -> bool:
    """Say whether a run is over for Temporal too: its row is first."""
    return (await platform.describe(run)).status is not WorkflowExecutionStatus.RUNNING


def _numbered(name: str, chain: list[WorkflowHistory]) -> Iterator[tuple[str, WorkflowHistory]]:
    for number, history in enumerate(chain, 1):
        yield (name if len(chain) == 1 else f"{name}-{number}"), history


if __name__ == "__main__":
    main()
