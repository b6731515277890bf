"""Running code from a block: a job goes in, an outcome or one of our errors comes out; never on the loop that asks.

Each run has a thread of its own, which lives as long as its sandbox, for the kernel ends the one with the other. A few
run at once; the others wait for their turn, and that counts as time of theirs.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from blocks.sandbox.bounds import MEGABYTE, Bounds
from blocks.sandbox.places import Place
from blocks.sandbox.probe import find_place
from blocks.sandbox.process import LOOK_SECONDS, End, Ended, run_process
from blocks.sandbox.reports import CodeError, FailedCommand, Report, clean, read_report
from schema.errors import BlockFailed, SandboxUnavailable, ValueTooLarge, shorten
from schema.limits import LIMITS


class Language(StrEnum):
    """Languages that a graph may name; those that no sandbox of ours runs are refused when it comes to that."""

    PYTHON = "python"
    JAVASCRIPT = "js"
    BASH = "bash"
    R = "r"
    JAVA = "java"


#: What needs a network; there is none.
_FETCHES: Final = re.compile(r"\b(?:pip3?|uv|conda|npm|npx|yarn|apt|apt-get|curl|wget|git clone)\b")
_turns = threading.BoundedSemaphore(LIMITS.code_runs_at_once_max)


@dataclass(frozen=True)
class Job:
    """What to run: the cells in order, in one scope; the last one's outcome is what counts."""

    language: Language
    cells: tuple[str, ...]
    setup_commands: tuple[str, ...] = ()
    #: Name -> content in base64.
    files: Mapping[str, str] = field(default_factory=dict)
    #: What `random` begins with: the same steps give the same numbers.
    seed: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of the last cell."""

    results: list[dict[str, Any]]
    stdout: str
    stderr: str
    files: dict[str, bytes]
    left_out: int
    seconds: float

    @property
    def main(self) -> dict[str, Any] | None:
        """Give the value of the last expression, as it shows itself."""
        return next((one for one in reversed(self.results) if one["is_main_result"]), None)


async def run_job(job: Job, bounds: Bounds) -> Outcome:
    """Run a job; raise SandboxUnavailable where none can be run, BlockFailed with what the code, or a limit, says.

    When this is cancelled, the sandbox ends.
    """
    _check(job)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()
    unwanted = threading.Event()

    def settle(outcome: Outcome | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        elif outcome is not None:
            done.set_result(outcome)

    def work() -> None:
        outcome, error = None, None
        try:
            outcome = _run(job, bounds, unwanted)
        except BaseException as raised:  # noqa: BLE001 - it is raised again where it is waited for
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, outcome, error)

    threading.Thread(target=work, name="sandbox", daemon=True).start()
    try:
        return await done
    finally:
        unwanted.set()


def _check(job: Job) -> None:
    size = sum(map(len, (*job.cells, *job.setup_commands)))
    if size > LIMITS.code_chars_max:
        raise ValueTooLarge(f"The code has {size} characters; at most {LIMITS.code_chars_max} are run.")
    if job.language not in (Language.PYTHON, Language.JAVASCRIPT, Language.BASH):
        raise BlockFailed(f"{job.language.value} is not run here; python, bash and, where Node is installed, js are.")


def _run(job: Job, bounds: Bounds, unwanted: threading.Event) -> Outcome:
    began = time.monotonic()
    place = find_place()
    if job.language is Language.JAVASCRIPT and place.node is None:
        raise SandboxUnavailable("JavaScript cannot be run here: Node is not installed in /usr/bin. Install nodejs.")
    while not _turns.acquire(timeout=LOOK_SECONDS):
        if unwanted.is_set() or time.monotonic() - began >= bounds.seconds:
            raise BlockFailed(f"Other code ran here for {bounds.seconds:g} s, so this did not begin; try again later.")
    try:
        left = replace(bounds, seconds=bounds.seconds - (time.monotonic() - began))
        ended = run_process(place, _request(job, place), left, unwanted)
    finally:
        _turns.release()
    return _outcome(ended, read_report(bytes(ended.report)), bounds)


def _request(job: Job, place: Place) -> dict[str, object]:
    return {
        "language": job.language.value,
        "cells": list(job.cells),
        "setup_commands": list(job.setup_commands),
        "files": dict(job.files),
        "seed": job.seed,
        "node": place.node,
    }


def _outcome(ended: Ended, report: Report, bounds: Bounds) -> Outcome:
    if ended.end is not End.ITSELF:
        raise BlockFailed(_limit_text(ended.end, bounds))
    if report.failed is not None:
        raise BlockFailed(_set_up_text(report.failed))
    stdout, stderr = _text(ended.stdout), _text(ended.stderr)
    if report.error is not None:
        raise BlockFailed(_error_text(report.error, stderr))
    if not report.has_ended:
        said = f" It said: {shorten(stderr.strip(), 1000)}" if stderr.strip() else ""
        raise BlockFailed(f"The code ended its sandbox before it was done.{said}")
    return Outcome(report.results, stdout, stderr, report.files, report.left_out, ended.seconds)


def _limit_text(end: End, bounds: Bounds) -> str:
    match end:
        case End.TIME:
            return f"The code ran longer than its limit of {bounds.seconds:g} s, and was ended."
        case End.MEMORY:
            return f"The code took more than {bounds.memory_bytes // MEGABYTE} MB of memory, and was ended."
        case End.OUTPUT:
            return (
                f"The code wrote more than {bounds.output_bytes // MEGABYTE} MB of output, and was ended; write a file."
            )
        case End.REPORT:
            return f"The code's results are more than {bounds.report_bytes // MEGABYTE} MB; write a file, or less."
        case _:
            return "The code was ended, for nobody waits for it any more."


def _set_up_text(failed: FailedCommand) -> str:
    hint = ""
    if _FETCHES.search(failed.command):
        hint = (
            " The sandbox has no network: what the code needs must be installed in the Python of the worker's machine."
        )
    command, said = shorten(failed.command, 500), clean(shorten(failed.said.strip(), 3000))
    return f"The set-up command {command!r} ended with status {failed.status}.{hint}\n{said}".rstrip()


def _error_text(error: CodeError, stderr: str) -> str:
    """Give what the code raised, with its traceback; where it has none, the end of what it wrote."""
    first = f"{error.type}: {error.message}" if error.trace else f"The code failed: {error.message}."
    return "\n".join(part for part in (first, (error.trace or stderr[-3000:]).strip()) if part)


def _text(data: bytearray) -> str:
    return clean(data.decode("utf-8", "replace"))
