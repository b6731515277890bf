"""Local servers that speak as a provider's documentation says, and a way to run a block against one, over the real guard.

A service knows operations, (method, path) -> what it answers. Whatever it is asked that is not among them fails the test, and so
does a request that its `check` does not like; what it was asked is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from blocks.sdk import ApiKey, Block, Context, Credential
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from blocks.sdk.providers import Provider
from schema.credentials import Reference
from tests.blocks.conftest import NOON, Outcome
from tests.egress.servers import Seen, reply, serve


@dataclass(frozen=True)
class Asked:
    """A request as the service understood it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Says:
    """An answer of a service: JSON, or bytes."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


#: What a service answers: the same each time, one after another, or as a function of what was asked.
Answers = Says | Sequence[Says] | Callable[[Asked], Says]


@dataclass
class Service:
    """A running service."""

    provider: Provider
    url: str = ""
    host: str = ""
    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def context(self, credential: Credential | None, **more: Any) -> Context:
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({self.host})))
        credentials = {} if credential is None else {"credentials": credential}
        return Context(
            http=http,
            clock=lambda: NOON,
            base_urls={self.provider.name: self.url.rstrip("/")},
            credentials=credentials,
            **more,
        )

    async def run(
        self, block: type[Block], inputs: Mapping[str, Any], credential: Credential | None = None, **more: Any
    ) -> Outcome:
        """Run a block against it; it must have been asked nothing wrong."""
        own = credential or api_key(self.provider)
        slept: list[float] = []

        async def note(seconds: float) -> None:
            slept.append(seconds)

        given = {**inputs, "credentials": own.reference.to_wire()}
        result = await run_directly(block, given, self.context(own, **more), note)
        assert not self.problems, self.problems
        return Outcome(result.emissions, result.error, slept)


def api_key(provider: Provider, key: str = "the-secret-key") -> ApiKey:
    return ApiKey(Reference("00000000-0000-4000-8000-00000000000a", provider.name, "api_key", "Mine"), key=key)


@asynccontextmanager
async def service(
    provider: Provider,
    operations: Mapping[tuple[str, str], Answers],
    check: Callable[[Asked], str | None] = lambda _: None,
) -> AsyncIterator[Service]:
    """Run a service; `check` says what is wrong with a request (None: nothing), such as its authentication."""
    counts: dict[tuple[str, str], int] = {}
    running = Service(provider)

    async def answer(seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        asked = _read(seen)
        running.asked.append(asked)
        key = (asked.method, asked.path)
        problem = check(asked) or (None if key in operations else "there is no such operation")
        if problem is not None:
            running.problems.append(f"{asked.method} {asked.path}: {problem}")
            return reply(400, orjson.dumps({"message": problem}))
        counts[key] = counts.get(key, 0) + 1
        return _bytes(_next(operations[key], counts[key], asked))

    async with serve(answer) as server:
        running.url, running.host = server.url, server.host
        yield running


def _read(seen: Seen) -> Asked:
    parts = urlsplit(seen.path)
    headers = {name.lower(): value for name, value in seen.headers.items()}
    return Asked(seen.method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, seen.body)


def _next(answers: Answers, count: int, asked: Asked) -> Says:
    if isinstance(answers, Says):
        return answers
    return answers(asked) if callable(answers) else answers[min(count, len(answers)) - 1]


def _bytes(says: Says) -> bytes:
    body = says.content if isinstance(says.content, bytes) else orjson.dumps(says.content)
    body = b"" if says.content is None else body
    return reply(says.status, body, {"content-type": "application/json", **says.headers})
