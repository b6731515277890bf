"""The routes of signals: programs send events to a run, or to an agent's run under a key; they decide nothing of one."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, status
from fastapi.requests import Request
from pydantic import BaseModel, Field

from api.call import Call
from api.errors import BadUserInput
from api.graphql.ids import decode_uuid, encode_id
from api.rest.callers import BEARER, needs
from api.rest.problems import answers
from api.signalling import TRIGGER, WAIT_SECONDS_MAX, Sent, Signal, outcome_of, signal_agent, signal_run
from api.starting import Wanted
from schema.access import Right
from schema.db.runs import KEY_CHARS_MAX

PAYLOAD_BODY: Final[dict[str, Any]] = {
    "requestBody": {"description": "What the event carries; none: null.", "content": {"application/json": {}}}
}
_PROBLEMS: Final = (400, 401, 403, 404, 409, 413, 422, 429, 503)

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=KEY_CHARS_MAX, description="The same key sends the same event once."),
]
WaitSeconds = Annotated[
    float,
    Query(alias="waitSeconds", ge=0, le=WAIT_SECONDS_MAX, description="How long to wait for what becomes of it."),
]


class EventAnswer(BaseModel):
    """An event that was taken in: it will be delivered, once."""

    run_id: str = Field(description="The run that has it, as in GraphQL.")
    number: int = Field(description="The number of its order in the run.")
    outcome: str | None = Field(
        description="APPLIED: a node has it; KEPT: it came early; REFUSED: `reason` says why; null: not yet known."
    )
    reason: str | None
    has_started: bool = Field(description="Whether the run was started by it.")


signals_router: Final = APIRouter(tags=["signals"], dependencies=[BEARER])


@signals_router.post(
    "/runs/{run_id}/events/{name:path}",
    summary="Send an event to a run",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=PAYLOAD_BODY,
    responses=answers(*_PROBLEMS),
)
async def send_to_run(
    run_id: str,
    name: str,
    request: Request,
    call: Annotated[Call, needs(Right.EXECUTE_RUNS, "signalRun")],
    key: IdempotencyKey = None,
    wait_seconds: WaitSeconds = 0.0,
) -> EventAnswer:
    """Send a named event to a run. One that comes before anybody waits for it is kept."""
    signal = Signal(name, await _payload(request), key)
    return await _answer(call, await signal_run(call, _uuid("Run", run_id), signal), wait_seconds)


@signals_router.post(
    "/agents/{agent_id}/events/{name:path}",
    summary="Send an event to an agent's run under a key",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=PAYLOAD_BODY,
    responses=answers(*_PROBLEMS),
)
async def send_to_agent(
    agent_id: str,
    name: str,
    request: Request,
    call: Annotated[Call, needs(Right.EXECUTE_RUNS, "signalAgent")],
    run_key: Annotated[str, Query(alias="key", description="Under which the agent has at most one open run.")],
    key: IdempotencyKey = None,
    wait_seconds: WaitSeconds = 0.0,
) -> EventAnswer:
    """Send a named event to the one open run of an agent under a key. Where there is none, one is started, without inputs, and
    has it first."""
    wanted = Wanted(graph_id=_uuid("Graph", agent_id), trigger=TRIGGER, signal_key=run_key)
    signal = Signal(name, await _payload(request), key)
    return await _answer(call, await signal_agent(call, wanted, signal), wait_seconds)


async def _payload(request: Request) -> Any:
    body = await request.body()
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"The body is no JSON: {error}", where="body") from error


def _uuid(kind: str, given: str) -> UUID:
    """Give the key of a thing by its UUID, or by the id that GraphQL has for it."""
    try:
        return UUID(given)
    except ValueError:
        return decode_uuid(kind, given)


async def _answer(call: Call, sent: Sent, seconds: float) -> EventAnswer:
    order = await outcome_of(call, sent.order, seconds)
    return EventAnswer(
        run_id=encode_id("Run", order.run_id),
        number=order.number,
        outcome=order.outcome,
        reason=order.outcome_detail,
        has_started=sent.has_started,
    )
