"""F40: two people decide one approval twenty times at once, while the run continues as new and dies; one decision counts, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from api.graphql.ids import encode_id
from tests.chaos.blocks import ChaosSink
from tests.chaos.cases.agents import asking
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.invariants import chain_of
from tests.chaos.cases.long_runs import SUGGESTED_AFTER
from tests.chaos.cases.world import Answered, Away, World

DECISIONS: Final = 20
INBOX: Final = "query($runId: ID) { approvals(runId: $runId) { nodes { id status decidedBy { name } } } }"
DECIDE: Final = (
    "mutation($input: DecideApprovalInput!) { decideApproval(input: $input) "
    "{ approval { status decidedBy { name } } errors { code message } } }"
)
INVITE: Final = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token errors { code } } }"
ACCEPT: Final = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { token errors { code } } }"


@dataclass(frozen=True)
class Said:
    """What a person was answered to a decision."""

    person: str
    is_approval: bool
    outcome: str
    message: str


async def decide_at_once(world: World) -> CaseResult:
    """F40: twenty at once by two people, the engine dies under them; then each once more, when the run has continued as new."""
    result = CaseResult("F40", "two people decide twenty times at once")
    people = {"Owner": world.token, "Ann": await _second_person(world)}
    async with world.temporal_with("limit.historyCount.suggestContinueAsNew", SUGGESTED_AFTER):
        run_id = await world.start(asking(str(world.sink)), {"start": 100})
        (approval,) = await world.until(lambda: inbox(world, run_id), 60)
        await world.until(lambda: _has_continued(world, run_id), 90)
        result.prove("it continued as new before", True)
        async with world.under_fault():
            names = [*people] * (DECISIONS // 2)
            deciding = [
                asyncio.create_task(_decide(world, people, name, approval["id"], number % 4 < 2))
                for number, name in enumerate(names)
            ]
            result.prove("the engine died under the decisions", bool(await world.kill("engine")))
            said = list(await asyncio.gather(*deciding))
            await world.until_ended([run_id], 120)
        said += [
            await _decide(world, people, name, approval["id"], is_yes) for name in people for is_yes in (True, False)
        ]
    (now,) = await inbox(world, run_id)
    _judge(result, said, now)
    rows = await world.sql(
        "SELECT count(*) AS number FROM node_executions WHERE run_id = :id AND block_id = :block",
        id=run_id,
        block=ChaosSink.id,
    )
    result.need(rows[0].number == 1, "doubled", f"the effect of the decision has {rows[0].number} executions")
    await world.heal()
    return result


def _judge(result: CaseResult, said: list[Said], now: dict[str, Any]) -> None:
    """One person's one word counts: only that, repeated, is accepted; all others are told who decided."""
    winner, is_approval = now["decidedBy"]["name"], now["status"] == "APPROVED"
    counts = Counter(one.outcome for one in said)
    result.measure("decided, told", f"{counts['ok']}, {counts['CONFLICT']}")
    result.need(set(counts) <= {"ok", "CONFLICT", "away"}, "wrong", f"answers: {dict(counts)}")
    result.prove("decisions met", counts["ok"] >= 1 and counts["CONFLICT"] >= DECISIONS // 2)
    wrong = [one for one in said if one.outcome == "ok" and (one.person, one.is_approval) != (winner, is_approval)]
    result.need(not wrong, "doubled", f"{winner} decided, and these were accepted: {wrong}")
    untold = [one for one in said if one.outcome == "CONFLICT" and winner not in one.message]
    result.need(not untold, "wrong", f"{len(untold)} were not told who decided: {[one.message for one in untold[:1]]}")


async def _decide(world: World, people: dict[str, str], person: str, approval_id: str, is_approval: bool) -> Said:
    asked = {"id": approval_id, "approve": is_approval, "comment": "Chaos."}
    try:
        await world.ask(DECIDE, token=people[person], input=asked)
    except Answered as error:
        return Said(person, is_approval, error.codes[0], str(error))
    except Away as error:
        return Said(person, is_approval, "away", str(error))
    return Said(person, is_approval, "ok", "")


async def inbox(world: World, run_id: UUID) -> list[dict[str, Any]]:
    """Give the approvals of a run."""
    found: list[dict[str, Any]] = (await world.insist_on(INBOX, runId=encode_id("Run", run_id)))["nodes"]
    return found


async def _has_continued(world: World, run_id: UUID) -> bool:
    return len(await chain_of(world, run_id)) > 1


async def _second_person(world: World) -> str:
    """Invite a person who may decide; give their token."""
    invited = await world.insist_on(INVITE, input={"email": f"{uuid4().hex}@example.com", "role": "EDITOR"})
    given = {"token": invited["token"], "name": "Ann", "password": uuid4().hex}
    return str((await world.insist_on(ACCEPT, input=given))["token"])


CASES = (Case("F40", "two people decide twenty times at once", decide_at_once),)
