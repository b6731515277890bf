"""Connecting to Temporal from settings; it loads neither the database nor the worker, so that the command line may use it."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from temporalio.client import Client
from temporalio.service import GrpcCompression

from deploy.codec import data_converter_of
from deploy.settings import Settings

log = structlog.get_logger()
PAUSE_SECONDS: Final = 0.5
DEFAULT_ADDRESS: Final = "127.0.0.1:7233"


async def connect(settings: Settings) -> Client:
    """Connect to Temporal, trying for as long as it is away."""
    while True:
        try:
            return await client_of(settings)
        except RuntimeError as error:
            log.warning("waiting for Temporal", address=settings.temporal_address, error=str(error)[:200])
            await asyncio.sleep(PAUSE_SECONDS)


async def client_of(settings: Settings, *, is_lazy: bool = False) -> Client:
    """Give a client of Temporal; one that is lazy connects when it is first used, and asks once only."""
    return await Client.connect(
        settings.temporal_address or DEFAULT_ADDRESS,
        namespace=settings.temporal_namespace,
        tls=settings.temporal_tls,
        data_converter=data_converter_of(settings),
        # Messages are small and the way is short: compressing them costs more than it saves.
        grpc_compression=GrpcCompression.NONE,
        lazy=is_lazy,
    )
