"""`python -m deploy.temporal_setup [DAYS]`: makes in Temporal what Drystone needs there, where it is missing; it deletes nothing.

The namespace, kept for so many days, and its search attributes. What is there already stays as it is, so it may be run again, also
by several at once. The server's own settings are in its dynamic configuration, which no client can change: see docs/doctor.md.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.temporal_server import attributes, described, missing_attributes, vital_findings
from deploy.connecting import connect
from deploy.ending import leave, status_of
from deploy.settings import Settings
from schema.errors import Conflict, Unavailable

RETENTION_DAYS: Final = 3
#: A server that has just been started takes so long, and one of several to hear of a namespace that another made.
PATIENCE_SECONDS: Final = 120.0
PAUSE_SECONDS: Final = 0.5


async def set_up(client: Client, retention: timedelta) -> AsyncIterator[str]:
    """Make what is missing; give what was made. Raise Conflict where something is there that is not as it must be."""
    space = await described(client)
    if space is None:
        await _register(client, retention)
        yield f"The namespace {client.namespace} is made; it keeps what ended for {retention.days} days."
    elif space.config.workflow_execution_retention_ttl.ToTimedelta() < retention:
        request = UpdateNamespaceRequest(namespace=client.namespace)
        request.config.workflow_execution_retention_ttl.FromTimedelta(retention)
        await client.workflow_service.update_namespace(request)
        yield f"The namespace {client.namespace} keeps what ended for {retention.days} days."
    missing = missing_attributes(await _known(client))
    if missing:
        await _add(client, missing)
        yield f"Search attributes are made: {', '.join(missing)}."
    await _until_usable(client)


async def _register(client: Client, retention: timedelta) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, description="Drystone's runs.")
    request.workflow_execution_retention_period.FromTimedelta(retention)
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _known(client: Client) -> dict[str, str]:
    """Give the namespace's search attributes; one that has just been made is not known everywhere at once."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE_SECONDS
    while True:
        try:
            return await attributes(client)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND or clock() > deadline:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


async def _add(client: Client, missing: dict[str, str]) -> None:
    kinds = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        # Another process made them meanwhile.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _until_usable(client: Client) -> None:
    """Wait until the server knows all of it; raise Conflict with what is not as it must be."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE_SECONDS
    while found := await vital_findings(client):
        if clock() > deadline or not missing_attributes(await _known(client)):
            raise Conflict("\n".join(f"{one.what} {one.remedy}" for one in found))
        await asyncio.sleep(PAUSE_SECONDS)


async def _main(settings: Settings, retention: timedelta) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            client = await connect(settings)
    except TimeoutError as error:
        raise Unavailable(f"Temporal does not answer within {PATIENCE_SECONDS:.0f} s.") from error
    async for made in set_up(client, retention):
        print(made)
    print(f"Temporal is ready for Drystone: namespace {client.namespace}.")


def main() -> None:
    """Set up the Temporal that the settings name."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else RETENTION_DAYS
    asyncio.run(_main(Settings(), timedelta(days=days)))


if __name__ == "__main__":
    leave(status_of(main, (OSError, RPCError)))
