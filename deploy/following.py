"""Following a run to its end by its events, whatever becomes of the API meanwhile; it shows nothing and changes nothing.

Events say what moved; how it went is asked for, many at once. The runs that its nodes start are followed, too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from deploy.ids import from_api, to_api
from deploy.remote import Api, Json
from deploy.remote_records import RUN, error_row, facts_of
from schema.states import TERMINAL

#: Seconds without an event after which a look is given all the same.
LOOK_SECONDS: Final = 0.5
#: Node executions that are told one by one; of more than these only the counts are told.
TOLD_MAX: Final = 200
#: Ids that the API takes at once, and runs whose events are read beside the run's own.
_ASKED_MAX: Final = 50
_CHILDREN_MAX: Final = 10
#: Events that wait to be told; the reader waits then.
_QUEUED_MAX: Final = 1_000
#: Seconds that the events of inner runs have to come in when the run is over.
_TAIL_SECONDS: Final = 2.0
#: The format's block that runs an agent (agent-graphs.md, section 8), and how often the run that it starts is looked for.
_AGENT_EXECUTOR: Final = "e189baac-8c20-45a1-94a7-55177ea42565"
_LOOKS_MAX: Final = 20
_EVENTS: Final = (
    "subscription($id: ID!, $after: String) { runEvents(runId: $id, after: $after) { cursor ... on RunMoved { run: status } "
    "... on NodeMoved { execution node: status } } }"
)
_MOVED: Final = (
    "query($ids: [ID!]!) { nodes(ids: $ids) { ... on NodeExecution { blockId title nodeId ordinal status startedAt endedAt "
    "error { code message nodeId pin details } } } }"
)
_CHILDREN: Final = (
    "query($id: ID!) { run(id: $id) { children(first: 100) { nodes { id agentName parentExecutionId } } } }"
)


@dataclass(frozen=True)
class Ended:
    """A node execution that is over, of the run or of an agent that it runs."""

    title: str
    ordinal: int
    status: str
    error: Json | None
    started_at: datetime | None
    ended_at: datetime
    #: The agent that a node of the run runs; empty: the run itself.
    agent_name: str = ""


@dataclass(frozen=True)
class Look:
    """A run as it is now: its facts, {status: node executions}, and what ended since the last look."""

    run: Json
    counts: dict[str, int]
    ended: list[Ended]


@dataclass
class _Followed:
    """A run whose events are read: the run itself, or one that a node started."""

    key: str
    agent_name: str = ""
    states: dict[int, str] = field(default_factory=dict)


async def follow(api: Api, run_id: str) -> AsyncIterator[Look]:
    """Look at a run until it is over; the last look has it in its terminal state.

    The API may go away and come back meanwhile. Raises StackStopped where it will not, NotFound where the run was deleted.
    """
    api.is_patient = True
    following = _Following(api, to_api("Run", run_id))
    try:
        async for look in following.looks():
            yield look
    finally:
        await following.end()


class _Following:
    def __init__(self, api: Api, key: str) -> None:
        self._api = api
        self._root = _Followed(key)
        self._queue: asyncio.Queue[tuple[_Followed, Json]] = asyncio.Queue(_QUEUED_MAX)
        self._known = {key: self._root}
        self._told = 0
        self._done: set[tuple[str, int]] = set()
        #: Executions that run an agent whose run is not known yet: how often it was looked for.
        self._waiting: dict[tuple[str, int], int] = {}
        self._readers = [asyncio.create_task(self._read(self._root))]
        self._next: asyncio.Task[tuple[_Followed, Json]] | None = None

    async def looks(self) -> AsyncIterator[Look]:
        run = await self._run()
        yield Look(run, {}, [])
        while self._has_more():
            events = await self._batch()
            moves = [event["run"] for whose, event in events if whose is self._root and "run" in event]
            if moves:
                run = {**run, "status": moves[-1] if moves[-1] not in TERMINAL else run["status"]}
            yield Look(run, dict(Counter(self._root.states.values())), await self._ended(events))
        self._readers[0].result()
        late = await self._tail()
        yield Look(await self._run(), dict(Counter(self._root.states.values())), late)

    def _has_more(self) -> bool:
        """Say whether something is to be told still, or may come of the run itself."""
        is_there = not self._queue.empty() or (self._next is not None and self._next.done())
        return is_there or not self._readers[0].done()

    async def end(self) -> None:
        tasks = [*self._readers, *([self._next] if self._next is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> Json:
        return facts_of((await self._api.ask(RUN, id=self._root.key))["run"])

    async def _read(self, whose: _Followed) -> None:
        async for event in self._api.events("runEvents", _EVENTS, id=whose.key):
            await self._queue.put((whose, event))

    async def _batch(self) -> list[tuple[_Followed, Json]]:
        """Give the events that are there, or wait a little for one."""
        # What it waits for is kept until it is there: to give up waiting must not lose an event.
        self._next = self._next or asyncio.create_task(self._queue.get())
        waits = [self._next, self._readers[0]]
        await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not self._next.done():
            return []
        found, self._next = [self._next.result()], None
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found

    async def _ended(self, events: list[tuple[_Followed, Json]]) -> list[Ended]:
        """Give the node executions of which these events tell the end."""
        moved: dict[tuple[str, int], _Followed] = {}
        for whose, event in events:
            if "node" in event and event["execution"] > 0:
                whose.states[event["execution"]] = event["node"]
                if event["node"] in TERMINAL or event["node"] == "RUNNING":
                    moved[whose.key, event["execution"]] = whose
        if self._told >= TOLD_MAX:
            return []
        ended = await self._details(moved)
        self._told += len(ended)
        await self._find_children()
        return ended

    async def _details(self, moved: dict[tuple[str, int], _Followed]) -> list[Ended]:
        wanted = list(moved.items())[: TOLD_MAX - self._told]
        found: list[Ended] = []
        for start in range(0, len(wanted), _ASKED_MAX):
            part = wanted[start : start + _ASKED_MAX]
            ids = [to_api("NodeExecution", from_api(run), number) for (run, number), _ in part]
            rows = (await self._api.ask(_MOVED, ids=ids))["nodes"]
            for row, (key, whose) in zip(rows, part, strict=True):
                if row and row["blockId"] == _AGENT_EXECUTOR:
                    self._waiting.setdefault(key, 0)
                if row and row["status"] in TERMINAL and key not in self._done:
                    self._done.add(key)
                    found.append(_ended_of(row, whose))
        return sorted(found, key=lambda one: one.ended_at)

    async def _find_children(self) -> None:
        """Begin to read the runs of inner agents. One may be there a moment later than its execution moves."""
        for run_key in {key for key, _ in self._waiting}:
            found = (await self._api.ask(_CHILDREN, id=run_key))["run"]["children"]["nodes"]
            for child in found:
                if child["id"] not in self._known and len(self._readers) <= _CHILDREN_MAX:
                    one = self._known[child["id"]] = _Followed(child["id"], child["agentName"])
                    self._readers.append(asyncio.create_task(self._read(one)))
            started = {child["parentExecutionId"] for child in found}
            self._waiting = {
                (key, number): looks + 1
                for (key, number), looks in self._waiting.items()
                if looks < _LOOKS_MAX and to_api("NodeExecution", from_api(key), number) not in started
            }

    async def _tail(self) -> list[Ended]:
        """Give what inner runs tell still."""
        if len(self._readers) > 1:
            await asyncio.wait(self._readers[1:], timeout=_TAIL_SECONDS)
        late = []
        while self._has_more():
            late += await self._batch()
        return await self._ended(late)


def _ended_of(row: Json, whose: _Followed) -> Ended:
    began = row["startedAt"]
    return Ended(
        title=row["title"] or row["nodeId"],
        ordinal=row["ordinal"],
        status=row["status"],
        error=error_row(row["error"]),
        started_at=None if began is None else datetime.fromisoformat(began),
        ended_at=datetime.fromisoformat(row["endedAt"]),
        agent_name=whose.agent_name,
    )
