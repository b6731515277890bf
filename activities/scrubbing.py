"""Scrubbing: the secrets that an execution was given become *** in whatever it gives back; it looks for nothing else.

At the boundary of the activity, so on what goes to the ledger, to Temporal and to the log: emissions, errors, log lines, and the
inputs of an agent that the block starts. A secret is found as it is, in base64 (at any of its three alignments, so also inside
of a longer text), in hexadecimal, URL-encoded, and escaped for JSON once or twice.

What it cannot do: a secret of fewer than `SECRET_CHARS_MIN` characters is left alone, for it would be found everywhere; one that
the block changed in another way (reversed, split, compressed, encrypted) is not recognised; and what a block sends outside is
its own affair. A service's answer that has a *different* secret in it, such as a token that was made for the caller, is a value
like any other.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import quote, quote_plus

from schema.errors import DrystoneError
from schema.values import decode, encode

SECRET_CHARS_MIN: Final = 6
MASK: Final = "***"
#: What stands before the secret itself in an Authorization header.
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")
_SCHEME: Final = re.compile(r"^(?:bearer|basic|token|apikey|key)\s+", re.IGNORECASE)


class Scrubber:
    """Knows the secrets of one execution. Without any it is false, and gives everything back as it is."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for whole in _parts(secret) for form in forms_of(whole)}
        # The longest first: a form that contains another must not be left half.
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        as_bytes = "|".join(re.escape(form.encode("utf-8", "surrogatepass").decode("latin-1")) for form in ordered)
        self._raw_pattern = re.compile(as_bytes)

    def __bool__(self) -> bool:
        return self._pattern is not None

    def text(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def data(self, data: bytes) -> bytes:
        """Scrub the JSON of a value."""
        if self._pattern is None:
            return data
        value = decode(data)
        clean = self.value(value)
        return data if clean == value else encode(clean)

    def raw(self, content: bytes) -> bytes:
        """Scrub the bytes of a file, of whatever kind: where a secret stands in it, it is another file."""
        if self._pattern is None:
            return content
        # Latin-1 has a character for each byte, and the forms of a secret are looked for as their bytes in UTF-8.
        text = content.decode("latin-1")
        clean = self._raw_pattern.sub(MASK, text)
        return content if clean == text else clean.encode("latin-1")

    def value(self, value: Any) -> Any:
        """Scrub a JSON value, its keys included."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def error(self, error: DrystoneError) -> DrystoneError:
        """Scrub an error in its place, and take its cause away: its traceback would show what was raised."""
        if self._pattern is not None:
            error.message = self.text(error.message)
            error.fields = self.value(error.fields)
            error.args = (error.message,)
            error.__cause__ = error.__context__ = None
        return error


#: The secrets of the execution that this task works on.
_of_task: ContextVar[Scrubber | None] = ContextVar("scrubber", default=None)


def scrub_log(scrubber: Scrubber) -> None:
    """Have every line that this task logs from here on searched for these secrets, also those of libraries."""
    _of_task.set(scrubber)


def scrub_for_log(value: Any) -> Any:
    """Give a JSON value as the log may have it."""
    scrubber = _of_task.get()
    return value if scrubber is None else scrubber.value(value)


def _parts(secret: str) -> Iterator[str]:
    """Give a secret, and what stands behind its scheme where it is a whole header."""
    for part in {secret, _SCHEME.sub("", secret)}:
        if len(part) >= SECRET_CHARS_MIN:
            yield part


def forms_of(secret: str) -> Iterator[str]:
    """Give the forms in which a secret may turn up in text."""
    data = secret.encode()
    yield secret
    yield repr(secret)[1:-1]
    for is_ascii in (True, False):
        # Twice, for JSON that is a text in JSON.
        escaped = json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
        yield escaped
        yield json.dumps(escaped, ensure_ascii=is_ascii)[1:-1]
    for quoted in {quote(secret, safe=""), quote(secret), quote_plus(secret)}:
        yield quoted
        yield _ESCAPE.sub(lambda found: found[0].lower(), quoted)
    yield from (data.hex(), data.hex().upper())
    yield from _in_radix_64(data)


def _in_radix_64(data: bytes) -> Iterator[str]:
    """Give what base64 of any text around a secret has in it, whole characters of the secret only, in both alphabets."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # 8 bits a byte in pieces of 6: the first pieces have bits of what is before, the last one of what follows.
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        inner = text[first:last]
        yield inner
        yield inner.translate(str.maketrans("+/", "-_"))
