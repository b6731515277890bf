"""Reloading: blocks whose files change are live for the next node execution, in a new worker; what is broken changes nothing.

    files change -> a process of its own loads the blocks -> broken: say where, keep the old worker
                                                         -> well: a new worker begins, the old one ends what it began

Nothing that runs is lost by it: a worker that ends in good order is what Temporal is made for. The other processes are replaced
only where a block's contract changed, for they know contracts and no code.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import cache_from_source
from pathlib import Path
from time import monotonic
from typing import Final

import orjson

import blocks
from deploy.programs import PROBE, command_of
from deploy.stack import Stack, StackError
from deploy.stack.tether import tethered
from schema.errors import DrystoneError

#: When a file was changed, in nanoseconds, and its bytes.
Stamp = tuple[int, int]

POLL_SECONDS: Final = 0.4
#: Seconds that loading all blocks may take: a module that never ends loading is broken.
PROBE_SECONDS: Final = 30.0
#: Files that are looked at, and folders below one another. Beyond that a folder is not one of blocks.
FILES_MAX: Final = 5_000
DEPTH_MAX: Final = 12
LIBRARY: Final = Path(blocks.__file__).parent
#: The processes that know the blocks' contracts, and run none of them.
OTHERS: Final = ("engine", "api")
_SUFFIXES: Final = (".py", ".toml")
_FOLDERS_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


class ProbeFailed(DrystoneError):
    """The process that loads the blocks did not end as it should."""

    code = "PROBE_FAILED"
    fault = "world"


@dataclass(frozen=True)
class Probed:
    """What came of loading the blocks: see `deploy.block_probe`."""

    broken: str | None
    problems: frozenset[tuple[str, str, str]]
    contracts: str
    watched: tuple[Path, ...]


async def probe(environment: Mapping[str, str]) -> Probed:
    """Load the blocks in a process of its own; raise ProbeFailed where it dies or does not end."""
    process = await asyncio.create_subprocess_exec(
        *tethered(command_of(PROBE), death_signal=signal.SIGKILL),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise ProbeFailed(f"The blocks were not loaded within {PROBE_SECONDS:.0f} s: a module does not end.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise ProbeFailed(f"Loading the blocks ended the process, with exit status {process.returncode}.") from error
    problems = frozenset((source, entry, text) for source, entry, text in found["problems"])
    return Probed(found["broken"], problems, found["contracts"], tuple(Path(place) for place in found["watched"]))


def stamps(places: Iterable[Path]) -> dict[Path, Stamp]:
    """Give when each file of code was changed, and its size."""
    found: dict[Path, Stamp] = {}
    looked_into: set[tuple[int, int]] = set()
    for place in places:
        for path, status in _files(place, DEPTH_MAX, looked_into):
            found[path] = status.st_mtime_ns, status.st_size
            if len(found) >= FILES_MAX:
                return found
    return found


def _files(place: Path, depth: int, looked_into: set[tuple[int, int]]) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        status = place.stat()
        if stat.S_ISREG(status.st_mode):
            if place.suffix in _SUFFIXES:
                yield place, status
            return
        # A link may lead up again: a folder is looked into once, or a few links to their own folder would take for ever.
        if (status.st_dev, status.st_ino) in looked_into:
            return
        looked_into.add((status.st_dev, status.st_ino))
        names = sorted(os.listdir(place)) if depth else []
    except OSError:
        return  # It went while we looked, or is not for us to read.
    for name in names:
        if not name.startswith(".") and name not in _FOLDERS_SKIPPED:
            yield from _files(place / name, depth - 1, looked_into)


class Reloader:
    """Watches the code of blocks, and replaces processes of a stack when it changes.

    `places` are watched whatever is in them, and `seen` is what was there before the stack began: what changed while it did
    counts. `until_working` waits until the new worker of blocks has work to take.
    """

    def __init__(
        self,
        stack: Stack,
        environment: Mapping[str, str],
        places: Sequence[Path],
        seen: Mapping[Path, Stamp],
        until_working: Callable[[], Awaitable[bool]],
        say: Callable[[str, str], None],
    ) -> None:
        self._stack, self._environment = stack, environment
        self._until_working, self._say = until_working, say
        self._known, self._seen = Probed(None, frozenset(), "", tuple(places)), dict(seen)

    async def run(self) -> None:
        """Watch, until cancelled."""
        await self._after(self._seen, self._begin())
        while True:
            await asyncio.sleep(POLL_SECONDS)
            now, seen = stamps(self._known.watched), self._seen
            changed = sorted(path for path in now.keys() | seen.keys() if now.get(path) != seen.get(path))
            if changed:
                await self._after(now, self._take(changed))

    async def _after(self, seen: dict[Path, Stamp], work: Awaitable[None]) -> None:
        """Do what may find more places. What is there was loaded just now; all else is compared with what was seen before."""
        places = self._known.watched
        await work
        self._seen = stamps(place for place in self._known.watched if place not in places) | seen

    async def _begin(self) -> None:
        try:
            found = await probe(self._environment)
        except ProbeFailed as error:
            self._say(error.message, "red")
            return
        self._tell(found.broken, found.problems)
        if found.broken is None:
            self._known = found

    async def _take(self, changed: Sequence[Path]) -> None:
        """Have what changed take effect, if it can be loaded; else say what is wrong, and leave all as it is."""
        began = monotonic()
        forget_compiled(changed)
        try:
            found = await probe(self._environment)
        except ProbeFailed as error:
            self._keep(changed, [error.message])
            return
        fresh = found.problems - self._known.problems
        if found.broken is not None or fresh:
            self._keep(changed, [found.broken] if found.broken is not None else [text for _, _, text in sorted(fresh)])
            return
        has_new_contracts, self._known = found.contracts != self._known.contracts, found
        names = ["blocks", *(OTHERS if has_new_contracts else ())]
        try:
            for name in names:
                await self._stack.replace(name)
        except (StackError, OSError) as error:
            # The next change replaces all of them again.
            self._known = replace(found, contracts="")
            self._say(f"{_named(changed)} changed, and a process did not start anew: {error}", "red")
            return
        is_working = await self._until_working()
        how = f"live after {monotonic() - began:.1f} s" if is_working else "and the new worker is slow to begin"
        self._say(f"{_named(changed)} changed: {how}{', with new contracts' if has_new_contracts else ''}.", "green")

    def _keep(self, changed: Sequence[Path], problems: Sequence[str]) -> None:
        self._say(f"{_named(changed)} changed and cannot be loaded; what was there before goes on.", "red")
        for text in problems:
            self._say(f"  {text}", "red")

    def _tell(self, broken: str | None, problems: Iterable[tuple[str, str, str]]) -> None:
        if broken is not None:
            self._say(f"The library cannot be loaded: {broken}", "red")
        for source, entry, text in sorted(problems):
            self._say(f"Blocks of {source} ({entry}) are left out: {text}", "red")


def forget_compiled(changed: Iterable[Path]) -> None:
    """Remove what Python compiled of these files. It knows a change by its second and the size, which two edits may share."""
    for path in changed:
        if path.suffix == ".py":
            Path(cache_from_source(str(path))).unlink(missing_ok=True)


def _named(paths: Sequence[Path]) -> str:
    shown = ", ".join(path.name for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"
