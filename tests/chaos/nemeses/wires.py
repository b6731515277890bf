"""The wires of a stack: a proxy between each part and each of its servers, put in once for a session; it decides no fault.

The parts are started again with the proxies' addresses in their environment. The engine's process has the starter and the
reconciler in it, so their wires are the engine's. The proxies have a thread and a loop of their own: what the suite computes
slows no wire.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakKeyDictionary

from deploy.stack import Endpoints, Stack, ports
from tests.chaos.cases.beside import started_with
from tests.chaos.cases.world import World
from tests.chaos.nemeses.proxy import Flow, Proxy, Seen
from tests.chaos.nemesis import WORKERS

T = TypeVar("T")

PARTS: Final = (*WORKERS, "api")
SERVERS: Final = ("postgres", "temporal")
#: A wire: whose, and to which server.
Wire = tuple[str, str]
ALL: Final = tuple((part, server) for part in PARTS for server in SERVERS)
OPEN_SECONDS: Final = 10.0

#: The wires of each stack that has some.
_WIRES: Final[WeakKeyDictionary[Stack, Wires]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Wires:
    """The proxies by (part, server), and the loop that they work in."""

    proxies: dict[Wire, Proxy]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    async def open(self) -> None:
        """Begin the thread, and listen."""
        threading.Thread(target=self.loop.run_forever, name="wires", daemon=True).start()
        for proxy in self.proxies.values():
            await self._there(proxy.open())

    def variables(self, part: str, endpoints: Endpoints) -> dict[str, str]:
        """Give the variables by which a part reaches its servers over its wires."""
        url = urlsplit(endpoints.database_url)
        account = url.netloc.rpartition("@")[0]
        place = f"{account}@{ports.HOST}:{self.proxies[part, 'postgres'].port}"
        return {
            "DRYSTONE_DATABASE_URL": urlunsplit(url._replace(netloc=place)),
            "DRYSTONE_TEMPORAL_ADDRESS": f"{ports.HOST}:{self.proxies[part, 'temporal'].port}",
        }

    async def change(self, wires: Iterable[Wire], *, up: Flow | None = None, down: Flow | None = None) -> None:
        """Have wires behave so from now on; a direction that is None stays as it is."""
        for wire in wires:
            await self._call(lambda wire=wire: self.proxies[wire].change(up=up, down=down))

    async def reset(self, wires: Iterable[Wire], *, is_for_ever: bool = False) -> None:
        """Break what is open with RST; with `is_for_ever`, each new connection, too, until the wires are restored."""
        for wire in wires:
            self.proxies[wire].is_resetting = is_for_ever
            await self._call(self.proxies[wire].reset)

    async def refuse(self, wires: Iterable[Wire]) -> None:
        """Have nobody listen, as where a server's machine is up and the server is not."""
        for wire in wires:
            if not self.proxies[wire].is_refusing:
                await self._there(self.proxies[wire].refuse())

    async def restore(self, wires: Iterable[Wire] = ALL) -> None:
        """Let everything pass again."""
        for wire in wires:
            await self._there(self.proxies[wire].restore())

    async def watch(self, wires: Iterable[Wire] = ALL) -> dict[Wire, Seen]:
        """Begin to count anew; give what will be counted."""

        def begin(proxy: Proxy) -> Seen:
            proxy.seen = Seen(open_max=proxy.open_count)
            return proxy.seen

        return {wire: await self._call(lambda wire=wire: begin(self.proxies[wire])) for wire in wires}

    async def _call(self, work: Callable[[], T]) -> T:
        async def do() -> T:
            return work()

        return await self._there(do())

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))


async def wired(world: World) -> Wires:
    """Give the stack's wires; the first time they are put in, for which its parts are started again."""
    found = _WIRES.get(world.stack)
    if found is not None:
        return found
    endpoints = world.stack.endpoints
    assert endpoints is not None
    targets = {
        "postgres": urlsplit(endpoints.database_url).port or 0,
        "temporal": int(endpoints.temporal_address.rpartition(":")[2]),
    }
    wires = Wires({(part, server): Proxy(ports.HOST, targets[server]) for part, server in ALL})
    await wires.open()
    specs = {part: world.child(part).spec for part in PARTS}
    changed = {
        part: replace(spec, environment={**spec.environment, **wires.variables(part, endpoints)})
        for part, spec in specs.items()
    }
    await started_with(world, changed)
    _WIRES[world.stack] = wires
    return wires


def of_parts(*parts: str, servers: Iterable[str] = SERVERS) -> tuple[Wire, ...]:
    """Give the wires of these parts to these servers."""
    return tuple((part, server) for part in parts for server in servers)
