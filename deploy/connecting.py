"""Connecting to Temporal from settings; it loads neither the database nor the worker, so that the command line may use it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog
from temporalio.client import Client
from temporalio.service import GrpcCompression, TLSConfig

from deploy.codec import data_converter_of
from deploy.settings import Settings
from schema.errors import DrystoneError

log = structlog.get_logger()
PAUSE_SECONDS: Final = 0.5
DEFAULT_ADDRESS: Final = "127.0.0.1:7233"


class UnfitCertificate(DrystoneError):
    """The settings of Temporal's certificates do not fit together."""

    code = "UNFIT_CERTIFICATE"
    fault = "theirs"


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
        tls=_tls_of(settings),
        api_key=None if settings.temporal_api_key is None else settings.temporal_api_key.get_secret_value(),
        data_converter=data_converter_of(settings),
        # Messages are small and the way is short: compressing them costs more than it saves.
        grpc_compression=GrpcCompression.NONE,
        lazy=is_lazy,
    )


def _tls_of(settings: Settings) -> TLSConfig | bool:
    """Give how Temporal is spoken to. Raises UnfitCertificate for half a certificate, OSError for a file that is not there."""
    files = (settings.temporal_ca_file, settings.temporal_certificate_file, settings.temporal_key_file)
    if not any(files) and settings.temporal_server_name is None:
        return settings.temporal_tls
    if not settings.temporal_tls:
        raise UnfitCertificate("Certificates for Temporal are set, and DRYSTONE_TEMPORAL_TLS is false: set it to true.")
    authority, certificate, key = files
    if (certificate is None) is not (key is None):
        raise UnfitCertificate(
            "DRYSTONE_TEMPORAL_CERTIFICATE_FILE and DRYSTONE_TEMPORAL_KEY_FILE are one: set both, or neither."
        )
    return TLSConfig(
        server_root_ca_cert=_read(authority),
        domain=settings.temporal_server_name,
        client_cert=_read(certificate),
        client_private_key=_read(key),
    )


def _read(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()
