"""Blocks for the web: they send what a node says by the guarded way out and never open a connection themselves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import orjson

from blocks.sdk import (
    Block,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    HostScoped,
    HttpResponse,
    RateLimited,
    Unavailable,
    Yield,
    pin,
)
from blocks.sdk.answers import retry_after_seconds
from blocks.sdk.files import said_of
from blocks.sdk.texts import MediaFile
from schema.credentials import Reference
from schema.media import UNKNOWN_TYPE, name_with_type, parse_data_uri

#: Statuses that say "not now" rather than "no": each is tried again while there are attempts.
_TRANSIENT: Final = frozenset({429, 502, 503, 504})
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TEXT_TYPE: Final = re.compile(
    r"text/|application/(?:.*\+)?(?:xml|javascript|ecmascript|yaml|x-www-form-urlencoded|graphql)"
)
_JSON_TYPE: Final = re.compile(r"(?:application|text)/(?:.*\+)?json")
#: The escape of NUL in JSON text: its backslash is itself not escaped, so an even number of them stands before it.
_JSON_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class HttpMethod(StrEnum):
    """What to do with the resource; RFC 9110, 9."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"
    OPTIONS = "OPTIONS"
    HEAD = "HEAD"


#: Methods that change nothing, so that sending one twice needs no key.
_SAFE_METHODS: Final = frozenset({HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS})


class SendWebRequest(Block):
    """Send an HTTP request and give the answer on the pin that its status belongs to."""

    id = "6595ae1f-b924-42cb-9a41-551a0611c4b4"
    name = "SendWebRequestBlock"
    categories = ("OUTPUT",)
    is_batchable = True

    class Input(BlockInput):
        url: str = pin(description="Where to send the request.", placeholder="https://api.example.com/items")
        method: HttpMethod = pin(HttpMethod.POST, description="The HTTP method.")
        headers: dict[str, str] = pin(default_factory=dict, description="Headers to send, by name.")
        json_format: bool = pin(True, title="JSON", description="Send the body as JSON; otherwise as form fields.")
        body: dict[str, Any] | None = pin(None, description="What to send; nothing is sent without it.")
        files_name: str = pin("file", description="The form field that the files are sent under.")
        files: list[MediaFile] = pin(default_factory=list, description="Files to send.")

    class Output(BlockOutput):
        response: Any = pin(description="The content of an answer of success (2xx).")
        client_error: Any = pin(description="The content of an answer that blames the request (4xx).")
        server_error: Any = pin(description="The content of any other answer.")

    examples = (
        Example(
            title="JSON is parsed by its content type",
            input={"url": "https://api.example.com/items", "method": "GET"},
            output=[("response", {"items": [1, 2]})],
            answers=[(200, {"content-type": "application/json; charset=utf-8"}, b'{"items": [1, 2]}')],
        ),
        Example(
            title="An answer without content gives null",
            input={"url": "api.example.com/items/1", "method": "DELETE"},
            output=[("response", None)],
            answers=[(204, {}, b"")],
        ),
        Example(
            title="The server refuses",
            input={"url": "https://api.example.com/items", "body": {"name": ""}},
            output=[("client_error", "A name is needed.")],
            answers=[(422, {"content-type": "text/plain"}, b"A name is needed.")],
        ),
        Example(
            title="The server fails",
            input={"url": "https://api.example.com/items", "body": {"name": "a"}},
            output=[("server_error", {"detail": "oops"})],
            answers=[(500, {"content-type": "application/problem+json"}, b'{"detail": "oops"}')],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield await _send(inputs, inputs.headers, context)


#: What the example runs with.
_EXAMPLE: Final = HostScoped(
    Reference("00000000-0000-4000-8000-000000000001", "http", "host_scoped", "Example"),
    ("*.example.com",),
    headers={"Authorization": "Bearer example"},
)


class SendAuthenticatedWebRequest(Block):
    """Send an HTTP request with the headers of a credential. They go to the credential's own hosts and to no others."""

    id = "fff86bcd-e001-4bad-a7f6-2eae4720c8dc"
    name = "SendAuthenticatedWebRequestBlock"
    categories = ("OUTPUT",)
    is_batchable = True

    class Input(SendWebRequest.Input):
        credentials: Annotated[HostScoped, CredentialsField(providers=("http",), discriminator="url")] = pin(
            description="The headers to send, and the hosts that they are for. A header of the same name gives way."
        )

    class Output(SendWebRequest.Output):
        pass

    examples = (
        Example(
            title="The headers go along to the credential's host",
            input={
                "url": "https://api.example.com/me",
                "method": "GET",
                "credentials": _EXAMPLE.reference.to_wire(),
            },
            output=[("response", {"name": "Ann"})],
            answers=[(200, {"content-type": "application/json"}, b'{"name": "Ann"}')],
            credentials={"credentials": _EXAMPLE},
        ),
        Example(
            title="They do not go elsewhere",
            input={"url": "https://example.org/me", "method": "GET", "credentials": _EXAMPLE.reference.to_wire()},
            output=[],
            error="is for other hosts (*.example.com) than example.org",
            credentials={"credentials": _EXAMPLE},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        own = inputs.credentials.headers_for(with_scheme(inputs.url))
        taken = {name.lower() for name in own}
        given = {name: value for name, value in inputs.headers.items() if name.lower() not in taken}
        # At a redirect to another origin the way out leaves these headers behind, also where that is a host of theirs.
        yield await _send(inputs, {**given, **own}, context)


async def _send(inputs: SendWebRequest.Input, headers: Mapping[str, str], context: Context) -> tuple[str, Any]:
    """Send what the inputs say; give the pin and the content of the answer. Raises Unavailable where it may be tried again."""
    is_safe = inputs.method in _SAFE_METHODS
    response = await context.http.request(
        inputs.method.value,
        with_scheme(inputs.url),
        headers=headers,
        idempotency_key=None if is_safe else context.idempotency_key(),
        **await _body_of(inputs, context),
    )
    if response.status in _TRANSIENT and not context.is_last_attempt:
        raise _busy(response, context.now())
    value = value_of(response)
    if isinstance(value, bytes):
        value = await context.files.give(value, *said_of(response))
    return _pin_for(response.status), value


def with_scheme(url: str) -> str:
    """Give the URL with https:// in front, where it has no scheme."""
    address = url.strip()
    return address if _SCHEME.match(address) else f"https://{address.lstrip('/')}"


def _pin_for(status: int) -> str:
    match status // 100:
        case 2:
            return "response"
        case 4:
            return "client_error"
        case _:
            return "server_error"


async def _body_of(inputs: SendWebRequest.Input, context: Context) -> dict[str, Any]:
    """Give the body as the way out takes it; files make it multipart, whatever `json_format` says."""
    if inputs.files:
        opened = [await _opened(value, number, context) for number, value in enumerate(inputs.files, 1)]
        files = [(inputs.files_name, file) for file in opened]
        return {"data": _form_of(inputs.body or {}), "files": files}
    if inputs.body is None:
        return {}
    return {"json": inputs.body} if inputs.json_format else {"data": _form_of(inputs.body)}


def _form_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give form fields: a list repeats its field, and what a field cannot hold is written as JSON."""
    return {
        name: [_field_of(item) for item in value] if isinstance(value, list) else _field_of(value)
        for name, value in body.items()
    }


def _field_of(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


async def _opened(value: str, number: int, context: Context) -> tuple[str, bytes, str]:
    """Give (file name, content, media type) of a file that is to be sent; one without a name is called by its place."""
    file = await context.files.open(value)
    uri = parse_data_uri(value)
    name = file.name if uri is None or uri.name else name_with_type(f"file{number}", uri.media_type)
    return name, file.content, file.declared_type


def value_of(response: HttpResponse) -> Any:
    """Give the content as a value: JSON by its content type, text, bytes for what is no text, null for none."""
    if response.status == 204 or not response.content:
        return None
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if _JSON_TYPE.fullmatch(media_type):
        return _json_of(response)
    if _TEXT_TYPE.match(media_type) or "charset=" in response.headers.get("content-type", "").lower():
        return _clean(response.text())
    if media_type in ("", UNKNOWN_TYPE) and _is_text(response.content):
        return response.content.decode("utf-8-sig")
    return response.content


def _json_of(response: HttpResponse) -> Any:
    """Give parsed JSON; what only claims to be JSON is text."""
    text = _clean(response.text())
    try:
        return orjson.loads(_JSON_NUL.sub(rb"\1\\ufffd", text.encode()))
    except orjson.JSONDecodeError:
        return text


def _clean(text: str) -> str:
    """Give text that can be kept: a NUL becomes the replacement character, as bytes that do not decode did before."""
    return text.removeprefix("\ufeff").replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _busy(response: HttpResponse, now: datetime) -> Unavailable:
    kind = RateLimited if response.status == 429 else Unavailable
    wait = retry_after_seconds(response.headers.get("retry-after", ""), now)
    return kind(f"The server answered {response.status}.", retry_after_seconds=wait, status=response.status)
