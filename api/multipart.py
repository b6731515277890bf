"""Reading a form with one file as it comes: the file as a stream, short fields beside it; nothing is kept here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from api.errors import BadUserInput
from schema.errors import ValueTooLarge

FIELDS_MAX: Final = 8
FIELD_BYTES_MAX: Final = 4_096
#: Bytes of a request beside the file's own.
REST_BYTES_MAX: Final = 64 * 1024
#: Seconds for which a client may send nothing.
SILENCE_SECONDS: Final = 30.0

#: Seconds of a whole upload: 100 MB at 30 KB a second.
UPLOAD_SECONDS_MAX: Final = 3_600.0

#: ("begin", None), ("header", b"name:value"), ("headers", None), ("data", bytes) and ("end", None) of a part, in this order.
Event = tuple[str, bytes | None]


class Parts:
    """Turns the bytes of a form into events, as they come."""

    def __init__(self, boundary: bytes) -> None:
        #: Whether the last boundary was seen.
        self.is_over = False
        self._events: deque[Event] = deque()
        self._name, self._value = b"", b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self._events.append(("begin", None)),
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": lambda: self._events.append(("headers", None)),
                "on_part_data": lambda data, start, end: self._events.append(("data", data[start:end])),
                "on_part_end": lambda: self._events.append(("end", None)),
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> deque[Event]:
        """Give the events that these bytes bring; whoever takes them takes them out."""
        self._parser.write(data)
        return self._events

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._events.append(("header", self._name.lower() + b":" + self._value))
        self._name, self._value = b"", b""

    def _end(self) -> None:
        self.is_over = True


class Form:
    """A form with one file: `open` reads up to the file, `parts` gives its bytes, `close` reads what stands behind it."""

    def __init__(self, request: Request, file_bytes_max: int) -> None:
        self.file_bytes_max = file_bytes_max
        self.name = ""
        self.media_type = ""
        self.fields: dict[str, str] = {}
        self._events = self._read(request)

    async def open(self) -> None:
        """Read up to the file; raise BadUserInput where there is none."""
        if not await self._next_file():
            raise BadUserInput("Send one file, as multipart/form-data, in the field `file`.", where="file")

    async def parts(self) -> AsyncIterator[bytes]:
        """Give the file's bytes; raise ValueTooLarge as soon as there are too many, whatever was declared."""
        size = 0
        async for kind, data in self._events:
            if kind == "end":
                return
            size += len(data or b"")
            if size > self.file_bytes_max:
                raise _too_large(self.file_bytes_max)
            if data:
                yield data

    async def close(self) -> None:
        """Read the fields behind the file; raise BadUserInput where there is a second file."""
        if await self._next_file():
            raise BadUserInput("Send one file in a request.", where="file")

    async def _next_file(self) -> bool:
        headers: dict[bytes, bytes] = {}
        async for kind, data in self._events:
            if kind == "begin":
                headers = {}
            elif kind == "header":
                name, _, value = (data or b"").partition(b":")
                headers[name] = value
            elif kind == "headers":
                _, options = parse_options_header(headers.get(b"content-disposition", b""))
                if b"filename" in options:
                    self.name = options[b"filename"].decode("utf-8", "replace")
                    self.media_type = headers.get(b"content-type", b"").decode("latin-1")
                    return True
                await self._field(options.get(b"name", b"").decode("utf-8", "replace"))
        return False

    async def _field(self, name: str) -> None:
        value = b""
        async for kind, data in self._events:
            if kind == "end":
                break
            value += data or b""
            if len(value) > FIELD_BYTES_MAX:
                raise ValueTooLarge(f"A field of a form has at most {FIELD_BYTES_MAX} bytes.")
        if len(self.fields) >= FIELDS_MAX:
            raise BadUserInput(f"A form has at most {FIELDS_MAX} fields beside the file.")
        self.fields[name] = value.decode("utf-8", "replace")

    async def _read(self, request: Request) -> AsyncIterator[Event]:
        total, bytes_max = 0, self.file_bytes_max + REST_BYTES_MAX
        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared[:20]) > bytes_max:
            raise _too_large(self.file_bytes_max)
        try:
            parts = Parts(_boundary(request))
            async for chunk in _patiently(request.stream()):
                total += len(chunk)
                if total > bytes_max:
                    raise _too_large(self.file_bytes_max)
                events = parts.feed(chunk)
                while events:
                    yield events.popleft()
        except FormParserError as error:
            raise BadUserInput("The form is not multipart/form-data as RFC 7578 has it.") from error
        except ClientDisconnect as error:
            raise BadUserInput("The upload was broken off.") from error
        if not parts.is_over:
            raise BadUserInput("The form ends before its last boundary.")


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadUserInput("Send one file, as multipart/form-data, in the field `file`.", where="content-type")
    return options[b"boundary"]


async def _patiently(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give a body's chunks; raise BadUserInput where the client sends nothing, or too slowly, for too long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + UPLOAD_SECONDS_MAX
    while True:
        if loop.time() > deadline:
            raise BadUserInput(f"The upload took longer than {UPLOAD_SECONDS_MAX:.0f} s.")
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise BadUserInput(f"Nothing was sent for {SILENCE_SECONDS:.0f} s.") from error
        yield chunk


def _too_large(bytes_max: int) -> ValueTooLarge:
    return ValueTooLarge(f"A file has at most {bytes_max} bytes.", where="file")
