"""A block that sends an e-mail by a server of one's own; it never sends a password in clear over a public network."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import AsyncIterator
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, Final

import idna
from pydantic import BaseModel, Field

from blocks.sdk import (
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    CredentialUnusable,
    Example,
    Unavailable,
    UserPassword,
    Yield,
    pin,
)
from blocks.sdk.addresses import is_public, unwrap
from schema.credentials import Reference
from schema.errors import DrystoneError, shorten

if TYPE_CHECKING:
    from aiosmtplib import SMTP, SMTPRecipientsRefused, SMTPResponseException

#: People of one e-mail; characters of its subject (RFC 5322 has 998 a line) and of its text.
RECIPIENTS_MAX: Final = 50
SUBJECT_CHARS_MAX: Final = 900
BODY_CHARS_MAX: Final = 5_000_000
#: Seconds of each answer of the server.
_ANSWER_SECONDS_MAX: Final = 30.0
#: The ports of mail: relay, submission under TLS from the start, submission, and what providers have beside them.
_PORTS: Final = frozenset({25, 465, 587, 2465, 2525, 2587})
#: The ports on which TLS comes before the first word; RFC 8314.
_TLS_FIRST: Final = frozenset({465, 2465})
#: What may stand before the @ without quotes; RFC 5322, 3.2.3.
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS_CHARS_MAX: Final = 254
#: Up to the next tag's beginning and no further: a text of tags without ends would be read to its end for each of them.
_MARKUP: Final = re.compile(
    r"<(?:!doctype html|html|body|p|br|div|table|a|b|strong|h[1-6]|ul|ol|img|span)(?=[\s/>])[^<>]*>", re.I
)


class SMTPConfig(BaseModel):
    """Where the e-mail is handed in."""

    smtp_server: str = Field(description="The server's name.")
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port: 587, 465 or 25.")


class BodyFormat(StrEnum):
    """What the text of an e-mail is."""

    AUTO = "auto"
    TEXT = "text"
    HTML = "html"


_LOGIN: Final = UserPassword(
    Reference("00000000-0000-4000-8000-000000000005", "smtp", "user_password", "Example"),
    username="ann@example.com",
    password="example-password",
)
_SENT: Final[dict[str, Any]] = {
    "to_email": "bob@example.com",
    "subject": "Walls",
    "body": "They stand.",
    "config": {"smtp_server": "mail.example.com", "smtp_port": 587},
    "credentials": _LOGIN.reference.to_wire(),
}


class SendEmail(Block):
    """Send an e-mail by an SMTP server.

    To a public address the connection is under TLS with a verified certificate, before the password is sent; to an address
    inside, which the operator has opened, TLS is used where the server has it. The message has the same Message-ID on every
    attempt, so a server or reader that looks at it sees one e-mail. A text with HTML's tags is sent as HTML.
    """

    id = "4335878a-394e-4e67-adf2-919877ff49ae"
    name = "SendEmailBlock"
    categories = ("OUTPUT",)
    is_sensitive = True

    class Input(BlockInput):
        to_email: str = pin(description="Whom it is for: one address, or several with commas between.")
        subject: str = pin(description="The subject; one line.")
        body: str = pin(description="The text.")
        config: SMTPConfig = pin(description="The server.")
        credentials: Annotated[UserPassword, CredentialsField(providers=("smtp",))] = pin(
            description="The user of the server, and the password. The user is the sender, unless one is given."
        )
        from_email: str = pin("", description="The sender's address, where the user's name is none.")
        body_format: BodyFormat = pin(BodyFormat.AUTO, description="auto, text or html.")

    class Output(BlockOutput):
        status: str = pin(description="That the server has taken it.")

    examples = (
        Example(
            title="An address that is none",
            input={**_SENT, "to_email": "bob@example.com, nobody"},
            output=[],
            error="'nobody' is no e-mail address",
            credentials={"credentials": _LOGIN},
        ),
        Example(
            title="A second header in the subject",
            input={**_SENT, "subject": "Walls\r\nBcc: eve@example.com"},
            output=[],
            error="one line",
            credentials={"credentials": _LOGIN},
        ),
        Example(
            title="A user whose name is no address",
            input=_SENT,
            output=[],
            error="give from_email",
            credentials={
                "credentials": UserPassword(_LOGIN.reference, username="ann", password="example-password"),
            },
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        message = _message_of(inputs, context)
        host, port = inputs.config.smtp_server.strip(), inputs.config.smtp_port
        sock = await context.http.connect(host, port, ports=_PORTS)
        refused = await _hand_in(message, sock, host, port, inputs.credentials)
        for address, why in refused.items():
            context.log("warning", f"The server refused {address}: {why}")
        yield "status", "Email sent successfully"


def _message_of(inputs: SendEmail.Input, context: Context) -> EmailMessage:
    """Make the message; raise BlockFailed for what would be no e-mail, or two."""
    if len(inputs.body) > BODY_CHARS_MAX:
        raise BlockFailed(f"The text has {len(inputs.body)} characters; at most {BODY_CHARS_MAX} are sent.")
    if re.search(r"[\x00-\x1f\x7f\u2028\u2029\x85]", inputs.subject) or len(inputs.subject) > SUBJECT_CHARS_MAX:
        raise BlockFailed(f"The subject must be one line of at most {SUBJECT_CHARS_MAX} characters.")
    sender = inputs.from_email.strip() or inputs.credentials.username
    if "@" not in sender:
        raise BlockFailed("The user's name is no e-mail address: give from_email.")
    people = [part.strip() for part in inputs.to_email.split(",") if part.strip()]
    if not 1 <= len(people) <= RECIPIENTS_MAX:
        raise BlockFailed(f"Give from 1 to {RECIPIENTS_MAX} addresses, not {len(people)}.")
    message = EmailMessage()
    try:
        message["From"] = _address(sender)
        message["To"] = ", ".join(_address(one) for one in people)
        message["Subject"] = inputs.subject
        message["Date"] = format_datetime(context.now())
        message["Message-ID"] = f"<{context.idempotency_key()}@drystone.invalid>"
        is_html = inputs.body_format is BodyFormat.HTML
        if inputs.body_format is BodyFormat.AUTO:
            is_html = _MARKUP.search(inputs.body) is not None
        message.set_content(inputs.body, subtype="html" if is_html else "plain")
    except (MessageError, ValueError) as error:
        raise BlockFailed(f"The e-mail cannot be written: {shorten(str(error), 200)}") from error
    return message


def _address(text: str) -> str:
    """Give an address whose domain is ASCII; raise BlockFailed for what is none."""
    local, _, domain = text.rpartition("@")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        ascii_domain = ""
    if not _LOCAL_PART.fullmatch(local) or "." not in ascii_domain or len(text) > _ADDRESS_CHARS_MAX:
        raise BlockFailed(f"{shorten(text, 100)!r} is no e-mail address.")
    return f"{local}@{ascii_domain}"


async def _hand_in(
    message: EmailMessage, sock: socket.socket, host: str, port: int, user: UserPassword
) -> dict[str, str]:
    """Give a message to a server; give {address: why} of those whom it refused. Raises where it refused all of them."""
    # The library of mail is for a block that few agents have, so a worker does not load it at its start.
    import aiosmtplib

    is_outside = is_public(unwrap(ip_address(sock.getpeername()[0])))
    client = aiosmtplib.SMTP(
        hostname=host if port in _TLS_FIRST else None,
        sock=sock,
        use_tls=port in _TLS_FIRST,
        start_tls=False,
        tls_context=_tls_context(is_outside),
        timeout=_ANSWER_SECONDS_MAX,
        # Otherwise the library would look up what this machine is called, and tell.
        local_hostname="localhost",
    )
    is_taken = False
    try:
        await client.connect()
        is_taken = True
        await _secure(client, host, is_outside)
        if client.supports_extension("auth"):
            await client.login(user.username, user.password)
        elif is_outside:
            raise BlockFailed(f"{host} lets nobody sign in; give the server on which your mail is handed in.")
        refused, _ = await client.send_message(message)
        return {address: shorten(str(answer), 200) for address, answer in refused.items()}
    except aiosmtplib.SMTPAuthenticationError as error:
        raise CredentialUnusable(f"{host} does not accept the user or the password.") from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refusal_of_all(host, error) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(host, error) from error
    except ssl.SSLError as error:
        raise BlockFailed(f"{host}: the connection cannot be secured: {shorten(str(error), 200)}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unavailable(f"{host} could not be used: {shorten(str(error), 300)}", host=host) from error
    finally:
        client.close()
        # A connection's transport closes its socket when it has said goodbye. Closed under it, the number of the socket would be
        # another connection's while the loop still listens to it for this one.
        if not is_taken:
            sock.close()


async def _secure(client: SMTP, host: str, is_outside: bool) -> None:
    """Begin TLS where it has not begun; raise BlockFailed where it must and cannot."""
    await client.ehlo()
    if client.get_transport_info("sslcontext") is not None:
        return
    if client.supports_extension("starttls"):
        await client.starttls(server_hostname=host)
        await client.ehlo()
    elif is_outside:
        raise BlockFailed(f"{host} has no TLS, and a password is not sent over a public network without it.")


def _tls_context(is_outside: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not is_outside:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refusal_of_all(host: str, error: SMTPRecipientsRefused) -> DrystoneError:
    """Give what it means that no address was taken. Many servers ask a sender whom they do not know to come again."""
    words = shorten("; ".join(f"{one.recipient} ({one.code}): {one.message}" for one in error.recipients), 300)
    if any(one.code // 100 == 4 for one in error.recipients):
        return Unavailable(f"{host} cannot take it now: {words}", host=host)
    return BlockFailed(f"{host} refused every address: {words}")


def _refusal(host: str, error: SMTPResponseException) -> DrystoneError:
    """Give what an answer means: 4xx asks to come again, 5xx is final; RFC 5321, 4.2.1."""
    words = shorten(str(error.message), 300)
    if error.code // 100 == 4:
        return Unavailable(f"{host} cannot take it now ({error.code}): {words}", host=host)
    return BlockFailed(f"{host} refused it ({error.code}): {words}")
