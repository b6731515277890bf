"""Calls of language models: what was answered, so that a repeated attempt is given it again, and what it used; it asks no model.

A row is one call that was answered, under (run, execution, step, number). The first answer stands: a second attempt that asked at
the same time reads it back. Where an attempt asked otherwise, its answer takes the place of the old one, and both are paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, bindparam, text

from schema.db.tenancy import Database

_FIND: Final = text(
    "SELECT answer FROM llm_calls WHERE run_id = :run AND execution = :execution AND step = :step AND number = :number "
    "AND request_hash = :hash"
)
_KEEP: Final = text(
    "INSERT INTO llm_calls AS c (run_id, execution, step, number, tenant_id, provider, model, request_hash, input_tokens, "
    "output_tokens, cost_micro_usd, answer) "
    "VALUES (:run, :execution, :step, :number, :tenant, :provider, :model, :hash, :input, :output, :cost, :answer) "
    "ON CONFLICT (run_id, execution, step, number) DO UPDATE SET request_hash = excluded.request_hash, "
    "provider = excluded.provider, model = excluded.model, answer = excluded.answer, "
    "input_tokens = c.input_tokens + excluded.input_tokens, output_tokens = c.output_tokens + excluded.output_tokens, "
    "cost_micro_usd = c.cost_micro_usd + excluded.cost_micro_usd WHERE c.request_hash <> excluded.request_hash "
    "RETURNING answer"
).bindparams(bindparam("answer", type_=JSON))
_SUMS: Final = (
    "count(*) AS calls, coalesce(sum(input_tokens), 0)::bigint AS input_tokens, "
    "coalesce(sum(output_tokens), 0)::bigint AS output_tokens, coalesce(sum(cost_micro_usd), 0)::bigint AS cost, "
    "count(*) FILTER (WHERE cost_micro_usd IS NULL) AS unpriced"
)
_OF_RUNS: Final = text(
    f"SELECT run_id, provider, model, {_SUMS} FROM llm_calls WHERE tenant_id = :tenant AND run_id = ANY(:runs) "
    "GROUP BY run_id, provider, model ORDER BY run_id, provider, model"
)
_OF_EXECUTIONS: Final = text(
    f"SELECT c.run_id, c.execution, c.provider, c.model, {_SUMS} FROM llm_calls c "
    "JOIN unnest(CAST(:runs AS uuid[]), CAST(:executions AS int[])) AS w (run_id, execution) "
    "ON w.run_id = c.run_id AND w.execution = c.execution WHERE c.tenant_id = :tenant "
    "GROUP BY c.run_id, c.execution, c.provider, c.model ORDER BY c.run_id, c.execution, c.provider, c.model"
)
_BY_DAY: Final = text(
    f"SELECT (created_at AT TIME ZONE 'UTC')::date AS day, provider, model, {_SUMS} FROM llm_calls "
    "WHERE tenant_id = :tenant AND created_at >= :since GROUP BY day, provider, model ORDER BY day, provider, model"
)
#: By what began it: the agent of the run on top, which may have run others, and who started that. `named` is the moment of its
#: last run, and what it was called then.
_MOMENT: Final = "to_char(root.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24\\:MI\\:SS.US')"
_BY_ROOT: Final = (
    f"SELECT {{of}} AS of_id, max(ARRAY[{_MOMENT}, root.agent_name]) AS named, c.provider, c.model, {_SUMS} "
    "FROM llm_calls c JOIN runs r ON r.id = c.run_id JOIN runs root ON root.id = r.root_run_id "
    # All who have left are one: nobody knows them any more.
    "LEFT JOIN memberships m ON m.tenant_id = root.tenant_id AND m.person_id = root.created_by "
    "WHERE c.tenant_id = :tenant AND c.created_at >= :since GROUP BY {of}, c.provider, c.model"
)
_BY_AGENT: Final = text(_BY_ROOT.format(of="root.graph_id"))
_BY_PERSON: Final = text(_BY_ROOT.format(of="m.person_id"))
#: Agents, and people, that are told of: those that cost most.
USED_TOLD_MAX: Final = 500


@dataclass(frozen=True)
class CallPlace:
    """Where a call stands: its number counts the calls of a step of a node execution."""

    run_id: UUID
    execution: int
    step: int
    number: int

    @property
    def row(self) -> dict[str, Any]:
        return {"run": self.run_id, "execution": self.execution, "step": self.step, "number": self.number}


@dataclass(frozen=True)
class LlmCall:
    """A call that was answered."""

    place: CallPlace
    tenant_id: UUID
    provider: str
    model: str
    request_hash: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int | None
    #: {"value": ...} or {"handle": ...}.
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class ModelUsage:
    """What calls of one model used together. `cost_micro_usd` is of those whose price is known; `unpriced` counts the others."""

    provider: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    unpriced: int


@dataclass(frozen=True)
class Usage:
    """What calls used, by model."""

    by_model: tuple[ModelUsage, ...] = ()
    day: date | None = field(default=None, compare=False)

    def total(self, name: str) -> int:
        """Give the sum of one of `ModelUsage`'s numbers."""
        return sum(int(getattr(one, name)) for one in self.by_model)


@dataclass(frozen=True)
class UsageOf:
    """What the runs that one agent, or one person, began used."""

    #: None: no person started them, or those who did have left.
    of_id: UUID | None
    #: The agent's name when it ran last.
    name: str
    usage: Usage


@dataclass(frozen=True)
class LlmCalls:
    """The calls of all tenants, or of one, as its database shows them."""

    engine: Database

    async def find(self, place: CallPlace, request_hash: str) -> Mapping[str, Any] | None:
        """Give what was answered to this request at its place; None where that was not asked there."""
        async with self.engine.connect() as connection:
            found = await connection.execute(_FIND, {**place.row, "hash": request_hash})
            answer: Mapping[str, Any] | None = found.scalar_one_or_none()
            return answer

    async def keep(self, call: LlmCall) -> Mapping[str, Any]:
        """Keep an answer and what it used; give the one that stands: where the same was answered meanwhile, that."""
        row = {
            **call.place.row,
            "tenant": call.tenant_id,
            "provider": call.provider,
            "model": call.model,
            "hash": call.request_hash,
            "input": call.input_tokens,
            "output": call.output_tokens,
            "cost": call.cost_micro_usd,
            "answer": dict(call.answer),
        }
        async with self.engine.begin() as connection:
            kept = (await connection.execute(_KEEP, row)).scalar_one_or_none()
        if kept is None:
            kept = await self.find(call.place, call.request_hash)
        assert kept is not None, "what was in the way has the same request"
        return kept

    async def of_runs(self, tenant: UUID, runs: Sequence[UUID]) -> dict[UUID, Usage]:
        """Give what these runs used."""
        rows = await self._read(_OF_RUNS, {"tenant": tenant, "runs": list(runs)})
        found: dict[UUID, list[ModelUsage]] = {}
        for row in rows:
            found.setdefault(row.run_id, []).append(_usage(row))
        return {run: Usage(tuple(models)) for run, models in found.items()}

    async def of_executions(self, tenant: UUID, keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], Usage]:
        """Give what these executions, (run, number), used."""
        wanted = {"runs": [run for run, _ in keys], "executions": [number for _, number in keys]}
        found: dict[tuple[UUID, int], list[ModelUsage]] = {}
        for row in await self._read(_OF_EXECUTIONS, {"tenant": tenant, **wanted}):
            found.setdefault((row.run_id, row.execution), []).append(_usage(row))
        return {key: Usage(tuple(models)) for key, models in found.items()}

    async def by_day(self, tenant: UUID, since: datetime) -> list[Usage]:
        """Give what an organisation used since a moment, by day of UTC, the oldest first; days without a call are left out."""
        found: dict[date, list[ModelUsage]] = {}
        for row in await self._read(_BY_DAY, {"tenant": tenant, "since": since}):
            found.setdefault(row.day, []).append(_usage(row))
        return [Usage(tuple(models), day) for day, models in found.items()]

    async def by_agent(self, tenant: UUID, since: datetime) -> list[UsageOf]:
        """Give what an organisation used since a moment by the agent on top, the dearest first."""
        return _grouped(await self._read(_BY_AGENT, {"tenant": tenant, "since": since}))

    async def by_person(self, tenant: UUID, since: datetime) -> list[UsageOf]:
        """Give what an organisation used since a moment by who started the run on top, the dearest first."""
        return _grouped(await self._read(_BY_PERSON, {"tenant": tenant, "since": since}))

    async def _read(self, statement: Any, arguments: Mapping[str, Any]) -> Sequence[Any]:
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, dict(arguments))).all()


def _grouped(rows: Sequence[Any]) -> list[UsageOf]:
    models: dict[UUID | None, list[ModelUsage]] = {}
    named: dict[UUID | None, list[str]] = {}
    for row in rows:
        models.setdefault(row.of_id, []).append(_usage(row))
        named[row.of_id] = max(row.named, named.get(row.of_id, []))
    found = [UsageOf(key, named[key][1], Usage(tuple(those))) for key, those in models.items()]
    found.sort(key=lambda one: (-one.usage.total("cost_micro_usd"), -one.usage.total("calls"), one.name))
    return found[:USED_TOLD_MAX]


def _usage(row: Any) -> ModelUsage:
    return ModelUsage(row.provider, row.model, row.calls, row.input_tokens, row.output_tokens, row.cost, row.unpriced)
