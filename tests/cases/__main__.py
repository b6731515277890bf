"""`./run cases [FILE ...]`: runs every row of the block cases and the executor cases, or of these files, and prints a table.

Exit status 0 where every row passes, 1 where one fails, 2 where a file cannot be read. A file is known by its form: a list of
rows with `block_id`, or an object with the lists `select`, `merge`, `convert` or `graph_runs`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from blocks.registry import Registry, discover
from tests.cases.block_rows import difference_of
from tests.cases.executor_rows import convert_difference, merge_difference, run_difference, select_difference

SPEC = Path(__file__).parents[1] / "spec"
FILES = (SPEC / "block-cases.json", SPEC / "executor-cases.json")
#: Each whole run is done so often, its crashes and orders from another seed each time.
SEEDS = range(3)
SECTIONS = ("select", "merge", "convert", "graph_runs")
#: Characters of a difference that the table shows.
DIFFERENCE_CHARS_MAX = 1_000


@dataclass
class Tally:
    """What became of the rows of one block, or of one section."""

    name: str
    rows: int = 0
    #: (the row's number in its file, the difference)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, number: int, difference: str | None) -> None:
        self.rows += 1
        if difference is not None:
            self.failures.append((number, difference))


def main(words: Sequence[str]) -> int:
    registry = discover()
    tallies: list[Tally] = []
    for file in [Path(word) for word in words] or FILES:
        try:
            document = orjson.loads(file.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
        found = tallies_of(document, registry)
        if not found:
            print(f"{file}: it has no rows of a known form.", file=sys.stderr)
            return 2
        tallies += found
    for line in table(tallies):
        print(line)
    return int(any(tally.failures for tally in tallies))


def tallies_of(document: Any, registry: Registry) -> list[Tally]:
    """Run every row of a file; give a tally for each block and section, in the order in which they come."""
    found: dict[str, Tally] = {}
    for number, (name, difference) in enumerate(_outcomes(document, registry)):
        found.setdefault(name, Tally(name)).add(number, difference)
    return list(found.values())


def _outcomes(document: Any, registry: Registry) -> Iterator[tuple[str, str | None]]:
    """Give (block or section, difference) of each row."""
    if isinstance(document, list):
        for row in document:
            is_row = isinstance(row, dict)
            name = str(row.get("block_name", row.get("block_id"))) if is_row else "what is no row"
            yield name, _safely(lambda row=row: _block(row, registry)) if is_row else f"{row!r} is no row"
        return
    if not isinstance(document, dict):
        return
    for rows in (value for name, value in document.items() if name not in SECTIONS and isinstance(value, list)):
        if rows and isinstance(rows[0], dict) and "block_id" in rows[0]:
            yield from _outcomes(rows, registry)
    for section in SECTIONS:
        for row in document.get(section, ()):
            yield section, _safely(lambda section=section, row=row: _executor(section, row, registry))


def _safely(run: Any) -> str | None:
    try:
        return run()
    except Exception as error:  # a row of a strange form is one failure of the table, not its end
        return f"{type(error).__name__}: {error}"


def _block(row: dict[str, Any], registry: Registry) -> str | None:
    return asyncio.run(difference_of(row, registry))


def _executor(section: str, row: dict[str, Any], registry: Registry) -> str | None:
    match section:
        case "select":
            return select_difference(row)
        case "merge":
            return merge_difference(row)
        case "convert":
            return convert_difference(row)
        case _:
            return next((one for seed in SEEDS if (one := run_difference(row, registry, seed)) is not None), None)


def table(tallies: Iterable[Tally]) -> Iterator[str]:
    """Give the lines of the table, the differences behind it."""
    tallies = list(tallies)
    width = max(len(tally.name) for tally in tallies)
    yield f"{'block or section':<{width}}  rows  passed  failed"
    for tally in tallies:
        failed = len(tally.failures)
        yield f"{tally.name:<{width}}  {tally.rows:>4}  {tally.rows - failed:>6}  {failed:>6}"
    rows, failed = sum(tally.rows for tally in tallies), sum(len(tally.failures) for tally in tallies)
    yield f"{'all':<{width}}  {rows:>4}  {rows - failed:>6}  {failed:>6}"
    for tally in tallies:
        for number, difference in tally.failures:
            yield f"{tally.name}, row {number}: {difference[:DIFFERENCE_CHARS_MAX]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
