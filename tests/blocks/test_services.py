"""The blocks that ask one public service: what they send there, byte by byte, and where their key does not go."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from blocks.library.medium import PublishToMedium
from blocks.library.search import GetWeatherInformation, GetWikipediaSummary
from blocks.sdk import ApiKey, Block, Context
from blocks.sdk.block import DirectResult
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.credentials import Reference
from tests.egress.networks import Memory, Resolver
from tests.egress.servers import guarded, redirect, reply, serve

KEY = "canary-key"
JSON = {"Content-Type": "application/json"}
POST = {
    "author_id": "ab/c?d",
    "title": "Walls",
    "content": "# Walls\nThey ständ.",
    "content_format": "markdown",
    "tags": ["a", "b"],
    "publish_status": "unlisted",
}


class Service:
    """What answers for every name, and what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.resolver, self.network = Resolver(["93.184.216.34"]), Memory(*answers)

    async def ask(self, block: type[Block], provider: str, **inputs: Any) -> DirectResult:
        reference = Reference("00000000-0000-4000-8000-000000000009", provider, "api_key", "Test")
        http = GuardedHttp(resolver=self.resolver, network=self.network)
        context = Context(http=http, credentials={"credentials": ApiKey(reference, key=KEY)})
        return await run_directly(block, {**inputs, "credentials": reference.to_wire()}, context)

    @property
    def sent(self) -> tuple[str, str, bytes]:
        """Give (first line, headers, body) of the first request."""
        head, _, body = bytes(self.network.sent).partition(b"\r\n\r\n")
        first, _, headers = head.decode().partition("\r\n")
        return first, headers, body


async def test_medium_is_sent_a_post_as_its_documentation_says() -> None:
    service = Service(reply(201, b'{"data": {"id": "1", "url": "https://medium.com/p/1", "publishedAt": 5}}', JSON))
    result = await service.ask(PublishToMedium, "medium", **POST)
    assert result.emissions == [("post_id", "1"), ("post_url", "https://medium.com/p/1"), ("published_at", 5)]
    first, headers, body = service.sent
    assert first == "POST /v1/users/ab%2Fc%3Fd/posts HTTP/1.1"
    assert service.resolver.asked == ["api.medium.com"]
    assert service.network.connects == [("93.184.216.34", 443)]
    assert f"Authorization: Bearer {KEY}" in headers
    assert orjson.loads(body) == {
        "title": "Walls",
        "content": "# Walls\nThey ständ.",
        "contentFormat": "markdown",
        "tags": ["a", "b"],
        "publishStatus": "unlisted",
        "license": "all-rights-reserved",
        "notifyFollowers": False,
    }


async def test_medium_says_whose_key_it_is_where_no_author_is_given() -> None:
    me = reply(200, b'{"data": {"id": "u1"}}', JSON)
    service = Service(me, reply(201, b'{"data": {"id": "1", "url": "u"}}', JSON))
    result = await service.ask(PublishToMedium, "medium", **{**POST, "author_id": ""})
    assert result.emissions == [("post_id", "1"), ("post_url", "u")], "a draft has no time of publishing"
    assert bytes(service.network.sent).startswith(b"GET /v1/me HTTP/1.1")
    assert b"POST /v1/users/u1/posts HTTP/1.1" in service.network.sent


async def test_openweather_is_asked_as_its_documentation_says() -> None:
    service = Service(reply(200, b'{"weather": [{"description": "rain"}], "main": {"temp": -3, "humidity": 90}}', JSON))
    result = await service.ask(GetWeatherInformation, "openweathermap", location="São Paulo & co", use_celsius=False)
    assert result.emissions == [("temperature", "-3"), ("humidity", "90"), ("condition", "rain")]
    first, _, _ = service.sent
    assert first.startswith("GET /data/2.5/weather?q=S%C3%A3o+Paulo+%26+co&units=imperial&appid=")


async def test_wikipedia_is_asked_for_a_title_and_nothing_else() -> None:
    service = Service(reply(200, b'{"extract": "S"}', JSON))
    result = await run_directly(
        GetWikipediaSummary,
        {"topic": " ../../etc?x=1 # y "},
        Context(GuardedHttp(resolver=service.resolver, network=service.network)),
    )
    assert result.emissions == [("summary", "S")]
    assert service.sent[0] == "GET /api/rest_v1/page/summary/..%2F..%2Fetc%3Fx%3D1_%23_y HTTP/1.1"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "CREDENTIAL_UNUSABLE"),
        (403, "CREDENTIAL_UNUSABLE"),
        (429, "RATE_LIMITED"),
        (503, "UNAVAILABLE"),
        (418, "BLOCK_FAILED"),
    ],
)
@pytest.mark.parametrize(
    ("block", "provider", "inputs"),
    [(PublishToMedium, "medium", POST), (GetWeatherInformation, "openweathermap", {"location": "x"})],
)
async def test_an_answer_means_what_its_status_says(
    block: type[Block], provider: str, inputs: Any, status: int, code: str
) -> None:
    result = await Service(reply(status, b"no", {"Retry-After": "7"})).ask(block, provider, **inputs)
    assert result.error is not None
    assert result.error.code == code
    assert KEY not in str(result.error.to_wire())


@pytest.mark.parametrize(
    ("block", "provider", "inputs"),
    [(PublishToMedium, "medium", POST), (GetWeatherInformation, "openweathermap", {"location": "x"})],
)
async def test_a_redirect_takes_the_key_nowhere(block: type[Block], provider: str, inputs: Any) -> None:
    service = Service(redirect(307, "https://evil.example/"))
    result = await service.ask(block, provider, **inputs)
    assert result.error is not None
    assert "evil.example" not in service.resolver.asked


@pytest.mark.parametrize(
    ("block", "provider", "inputs", "asked"),
    [
        (PublishToMedium, "medium", POST, "POST /v1x/users/ab%2Fc%3Fd/posts"),
        (GetWeatherInformation, "openweathermap", {"location": "x"}, "GET /v1x/weather"),
        (GetWikipediaSummary, "wikipedia", {"topic": "Walls"}, "GET /v1x/page/summary/Walls"),
    ],
)
async def test_a_service_is_where_the_operator_says(block: Any, provider: str, inputs: Any, asked: str) -> None:
    async with serve(reply(404, b"{}", JSON)) as server:
        reference = Reference("00000000-0000-4000-8000-000000000009", provider, "api_key", "Test")
        key = {"credentials": ApiKey(reference, key=KEY)}
        context = Context(http=guarded(server), credentials=key, base_urls={provider: f"{server.url}v1x/"})
        await run_directly(block, {**inputs, "credentials": reference.to_wire()}, context)
        (seen,) = server.seen
        assert f"{seen.method} {seen.path}".startswith(asked)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"data": []}', b'{"main": {}}', b'{"data": {"id": {}}}'])
async def test_an_answer_of_another_shape_is_no_crash(body: bytes) -> None:
    for block, provider, inputs in (
        (PublishToMedium, "medium", POST),
        (GetWeatherInformation, "openweathermap", {"location": "x"}),
    ):
        result = await Service(reply(200, body, JSON)).ask(block, provider, **inputs)
        assert result.error is not None
        assert result.error.code in ("UNAVAILABLE", "BLOCK_FAILED")
