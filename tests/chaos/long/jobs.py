"""The client that never rests: it submits random agents at a steady rate, signals, decides, cancels, delivers, and judges nothing.

Every start has an idempotency key and is asked again until it is answered. What the API acknowledged is a job, with all that must
come of it; what was never answered is none.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import orjson

from schema.graph import Graph
from tests.api.webhooks import ATTACH, CREATE
from tests.chaos.blocks import ChaosSink
from tests.chaos.cases.agents import asking, echoing, listening, working
from tests.chaos.cases.deciding import DECIDE, inbox
from tests.chaos.cases.triggers import Sender
from tests.chaos.cases.world import Answered, Away, World
from tests.chaos.graphs import CHAOS
from tests.chaos.long.agents import Agent, small_agent, streaming_agent
from tests.chaos.odd_blocks import ChaosHungry
from tests.chaos.oracle import Violation
from tests.durable.graphs import an_output, make_graph

#: Different small agents at once; with each window some are replaced by new ones.
POOL: Final = 40
FRESH: Final = 6
STREAMING: Final = 4
#: Runs that are open at once, at most: what is more waits with the client.
OPEN_MAX: Final = 60
#: How long a client waits for what it is to answer: longer than any fault lasts.
ANSWER_SECONDS: Final = 300.0

#: More than a process may take where its memory is limited (`tests.chaos.nemeses.processes`).
HUNGRY_MEGABYTES: Final = 48

COMPLETED: Final = frozenset({"COMPLETED"})
ENDED_BY_CLIENT: Final = frozenset({"COMPLETED", "TERMINATED"})


@dataclass(frozen=True)
class Job:
    """A run that the API acknowledged, and what must come of it."""

    kind: str
    run_id: UUID
    outputs: dict[str, list[Any]]
    effects: int
    prompts: list[str] = field(default_factory=list)
    statuses: frozenset[str] = COMPLETED
    #: Whether nothing but the platform keeps it from going on at any moment.
    is_self_moving: bool = True


@cache
def hungry(path: str) -> Graph:
    """Give an agent whose node takes much memory for a moment, and then has an effect."""
    nodes: dict[str, Any] = {
        "eat": (ChaosHungry, {"megabytes": HUNGRY_MEGABYTES}),
        "sink": (ChaosSink, {"path": path}),
        "out": an_output(),
    }
    links = ["eat.megabytes -> sink.value", "sink.done -> out.value"]
    return make_graph(nodes, links, id=str(uuid5(CHAOS, "hungry")), name="hungry", on_node_error="fail")


class Jobs:
    """The client, and what it has asked for so far."""

    def __init__(self, world: World, seed: int, rate: float) -> None:
        self.world, self.seed, self.rate = world, seed, rate
        self.small = [small_agent(seed * 100_000 + number, str(world.sink)) for number in range(POOL)]
        self.streaming = [streaming_agent(seed * 100_000 + number, str(world.sink)) for number in range(STREAMING)]
        self.jobs: list[Job] = []
        #: Acknowledged and, as far as is known, not over.
        self.open: set[UUID] = set()
        self.problems: list[Violation] = []
        self.given_up = 0
        self.held_back = 0
        self.begun = 0
        self._made = POOL
        self._sender: Sender | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._kinds: dict[str, tuple[int, Callable[[random.Random], Awaitable[None]]]] = {
            "small": (74, self._small),
            "streaming": (4, self._streaming),
            "twice": (6, self._twice),
            "cancelled": (4, self._cancelled),
            "signalled": (5, self._signalled),
            "decided": (3, self._decided),
            "delivered": (3, self._delivered),
            "hungry": (2, self._hungry),
        }

    def weigh(self, kind: str, weight: int) -> None:
        """Have a kind of job come more or less often."""
        self._kinds[kind] = (weight, self._kinds[kind][1])

    async def prepare(self) -> None:
        """Bring in what must be there before the first fault: a webhook with an agent behind it."""
        made = await self.world.insist_on(CREATE, input={"name": "Long", "provider": "GENERIC"})
        graph_id = await self.world.keep(echoing(str(self.world.sink)))
        asked = {"webhookId": made["webhook"]["id"], "graphId": graph_id, "inputName": "topic"}
        await self.world.insist_on(ATTACH, input=asked)
        self._sender = Sender(self.world, made["url"], made["secret"])

    def refresh(self) -> None:
        """Put new agents in the place of some."""
        for number in range(FRESH):
            self.small[(self._made + number) % POOL] = small_agent(
                self.seed * 100_000 + self._made + number, str(self.world.sink)
            )
        self._made += FRESH

    async def work(self, stopped: asyncio.Event) -> None:
        """Begin jobs at the rate until it is stopped, then wait until each that was begun has its answer."""
        clock = self.world.clock
        due = clock()
        while not stopped.is_set():
            due = max(due + 1 / self.rate, clock() - 5 / self.rate)
            await self.world.passing(due - clock())
            if len(self.open) + len(self._tasks) > OPEN_MAX:
                self.held_back += 1
                continue
            self._begin(random.Random(f"{self.seed} job {self.begun}"))
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(self, choice: random.Random) -> None:
        self.begun += 1
        names = list(self._kinds)
        (name,) = choice.choices(names, [self._kinds[one][0] for one in names])
        self.begin(name, choice)

    def begin(self, kind: str, choice: random.Random) -> None:
        """Begin a job of a kind."""
        task = asyncio.create_task(self._guarded(kind, self._kinds[kind][1], choice), name=f"job {kind}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(
        self, kind: str, work: Callable[[random.Random], Awaitable[None]], choice: random.Random
    ) -> None:
        try:
            await work(choice)
        except Away:
            self.given_up += 1
        except Answered as error:
            self.problems.append(Violation("wrong", f"the API refused a client's {kind}: {error}"))
        except AssertionError as error:
            self.problems.append(Violation("stuck", f"a client's {kind} has no answer: {str(error)[:300]}"))

    # The kinds

    async def _small(self, choice: random.Random) -> None:
        await self.run("small", choice.choice(self.small), choice.randint(1, 50))

    async def _streaming(self, choice: random.Random) -> None:
        await self.run("streaming", choice.choice(self.streaming), choice.randint(1, 50))

    async def _twice(self, choice: random.Random) -> None:
        """Two clients, or one that lost its patience, ask for the same at once."""
        agent, value, key = choice.choice(self.small), choice.randint(1, 50), str(uuid4())
        found = await asyncio.gather(*(self.run("twice", agent, value, key) for _ in range(2)))
        if len(set(found)) > 1:
            self.problems.append(Violation("doubled", f"key {key} has runs {sorted(map(str, set(found)))}"))

    async def _hungry(self, _choice: random.Random) -> None:
        """A node that needs memory: where there is none, it is the death of its worker."""
        run_id = await self.world.start(hungry(str(self.world.sink)), {})
        self._note(Job("hungry", run_id, {"out": [HUNGRY_MEGABYTES]}, 1))

    async def run(self, kind: str, agent: Agent, value: int, key: str | None = None) -> UUID:
        """Begin a run of an agent and note what must come of it."""
        run_id = await self.world.start(agent.graph, {"value": value}, key=key)
        self._note(Job(kind, run_id, agent.outputs(value), agent.effect_count(value), agent.asked(value)))
        return run_id

    async def _cancelled(self, choice: random.Random) -> None:
        value = choice.randint(1, 50)
        graph = working(str(self.world.sink), 6, 0.4)
        run_id = await self.world.start(graph, {"value": value})
        outputs = {"out": [value + number for number in range(6)]}
        self._note(Job("cancelled", run_id, outputs, -1, statuses=ENDED_BY_CLIENT))
        await self.world.passing(choice.uniform(0, 3))
        try:
            await self.world.cancel(run_id)
        except Answered as error:
            # The API was away for so long that the run was over: which end it has is judged all the same.
            if error.codes != ["CONFLICT"]:
                raise

    async def _signalled(self, choice: random.Random) -> None:
        """An event, sent twice under one key, as by a client whose first answer was lost."""
        run_id = await self.world.start(listening(str(self.world.sink)), {})
        payload = {"said": choice.randint(1, 1_000)}
        self._note(Job("signalled", run_id, {"out": [payload]}, 1, is_self_moving=False))
        await self.world.passing(choice.uniform(0, 3))
        for _ in range(2):
            await self.world.tell(run_id, "go", payload, f"go {run_id}")

    async def _decided(self, choice: random.Random) -> None:
        is_approval = choice.random() < 0.5
        run_id = await self.world.start(asking(str(self.world.sink)), {"start": choice.randint(1, 6)})
        outputs: dict[str, list[Any]] = {"approved": ["the answer"]} if is_approval else {"rejected": [True]}
        self._note(Job("decided", run_id, outputs, 1, is_self_moving=False))
        (approval,) = await self.world.until(partial(inbox, self.world, run_id), ANSWER_SECONDS)
        await self.world.insist_on(DECIDE, input={"id": approval["id"], "approve": is_approval})

    async def _delivered(self, choice: random.Random) -> None:
        """A webhook's delivery, which its sender repeats: one run."""
        assert self._sender is not None
        payload, identity = {"a": choice.randint(1, 1_000)}, str(uuid4())
        answers = [(await self._sender.send(payload, identity))[0] for _ in range(2)]
        runs = {run for answer in answers for run in orjson.loads(answer.content)["runs"]}
        if len(runs) != 1:
            self.problems.append(Violation("doubled", f"one delivery has runs {sorted(runs)}"))
        for run in runs:
            self._note(Job("delivered", UUID(run), {"out": [payload]}, 1))

    def _note(self, job: Job) -> None:
        if all(job.run_id != one.run_id for one in self.jobs):
            self.jobs.append(job)
            self.open.add(job.run_id)

    def take(self) -> list[Job]:
        """Give the jobs since the last time: those of a window."""
        taken, self.jobs = self.jobs, []
        self.world.acknowledged = []
        return taken

    def kinds(self, jobs: list[Job]) -> Counter[str]:
        return Counter(job.kind for job in jobs)
