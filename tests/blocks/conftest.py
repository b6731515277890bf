"""What the tests of blocks share: a context at a fixed time, canned answers for a network; nothing here ever waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from blocks.registry import library_blocks
from blocks.sdk import Block, Context, Emission, HttpResponse, Unavailable
from blocks.sdk.direct import run_directly
from schema.errors import DrystoneError
from tests.audit import only_the_named

NOON = datetime(2026, 1, 31, 12, 34, 56, 789_000, tzinfo=UTC)
BLOCKS: dict[str, type[Block]] = {block.name: block for block in library_blocks()}


@pytest.fixture(autouse=True)
def _only_egress_opens_sockets() -> Iterator[None]:
    """S04: fail each test of this folder in which something else than the guarded way out opens a socket."""
    with only_the_named():
        yield


class CannedHttp:
    """Answers each request with the next of the given answers, and remembers what was asked."""

    def __init__(self, answers: Sequence[tuple[int, Mapping[str, str], bytes]] = ()) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, dict[str, Any]]] = []

    async def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        self.requests.append((method, url, options))
        if not self.answers:
            raise Unavailable("No answer is left: the test allows no further request.")
        status, headers, body = self.answers.pop(0)
        return HttpResponse(status, {key.lower(): value for key, value in headers.items()}, body, url)

    def transport(self, _content_bytes_max: int = 0) -> httpx2.AsyncBaseTransport:
        """Give the transport for an SDK's client, with the same answers."""

        async def answer(request: httpx2.Request) -> httpx2.Response:
            found = await self.request(request.method, str(request.url), headers=dict(request.headers))
            return httpx2.Response(found.status, headers=dict(found.headers), content=found.content)

        return httpx2.MockTransport(answer)


def make_context(**fields: Any) -> Context:
    """Give a context at noon with no answers, or with the given fields."""
    return Context(**{"http": CannedHttp(), "clock": lambda: NOON, **fields})


class Outcome:
    """What a block did: its emissions, its error and for how long it asked to sleep."""

    def __init__(self, emissions: list[Emission], error: DrystoneError | None, slept: list[float]) -> None:
        self.emissions, self.error, self.slept = emissions, error, slept

    @property
    def outputs(self) -> list[Emission]:
        """The emissions of a block that must not have failed."""
        assert self.error is None, self.error
        return self.emissions

    @property
    def code(self) -> str | None:
        return self.error.code if self.error else None


Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Run a block by its name with these inputs; time passes at once."""

    async def run_block(name: str, inputs: Mapping[str, Any], context: Context | None = None) -> Outcome:
        slept: list[float] = []

        async def note(seconds: float) -> None:
            slept.append(seconds)

        result = await run_directly(BLOCKS[name], inputs, context or make_context(), note)
        return Outcome(result.emissions, result.error, slept)

    return run_block


@pytest.fixture
def fail(run: Run) -> Run:
    """Run a block that must fail; give the message of its error."""

    async def run_failing(name: str, inputs: Mapping[str, Any], code: str = "BLOCK_FAILED") -> str:
        outcome = await run(name, inputs)
        assert outcome.code == code, (outcome.error, outcome.emissions)
        return outcome.error.message

    return run_failing
