"""Signals in GraphQL: an event is sent to a run, or to the one run of an agent under a key; nothing is decided here."""

from __future__ import annotations

from typing import Final

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.graphql.guard import mutation
from api.graphql.ids import decode_uuid
from api.graphql.problems import Payload
from api.graphql.run_halts import Order
from api.graphql.run_operations import RunCredentialInput, given_credentials, given_inputs
from api.graphql.runs import Run
from api.signalling import TRIGGER, WAIT_SECONDS, Sent, Signal, outcome_of, signal_agent, signal_run
from api.starting import Wanted
from schema.access import Right

_NAME: Final = "As the node that waits for it says."
_PAYLOAD: Final = "What it carries. Where the node has a schema for it, it must fit."
_KEY: Final = (
    "Makes it safe to send again: the same key with the same event is the same event, with another one CONFLICT."
)
_WAIT: Final = "How long to wait for the order's outcome, up to 5 s. Without one it is delivered all the same."


@strawberry.input
class SignalRunInput:
    run_id: strawberry.ID
    name: str = strawberry.field(description=_NAME)
    payload: JSON | None = strawberry.field(default=None, description=_PAYLOAD)
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)
    wait_seconds: float = strawberry.field(default=WAIT_SECONDS, description=_WAIT)


@strawberry.input
class SignalAgentInput:
    graph_id: strawberry.ID
    key: str = strawberry.field(description="Under which the agent has at most one open run.")
    name: str = strawberry.field(description=_NAME)
    payload: JSON | None = strawberry.field(default=None, description=_PAYLOAD)
    inputs: JSON = strawberry.field(default_factory=dict, description="Of the run, where one has to be started.")
    credentials: list[RunCredentialInput] | None = strawberry.field(default=None, description="The same.")
    version: int | None = strawberry.field(default=None, description="The same. Absent: the active version.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)
    wait_seconds: float = strawberry.field(default=WAIT_SECONDS, description=_WAIT)


@strawberry.type
class SignalPayload(Payload):
    order: Order | None = strawberry.field(
        default=None,
        description="What was sent. Outcome APPLIED: a node has it; KEPT: it came early; REFUSED: `reason` says why; null: not yet "
        "known.",
    )
    run: Run | None = strawberry.field(default=None, description="The run that has it.")
    has_started: bool = strawberry.field(default=False, description="Whether the run was started by it.")


@strawberry.type
class SignalsMutation:
    @mutation(
        Right.EXECUTE_RUNS,
        "Send a named event to a run. When this has answered without errors, it will be delivered, once. One that comes before "
        "anybody waits for it is kept.",
    )
    async def signal_run(self, info: strawberry.Info, input: SignalRunInput) -> SignalPayload:
        call: Call = info.context
        signal = Signal(input.name, input.payload, input.idempotency_key)
        return await _sent(call, await signal_run(call, decode_uuid("Run", input.run_id), signal), input.wait_seconds)

    @mutation(
        Right.EXECUTE_RUNS,
        "Send a named event to the one open run of an agent under a key; where there is none, one is started and has it first.",
    )
    async def signal_agent(self, info: strawberry.Info, input: SignalAgentInput) -> SignalPayload:
        call: Call = info.context
        wanted = Wanted(
            graph_id=decode_uuid("Graph", input.graph_id),
            graph_version=input.version,
            inputs=given_inputs(input.inputs),
            credentials=given_credentials(input.credentials or []),
            trigger=TRIGGER,
            signal_key=input.key,
        )
        signal = Signal(input.name, input.payload, input.idempotency_key)
        return await _sent(call, await signal_agent(call, wanted, signal), input.wait_seconds)


async def _sent(call: Call, sent: Sent, seconds: float) -> SignalPayload:
    order = await outcome_of(call, sent.order, seconds)
    return SignalPayload(order=Order(row=order), run=Run(row=sent.run), has_started=sent.has_started)
