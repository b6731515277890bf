"""The clients of the providers' SDKs, made for one request over the guarded way out; the SDKs are imported when one is needed.

They take 1 to 3 seconds of CPU to import, so that happens once, in a thread. A client keeps nothing: no connection, no retry and
no credential of the process's environment.
"""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType
from typing import Any, Final

import httpx2

from blocks.llm.bounded import STREAM_BYTES_MAX, Bounded
from blocks.llm.endpoints import Endpoint
from blocks.sdk.context import Http

#: Parts that an SDK imports when they are first used: imported with it, so that the blocks' loop does not stand still then.
_PARTS: Final = {
    "openai": ("openai.resources.chat.completions", "openai.resources.responses", "openai.lib._client_auth"),
    "anthropic": ("anthropic.resources.messages",),
}
_imported: dict[str, ModuleType] = {}


async def openai_client(http: Http, endpoint: Endpoint, seconds: float) -> Any:
    """Give an `openai.AsyncOpenAI`."""
    sdk = await _import("openai")
    client = sdk.AsyncOpenAI(
        api_key=endpoint.key,
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=seconds,
        http_client=_http_client(http),
        # What is None is looked for in the environment, and what is there is the operator's, not the tenant's.
        organization="",
        project="",
        admin_api_key="",
        webhook_secret="",
    )
    client.organization = client.project = None
    return _quiet(client)


async def anthropic_client(http: Http, endpoint: Endpoint, seconds: float) -> Any:
    """Give an `anthropic.AsyncAnthropic`."""
    sdk = await _import("anthropic")
    client = sdk.AsyncAnthropic(
        api_key=endpoint.key,
        # It adds the version itself.
        base_url=endpoint.base_url.removesuffix("/v1"),
        max_retries=0,
        timeout=seconds,
        http_client=_http_client(http),
        webhook_key="",
        open_telemetry=False,
    )
    return _quiet(client)


def _quiet(client: Any) -> Any:
    """Give a client that tells nothing of this machine: it would start a process to find that out.

    Both SDKs take headers from the environment (`OPENAI_CUSTOM_HEADERS`, `ANTHROPIC_CUSTOM_HEADERS`), which go before the key that
    they are given: they are the operator's, and the server may be anybody's.
    """
    client._platform, client.platform_headers, client._custom_headers = "Unknown", dict, {}
    return client


def _http_client(http: Http) -> httpx2.AsyncClient:
    # Twice as many for the guard, so that it is `Bounded` that notices: what the guard says of too much could be tried again.
    transport = Bounded(http.transport(2 * STREAM_BYTES_MAX))
    return httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=None)


async def _import(name: str) -> ModuleType:
    if name not in _imported:
        _imported[name] = await asyncio.to_thread(_import_with_parts, name)
    return _imported[name]


def _import_with_parts(name: str) -> ModuleType:
    for part in _PARTS[name]:
        importlib.import_module(part)
    return importlib.import_module(name)
