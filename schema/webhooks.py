"""Providers of webhooks: whose signature a delivery has, its id, its event, what is answered at once; pure, it sends nothing.

A signature is over the bytes that came, before anything reads them. Each provider takes several secrets, so that one can be
changed while the other is still in use; all are compared, in constant time. Who signs a time with it may be `TOLERANCE_SECONDS`
off, both ways.

    generic     anybody's: the address is the only proof, or `X-Webhook-Signature` is the HMAC-SHA256 of the body, in hex
    standard    https://www.standardwebhooks.com: webhook-id, webhook-timestamp, webhook-signature
    github      https://docs.github.com/webhooks: X-Hub-Signature-256, X-GitHub-Delivery, X-GitHub-Event
    slack       https://docs.slack.dev/authentication/verifying-requests-from-slack: X-Slack-Signature, X-Slack-Request-Timestamp
    telegram    https://core.telegram.org/bots/api#setwebhook: it signs nothing, but sends the secret itself along
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

import orjson

from schema.errors import InvalidValue

#: Seconds that a signed time may be away from ours: that of Standard Webhooks and of Slack.
TOLERANCE_SECONDS: Final = 300
#: Characters of a sender's own id that stand in a delivery's key; of a longer one the hash does.
ID_CHARS_MAX: Final = 200
#: Where the sender names no id, the same bytes within so many seconds are one delivery.
BUCKET_SECONDS: Final = 60
#: Fields of one form, and characters of an event's name.
FORM_FIELDS_MAX: Final = 1_000
EVENT_CHARS_MAX: Final = 200
#: What a message of Telegram's may have in it, in the order in which it is looked for: a picture may have a text, too.
TELEGRAM_CONTENTS: Final = ("photo", "voice", "audio", "document", "video", "text")
#: Signatures that one delivery may carry: a sender that changes its secret sends two.
SIGNATURES_MAX: Final = 10

_STANDARD_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_STANDARD_BYTES_MIN, _STANDARD_BYTES_MAX = 16, 64
_SECRET_CHARS_MIN, _SECRET_CHARS_MAX = 16, 512
_TELEGRAM_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,256}")


@dataclass(frozen=True)
class Received:
    """A request as it came: header names in small letters, the body's bytes, and what they say once that is read."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class Provider(ABC):
    """Whose webhooks these are."""

    name: ClassVar[str]
    #: Whether nothing is accepted without a signature.
    is_always_signed: ClassVar[bool] = True
    #: Whether the provider makes the secret; else we do.
    makes_secret: ClassVar[bool] = False

    @abstractmethod
    def refusal(self, received: Received, keys: Sequence[str], now: float) -> str | None:
        """Say why a request is not of who has one of these secrets; None: it is. `now` is in seconds of the Unix time."""

    @abstractmethod
    def delivery_id(self, received: Received) -> str | None:
        """Give the sender's own id of the delivery; None where it names none."""

    @abstractmethod
    def event(self, received: Received) -> str:
        """Give the name of what happened, `kind.action` where there are both; empty where it says none."""

    def reply(self, _received: Received) -> Mapping[str, Any] | None:
        """Give what is answered at once to a request that only tries the address; None: it is a delivery."""
        return None

    def new_secret(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)

    def check_secret(self, given: str) -> None:
        """Raise InvalidValue where a secret cannot be one of this provider's."""
        if not _SECRET_CHARS_MIN <= len(given) <= _SECRET_CHARS_MAX or not given.isascii() or not given.isprintable():
            raise InvalidValue(f"A secret has {_SECRET_CHARS_MIN} to {_SECRET_CHARS_MAX} ASCII characters.")


class Generic(Provider):
    """Anybody who can send a request."""

    name = "generic"
    is_always_signed = False

    def refusal(self, received: Received, keys: Sequence[str], _now: float) -> str | None:
        if not keys:
            return None
        given = received.header("x-webhook-signature").removeprefix("sha256=")
        return _compared(given, [_hex(key.encode(), received.body) for key in keys])

    def delivery_id(self, received: Received) -> str | None:
        return received.header("webhook-id") or received.header("idempotency-key") or None

    def event(self, received: Received) -> str:
        return received.header("x-webhook-event") or _text(received.payload.get("type"))


class Standard(Provider):
    """Who follows Standard Webhooks."""

    name = "standard"

    def refusal(self, received: Received, keys: Sequence[str], now: float) -> str | None:
        identity, moment = received.header("webhook-id"), received.header("webhook-timestamp")
        if not identity:
            return "there is no webhook-id"
        late = _untimely(moment, now)
        if late is not None:
            return late
        signed = _bytes(f"{identity}.{moment}.") + received.body
        wanted = [base64.b64encode(_digest(_standard_key(key), signed)).decode() for key in keys]
        given = received.header("webhook-signature").split(" ")[:SIGNATURES_MAX]
        found = [_compared(one.removeprefix("v1,"), wanted) for one in given if one.startswith("v1,")]
        return "there is no v1 signature" if not found else None if None in found else found[0]

    def delivery_id(self, received: Received) -> str | None:
        return received.header("webhook-id") or None

    def event(self, received: Received) -> str:
        return _text(received.payload.get("type"))

    def new_secret(self) -> str:
        return _STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    def check_secret(self, given: str) -> None:
        try:
            size = len(_standard_key(given))
        except ValueError as error:
            raise InvalidValue("A secret of Standard Webhooks is `whsec_` and base64.") from error
        if not _STANDARD_BYTES_MIN <= size <= _STANDARD_BYTES_MAX:
            raise InvalidValue(f"It has {_STANDARD_BYTES_MIN} to {_STANDARD_BYTES_MAX} bytes behind `whsec_`.")


class GitHub(Provider):
    """GitHub. Its signature has no time in it: that a delivery counts once is by its id alone."""

    name = "github"

    def refusal(self, received: Received, keys: Sequence[str], _now: float) -> str | None:
        given = received.header("x-hub-signature-256")
        return _compared(given, [f"sha256={_hex(key.encode(), received.body)}" for key in keys])

    def delivery_id(self, received: Received) -> str | None:
        return received.header("x-github-delivery") or None

    def event(self, received: Received) -> str:
        parts = [received.header("x-github-event"), _text(received.payload.get("action"))]
        return ".".join(part for part in parts if part)

    def reply(self, received: Received) -> Mapping[str, Any] | None:
        return {"status": "pong"} if received.header("x-github-event") == "ping" else None


class Slack(Provider):
    """Slack: events, slash commands and what people click, all signed alike."""

    name = "slack"
    makes_secret = True

    def refusal(self, received: Received, keys: Sequence[str], now: float) -> str | None:
        moment = received.header("x-slack-request-timestamp")
        late = _untimely(moment, now)
        if late is not None:
            return late
        signed = f"v0:{moment}:".encode() + received.body
        return _compared(received.header("x-slack-signature"), [f"v0={_hex(key.encode(), signed)}" for key in keys])

    def delivery_id(self, received: Received) -> str | None:
        return _text(received.payload.get("event_id")) or _text(received.payload.get("trigger_id")) or None

    def event(self, received: Received) -> str:
        inner = received.payload.get("event")
        kind = inner.get("type") if isinstance(inner, Mapping) else None
        return _text(kind) or _text(received.payload.get("command")) or _text(received.payload.get("type"))

    def reply(self, received: Received) -> Mapping[str, Any] | None:
        if received.payload.get("type") != "url_verification":
            return None
        return {"challenge": _text(received.payload.get("challenge"))}


class Telegram(Provider):
    """Telegram. What proves a delivery is the secret itself, in a header: of that nothing is kept."""

    name = "telegram"

    def refusal(self, received: Received, keys: Sequence[str], _now: float) -> str | None:
        return _compared(received.header("x-telegram-bot-api-secret-token"), keys)

    def delivery_id(self, received: Received) -> str | None:
        given = received.payload.get("update_id")
        return str(given) if isinstance(given, int) and not isinstance(given, bool) else None

    def event(self, received: Received) -> str:
        kind = next((name for name in received.payload if name != "update_id"), "")
        inner = received.payload.get(kind)
        content = next((name for name in TELEGRAM_CONTENTS if isinstance(inner, Mapping) and name in inner), "")
        return f"{kind}.{content}" if content else kind

    def check_secret(self, given: str) -> None:
        if not _TELEGRAM_SECRET.fullmatch(given):
            raise InvalidValue("A secret of Telegram's has 16 to 256 letters, digits, _ and -.")


PROVIDERS: Final[Mapping[str, Provider]] = {
    one.name: one for one in (Generic(), Standard(), GitHub(), Slack(), Telegram())
}


def key_of(provider: Provider, received: Received, now: float) -> str:
    """Give the key under which a delivery counts once: the sender's id, else the hash of the bytes and the minute."""
    given = provider.delivery_id(received)
    if given is None:
        return f"body:{hashlib.sha256(received.body).hexdigest()}:{int(now // BUCKET_SECONDS)}"
    if len(given) <= ID_CHARS_MAX and given.isprintable():
        return f"id:{given}"
    return f"hash:{hashlib.sha256(_bytes(given)).hexdigest()}"


def event_of(provider: Provider, received: Received) -> str:
    """Give the name of the event, short and printable."""
    return "".join(letter for letter in provider.event(received) if letter.isprintable())[:EVENT_CHARS_MAX]


def read_payload(content_type: str, body: bytes) -> dict[str, Any]:
    """Give what a body says as an object: JSON, a form (or the JSON in its field `payload`), or text.

    What is no object stands in one, as {"body": ...}. Raises InvalidValue where the body is not what it says it is.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _form(body)
    if kind == "application/json" or kind.endswith("+json"):
        return _object(_json(body))
    text = _utf8(body)
    if kind and kind != "application/octet-stream":
        return {"body": text}
    try:
        return _object(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {"body": text}


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(_utf8(body), keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX)
    except ValueError as error:
        raise InvalidValue(f"A form has at most {FORM_FIELDS_MAX} fields.") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        known = fields.get(name)
        fields[name] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    if list(fields) == ["payload"] and isinstance(fields["payload"], str):
        return _object(_json(fields["payload"].encode()))
    return fields


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidValue("The body says that it is JSON, and is not.") from error


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"body": value}


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidValue("The body is neither JSON, nor a form, nor text in UTF-8.") from error


def _untimely(given: str, now: float) -> str | None:
    if not (given.isascii() and given.isdigit() and len(given) <= 12):
        return "its time is missing, or no number of seconds"
    return None if abs(now - int(given)) <= TOLERANCE_SECONDS else "its time is more than five minutes away"


def _standard_key(secret: str) -> bytes:
    if not secret.startswith(_STANDARD_PREFIX):
        raise binascii.Error("no prefix")
    return base64.b64decode(secret.removeprefix(_STANDARD_PREFIX), validate=True)


def _digest(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def _hex(key: bytes, data: bytes) -> str:
    return _digest(key, data).hex()


def _compared(given: str, wanted: Sequence[str]) -> str | None:
    """Compare with all of them, however early one fits: how long it takes tells nothing."""
    if not given:
        return "it is not signed"
    fits = [hmac.compare_digest(_bytes(given), one.encode()) for one in wanted]
    return None if any(fits) else "its signature does not fit"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
