"""The API as the command line calls it: GraphQL over HTTP and sockets, asked again while it is away; it knows no operation.

    ask        once, for `ASK_SECONDS` at the most; a patient client (one that follows a run) for as long as it takes
    events     a subscription, from behind the last event that it gave, whatever breaks in between

Whatever is asked may be asked twice: an import of the same file changes nothing, a start has its idempotency key. What the API
refuses is `ApiRefused` (theirs), what it cannot do now `ApiFailed` (the world's); both carry the API's own code as `reason`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from deploy.place import Address, Place
from deploy.refusals import ApiAway, ApiRefused, error_of, failure_of, refused_status

T = TypeVar("T")
Json = dict[str, Any]
Say = Callable[[str], None]

#: Seconds for which an API that is away is asked again; a stack that is starting, or an API that was killed, is back in a few.
ASK_SECONDS: Final = 20.0
#: Seconds after which waiting is worth a word.
TELL_SECONDS: Final = 1.0
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 2.0
#: Seconds for one answer: operations end after 10, an upload takes what it takes.
ANSWER_SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 5.0
#: Bytes of one message on a socket.
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
PROTOCOL: Final = Subprotocol("graphql-transport-ws")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass
class Api:
    """An API, wherever its place says it is at the moment."""

    place: Place
    http: httpx2.AsyncClient
    say: Say
    #: Wait for it without an end: a run goes on whatever becomes of the API.
    is_patient: bool = False
    _is_told: bool = field(default=False, repr=False)

    async def ask(self, document: str, /, *, tolerated: Collection[str] = (), **variables: Any) -> Json:
        """Give the data of an operation; errors with these codes leave a null and are no more than that."""
        body = orjson.dumps({"query": document, "variables": variables})

        async def work(address: Address) -> Json:
            answer = await self._send(address, "POST", "/graphql", content=body, headers=_JSON)
            return _data_of(answer, address, tolerated)

        return await self.persistently(work)

    async def change(self, name: str, document: str, /, **variables: Any) -> Json:
        """Give the payload of a mutation; raise ApiRefused with what it says where it did nothing."""
        payload: Json = (await self.ask(document, **variables))[name]
        if payload["errors"]:
            raise error_of(payload["errors"])
        return payload

    async def upload(self, name: str, data: bytes) -> str:
        """Upload a file; give its id."""

        async def work(address: Address) -> str:
            answer = await self._send(address, "POST", "/files", files={"file": (name, data, "application/json")})
            return str(_document_of(answer, address)["id"])

        return await self.persistently(work)

    async def value(self, path: str) -> Any:
        """Give a large value, by the path of its `valueUrl`."""

        async def work(address: Address) -> Any:
            return _document_of(await self._send(address, "GET", path), address)

        return await self.persistently(work)

    async def until_ready(self) -> None:
        """Wait until it can serve."""

        async def work(address: Address) -> None:
            await self._send(address, "GET", "/readyz")

        await self.persistently(work)

    async def _send(self, address: Address, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {**options.pop("headers", {}), **address.headers}
        try:
            answer = await self.http.request(method, f"{address.url}{path}", headers=headers, **options)
        except httpx2.TransportError as error:
            raise ApiAway(f"The API at {address.url} does not answer: {str(error) or type(error).__name__}.") from error
        if answer.status_code >= 400:
            raise refused_status(answer.status_code, answer.content, address)
        return answer

    async def persistently(self, work: Callable[[Address], Awaitable[T]]) -> T:
        """Do what asks the API, again while it is away."""
        began, pause = monotonic(), PAUSE_SECONDS
        while True:
            try:
                done = await work(self._address())
            except ApiAway as error:
                waited = monotonic() - began
                if not self.is_patient and waited > max(ASK_SECONDS, error.patience_seconds):
                    raise
                self._tell(error, waited)
            else:
                self._is_told = False
                return done
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    def _address(self) -> Address:
        address = self.place.address()
        if address is None:
            raise ApiAway("The stack is starting, or starting again.")
        return address

    def _tell(self, error: ApiAway, waited: float) -> None:
        """Say once that there is something to wait for."""
        if not self._is_told and waited >= TELL_SECONDS:
            self._is_told = True
            self.say(f"{error.message} Waiting for it.")

    async def events(self, name: str, document: str, /, **variables: Any) -> AsyncIterator[Json]:
        """Give the events of a subscription until it completes; it is begun again behind the last one where it breaks.

        The document takes the cursor as `$after` and gives one with each event.
        """
        after: str | None = None
        while True:
            subscribed = await self.persistently(lambda address: self._subscribed(address))
            try:
                async for event in _told(subscribed, document, {**variables, "after": after}):
                    after = event[name]["cursor"]
                    yield event[name]
            except ConnectionClosed:
                # A socket that was opened and lost again at once must not be a busy loop.
                await asyncio.sleep(PAUSE_SECONDS)
            except ApiAway as error:
                self._tell(error, TELL_SECONDS)
                await asyncio.sleep(PAUSE_SECONDS_MAX)
            else:
                return
            finally:
                await subscribed.close()

    async def _subscribed(self, address: Address) -> ClientConnection:
        """Open a socket, as this caller."""
        url = f"{address.url}/graphql".replace("http", "ws", 1)
        try:
            socket = await connect(
                url,
                subprotocols=[PROTOCOL],
                proxy=None if is_loopback(address.url) else True,
                open_timeout=CONNECT_SECONDS,
                close_timeout=PAUSE_SECONDS_MAX,
                max_size=MESSAGE_BYTES_MAX,
            )
        except InvalidStatus as error:
            raise refused_status(error.response.status_code, bytes(error.response.body or b""), address) from error
        except (OSError, InvalidHandshake) as error:  # TimeoutError is an OSError.
            raise ApiAway(f"The API at {address.url} does not answer: {type(error).__name__}.") from error
        try:
            authorization = {name.lower(): value for name, value in address.headers.items()}
            await socket.send(_message("connection_init", payload=authorization))
            async with asyncio.timeout(ANSWER_SECONDS):
                await socket.recv()
        except ConnectionClosed as error:
            raise _of_close(error, address) from error
        except TimeoutError as error:
            await socket.close()
            raise ApiAway(f"The API at {address.url} does not answer.") from error
        return socket


_JSON: Final = {"Content-Type": "application/json"}


@asynccontextmanager
async def open_api(place: Place, say: Say) -> AsyncIterator[Api]:
    """Open a client of an API."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    # A proxy of the environment would not find this machine.
    async with httpx2.AsyncClient(timeout=timeout, trust_env=not place.is_near) as http:
        yield Api(place, http, say)


def is_loopback(url: str) -> bool:
    """Say whether an address is this machine's own."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


async def _told(socket: ClientConnection, document: str, variables: Json) -> AsyncIterator[Json]:
    await socket.send(_message("subscribe", id="1", payload={"query": document, "variables": variables}))
    async for text in socket:
        message = orjson.loads(text)
        match message["type"]:
            case "next":
                if message["payload"].get("errors"):
                    raise failure_of(message["payload"]["errors"])
                yield message["payload"]["data"]
            case "error":
                raise failure_of(message["payload"])
            case "complete":
                return
            case "ping":
                await socket.send(_message("pong"))
    raise ConnectionClosed(None, None)


def _message(kind: str, **rest: Any) -> str:
    return orjson.dumps({"type": kind, **rest}).decode()


def _of_close(error: ConnectionClosed, address: Address) -> ApiAway | ApiRefused:
    """Give why a socket was closed before it was open: 4400 to 4499 are the protocol's words for a refusal."""
    received = error.rcvd
    if received is not None and 4400 <= received.code < 4500 and received.code != 4408:
        return ApiRefused(f"The API at {address.url} refused the socket: {received.reason}", reason="FORBIDDEN")
    return ApiAway(f"The API at {address.url} closed the socket.")


def _document_of(answer: httpx2.Response, address: Address) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise ApiRefused(f"{address.url} does not answer as Drystone's API does.", reason="BAD_USER_INPUT") from error


def _data_of(answer: httpx2.Response, address: Address, tolerated: Collection[str]) -> Json:
    document = _document_of(answer, address)
    if not isinstance(document, dict):
        raise ApiRefused(f"{address.url} does not answer as Drystone's API does.", reason="BAD_USER_INPUT")
    errors = [one for one in document.get("errors") or () if one.get("extensions", {}).get("code") not in tolerated]
    if errors:
        raise failure_of(errors, address)
    data: Json = document["data"]
    return data
