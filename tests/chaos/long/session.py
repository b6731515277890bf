"""A session of the long mode: load without rest, fault after fault, and behind each window of minutes the checker.

    calm window -> [faults, each healed and followed by calm -> drain -> judge] again and again -> secrets -> report

A window's runs are all over before it is judged, so that what is wrong is its own. The order of the faults is the seed's: each
comes once before any comes again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import psutil

from schema.block import BlockSpec
from tests.api.canaries import Canaries
from tests.chaos.cases.agents import asking, echoing, listening, working
from tests.chaos.cases.frame import CALM
from tests.chaos.cases.invariants import Baseline, baseline, leaks, search
from tests.chaos.cases.session import plant_secrets
from tests.chaos.cases.world import World
from tests.chaos.long.checker import Checker, counted, liveness
from tests.chaos.long.faults import hold_of
from tests.chaos.long.jobs import Job, Jobs, hungry
from tests.chaos.long.record import Session, Struck, Window
from tests.chaos.long.stuck import Detector
from tests.chaos.nemeses.frame import Nemesis
from tests.chaos.oracle import Violation

#: The load of one window, of which the last seconds are calm; and between two faults.
WINDOW_SECONDS: Final = 200.0
CALM_SECONDS: Final = 12.0
#: The first window has no fault: it shows that the reference is right, and what the processes hold when nothing is wrong.
FIRST_SECONDS: Final = 40.0
#: Where a bug is planted: it is to be found soon, and it is met where a node gives values over many seconds.
PLANT_WINDOW_SECONDS: Final = 90.0
PLANT_STREAMING: Final = 40
BREATH_SECONDS: Final = (4.0, 9.0)
#: Until a harm is undone: the part that it needs for that may have died of it.
HEAL_SECONDS: Final = 60.0
#: How many processes more a part may have below it than in the first window: each template and reader starts one when it is needed.
CHILDREN_MORE_MAX: Final = 4
#: Until all that was begun in a window is over.
DRAIN_SECONDS: Final = 240.0
#: Bytes of the data folder above which a session ends: it must not fill the machine's disk.
FOLDER_BYTES_MAX: Final = 12_000_000_000
DISK_FREE_BYTES_MIN: Final = 4_000_000_000


@dataclass
class Hurt:
    """Whether a fault is in force, or is being healed."""

    is_on: bool = False


@dataclass
class Long:
    """A session in progress."""

    world: World
    jobs: Jobs
    checker: Checker
    detector: Detector
    nemeses: Sequence[Nemesis]
    session: Session
    seed: int
    hurt: Hurt
    began: float = field(default_factory=time.monotonic)
    is_first_failure_last: bool = False
    window_seconds: float = WINDOW_SECONDS
    _turn: list[Nemesis] = field(default_factory=list)
    _rounds: int = 0

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    async def run(self, seconds: float) -> None:
        """Go on for so long, to the end of a window at least."""
        watching = asyncio.create_task(self.detector.watch(), name="stuck detector")
        try:
            await self.window(FIRST_SECONDS, has_faults=False)
            before = roomy(await baseline(self.world))
            while self.now < seconds and not self._is_enough():
                left = max(30.0, min(self.window_seconds, seconds - self.now - CALM_SECONDS))
                await self.window(left, has_faults=True, before=before)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        self.session.seconds = self.now

    def _is_enough(self) -> bool:
        if self.is_first_failure_last and self.session.violations:
            return True
        if bytes_below(self.world.folder) > FOLDER_BYTES_MAX:
            self.session.others.append(Violation("void", "the data folder has grown too large; the session ended"))
            return True
        return psutil.disk_usage(str(self.world.folder)).free < DISK_FREE_BYTES_MIN

    async def window(self, seconds: float, *, has_faults: bool, before: Baseline | None = None) -> Window:
        """Load, faults, calm; then drain and judge."""
        window = Window(len(self.session.windows), self.now)
        self.session.windows.append(window)
        self.world.operations, self.world.phase = [], CALM
        stopped = asyncio.Event()
        working = asyncio.create_task(self.jobs.work(stopped), name="client")
        try:
            await self.world.passing(CALM_SECONDS)
            if has_faults:
                await self._faults(window, self.now + seconds - 2 * CALM_SECONDS)
            await self.world.passing(CALM_SECONDS if has_faults else seconds - CALM_SECONDS)
        finally:
            stopped.set()
            await working
        await self._drain(window)
        await self._judge(window, before)
        window.seconds = self.now - window.began
        self.jobs.refresh()
        self.checker.know(agent.graph for agent in self.jobs.small)
        self._tell(window)
        return window

    # Faults

    async def _faults(self, window: Window, until: float) -> None:
        while self.now < until and not (self.is_first_failure_last and self.detector.found):
            nemesis = self._next()
            struck = await self._strike(window, nemesis)
            if struck.proof is None:
                # Once more: nobody may have come to where it was to happen.
                window.faults.remove(struck)
                await self._strike(window, nemesis)
            await self.world.passing(self.world.choice.uniform(*BREATH_SECONDS))

    def _next(self) -> Nemesis:
        if not self._turn:
            self._rounds += 1
            self._turn = list(self.nemeses)
            random.Random(f"{self.seed} round {self._rounds}").shuffle(self._turn)
        return self._turn.pop()

    async def _strike(self, window: Window, nemesis: Nemesis) -> Struck:
        """Do one harm, let it stand, heal it and wait until all is well."""
        struck = Struck(nemesis.name, window.number, self.now)
        window.faults.append(struck)
        least, most = hold_of(nemesis)
        async with self._hurting():
            try:
                await nemesis.begin(self.world)
                struck.counted_from = time.time()
                await self.world.passing(self.world.choice.uniform(least, most))
            except Exception as error:  # Whatever kept it from happening: it is not proven, and the session goes on.
                self.world.say(f"  {nemesis.name} could not be: {type(error).__name__}: {str(error)[:300]}")
                struck.counted_from = time.time()
            await self._heal(nemesis)
            if most > 0:
                struck.counted_from = time.time()
            struck.stood = round(self.now - struck.began, 2)
            struck.proof = nemesis.proof()
            # What it set up may not stay: a disk that is small now will be too small in an hour.
            await nemesis.withdraw(self.world)
            await self.world.heal()
            struck.healed = round(time.time() - struck.counted_from, 2)
        return struck

    async def _heal(self, nemesis: Nemesis) -> None:
        """Heal, again and again: what is to be healed may itself be away."""

        async def try_it() -> bool:
            try:
                await nemesis.heal(self.world)
            except Exception as error:  # Whatever it is: without it no fault is over, and the last one is raised below.
                self.world.say(f"  {nemesis.name} is not healed yet: {type(error).__name__}: {str(error)[:300]}")
                return False
            return True

        await self.world.until(try_it, HEAL_SECONDS)

    @asynccontextmanager
    async def _hurting(self) -> AsyncIterator[None]:
        self.hurt.is_on = True
        try:
            async with self.world.under_fault():
                yield
        finally:
            self.hurt.is_on = False

    # Judging

    async def _drain(self, window: Window) -> None:
        """Wait until every run is over, or is said to be stuck."""
        began = self.now
        try:
            await self.world.until(lambda: self.detector.is_all_over, DRAIN_SECONDS)
        except AssertionError:
            window.violations.append(
                Violation("stuck", f"{len(self.jobs.open)} runs are open behind {DRAIN_SECONDS} s")
            )
        window.figures["drain s"] = round(self.now - began, 1)

    async def _judge(self, window: Window, before: Baseline | None) -> None:
        began = self.now
        taken: list[Job] = self.jobs.take()
        window.runs, window.kinds = len(taken), dict(self.jobs.kinds(taken))
        found = await self.checker.judge(window, taken)
        await self._keep(found)
        for problems in found.values():
            window.violations += problems
        window.violations += self._client_problems()
        window.violations += await self.checker.strange_effects(taken)
        window.violations += await self.checker.orphans()
        if before is not None:
            window.violations += await leaks(self.world, before)
        window.violations += liveness(self.world.operations)
        window.operations = counted(self.world.operations)
        window.figures |= await sizes(self.world)
        window.figures |= {"held back": self.jobs.held_back, "given up": self.jobs.given_up}
        window.figures["judging s"] = round(self.now - began, 1)

    def _client_problems(self) -> list[Violation]:
        """Give what the client and the detector met since the last window."""
        met = [*self.jobs.problems, *self.detector.found]
        self.jobs.problems, self.detector.found = [], []
        return met

    async def _keep(self, found: Mapping[UUID, Sequence[Violation]]) -> None:
        for run_id, problems in found.items():
            await self.detector.dump(run_id, problems[0].kind)
        self.session.dumps = [str(one.relative_to(self.world.folder)) for one in self.detector.dumps]

    def _tell(self, window: Window) -> None:
        said = ", ".join(f"{one.fault}{'' if one.proof else ' (not proven)'}" for one in window.faults)
        mark = " VOID" if window.is_void else ""
        self.world.say(
            f"{self.now:.0f} s: window {window.number}{mark}: {window.runs} runs, {len(window.violations)} violations; "
            f"faults: {said or 'none'}"
        )
        for one in window.violations[:8]:
            self.world.say(f"  {one.kind}: {one.what}")


async def run_long(
    world: World,
    specs: Mapping[str, BlockSpec],
    nemeses: Sequence[Nemesis],
    session: Session,
    *,
    seconds: float,
    rate: float,
    seed: int,
    is_planted: bool,
) -> None:
    """Run a session, and look for its secrets at the end; where a bug is planted, until it is found."""
    canaries = Canaries()
    canaries.plant("owner's key", world.token.split("_", 2)[2])
    spending = await plant_secrets(world, canaries)
    jobs = Jobs(world, seed, rate)
    await jobs.prepare()
    checker = Checker(world, specs)
    path = str(world.sink)
    checker.know(agent.graph for agent in [*jobs.small, *jobs.streaming])
    checker.know([asking(path), echoing(path), hungry(path), listening(path), working(path, 6, 0.4)])
    hurt = Hurt()
    detector = Detector(world, jobs, world.folder / "dumps", lambda: not hurt.is_on)
    long = Long(world, jobs, checker, detector, nemeses, session, seed, hurt)
    if is_planted:
        long.is_first_failure_last, long.window_seconds = True, PLANT_WINDOW_SECONDS
        jobs.weigh("streaming", PLANT_STREAMING)
    await world.until_ended([await spending()], 120)
    await long.run(seconds)
    await world.until_ended([await spending()], 120)
    session.others += await search(world, canaries)


def roomy(before: Baseline) -> Baseline:
    """Give a baseline with room for the children that a process keeps once it has needed them."""
    return replace(before, children={part: count + CHILDREN_MORE_MAX for part, count in before.children.items()})


def bytes_below(folder: Path) -> int:
    """Give the bytes of the files below a folder."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue  # Databases drop files while one looks.
    return total


async def sizes(world: World) -> dict[str, float]:
    """Give what the session holds of the machine: none of it may grow without bound."""
    memory = {}
    for part in ("engine", "blocks-1", "blocks-2", "api", "temporal"):
        pid = world.stack.pid(part)
        if pid is not None:
            memory[f"{part} MB"] = round(psutil.Process(pid).memory_info().rss / 1e6, 1)
    (connections,) = await world.sql(
        "SELECT count(*) AS number FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    return {**memory, "connections": connections.number, "folder MB": round(bytes_below(world.folder) / 1e6, 1)}
