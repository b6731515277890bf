"""What language models used, in GraphQL: of a run, of a node execution, and of an organisation by day; it asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import query
from schema.access import Right
from schema.db.llm_calls import ModelUsage, Usage

#: Days that the totals of an organisation go back.
DAYS_MAX = 366


@strawberry.type(description="What the calls of one model used together.")
class LlmModelUsage:
    row: strawberry.Private[ModelUsage]

    @strawberry.field(description="Who was asked; `demo`: nobody, the answers were made here.")
    def provider(self) -> str:
        return self.row.provider

    @strawberry.field
    def model(self) -> str:
        return self.row.model

    @strawberry.field(description="Calls that were answered.")
    def calls(self) -> int:
        return self.row.calls

    @strawberry.field
    def input_tokens(self) -> float:
        return self.row.input_tokens

    @strawberry.field
    def output_tokens(self) -> float:
        return self.row.output_tokens

    @strawberry.field(description="Millionths of a dollar; null where no call has a known price.")
    def cost_micro_usd(self) -> float | None:
        return None if self.row.unpriced == self.row.calls else self.row.cost_micro_usd


@strawberry.type(
    description="What calls of language models used. A call counts once, however often its node was tried; what a run took over "
    "from another is not in it."
)
class LlmUsage:
    row: strawberry.Private[Usage]

    @strawberry.field(description="Calls that were answered.")
    def calls(self) -> int:
        return self.row.total("calls")

    @strawberry.field
    def input_tokens(self) -> float:
        return self.row.total("input_tokens")

    @strawberry.field
    def output_tokens(self) -> float:
        return self.row.total("output_tokens")

    @strawberry.field(description="Millionths of a dollar, of the calls whose price is known.")
    def cost_micro_usd(self) -> float:
        return self.row.total("cost_micro_usd")

    @strawberry.field(description="Calls whose price is not known: they are not in the cost.")
    def unpriced_calls(self) -> int:
        return self.row.total("unpriced")

    @strawberry.field
    def by_model(self) -> list[LlmModelUsage]:
        return [LlmModelUsage(row=row) for row in self.row.by_model]


@strawberry.type(description="What an organisation's runs used on a day of UTC.")
class LlmUsageOfDay:
    day: date
    usage: LlmUsage


async def usage_of_run(call: Call, run_id: UUID) -> LlmUsage:
    """Give what a run used; all that one operation asks for are read at once."""

    async def load(runs: Sequence[UUID]) -> dict[UUID, Usage]:
        return await call.stores.llm_calls.of_runs(call.tenant, runs)

    return LlmUsage(row=await call.loader("llm usage of runs", load).load(run_id) or Usage())


async def usage_of_execution(call: Call, key: tuple[UUID, int]) -> LlmUsage:
    """Give what a node execution used; all that one operation asks for are read at once."""

    async def load(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], Usage]:
        return await call.stores.llm_calls.of_executions(call.tenant, keys)

    return LlmUsage(row=await call.loader("llm usage of executions", load).load(key) or Usage())


@strawberry.type
class LlmUsageQuery:
    @query(
        Right.READ_RUNS,
        f"What language models used by day, of the last `days` (at most {DAYS_MAX}), the oldest first; days without a call are "
        "left out. The runs of a day that were deleted are not in it.",
    )
    async def llm_usage_by_day(self, info: strawberry.Info, days: int = 30) -> list[LlmUsageOfDay]:
        call: Call = info.context
        if not 1 <= days <= DAYS_MAX:
            raise BadUserInput(f"`days` is a number from 1 to {DAYS_MAX}.", where="days")
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        found = await call.stores.llm_calls.by_day(call.tenant, midnight - timedelta(days=days - 1))
        return [LlmUsageOfDay(day=one.day, usage=LlmUsage(row=one)) for one in found if one.day is not None]
