"""What a call of an agent's tool comes to: a run that is started once, waited for a while, and told as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from api.call import Call
from api.errors import BadUserInput
from api.graphql.ids import decode_uuid
from api.installing import version_to_run
from api.protocol import PAUSE_SECONDS, PAUSE_SECONDS_MAX, outputs_of_runs
from api.starting import Wanted, start_run
from schema.access import Right
from schema.db.library import Owner
from schema.db.offers import Offer
from schema.db.run_pages import RunFilter
from schema.db.runs import Run
from schema.errors import Conflict, shorten
from schema.states import State

TRIGGER: Final = "mcp"
RUNS_MAX: Final = 50
_REASON_CHARS_MAX: Final = 1_000
#: States in which a run waits for people, so that there is nothing to be waited for here.
_STANDING: Final = frozenset({State.REVIEW, State.PAUSED})
#: Seconds between two words of progress.
_PROGRESS_SECONDS: Final = 2.0

#: Tells how far a run is: (looks so far, what it does).
Progress = Callable[[int, str], Awaitable[None]]


@dataclass(frozen=True)
class Told:
    """A run as a tool's result tells it."""

    run: Run
    outputs: Mapping[str, list[Any]] = field(default_factory=dict)
    waits_for: str = ""

    @property
    def is_failure(self) -> bool:
        return self.run.is_over and self.run.status != State.COMPLETED

    @property
    def message(self) -> str:
        run = self.run
        match State(run.status):
            case State.COMPLETED:
                return "The run is complete."
            case State.FAILED | State.TERMINATED:
                reason = (run.error or {}).get("message") or "it gave no reason."
                return f"The run ended {run.status}: {reason}"
            case State.REVIEW:
                return f"The run waits for a person to decide{self.waits_for}. Ask get_run when that is done."
            case State.PAUSED:
                return "The run is halted, and a person has to resume it. Ask get_run when that is done."
            case _:
                return f"The run goes on. Ask get_run with run_id {run.id} for its end, or cancel_run to end it."

    def to_wire(self) -> dict[str, Any]:
        return {
            "run_id": str(self.run.id),
            "status": self.run.status,
            "is_over": self.run.is_over,
            "outputs": dict(self.outputs),
            "message": self.message,
        }


async def call_agent(
    call: Call, offer: Offer, arguments: Mapping[str, Any], key: str | None, progress: Progress
) -> Told:
    """Start a run of an agent, the same one for the same key, and wait for its end as long as the deployment says."""
    call.need(Right.EXECUTE_RUNS)
    await call.note("startRun", "ALLOWED", None, str(offer.graph_id))
    version = None
    if offer.entry_id is not None:
        entry = await call.stores.library.get(Owner(call.tenant, call.principal.person_id), offer.entry_id)
        version = await version_to_run(call, entry, key)
    wanted = Wanted(offer.graph_id, version, dict(arguments), idempotency_key=key, trigger=TRIGGER)
    run = await start_run(call, wanted)
    return await told(call, run.id, call.services.config.mcp_wait_seconds, progress)


async def get_run(call: Call, given: str, seconds: float, progress: Progress) -> Told:
    """Give a run as it stands, after its end or so many seconds."""
    call.need(Right.READ_RUNS)
    return await told(call, run_id(given), min(seconds, call.services.config.mcp_wait_seconds), progress)


async def cancel_run(call: Call, given: str, reason: str, progress: Progress) -> Told:
    """Ask for the end of a run, and give it as it stands a moment later. Raises Conflict where it is over."""
    call.need(Right.EXECUTE_RUNS)
    if len(reason) > _REASON_CHARS_MAX:
        raise BadUserInput(f"A reason has at most {_REASON_CHARS_MAX} characters.", where="reason")
    found = run_id(given)
    await call.note("cancelRun", "ALLOWED", None, str(found))
    is_open = await call.stores.runs.request_cancel(call.tenant, found, shorten(reason))
    run = await call.stores.runs.get(call.tenant, found)
    if not is_open:
        raise Conflict(f"The run is over: it is {run.status}.")
    return await told(call, found, 2.0, progress)


async def list_runs(call: Call, graph_id: UUID | None, status: str | None, limit: int) -> list[dict[str, Any]]:
    """Give the organisation's newest runs."""
    call.need(Right.READ_RUNS)
    if status is not None and status not in State.__members__:
        raise BadUserInput(f"A status is one of {', '.join(State)}.", where="status")
    wanted = RunFilter(graph_id=graph_id, statuses=None if status is None else (status,))
    runs = await call.stores.run_pages.page(call.tenant, wanted, None, max(1, min(limit, RUNS_MAX)))
    return [_shown(run) for run in runs]


def _shown(run: Run) -> dict[str, Any]:
    ended = None if run.ended_at is None else run.ended_at.isoformat()
    return {
        "run_id": str(run.id),
        "agent": run.agent_name,
        "status": run.status,
        "created_at": run.created_at.isoformat(),
        "ended_at": ended,
    }


def run_id(given: str) -> UUID:
    """Read a run's id: a UUID, or the id that GraphQL has for it."""
    try:
        return UUID(given)
    except ValueError:
        return decode_uuid("Run", given)


async def told(call: Call, run: UUID, seconds: float, progress: Progress) -> Told:
    """Tell how a run stands, when it is over, when it waits for people, or when the time is."""
    loop, pause, looks, spoken = asyncio.get_running_loop(), PAUSE_SECONDS, 0, 0.0
    deadline = loop.time() + max(0.0, seconds)
    while True:
        row = await call.stores.runs.get(call.tenant, run)
        if row.is_over or row.status in _STANDING or loop.time() >= deadline:
            return await _told(call, row)
        if loop.time() - spoken >= _PROGRESS_SECONDS:
            looks, spoken = looks + 1, loop.time()
            await progress(looks, f"The run is {row.status}.")
        await asyncio.sleep(min(pause, max(0.0, deadline - loop.time())))
        pause = min(pause * 1.5, PAUSE_SECONDS_MAX)


async def _told(call: Call, run: Run) -> Told:
    outputs = (await outputs_of_runs(call, [run.id])).get(run.id, {})
    if run.status != State.REVIEW:
        return Told(run, outputs)
    asked = (await call.stores.approvals.of_runs(call.tenant, [run.id])).get(run.id, [])
    titles = [repr(one.title) for one in asked if one.is_pending]
    return Told(run, outputs, f": {', '.join(titles)}" if titles else "")
