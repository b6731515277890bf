"""SendWebRequest against a real server on 127.0.0.1, by the guarded way out."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from blocks.library.web import SendWebRequest, value_of, with_scheme
from blocks.sdk import Context, HttpResponse, RateLimited, Unavailable
from blocks.sdk.answers import RETRY_AFTER_SECONDS_MAX, retry_after_seconds
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from schema.errors import BlockFailed, EgressRefused, InvalidInput
from tests.egress.servers import Answer, Seen, Server, guarded, reply, serve

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}


async def send(server: Server, is_last_attempt: bool = True, **inputs: Any) -> DirectResult:
    """Run the block once against the server."""
    context = Context(guarded(server), run_id="run", is_last_attempt=is_last_attempt, clock=lambda: NOW)
    return await run_directly(SendWebRequest, {"url": server.url, **inputs}, context)


async def emitted(answer: Answer | bytes, **inputs: Any) -> list[tuple[str, Any]]:
    """Give what the block emits for this answer; it must not fail."""
    async with serve(answer) as server:
        result = await send(server, **inputs)
    assert result.error is None
    return result.emissions


async def seen_by_server(**inputs: Any) -> Seen:
    """Give the request that the block makes of these inputs."""
    async with serve() as server:
        result = await send(server, **inputs)
    assert result.error is None
    (seen,) = server.seen
    return seen


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_every_method_is_sent_and_those_that_change_things_carry_a_key(method: str) -> None:
    seen = await seen_by_server(method=method)
    assert seen.method == method
    assert ("idempotency-key" in seen.headers) is (method not in ("GET", "HEAD", "OPTIONS"))
    assert seen.body == b""


async def test_the_method_is_post_unless_it_is_said() -> None:
    assert (await seen_by_server()).method == "POST"


async def test_every_attempt_of_one_execution_has_the_same_key_and_another_execution_another() -> None:
    keys = []
    async with serve() as server:
        for execution in (1, 1, 2):
            context = Context(guarded(server), run_id="run", execution=execution)
            await run_directly(SendWebRequest, {"url": server.url}, context)
            keys.append(server.seen[-1].headers["idempotency-key"])
    assert keys[0] == keys[1] != keys[2]


async def test_headers_are_sent_as_given() -> None:
    seen = await seen_by_server(headers={"X-Token": "a", "Authorization": "Bearer b"})
    assert (seen.headers["x-token"], seen.headers["authorization"]) == ("a", "Bearer b")


async def test_a_body_is_json_unless_the_node_says_form() -> None:
    body = {"a": 1, "b": ["x", 2], "c": {"d": None}, "e": True, "f": None, "g": "ü&="}
    as_json = await seen_by_server(body=body)
    assert as_json.headers["content-type"] == "application/json"
    assert orjson.loads(as_json.body) == body
    as_form = await seen_by_server(body=body, json_format=False)
    assert as_form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert as_form.body == b"a=1&b=x&b=2&c=%7B%22d%22%3Anull%7D&e=true&f=&g=%C3%BC%26%3D"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_body_goes_with_any_method_that_has_one(method: str) -> None:
    assert (await seen_by_server(method=method, body={})).body == b"{}"


async def test_files_are_sent_as_multipart_with_the_bodys_fields() -> None:
    picture = f"data:image/png;name=a%20b.png;base64,{base64.b64encode(b'pixels').decode()}"
    seen = await seen_by_server(files=[picture, "data:,pl%61in"], files_name="upload", body={"title": "t", "n": 1})
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    parts = seen.body.split(b"--" + boundary)[1:-1]
    assert [part.strip(b"\r\n") for part in parts] == [
        b'Content-Disposition: form-data; name="title"\r\n\r\nt',
        b'Content-Disposition: form-data; name="n"\r\n\r\n1',
        b'Content-Disposition: form-data; name="upload"; filename="a b.png"\r\nContent-Type: image/png\r\n\r\npixels',
        b'Content-Disposition: form-data; name="upload"; filename="file2.txt"\r\nContent-Type: text/plain\r\n\r\nplain',
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("workspace://1", "runs in a graph only"),
        ("/etc/passwd", "is no file"),
        ("file:///etc/passwd", "not opened"),
        ("data:no-comma", "no comma"),
        ("data:;base64,a*b", "not base64"),
        ("", "is no file"),
    ],
)
async def test_what_is_no_file_is_not_sent(value: str, why: str) -> None:
    async with serve() as server:
        result = await send(server, files=[value])
        assert server.connects == 0
    assert isinstance(result.error, BlockFailed)
    assert why in result.error.message


async def test_a_file_at_an_address_is_fetched_and_sent() -> None:
    async with serve(reply(200, b"pixels", {"Content-Type": "image/png"})) as server:
        result = await send(server, files=[f"{server.url}a.png"])
    assert result.error is None
    fetched, sent = server.seen
    assert (fetched.method, fetched.path, sent.method) == ("GET", "/a.png", "POST")
    assert b'filename="a.png"\r\nContent-Type: image/png\r\n\r\npixels' in sent.body


@pytest.mark.parametrize(
    ("status", "pin"),
    [
        (200, "response"),
        (201, "response"),
        (299, "response"),
        (304, "server_error"),
        (400, "client_error"),
        (404, "client_error"),
        (429, "client_error"),
        (499, "client_error"),
        (500, "server_error"),
        (503, "server_error"),
        (599, "server_error"),
    ],
)
async def test_the_status_says_which_pin_emits(status: int, pin: str) -> None:
    body = b"" if status == 304 else b'{"a":1}'
    assert await emitted(reply(status, body, JSON)) == [(pin, {"a": 1} if body else None)]


async def test_no_content_is_null() -> None:
    assert await emitted(reply(204)) == [("response", None)]
    assert await emitted(reply(200, b"", JSON)) == [("response", None)]
    assert await emitted(reply(404)) == [("client_error", None)]


@pytest.mark.parametrize(
    ("content_type", "content", "value"),
    [
        ("application/json", b'[1,2.5,"a",null]', [1, 2.5, "a", None]),
        ("Application/JSON; Charset=UTF-8", b'\xef\xbb\xbf{"a":"\xc3\xbc"}', {"a": "ü"}),
        ("application/vnd.api+json", b"true", True),
        ("application/json", b"not json", "not json"),
        ("application/json", b'{"a":"x\\u0000y"}', {"a": "x\ufffdy"}),
        ("application/json", b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        ("application/json", b'{"a":"\\\\\\u0000\\u0000"}', {"a": "\\\ufffd\ufffd"}),
        ("application/json; charset=latin-1", b'"\xfc"', "ü"),
        ("text/plain", b'{"a":1}', '{"a":1}'),
        ("text/plain; charset=latin-1", b"\xfc", "ü"),
        # None of these is a charset of texts, though Python has a codec of that name; one takes the square of the time.
        ("text/plain; charset=punycode", b"a-" + b"z9" * 100_000, "a-" + "z9" * 100_000),
        ("text/plain; charset=idna", b"xn--a", "xn--a"),
        ("text/plain; charset=undefined", b"a", "a"),
        ("text/plain; charset=unicode_escape", b"\\x41", "\\x41"),
        ("text/plain; charset=shift_jis", "石垣".encode("shift_jis"), "石垣"),
        ("text/html", b"a\x00b\xff", "a\ufffdb\ufffd"),
        ("application/atom+xml", b"<a/>", "<a/>"),
        ("", "grün".encode(), "grün"),
        ("application/octet-stream", b"plain", "plain"),
        ("application/octet-stream", b"\x00\x01", "data:application/octet-stream;base64,AAE="),
        ("", b"\xff\xfe", "data:application/octet-stream;base64,//4="),
        ("image/png", b"text", "data:image/png;base64,dGV4dA=="),
    ],
)
async def test_the_content_becomes_a_value_by_its_type(content_type: str, content: bytes, value: Any) -> None:
    assert await emitted(reply(200, content, {"Content-Type": content_type})) == [("response", value)]


def test_json_that_no_parser_takes_is_text() -> None:
    def read(content: bytes) -> Any:
        return value_of(HttpResponse(200, {"content-type": "application/json"}, content, "http://a.example/"))

    assert read(b"NaN") == "NaN"
    assert read(b'"\\ud800"') == '"\\ud800"'
    assert read(b"[" * 100_000) == "[" * 100_000


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (502, Unavailable), (503, Unavailable), (504, Unavailable)]
)
async def test_a_server_that_is_busy_is_tried_again_until_the_last_attempt(
    status: int, kind: type[Unavailable]
) -> None:
    async with serve(reply(status, b"later", {"Retry-After": "7"})) as server:
        result = await send(server, is_last_attempt=False)
        assert result.emissions == []
        assert type(result.error) is kind
        assert result.error.is_transient
        assert isinstance(result.error, Unavailable)
        assert result.error.retry_after_seconds == 7
        assert (await send(server, is_last_attempt=True)).emissions[0][1] == "later"


@pytest.mark.parametrize("status", [400, 408, 500, 501])
async def test_any_other_status_is_an_answer_on_the_first_attempt(status: int) -> None:
    async with serve(reply(status, b"no")) as server:
        assert (await send(server, is_last_attempt=False)).emissions[0][1] == "no"


@pytest.mark.parametrize("is_last_attempt", [False, True])
async def test_a_network_that_fails_raises_on_every_attempt(is_last_attempt: bool) -> None:
    async def hang_up(_: Seen, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serve(hang_up) as server:
        result = await send(server, is_last_attempt=is_last_attempt)
    assert isinstance(result.error, Unavailable)
    assert result.error.is_transient


async def test_an_address_that_may_not_be_reached_is_refused_for_good() -> None:
    async with serve() as server:
        result = await send(server, url="http://169.254.169.254/latest/meta-data/")
    assert isinstance(result.error, EgressRefused)
    assert not result.error.is_transient


async def test_a_method_that_is_none_is_a_wrong_input() -> None:
    async with serve() as server:
        assert isinstance((await send(server, method="FETCH")).error, InvalidInput)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", RETRY_AFTER_SECONDS_MAX),
        ("Sat, 28 Nov 2026 12:01:30 GMT", 90.0),
        ("Sat, 28 Nov 2026 11:00:00 GMT", 0.0),
        ("Sat, 28 Nov 2026 12:00:01 -0000", 1.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("9" * 5000, None),
        ("Sat, 99 Nov 2026 12:01:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("example.com/a", "https://example.com/a"),
        (" //example.com ", "https://example.com"),
        ("example.com:8080/a?b=http://c", "https://example.com:8080/a?b=http://c"),
        ("http://example.com", "http://example.com"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_a_url_without_a_scheme_is_https(url: str, full: str) -> None:
    assert with_scheme(url) == full


class Canned:
    """Answers of an example, in order; the way out that examples have."""

    def __init__(self, answers: Any) -> None:
        self._answers = list(answers)

    async def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        status, headers, content = self._answers.pop(0)
        return HttpResponse(status, headers, content, url)


@pytest.mark.parametrize("example", SendWebRequest.examples, ids=lambda example: example.title)
async def test_the_examples_give_what_they_say(example: Any) -> None:
    result = await run_directly(SendWebRequest, example.input, Context(Canned(example.answers)))
    assert (result.emissions, result.error) == (list(example.output), None)
