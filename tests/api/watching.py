"""A subscriber that we did not write: `gql` over graphql-transport-ws; no test is here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from gql import Client as GqlClient
from gql import gql
from gql.client import AsyncClientSession
from gql.transport.websockets import WebsocketsTransport

from tests.api.serving import Client, Json

FIELDS = (
    "__typename cursor runId at ... on RunMoved { status error { code message } cancelReason } "
    "... on NodeEvent { execution nodeId title } ... on NodeMoved { moved: status ordinal step } "
    "... on Emitted { sequence pin value { json } } ... on TextStreamed { attempt onPin: pin text } "
    "... on LogWritten { attempt level line }"
)
OF_RUN = f"subscription($id: ID!, $after: String) {{ runEvents(runId: $id, after: $after) {{ {FIELDS} }} }}"
OF_GRAPH = f"subscription($id: ID!, $after: String) {{ graphEvents(graphId: $id, after: $after) {{ {FIELDS} }} }}"
OF_ALL = f"subscription($after: String) {{ organisationEvents(after: $after) {{ {FIELDS} }} }}"
NOW = "{ eventCursor }"


class Watcher:
    """An open socket."""

    def __init__(self, session: AsyncClientSession) -> None:
        self._session = session

    async def events(self, document: str, **variables: Any) -> AsyncIterator[Json]:
        """Give the events of a subscription until it completes; raise TransportQueryError where it is refused."""
        request = gql(document)
        request.variable_values = variables
        async for answer in self._session.subscribe(request):
            yield next(iter(answer.values()))

    async def all(self, document: str, **variables: Any) -> list[Json]:
        return [event async for event in self.events(document, **variables)]

    async def until(self, is_last: Callable[[Json], bool], document: str, **variables: Any) -> list[Json]:
        """Give the events up to the one that was waited for."""
        found = []
        async for event in self.events(document, **variables):
            found.append(event)
            if is_last(event):
                break
        return found


@asynccontextmanager
async def watching(client: Client, url: str | None = None) -> AsyncIterator[Watcher]:
    """Open a socket as a caller."""
    address = f"{url or client.url}/graphql".replace("http", "ws", 1)
    parameters = {} if client.token is None else {"authorization": f"Bearer {client.token}"}
    transport = WebsocketsTransport(url=address, init_payload=parameters)
    async with GqlClient(transport=transport) as session:
        yield Watcher(session)


def short(event: Json) -> str:
    """Give an event in a word or two."""
    match event["__typename"]:
        case "RunMoved":
            return f"run {event['status']}"
        case "NodeMoved":
            return f"{event['nodeId']} {event['moved']}"
        case "Emitted":
            return f"{event['nodeId']}.{event['pin']} = {event['value']['json']!r}"
        case "TextStreamed":
            return f"{event['nodeId']}.{event['onPin']} ~ {event['text']}"
        case _:
            return f"{event['nodeId']}: {event['level']} {event['line']}"
