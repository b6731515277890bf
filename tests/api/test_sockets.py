"""Sockets: one protocol, who calls said first, so much and no more, and only from pages that may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from schema.access import Role
from tests.api.serving import Api, Client, Organisation, api_on
from tests.durable.waiting import eventually

MODERN, LEGACY = Subprotocol("graphql-transport-ws"), Subprotocol("graphql-ws")
SECONDS = 15


@asynccontextmanager
async def opened(url: str, protocol: Subprotocol = MODERN, **headers: str) -> AsyncIterator[ClientConnection]:
    address = f"{url}/graphql".replace("http", "ws", 1)
    async with connect(address, subprotocols=[protocol], additional_headers=headers) as socket:
        yield socket


async def begin(socket: ClientConnection, client: Client) -> dict[str, Any]:
    await send(socket, type="connection_init", payload={"authorization": f"Bearer {client.token}"})
    return await receive(socket)


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        return dict(json.loads(await socket.recv()))


async def close_code(socket: ClientConnection) -> int | None:
    """Give the code with which the other side closes."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else None


async def test_a_caller_who_is_known_is_acknowledged_and_served(api: Api, acme: Organisation) -> None:
    async with opened(api.url) as socket:
        assert (await begin(socket, acme.owner))["type"] == "connection_ack"
        await send(socket, id="1", type="subscribe", payload={"query": "{ viewer { role } }"})
        assert (await receive(socket))["payload"]["data"] == {"viewer": {"role": "OWNER"}}


async def test_the_legacy_protocol_which_skips_who_calls_is_refused(api: Api) -> None:
    async with opened(api.url, LEGACY) as socket:
        assert await close_code(socket) == 4406


async def test_nothing_is_served_before_it_is_said_who_calls(api: Api) -> None:
    async with opened(api.url) as socket:
        await send(socket, id="1", type="subscribe", payload={"query": "{ viewer { role } }"})
        assert await close_code(socket) == 4401


@pytest.mark.parametrize(
    "payload", [{}, {"authorization": "Bearer drs_wrong"}, {"authorization": 5}, {"authorization": "x"}]
)
async def test_a_socket_of_nobody_is_closed(api: Api, payload: dict[str, Any]) -> None:
    async with opened(api.url) as socket:
        await send(socket, type="connection_init", payload=payload)
        assert await close_code(socket) == 4403


async def test_a_page_of_another_origin_opens_no_socket(api: Api, acme: Organisation) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(api.url, Origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with (
        api_on(api.platform, allowed_origins=("https://app.example",)) as served,
        opened(served.url, Origin="https://app.example") as socket,
    ):
        assert (await begin(socket, acme.owner))["type"] == "connection_ack"


async def test_a_message_has_a_size(api: Api, acme: Organisation) -> None:
    async with opened(api.url) as socket:
        await begin(socket, acme.owner)
        await send(socket, id="1", type="subscribe", payload={"query": "{ viewer { role } }", "x": "x" * 100_000})
        assert await close_code(socket) == 1009


async def test_a_caller_has_so_many_sockets(api: Api, acme: Organisation) -> None:
    async with (
        api_on(api.platform, sockets_per_caller=2) as served,
        opened(served.url) as first,
        opened(served.url) as second,
        opened(served.url) as third,
    ):
        assert (await begin(first, acme.owner))["type"] == "connection_ack"
        assert (await begin(second, acme.owner))["type"] == "connection_ack"
        await send(third, type="connection_init", payload={"authorization": f"Bearer {acme.owner.token}"})
        assert await close_code(third) == 4403
        await first.close()

        async def has_room() -> bool:
            async with opened(served.url) as another:
                await send(another, type="connection_init", payload={"authorization": f"Bearer {acme.owner.token}"})
                try:
                    return (await receive(another))["type"] == "connection_ack"
                except ConnectionClosed:
                    return False

        await eventually(has_room)


async def test_a_socket_has_so_many_subscriptions(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, subscriptions_per_socket=2) as served, opened(served.url) as socket:
        await begin(socket, acme.owner)
        for number in range(3):
            query = "subscription { organisationEvents { cursor } }"
            await send(socket, id=str(number), type="subscribe", payload={"query": query})
        answer = await receive(socket)
        assert (answer["id"], answer["type"]) == ("2", "error")


async def test_a_key_that_is_revoked_closes_its_socket(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, recheck_seconds=0.1) as served, opened(served.url) as socket:
        client = acme[Role.VIEWER]
        await begin(socket, client)
        await api.platform.sql("UPDATE api_keys SET revoked_at = now() WHERE person_id = :id", id=client.person)
        assert await close_code(socket) == 4403
