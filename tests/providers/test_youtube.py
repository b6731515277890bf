"""Subtitles through a proxy of Webshare's: a real CONNECT proxy and a real TLS server stand in for both."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from blocks.library.youtube import TranscribeYoutubeVideo, video_id_of
from blocks.sdk import Context, UserPassword
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from schema.errors import InvalidInput
from tests.egress.servers import reply

LOGIN = UserPassword(
    Reference("00000000-0000-4000-8000-00000000000d", "webshare_proxy", "user_password", "Mine"),
    username="ann",
    password="canary-password",
)
VIDEO = "dQw4w9WgXcQ"
PLAYER = b"/youtubei/v1/player?prettyPrint=false"


def track(language: str, kind: str = "") -> dict[str, str]:
    address = f"https://www.youtube.com/api/timedtext?v={VIDEO}&lang={language}&kind={kind}"
    return {"baseUrl": address, "languageCode": language, "kind": kind}


def playing(*tracks: dict[str, str]) -> bytes:
    found = {"playerCaptionsTracklistRenderer": {"captionTracks": tracks}}
    return reply(200, orjson.dumps({"playabilityStatus": {"status": "OK"}, "captions": found}))


LINES = reply(
    200,
    orjson.dumps(
        {
            "events": [
                {"tStartMs": 0},
                {"segs": [{"utf8": "Stone "}, {"utf8": "on\nstone."}]},
                {"segs": [{"utf8": "\n"}]},
                {"segs": [{"utf8": "It stands."}]},
            ]
        }
    ),
)


@dataclass
class Proxy:
    """A proxy that takes CONNECT, and is the site behind itself."""

    site: ssl.SSLContext
    answers: list[bytes]
    port: int = 0
    status: bytes = b"200 Connection established"
    heads: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 " + self.status + b"\r\n\r\n")
            await writer.drain()
            await writer.start_tls(self.site)
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0])
            writer.write(self.answers.pop(0))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # The client left: what a refusal, or a certificate that is not the site's, makes it do.
        finally:
            writer.close()

    async def transcribe(self, url: str = f"https://youtu.be/{VIDEO}") -> DirectResult:
        host = f"127.0.0.1:{self.port}"
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({host})))
        moved = {"webshare_proxy": f"http://{host}"}
        context = Context(http, credentials={"credentials": LOGIN}, base_urls=moved)
        given = {"youtube_url": url, "credentials": LOGIN.reference.to_wire()}
        return await run_directly(TranscribeYoutubeVideo, given, context)


@pytest.fixture(scope="module")
def certify(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[ssl.SSLContext, Path]]:
    """Make a certificate for a name: the server's TLS with it, and the file by which it is trusted."""

    def make(name: str) -> tuple[ssl.SSLContext, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path_factory.mktemp("tls") / "both.pem"
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *plain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context, file

    return make


@pytest.fixture
def proxy(certify: Callable[[str], tuple[ssl.SSLContext, Path]], monkeypatch: pytest.MonkeyPatch):
    """Run a proxy whose site has YouTube's name, and a certificate for it that this process trusts."""
    site, file = certify("www.youtube.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    @asynccontextmanager
    async def run(*answers: bytes, tls: ssl.SSLContext | None = None, **fields: bytes) -> AsyncIterator[Proxy]:
        found = Proxy(tls or site, list(answers), **fields)
        server = await asyncio.start_server(found.handle, "127.0.0.1", 0)
        found.port = server.sockets[0].getsockname()[1]
        async with server:
            yield found

    return run


async def test_subtitles_are_read_line_by_line_through_the_proxy(proxy) -> None:
    async with proxy(playing(track("de"), track("en", "asr"), track("en-GB")), LINES) as running:
        result = await running.transcribe()
    assert result.error is None, result.error
    assert result.emissions == [("video_id", VIDEO), ("transcript", "Stone on stone.\nIt stands.")]
    assert running.asked[0] == b"POST " + PLAYER + b" HTTP/1.1"
    # English that a person wrote goes before what was heard by a machine, and before German.
    assert running.asked[1] == f"GET /api/timedtext?v={VIDEO}&lang=en-GB&fmt=json3 HTTP/1.1".encode()


async def test_the_credential_goes_to_the_proxy_and_not_to_the_site(proxy) -> None:
    async with proxy(playing(track("en")), LINES) as running:
        await running.transcribe()
    key = base64.b64encode(b"ann-rotate:canary-password")
    assert all(head.startswith(b"CONNECT www.youtube.com:443 HTTP/1.1\r\n") for head in running.heads)
    assert all(b"Proxy-Authorization: Basic " + key + b"\r\n" in head for head in running.heads)
    assert not any(key in line for line in running.asked)


async def test_a_site_with_another_certificate_is_told_nothing(proxy, certify) -> None:
    other, _file = certify("www.youtube.com")
    async with proxy(playing(track("en")), tls=other) as running:
        result = await running.transcribe()
    assert result.error is not None
    assert result.error.code == "UNAVAILABLE"
    assert "SSLCertVerificationError" in result.error.message
    assert not running.asked


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (b"407 Proxy Authentication Required", "CREDENTIAL_UNUSABLE"),
        (b"429 Slow down", "RATE_LIMITED"),
        (b"502 Bad Gateway", "UNAVAILABLE"),
        (b"nonsense", "UNAVAILABLE"),
    ],
)
async def test_what_the_proxy_refuses_is_told_for_what_it_is(proxy, status: bytes, code: str) -> None:
    async with proxy(status=status) as running:
        result = await running.transcribe()
    assert result.error is not None
    assert result.error.code == code
    assert "canary-password" not in result.error.message


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([playing()], "BLOCK_FAILED", "has no subtitles"),
        ([reply(200, b'{"playabilityStatus": {"status": "ERROR", "reason": "Gone"}}')], "BLOCK_FAILED", "Gone"),
        ([reply(429, b"")], "RATE_LIMITED", "429"),
        ([reply(500, b"")], "UNAVAILABLE", "500"),
        ([reply(200, b"<html>")], "UNAVAILABLE", "robot"),
        ([playing({"baseUrl": "https://evil.example.com/api/timedtext"})], "UNAVAILABLE", "not its own"),
    ],
)
async def test_what_youtube_refuses_is_told_for_what_it_is(proxy, answers: list[bytes], code: str, words: str) -> None:
    async with proxy(*answers) as running:
        result = await running.transcribe()
    assert result.error is not None
    assert result.error.code == code
    assert words in result.error.message


@pytest.mark.parametrize(
    "address",
    [
        VIDEO,
        f"https://www.youtube.com/watch?v={VIDEO}&t=3s",
        f"youtube.com/watch?list=x&v={VIDEO}",
        f"https://youtu.be/{VIDEO}?si=x",
        f"https://m.youtube.com/shorts/{VIDEO}",
        f"https://www.youtube.com/embed/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}",
    ],
)
def test_a_videos_address_has_its_id(address: str) -> None:
    assert video_id_of(address) == VIDEO


@pytest.mark.parametrize(
    "address", ["", "https://vimeo.com/1", "https://www.youtube.com/@ann", f"https://evil.com/watch?v={VIDEO}"]
)
def test_other_addresses_have_none(address: str) -> None:
    with pytest.raises(InvalidInput):
        video_id_of(address)
