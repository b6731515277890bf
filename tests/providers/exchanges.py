"""Exchanges: what a block must ask of a service, request by request, as its documentation has it, and what it is told.

A case is a block with inputs, the exchanges in their order, and what the block then gives. All of each request that matters is
compared: method, path, query, and body. The service is a real server behind the real guard (tests/providers/services.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from blocks.sdk import Block, Credential
from blocks.sdk.providers import Provider
from tests.blocks.conftest import Outcome
from tests.providers.services import Answers, Asked, Says, service


@dataclass(frozen=True)
class Exchange:
    """A request, and its answer: content, or a function of what was asked."""

    method: str
    path: str
    says: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Case:
    """A block that is run, and what must come of it."""

    block: type[Block]
    inputs: Mapping[str, Any]
    exchanges: Sequence[Exchange]
    outputs: Sequence[tuple[str, Any]]

    def __str__(self) -> str:
        return self.block.name


class Anything(dict[tuple[str, str], Answers]):
    """The operations of a service that has every operation: it answers one thing after another, whatever is asked."""

    def __init__(self, *answers: Callable[[Asked], Says] | Says) -> None:
        super().__init__()
        self._answers = list(answers)

    def __contains__(self, _key: object) -> bool:
        return True

    def __getitem__(self, _key: tuple[str, str]) -> Answers:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def _says(exchange: Exchange) -> Callable[[Asked], Says] | Says:
    if callable(exchange.says):
        told: Callable[[Asked], Says] = exchange.says
        return told
    return exchange.says if isinstance(exchange.says, Says) else Says(exchange.says)


async def play(
    provider: Provider,
    case: Case,
    check: Callable[[Asked], str | None],
    credential: Credential | None = None,
    **context: Any,
) -> Outcome:
    """Run a case; everything that it asks, and all that it gives, must be as it says."""
    operations = Anything(*(_says(exchange) for exchange in case.exchanges))
    async with service(provider, operations, check) as running:
        outcome = await running.run(case.block, case.inputs, credential, **context)
    asked = [(one.method, one.path, one.query, _body(one)) for one in running.asked]
    expected = [(one.method, one.path, dict(one.query), _expected(one)) for one in case.exchanges]
    assert asked == expected
    assert outcome.outputs == list(case.outputs)
    return outcome


def _body(asked: Asked) -> Any:
    kind = asked.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
    if kind.startswith("multipart/"):
        return "multipart"
    return asked.json


def _expected(exchange: Exchange) -> Any:
    return dict(exchange.form) if exchange.form is not None else exchange.json


def header(name: str, value: str) -> Callable[[Asked], str | None]:
    """Give a check of a request's authentication by a header."""
    return lambda asked: None if asked.headers.get(name) == value else f"no {name}: {value}"


def parameter(name: str, value: str = "the-secret-key") -> Callable[[Asked], str | None]:
    """Give a check of a request's authentication by a parameter of the query; it is not compared again."""

    def check(asked: Asked) -> str | None:
        return None if asked.query.pop(name, None) == value else f"no parameter {name}"

    return check
