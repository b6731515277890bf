"""Approvals as the durable tests see and decide them: through the store, as people whose roles are given; no test is here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from schema.access import Role
from schema.db.approvals import ApprovalRecord
from schema.db.deciding import UNCHANGED, Deciding, Word
from schema.db.runs import Run
from schema.graph import Graph
from schema.ids import LOCAL_TENANT, new_id
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.waiting import eventually

HUMAN = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"


def an_ask(data: Any = "draft", **constants: Any) -> tuple[Any, ...]:
    return (HUMAN, {"data": data, "name": "Is this right?", **constants})


def asking(**constants: Any) -> Graph:
    """Give an agent that asks a person, with each thing that comes of it as an output."""
    nodes = {name: an_output(name) for name in ("approved", "rejected", "message", "error")}
    pins = {"approved_data": "approved", "rejected_data": "rejected", "review_message": "message", "error": "error"}
    return make_graph({"ask": an_ask(**constants), **nodes}, [f"ask.{pin} -> {out}.value" for pin, out in pins.items()])


async def asked(platform: Platform, run: Run) -> list[ApprovalRecord]:
    return (await platform.tools.approvals.of_runs(LOCAL_TENANT, [run.id]))[run.id]


async def pending(platform: Platform, run: Run, count: int = 1) -> list[ApprovalRecord]:
    """Wait until a run asks so many things; give them."""

    async def are_there() -> list[ApprovalRecord] | None:
        found = [one for one in await asked(platform, run) if one.status == "PENDING"]
        return found if len(found) == count else None

    found: list[ApprovalRecord] = await eventually(are_there, seconds=60)
    return found


async def decide(
    platform: Platform,
    approval: ApprovalRecord,
    *,
    approve: bool = True,
    data: Any = UNCHANGED,
    comment: str | None = None,
    role: Role = Role.OWNER,
    person: UUID | None = None,
) -> ApprovalRecord:
    word = Word(person or new_id(), role, approve, data, comment)
    return await Deciding(platform.tools.engine, platform.tools.values).decide(LOCAL_TENANT, approval.id, word)
