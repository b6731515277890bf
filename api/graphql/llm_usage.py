"""What language models used, in GraphQL: of a run, of a node execution, and of an organisation by day; it asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import strawberry

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import query
from api.graphql.ids import encode_id
from api.graphql.people import Member, member_of
from schema.access import Right
from schema.db.llm_calls import USED_TOLD_MAX, ModelUsage, Usage, UsageOf

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


@strawberry.type(description="What the runs of one agent used, those of the agents that it ran included.")
class LlmUsageOfAgent:
    graph_id: strawberry.ID
    name: str = strawberry.field(description="What it was called when it ran last; it may be deleted since.")
    usage: LlmUsage


@strawberry.type(description="What the runs that one person began used.")
class LlmUsageOfPerson:
    row: strawberry.Private[UsageOf]

    @strawberry.field(description="Who began them; null for all who have left together, and what no person began.")
    async def person(self, info: strawberry.Info) -> Member | None:
        return None if self.row.of_id is None else await member_of(info.context, self.row.of_id)

    @strawberry.field
    def usage(self) -> LlmUsage:
        return LlmUsage(row=self.row.usage)


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
        found = await call.stores.llm_calls.by_day(call.tenant, _since(days))
        return [LlmUsageOfDay(day=one.day, usage=LlmUsage(row=one)) for one in found if one.day is not None]

    @query(
        Right.READ_RUNS,
        f"The same by agent, the dearest first, at most {USED_TOLD_MAX}. What an agent's nodes ran is in it. Of the last `days` "
        f"(at most {DAYS_MAX}).",
    )
    async def llm_usage_by_agent(self, info: strawberry.Info, days: int = 30) -> list[LlmUsageOfAgent]:
        call: Call = info.context
        return [
            LlmUsageOfAgent(graph_id=encode_id("Graph", one.of_id), name=one.name, usage=LlmUsage(row=one.usage))
            for one in await call.stores.llm_calls.by_agent(call.tenant, _since(days))
        ]

    @query(
        Right.READ_RUNS,
        f"The same by who began the run, the dearest first, at most {USED_TOLD_MAX}: schedules and webhooks run in a person's "
        f"name. Of the last `days` (at most {DAYS_MAX}).",
    )
    async def llm_usage_by_person(self, info: strawberry.Info, days: int = 30) -> list[LlmUsageOfPerson]:
        call: Call = info.context
        return [LlmUsageOfPerson(row=one) for one in await call.stores.llm_calls.by_person(call.tenant, _since(days))]


def _since(days: int) -> datetime:
    """Give the beginning of the first of so many days of UTC, today the last of them."""
    if not 1 <= days <= DAYS_MAX:
        raise BadUserInput(f"`days` is a number from 1 to {DAYS_MAX}.", where="days")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)
