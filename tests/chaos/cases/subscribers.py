"""F48: hundreds of sockets follow what happens, some never read, and the API dies under them; who reads misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from api.graphql.ids import encode_id
from schema.access import RIGHTS, Role
from schema.db.people import People
from schema.ids import LOCAL_TENANT, new_id
from tests.chaos.cases.agents import work
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import World

PROTOCOLS: Final = [Subprotocol("graphql-transport-ws")]
#: A person may have twenty sockets.
SOCKETS_EACH: Final = 16
EVENTS: Final = (
    "subscription($after: String) { organisationEvents(after: $after) "
    "{ __typename cursor runId ... on RunMoved { status } } }"
)
NOW: Final = "query { eventCursor }"
GROWTH_MAX: Final = 200 << 20
FOLLOWED_SECONDS_MAX: Final = 120.0


@dataclass
class Follower:
    """Somebody who follows an organisation's events, and comes back with the last cursor whenever the socket breaks."""

    url: str
    token: str
    after: str
    cursors: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    sockets: int = 0

    async def follow(self) -> None:
        """Follow until cancelled."""
        while True:
            with suppress(WebSocketException, OSError, TimeoutError, KeyError):
                async with opened(self.url, self.token, self.cursors[-1] if self.cursors else self.after) as socket:
                    self.sockets += 1
                    async for text in socket:
                        self._take(orjson.loads(text))
            await _pause(0.3)

    def _take(self, message: Any) -> None:
        if message["type"] == "ping":
            return
        event = message["payload"]["data"]["organisationEvents"]
        self.cursors.append(event["cursor"])
        if event.get("status") == "COMPLETED":
            self.ended.add(event["runId"])


class opened:  # noqa: N801 - it is used as the function that `connect` of the library is.
    """A socket that has subscribed."""

    def __init__(self, url: str, token: str, after: str, **options: Any) -> None:
        self._connecting = connect(
            f"{url}/graphql".replace("http", "ws", 1), subprotocols=PROTOCOLS, compression=None, **options
        )
        self._token, self._after = token, after

    async def __aenter__(self) -> ClientConnection:
        socket = await self._connecting.__aenter__()
        try:
            await _say(socket, type="connection_init", payload={"authorization": f"Bearer {self._token}"})
            async with asyncio.timeout(30):
                assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            await _say(socket, type="subscribe", id="1", payload={"query": EVENTS, "variables": {"after": self._after}})
        except BaseException:
            await socket.close()
            raise
        return socket

    async def __aexit__(self, *error: Any) -> None:
        await self._connecting.__aexit__(*error)


async def _say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def _pause(seconds: float) -> None:
    """Let time pass without asking for anything."""
    loop = asyncio.get_running_loop()
    passed: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, lambda: passed.done() or passed.set_result(None))
    await passed


async def follow_through_a_death(world: World) -> CaseResult:
    """F48: kill the API under hundreds of sockets, a tenth of which do not read; compare what all were told."""
    result = CaseResult("F48", "hundreds of subscribers, and the API dies")
    readers, sleepers = (450, 50) if world.is_full else (60, 8)
    tokens = await _people(world, -(-(readers + sleepers) // SOCKETS_EACH))
    begun = str(await world.insist_on(NOW))
    followers = [Follower(world.url, tokens[number // SOCKETS_EACH], begun) for number in range(readers)]
    following = [asyncio.create_task(one.follow()) for one in followers]
    try:
        async with world.under_fault(), AsyncExitStack() as asleep:
            await world.until(lambda: all(one.sockets for one in followers), 120)
            first = [await work(world, number, 3, 0.1) for number in range(6)]
            await world.until(lambda: followers[0].cursors, 60)
            result.prove("the API died under its subscribers", bool(await world.kill("api")))
            await world.heal()
            await world.until(lambda: all(one.sockets > 1 for one in followers), 180)
            pid = world.stack.pid("api")
            before = psutil.Process(pid).memory_info().rss
            slow = [
                await asleep.enter_async_context(opened(world.url, tokens[-1], begun, max_queue=1))
                for _ in range(sleepers)
            ]
            second = [await work(world, 10 + number, 3, 0.1) for number in range(12)]
            await world.until_ended([*first, *second])
            wanted = {_id_of(run_id) for run_id in (*first, *second)}
            ended_at = world.clock()
            await world.until(lambda: all(wanted <= one.ended for one in followers), FOLLOWED_SECONDS_MAX)
            result.measure("all were told s behind the end", world.clock() - ended_at)
            grown = psutil.Process(pid).memory_info().rss - before
            result.measure("the API grew MB", grown >> 20)
            result.need(
                grown < GROWTH_MAX, "leak", f"the API grew by {grown >> 20} MB under {sleepers} who do not read"
            )
            result.need(world.stack.pid("api") == pid, "wrong", "the API did not outlive its subscribers")
            woken = [await _wake(socket, followers[0].cursors) for socket in slow]
            result.need(all(woken), "lost", f"{woken.count(False)} who slept missed something, and were not closed")
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    _compare(result, followers)
    return result


def _compare(result: CaseResult, followers: Sequence[Follower]) -> None:
    """See that everybody was told the same, each thing once."""
    length = min(len(one.cursors) for one in followers)
    stories = {tuple(one.cursors[:length]) for one in followers}
    result.need(len(stories) == 1, "lost", f"{len(followers)} subscribers were told {len(stories)} different stories")
    twice = sum(len(set(one.cursors)) != len(one.cursors) for one in followers)
    result.need(not twice, "doubled", f"{twice} subscribers were told something twice")
    result.measure("subscribers", len(followers))
    result.measure("events each", length)


async def _wake(socket: ClientConnection, cursors: Sequence[str]) -> bool:
    """Read what was sent to somebody who slept: everything in order, or a socket that was closed."""
    heard: list[str] = []
    try:
        async with asyncio.timeout(30):
            while len(heard) < len(cursors):
                message = orjson.loads(await socket.recv())
                if message["type"] == "next":
                    heard.append(message["payload"]["data"]["organisationEvents"]["cursor"])
    except (ConnectionClosed, TimeoutError):
        return heard == list(cursors[: len(heard)]) and socket.close_code is not None
    return heard == list(cursors[: len(heard)])


def _id_of(run_id: UUID) -> str:
    return encode_id("Run", run_id)


async def _people(world: World, count: int) -> list[str]:
    """Make people who may look; give the key of each."""
    people, tokens = People(world.stores.engine), []
    owner = next(one.id for one in await people.members(LOCAL_TENANT) if one.role == Role.OWNER)
    for _ in range(count):
        email = f"{new_id().hex}@example.com"
        invited = await people.invite(LOCAL_TENANT, email, Role.VIEWER, owner, 60)
        _, person, _ = await people.accept_invitation(invited.token, "Viewer", None)
        scopes = sorted(right.value for right in RIGHTS[Role.VIEWER])
        tokens.append((await people.make_key(LOCAL_TENANT, person, "key", scopes)).token)
    return tokens


CASES = (Case("F48", "hundreds of subscribers, and the API dies", follow_through_a_death),)
