"""The blocks against a server on this machine that checks what DeepL's documentation asks for, and answers as it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from blocks.sdk import ApiKey, Block, Context
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from blocks.sdk.rest import Api
from blocks.sdk.trial import problems_of
from schema.credentials import Reference

from drystone_deepl import DeepLTranslate, DeepLUsage
from drystone_deepl.provider import DEEPL, path_for

REFERENCE = Reference("7a3c1f0e-0000-4000-8000-000000000002", "deepl", "api_key", "Test")


@contextmanager
def deepl(status: int = 200, **headers: str) -> Iterator[tuple[str, list[Any]]]:
    """Serve the API as it is documented; give its host and what was asked."""
    asked: list[Any] = []

    class Documented(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer({"character_count": 9, "character_limit": 10} if self.path == "/v2/usage" else None)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body)
            is_right = self.path == "/v2/translate" and isinstance(body["text"], list) and body["target_lang"] == "DE"
            translation = {"detected_source_language": "EN", "text": f"de:{body['text'][0]}"}
            self.answer({"translations": [translation]} if is_right else None)

        def answer(self, document: Any) -> None:
            is_known = self.headers["Authorization"] == "DeepL-Auth-Key secret:fx"
            self.send_response(status if is_known and document else 403 if not is_known else 400)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Documented)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def run(block: type[Block], host: str, key: str = "secret:fx", **inputs: Any) -> Any:
    """Run a block as where an operator says that DeepL is at this host (DRYSTONE_PROVIDER_URLS)."""
    way_out = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({host})))
    credentials = {"credentials": ApiKey(REFERENCE, key=key)}
    context = Context(http=way_out, credentials=credentials, base_urls={"deepl": f"http://{host}"})
    return asyncio.run(run_directly(block, {"credentials": REFERENCE.to_wire(), **inputs}, context))


@pytest.mark.parametrize("block", [DeepLTranslate, DeepLUsage])
def test_the_examples_are_true(block: type[Block]) -> None:
    assert problems_of(block) == []


def test_a_text_is_translated_as_the_api_asks_for_it() -> None:
    with deepl() as (host, asked):
        result = run(DeepLTranslate, host, text="Hello", target_language="de", source_language="en")
    assert result.error is None, result.error
    assert result.emissions == [("translation", "de:Hello"), ("detected_language", "EN")]
    assert asked == [{"text": ["Hello"], "target_lang": "DE", "source_lang": "EN"}]


def test_the_quota_is_told() -> None:
    with deepl() as (host, _):
        assert run(DeepLUsage, host).emissions == [("used", 9), ("left", 1)]


@pytest.mark.parametrize(
    ("status", "key", "code"),
    [
        (200, "another", "CREDENTIAL_UNUSABLE"),
        (429, "secret:fx", "RATE_LIMITED"),
        (456, "secret:fx", "BLOCK_FAILED"),
        (503, "secret:fx", "UNAVAILABLE"),
    ],
)
def test_a_refusal_is_the_error_that_it_means(status: int, key: str, code: str) -> None:
    with deepl(status, Retry_After="7") as (host, _):
        error = run(DeepLUsage, host, key).error
    assert error.code == code
    assert key not in error.message
    assert getattr(error, "retry_after_seconds", None) == (7.0 if status in (429, 503) else None)


def test_a_key_goes_to_the_host_of_its_plan() -> None:
    free, paid = ApiKey(REFERENCE, key="a:fx"), ApiKey(REFERENCE, key="a")
    urls = [
        Api(DEEPL, key, Context(http=GuardedHttp(EgressPolicy()))).url(path_for(key, "/v2/usage"))
        for key in (free, paid)
    ]
    assert urls == ["https://api-free.deepl.com/v2/usage", "https://api.deepl.com/v2/usage"]
