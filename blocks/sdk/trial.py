"""Trial: a block's own examples, run, and what of them is not true; nothing waits, and no network is asked.

    def test_the_examples_of_shout_are_true() -> None:
        assert problems_of(Shout) == []

The answers that an example has stand for the network, in their order. Who wants to see the requests asks a local server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx2

from blocks.sdk.block import Block, DirectResult, Example
from blocks.sdk.context import Context, Http, HttpResponse
from blocks.sdk.direct import run_directly
from blocks.sdk.directives import Emission
from schema.errors import Unavailable
from schema.values import normalize


class CannedAnswers:
    """The way out of an example: each request gets the next of its answers."""

    def __init__(self, answers: Sequence[tuple[int, Mapping[str, str], bytes]]) -> None:
        self.left = list(answers)

    async def request(self, method: str, url: str, **_options: Any) -> HttpResponse:
        """Give the next answer; raise Unavailable where there is none."""
        if not self.left:
            raise Unavailable(f"The example has no answer for {method} {url}.")
        status, headers, content = self.left.pop(0)
        return HttpResponse(status, {name.lower(): value for name, value in headers.items()}, content, url)

    def transport(self, content_bytes_max: int = 0) -> httpx2.AsyncBaseTransport:
        """Give the transport for an SDK's client, with the same answers."""

        async def answer(request: httpx2.Request) -> httpx2.Response:
            found = await self.request(request.method, str(request.url))
            return httpx2.Response(found.status, headers=dict(found.headers), content=found.content)

        return httpx2.MockTransport(answer)


def problems_of(block: type[Block]) -> list[str]:
    """Run every example of a block; give a sentence for each that is not true."""
    told = ((number, asyncio.run(_problem_of(block, example))) for number, example in enumerate(block.examples, 1))
    return [f"{block.name}, example {number}: {problem}" for number, problem in told if problem is not None]


async def _problem_of(block: type[Block], example: Example) -> str | None:
    way_out = CannedAnswers(example.answers or ())
    context = Context(http=cast(Http, way_out), credentials=example.credentials, **example.surroundings)
    result = await run_directly(block, example.input, context, _no_time)
    problem = _wrong_end(example, result) or _wrong_emissions(example, result)
    if problem is None and way_out.left:
        return f"{len(way_out.left)} of its answers were not asked for."
    return problem


async def _no_time(_seconds: float) -> None:
    """Let a timer's time pass at once."""


def _wrong_end(example: Example, result: DirectResult) -> str | None:
    error = None if result.error is None else result.error.message
    if example.error is None:
        return None if error is None else f"it failed: {error}"
    if error is None:
        return f"it did not fail; it was to say {example.error!r}."
    return None if example.error in error else f"it failed with {error!r}, in which there is no {example.error!r}."


def _wrong_emissions(example: Example, result: DirectResult) -> str | None:
    expected = [(pin, normalize(value)) for pin, value in example.output]
    if _is_as_said(example.match, result.emissions, expected):
        return None
    return f"it gave {result.emissions!r}, and was to give {expected!r}."


def _is_as_said(match: str, emissions: Sequence[Emission], expected: Sequence[Emission]) -> bool:
    if match == "exact":
        return emissions == expected
    if match == "subset":
        return all(emission in emissions for emission in expected)
    return [pin for pin, _ in emissions] == [pin for pin, _ in expected]
