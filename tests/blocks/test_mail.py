"""SendEmail against a real SMTP server on 127.0.0.1, with and without TLS, reached by the guarded way out."""

from __future__ import annotations

import base64
import email
import email.policy
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from blocks.library import mail
from blocks.library.mail import SendEmail
from blocks.sdk import Context, UserPassword
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from tests.blocks.conftest import NOON

REFERENCE = Reference("00000000-0000-4000-8000-000000000009", "smtp", "user_password", "Test")
PASSWORD = "canary-password"


@dataclass
class MailServer:
    """A server that takes mail, and what came to it."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    is_tls_first: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    #: Whether the connection was under TLS when the user signed in.
    was_secured: bool = False
    login: str = ""
    content: bytes = b""

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def talk(self, connection: socket.socket) -> None:
        """Speak SMTP until the client leaves."""
        is_secured = self.is_tls_first
        if is_secured:
            connection = self._secured(connection)
        lines = connection.makefile("rb")

        def say(text: str) -> None:
            connection.sendall(text.encode() + b"\r\n")

        say("220 mail")
        while line := lines.readline().decode().rstrip("\r\n"):
            word = line.partition(" ")[0].upper()
            self.commands.append(word)
            if word in self.answers:
                say(self.answers[word])
            elif word == "EHLO":
                offers = [*([] if self.tls is None or is_secured else ["STARTTLS"]), "AUTH PLAIN"]
                say("\r\n".join(["250-mail", *(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"]))
            elif word == "STARTTLS":
                say("220 go")
                connection = self._secured(connection)
                lines, is_secured = connection.makefile("rb"), True
            elif word == "AUTH":
                self.was_secured, self.login = is_secured, base64.b64decode(line.split()[-1]).decode()
                say("235 in")
            elif word == "DATA":
                say("354 go")
                # What begins with a point has one more on its way; RFC 5321, 4.5.2.
                content = iter(lines.readline, b".\r\n")
                self.content = b"".join(one.removeprefix(b".") for one in content)
                say("250 taken")
            else:
                say("221 bye" if word == "QUIT" else "250 so")

    def _secured(self, connection: socket.socket) -> ssl.SSLSocket:
        assert self.tls is not None
        return self.tls.wrap_socket(connection, server_side=True)


@contextmanager
def serving(**fields: Any) -> Iterator[MailServer]:
    mail_server = MailServer(**fields)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                mail_server.talk(self.request)
            except OSError:
                pass  # The client left, as it should where it refuses the server.

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mail_server.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield mail_server
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody has signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def send(
    server: MailServer, host: str = "127.0.0.1", policy: EgressPolicy | None = None, **inputs: Any
) -> DirectResult:
    login = UserPassword(REFERENCE, username="ann@example.com", password=PASSWORD)
    given = {
        "to_email": "bob@example.com",
        "subject": "Walls",
        "body": "They stand.",
        "config": {"smtp_server": host, "smtp_port": server.port},
        "credentials": REFERENCE.to_wire(),
        **inputs,
    }
    opened = policy or EgressPolicy(allowed_hosts=frozenset({f"127.0.0.1:{server.port}"}))
    context = Context(GuardedHttp(opened), run_id="run", clock=lambda: NOON, credentials={"credentials": login})
    return await run_directly(SendEmail, given, context)


async def test_an_email_goes_out_under_tls_and_is_the_same_on_every_attempt(certificate: ssl.SSLContext) -> None:
    with serving(tls=certificate) as server:
        ids = []
        for _ in range(2):
            result = await send(
                server, subject="Wälle", body="They ständ.\n.\nEnd", to_email="bob@example.com, Eve@bücher.example"
            )
            assert result.emissions == [("status", "Email sent successfully")], result.error
            ids.append(server.message["Message-ID"])
    message = server.message
    assert (server.was_secured, server.login) == (True, f"\0ann@example.com\0{PASSWORD}")
    assert (message["From"], message["To"]) == ("ann@example.com", "bob@example.com, Eve@xn--bcher-kva.example")
    assert message["Subject"] == "Wälle"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().split() == ["They", "ständ.", ".", "End"]
    assert ids[0] == ids[1]
    assert "drystone" in ids[0]


async def test_tls_may_come_before_the_first_word(certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tls=certificate, is_tls_first=True) as server:
        monkeypatch.setattr(mail, "_TLS_FIRST", frozenset({server.port}))
        result = await send(server)
        assert result.error is None, result.error
    assert server.was_secured


async def test_inside_a_server_without_tls_will_do(certificate: ssl.SSLContext) -> None:
    with serving() as server:
        result = await send(server)
    assert result.error is None, result.error
    assert not server.was_secured


@pytest.mark.parametrize("has_tls", [False, True])
async def test_outside_no_password_is_sent_without_a_verified_certificate(
    has_tls: bool, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 127.0.0.1 stands for a public address here, as no test has one.
    monkeypatch.setattr(mail, "is_public", lambda _address: True)
    with serving(tls=certificate if has_tls else None) as server:
        result = await send(server)
    assert result.error is not None
    assert "AUTH" not in server.commands
    assert PASSWORD not in str(result.error.to_wire())


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"subject": "Walls\r\nBcc: eve@example.com"}, "one line"),
        ({"subject": "Walls\u2028Bcc: eve@example.com"}, "one line"),
        ({"subject": "x" * 1000}, "one line"),
        ({"to_email": "bob@example.com\r\nRCPT TO:<eve@example.com>"}, "no e-mail address"),
        ({"to_email": "bob@example.com>\nBcc: <eve@example.com"}, "no e-mail address"),
        ({"to_email": '"a b"@example.com'}, "no e-mail address"),
        ({"to_email": "@example.com"}, "no e-mail address"),
        ({"to_email": "bob@localhost"}, "no e-mail address"),
        ({"to_email": "bob@exa mple.com"}, "no e-mail address"),
        ({"to_email": " , "}, "from 1 to 50 addresses"),
        ({"to_email": ",".join(["bob@example.com"] * 51)}, "from 1 to 50 addresses"),
        ({"from_email": "ann@example.com\nBcc: eve@example.com"}, "no e-mail address"),
        ({"body": "x" * 5_000_001}, "at most 5000000"),
    ],
)
async def test_what_would_be_another_email_than_it_looks_is_refused(inputs: dict[str, Any], what: str) -> None:
    with serving() as server:
        result = await send(server, **inputs)
    assert result.error is not None
    assert what in result.error.message
    assert server.commands == []


async def test_a_body_of_markup_is_html_unless_it_is_said_otherwise() -> None:
    with serving() as server:
        for body_format, kind in (("auto", "text/html"), ("text", "text/plain"), ("html", "text/html")):
            await send(server, body="<p>They <b>stand</b>.</p>", body_format=body_format)
            assert server.message.get_content_type() == kind
        await send(server, body="1 < 2 and <a@b.example> wrote")
        assert server.message.get_content_type() == "text/plain"


def test_a_body_of_tags_without_ends_is_looked_at_once() -> None:
    began = time.process_time()
    assert mail._MARKUP.search("<p " * 200_000) is None
    assert time.process_time() - began < 0.2
    assert mail._MARKUP.search("<p " * 200_000 + ">") is not None


@pytest.mark.parametrize(
    ("answers", "code", "what"),
    [
        ({"AUTH": "535 no"}, "CREDENTIAL_UNUSABLE", "does not accept"),
        ({"RCPT": "550 no such user"}, "BLOCK_FAILED", "refused every address: bob@example.com (550): no such user"),
        ({"RCPT": "450 4.2.0 greylisted"}, "UNAVAILABLE", "cannot take it now"),
        ({"MAIL": "451 later"}, "UNAVAILABLE", "cannot take it now (451)"),
        ({"DATA": "554 spam"}, "BLOCK_FAILED", "refused it (554): spam"),
    ],
)
async def test_what_the_server_refuses_is_told_by_whose_fault_it_is(
    answers: dict[str, str], code: str, what: str
) -> None:
    with serving(answers=answers) as server:
        result = await send(server)
    assert result.error is not None
    assert (result.error.code, what in result.error.message) == (code, True), result.error


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "::1", "169.254.169.254", "10.0.0.1", ""])
async def test_no_address_inside_is_reached_unless_the_operator_opened_it(host: str) -> None:
    with serving() as server:
        result = await send(server, host=host, policy=EgressPolicy())
    assert result.error is not None
    assert result.error.code == "EGRESS_REFUSED"
    assert server.commands == []
