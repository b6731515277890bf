"""The GraphQL endpoint: from a request or a socket to a call; a socket's caller is looked up again while it is open."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any
from uuid import UUID

import structlog
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.authentication import Authenticator, token_of
from api.call import Call
from api.config import ApiConfig
from api.cookies import token_in_cookie
from api.errors import Unauthenticated
from api.graphql.schema import make_schema
from api.services import Services
from api.throttle import Throttle
from schema.access import Principal
from schema.errors import DrystoneError

log = structlog.get_logger()

#: What a socket is closed with when its caller's token has ended; graphql-transport-ws, "Forbidden".
FORBIDDEN = 4403


class Door:
    """Recognises who calls, within the throttle's limits."""

    def __init__(
        self, services: Services, authenticator: Authenticator, throttle: Throttle, everyone: Principal | None = None
    ) -> None:
        self.services = services
        self.authenticator = authenticator
        self.throttle = throttle
        #: Who everyone is where authentication is switched off.
        self.everyone = everyone

    async def open(self, connection: HTTPConnection) -> Call:
        """Give the call of a request; raise Unauthenticated where it shows a token that is nobody's."""
        ip = None if connection.client is None else connection.client.host
        token = token_of(connection.headers) or token_in_cookie(connection, self.services.config.public_url)
        if token is None and self.everyone is None:
            await self.throttle.take("address", ip or "")
            return Call(self.services, None, ip)
        call = Call(self.services, await self.recognise(token, ip), ip)
        call.token = token
        return call

    async def recognise(self, token: str | None, ip: str | None) -> Principal:
        """Give who a token belongs to. A wrong one counts as a try to sign in."""
        if token is None:
            assert self.everyone is not None
            return self.everyone
        try:
            principal = await self.authenticator.principal(token)
        except Unauthenticated:
            await self.throttle.take("address", ip or "")
            raise
        await self.throttle.take("caller", str(principal.key_id or principal.person_id))
        return principal


class ApiRouter(GraphQLRouter[Call, None]):
    """POST for operations and graphql-transport-ws for subscriptions; nothing by GET, no files, no IDE from elsewhere."""

    def __init__(self, config: ApiConfig, door: Door) -> None:
        super().__init__(
            make_schema(config),
            path="/graphql",
            graphql_ide=None,
            allow_queries_via_get=False,
            context_getter=door.open,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=config.subscriptions_per_socket,
            allowed_origins=config.allowed_origins,
        )
        self.config = config
        self.door = door
        self.sockets: Counter[UUID] = Counter()
        self._watches: dict[int, asyncio.Task[None]] = {}

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON. What Python refuses in words of its own, bytes that are no UTF-8 and numbers of thousands of digits, is
        refused as what is no JSON."""
        try:
            return super().decode_json(data)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            raise json.JSONDecodeError(f"{type(error).__name__}", "", 0) from error

    async def on_ws_connect(self, context: Call) -> None:
        """Recognise a socket's caller by the token of its first message, and look again from then on."""
        parameters = context.connection_params if isinstance(context.connection_params, dict) else {}
        given = parameters.get("authorization") or parameters.get("Authorization")
        try:
            if isinstance(given, str):
                context.token = token_of({"authorization": given})
                context.found_principal = await self.door.recognise(context.token, context.ip)
            who = context.principal.person_id
        except DrystoneError as error:
            raise ConnectionRejectionError({"message": error.message}) from error
        if self.sockets[who] >= self.config.sockets_per_caller:
            raise ConnectionRejectionError({"message": "Too many sockets are open."})
        self._watches[id(context)] = asyncio.create_task(self._watch(context))

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        if not isinstance(request, WebSocket):
            return await super().run(request, context, root_value)
        context.is_socket = True
        try:
            return await super().run(request, context, root_value)
        finally:
            watch = self._watches.pop(id(context), None)
            if watch is not None:
                watch.cancel()

    async def _watch(self, call: Call) -> None:
        """Close the socket when its caller's token has ended."""
        who = call.principal.person_id
        self.sockets[who] += 1
        try:
            while True:
                await asyncio.sleep(self.config.recheck_seconds)
                if call.token is None:
                    continue
                try:
                    call.found_principal = await self.door.authenticator.principal(call.token)
                except Unauthenticated:
                    await self._close(call)
                    return
                except DrystoneError as error:
                    log.warning("a socket's caller cannot be looked up", error=error.message[:200])
        finally:
            self.sockets[who] -= 1

    async def _close(self, call: Call) -> None:
        socket = call.request
        if isinstance(socket, WebSocket):
            await socket.close(code=FORBIDDEN, reason="The token has ended.")
