"""The long mode from its start to its report: a stack of the suite's own programs, a session on it, and what becomes of that."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import psutil
from temporalio.client import Client

from blocks.registry import discover
from deploy.build import stores
from deploy.connecting import client_of
from deploy.programs import API, WORKER, command_of
from deploy.roles import BESIDE_BLOCKS
from deploy.session import migrate
from deploy.settings import Settings
from deploy.stack import Stack
from schema.errors import DrystoneError
from tests.chaos.blocks import ATTEMPTS_VARIABLE
from tests.chaos.cases.session import open_world
from tests.chaos.cases.world import World
from tests.chaos.long.attempts import ATTEMPTS_FILE
from tests.chaos.long.faults import every_fault
from tests.chaos.long.page import page
from tests.chaos.long.record import Session
from tests.chaos.long.session import run_long
from tests.chaos.nemeses.frame import Nemesis
from tests.chaos.nemesis import BLOCKS, ENGINES
from tests.chaos.plants import PLANT_VARIABLE
from tests.chaos.points import AFTER_COMMIT, FOLDER_VARIABLE

PROGRAM: Final = "tests.chaos.program"
#: In the data folder; it stays when that is removed.
REPORT_FOLDER: Final = "report"
#: Runs a second, of 40 different small agents: what two processors hold through faults, with half of them left.
RATE: Final = 2.0
#: What shows a planted bug soonest: an attempt that is overtaken and wakes, one that dies behind its commit, or nothing at all.
PLANT_FAULTS: Final = {
    "fence": ("blocks-1 frozen", "blocks-2 frozen"),
    "readback": (f"die {AFTER_COMMIT}",),
    "order": ("api killed",),
    "nothing": ("blocks-1 frozen", "blocks-2 frozen", f"die {AFTER_COMMIT}", "api killed"),
}
FEWER_VALID_MIN: Final = 0.5
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What a session is asked to be; with the same seed it has the same agents and the same faults in the same order."""

    minutes: float
    seed: int
    rate: float = RATE
    plant: str | None = None
    #: Only faults whose name has one of these words.
    nemeses: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


async def long_session(
    wanted: Wanted, folder: Path, reports: Sequence[Path], say: Say
) -> tuple[int, list[dict[str, Any]]]:
    """Run a session; give the exit status, and what failed by its seed."""
    points = folder / "points"
    os.environ[FOLDER_VARIABLE] = str(points)
    os.environ[ATTEMPTS_VARIABLE] = str(folder / ATTEMPTS_FILE)
    if wanted.plant is not None:
        os.environ[PLANT_VARIABLE] = wanted.plant
    points.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    stack = stack_of(settings, lambda said: say(f"  {said}"))
    endpoints = await stack.start()
    session = Session(asdict(wanted), commit(), machine(), datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        await _on(stack, settings.at(endpoints), wanted, session, points, say)
    finally:
        document = session.document()
        for place in {folder / REPORT_FOLDER, *reports}:
            write(place, document)
            say(f"report: {place / 'report.html'}")
        await stack.stop()
    problems = verdict(session)
    for problem in problems:
        say(problem)
    failing = [{"long": asdict(wanted), "seed": wanted.seed, "violations": [asdict(one) for one in session.violations]}]
    return (1 if problems else 0), (failing if session.violations else [])


def stack_of(settings: Settings, say: Say) -> Stack:
    """Make an embedded stack whose workers and API are the suite's own programs."""
    commands = {name: command_of(PROGRAM, WORKER, *BESIDE_BLOCKS) for name in ENGINES}
    commands |= {name: command_of(PROGRAM, WORKER, "blocks") for name in BLOCKS}
    return Stack(
        settings.data_dir,
        worker_commands=commands,
        api_command=command_of(PROGRAM, API),
        migrate=migrate,
        environment=settings.environment,
        on_event=say,
    )


async def _on(stack: Stack, settings: Settings, wanted: Wanted, session: Session, points: Path, say: Say) -> None:
    kept = stores(settings, "chaos")
    client: Client = await client_of(settings)
    specs = dict(discover(list(wanted.blocks)).specs)
    world: World = await open_world(stack, kept, client, seed=wanted.seed, is_full=True, say=say)
    try:
        await run_long(
            world,
            specs,
            chosen(wanted, points),
            session,
            seconds=60 * wanted.minutes,
            rate=wanted.rate,
            seed=wanted.seed,
            is_planted=wanted.plant is not None,
        )
    finally:
        await world.http.aclose()
        await kept.engine.dispose()


def chosen(wanted: Wanted, points: Path) -> list[Nemesis]:
    """Give the faults of a session: all, those that were named, or those that show a planted bug."""
    every = every_fault(points)
    words = wanted.nemeses or PLANT_FAULTS.get(wanted.plant or "", ())
    found = [one for one in every if not words or any(word in one.name for word in words)]
    if not found:
        raise UnknownNemesis(
            f"No fault has one of {', '.join(words)} in its name: {', '.join(one.name for one in every)}."
        )
    return found


class UnknownNemesis(DrystoneError):
    """No fault has that name."""

    code = "NOT_FOUND"
    fault = "theirs"


def verdict(session: Session) -> list[str]:
    """Say why a session counts as failed; nothing: it does not."""
    problems = [f"{one.kind}: {one.what}" for one in session.violations]
    struck = [window for window in session.windows if window.faults]
    valid = [window for window in struck if not window.is_void]
    if len(valid) < max(1, FEWER_VALID_MIN * len(struck)) and not (problems and not struck):
        problems.append(f"void: {len(valid)} of {len(struck)} windows had every fault that was planned")
    never = {one.fault for one in session.faults} - {one.fault for one in session.faults if one.proof}
    if never:
        problems.append(f"void: never proven: {', '.join(sorted(never))}")
    return problems


def write(place: Path, document: dict[str, Any]) -> None:
    """Write the report: for machines and for people."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "report.json").write_bytes(orjson.dumps(document) + b"\n")
    (place / "report.html").write_text(page(document), encoding="utf-8")


def commit() -> str:
    """Give the commit of the working tree, with a mark where it differs from that."""
    here = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        )
        changed = subprocess.run(["git", "status", "--porcelain"], cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


def machine() -> dict[str, Any]:
    """Give what the session runs on."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "load_before": round(os.getloadavg()[0], 1),
    }
