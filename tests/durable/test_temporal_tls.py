"""Temporal behind TLS that asks for a certificate: who shows the right one is let in, everyone else is not, each told why.

The server is the real one, behind a proxy that speaks TLS, as an ingress would.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from deploy.connecting import UnfitCertificate, client_of
from deploy.settings import Settings
from tests.durable.platform import Platform

NAME = "temporal.example"


class Authority:
    """A certificate authority of this test's own, in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key, is_authority=True)
        self.file = self._write(f"{name}.ca", self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, subject: str) -> tuple[Path, Path]:
        """Give the files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(subject, key, is_authority=False)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        stem = f"{self.name}.{subject}"
        return (
            self._write(f"{stem}.crt", certificate.public_bytes(serialization.Encoding.PEM)),
            self._write(f"{stem}.key", key.private_bytes(*form)),
        )

    def _write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def _sign(self, subject: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )


@asynccontextmanager
async def behind_tls(address: str, authority: Authority) -> AsyncIterator[str]:
    """Have the server of an address behind TLS, and for those only whose certificates the authority signed; give where."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.file))
    context.load_cert_chain(*map(str, authority.issue(NAME)))
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    host, _, port = address.rpartition(":")
    open_ways: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        async with asyncio.TaskGroup() as group:
            for one, other in ((reader, back), (there, writer)):
                way = group.create_task(pass_on(one, other))
                open_ways.add(way)
                way.add_done_callback(open_ways.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for way in list(open_ways):
            way.cancel()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # One side went away.
    finally:
        writer.close()


async def asks(settings: Settings) -> str:
    """Ask something; give the namespace that answers."""
    client = await client_of(settings)
    request = DescribeNamespaceRequest(namespace=settings.temporal_namespace)
    return (await client.workflow_service.describe_namespace(request)).namespace_info.name


async def test_a_certificate_opens_temporal_and_nothing_else_does(platform: Platform, tmp_path: Path) -> None:
    ours, strange = Authority(tmp_path, "ours"), Authority(tmp_path, "strange")
    certificate, key = ours.issue("drystone")
    assert platform.settings.temporal_address is not None
    async with behind_tls(platform.settings.temporal_address, ours) as address:
        good = platform.settings.model_copy(
            update={
                "temporal_address": address,
                "temporal_tls": True,
                "temporal_ca_file": ours.file,
                "temporal_certificate_file": certificate,
                "temporal_key_file": key,
                "temporal_server_name": NAME,
                # In clear, or to somebody else, it would be given away.
                "temporal_api_key": SecretStr("sesame"),
            }
        )
        assert await asks(good) == good.temporal_namespace
        bad_certificate, bad_key = strange.issue("drystone")
        for wrong in (
            {"temporal_certificate_file": None, "temporal_key_file": None},
            {"temporal_certificate_file": bad_certificate, "temporal_key_file": bad_key},
            {"temporal_ca_file": strange.file},
            {"temporal_ca_file": None},
            {"temporal_server_name": "somebody.example"},
        ):
            with pytest.raises(RuntimeError):
                await asks(good.model_copy(update=wrong))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"temporal_tls": False}, "DRYSTONE_TEMPORAL_TLS is false"),
        ({"temporal_key_file": None}, "set both, or neither"),
        ({"temporal_certificate_file": None}, "set both, or neither"),
    ],
)
async def test_half_a_certificate_is_refused_by_the_name_of_its_setting(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    certificate, key = Authority(tmp_path, "ours").issue("drystone")
    settings = Settings(temporal_tls=True, temporal_certificate_file=certificate, temporal_key_file=key)
    with pytest.raises(UnfitCertificate, match=said):
        await client_of(settings.model_copy(update=changes), is_lazy=True)
