"""Run control in GraphQL: pause, resume, raise limits, say what becomes of a node execution; it gives orders and does nothing.

An order is kept before anything answers, and is then delivered, once, whatever happens. What rows can show is checked here; the
rest the run decides, and says so in the order's outcome: a row may be a moment behind the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

import strawberry
from strawberry.scalars import JSON

from api.call import Call
from api.errors import BadUserInput
from api.graphql.guard import mutation
from api.graphql.ids import decode_id, decode_uuid
from api.graphql.node_executions import NodeExecution, find_node_execution
from api.graphql.problems import Payload
from api.graphql.run_halts import Order
from api.graphql.run_limits import given_limits
from api.graphql.runs import Run, run_of
from schema.access import Right
from schema.block import BlockSpec
from schema.credentials import is_credential_pin
from schema.db.orders import NewOrder
from schema.errors import Conflict, InvalidInput, NotFound, shorten
from schema.inputs import prepare
from schema.limits import LIMITS
from schema.pins import base_name
from schema.states import State, is_terminal
from workflows.control import LIMITS as LIMITS_WORD
from workflows.control import PARENT_KEY, PAUSE, RESUME
from workflows.engine.events import EDIT, FAIL, OPERATOR, RETRY, SKIP
from workflows.messages import is_key

REASON_CHARS_MAX: Final = 1_000
KEY_CHARS_MAX: Final = 200
#: Values that one order may end a node execution with, and pins that it may write.
VALUES_MAX: Final = LIMITS.order_values_max
_KEY: Final = (
    "Makes it safe to ask again: the same key with the same request is the same order, with another request CONFLICT."
)


class PauseMode(StrEnum):
    """How a run is paused."""

    SOFT = "SOFT"
    HARD = "HARD"


PauseModeEnum = strawberry.enum(
    PauseMode,
    name="PauseMode",
    description="SOFT lets what runs end. HARD also stops what can be run again at no other cost than time: pure blocks, and those "
    "that say that they are resumable.",
)


@strawberry.input
class PauseRunInput:
    id: strawberry.ID
    mode: PauseModeEnum = PauseMode.SOFT  # type: ignore[valid-type]
    reason: str = strawberry.field(default="Paused by a person.", description="Shown as the halt's message.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input
class ResumeRunInput:
    id: strawberry.ID
    halt_key: str | None = strawberry.field(
        default=None,
        description="The one pause that is over, as its halt's `key` says; absent: all that operators asked for.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input
class RaiseRunLimitInput:
    id: strawberry.ID
    executions_max: int | None = strawberry.field(default=None, description="Absent: as before.")
    wall_seconds_max: float | None = strawberry.field(
        default=None, description="From the run's start. Absent: as before."
    )
    in_flight_max: int | None = strawberry.field(default=None, description="Absent: as before.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input
class NodeOrderInput:
    node_execution_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input
class SkipNodeInput:
    node_execution_id: strawberry.ID
    outputs: JSON = strawberry.field(
        default_factory=dict,
        description="{pin: [values]}: what it gives instead of running, pin by pin, in this order.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input
class EditNodeInputInput:
    node_execution_id: strawberry.ID
    inputs: JSON = strawberry.field(description="{pin: value}: in place of what came; other pins stay as they are.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(
    description="The order that was given. The run takes it a moment later, and its `outcome` says what became of it."
)
class OrderPayload(Payload):
    order: Order | None = None
    run: Run | None = None


@strawberry.type
class RunControlMutation:
    @mutation(
        Right.EXECUTE_RUNS,
        "Pause a run, and those that its nodes started: no node begins until it is resumed. It is PAUSED when nothing of it runs.",
    )
    async def pause_run(self, info: strawberry.Info, input: PauseRunInput) -> OrderPayload:
        if len(input.reason) > REASON_CHARS_MAX:
            raise BadUserInput(f"A reason has at most {REASON_CHARS_MAX} characters.", where="reason")
        detail = {"mode": PauseMode(input.mode).value.lower(), "reason": shorten(input.reason) or "Paused by a person."}
        return await _order_run(info.context, input.id, PAUSE, detail, input.idempotency_key)

    @mutation(
        Right.EXECUTE_RUNS,
        "End an operator's pause, or all of them. A limit is ended by `raiseRunLimit`, a node that waits by an order of its own.",
    )
    async def resume_run(self, info: strawberry.Info, input: ResumeRunInput) -> OrderPayload:
        key = input.halt_key
        if key is not None and not (is_key(key) and (key == PARENT_KEY or key.partition("/")[0] == OPERATOR)):
            raise BadUserInput(
                "Only an operator's pause is ended so: a limit by raiseRunLimit, a node by retryNode, skipNode, editNodeInput "
                "or failNode.",
                where="haltKey",
            )
        detail = {} if key is None else {"key": key}
        return await _order_run(info.context, input.id, RESUME, detail, input.idempotency_key)

    @mutation(
        Right.MANAGE_RUNS,
        "Give a run new limits, of those that it has and up to the platform's own. One that halts at a limit goes on.",
    )
    async def raise_run_limit(self, info: strawberry.Info, input: RaiseRunLimitInput) -> OrderPayload:
        call: Call = info.context
        if await run_of(call, decode_uuid("Run", input.id)) is None:
            raise NotFound("There is no such Run here.")
        detail = given_limits(input)
        if not detail:
            raise BadUserInput("Name a limit: executionsMax, wallSecondsMax or inFlightMax.")
        return await _order_run(call, input.id, LIMITS_WORD, detail, input.idempotency_key)

    @mutation(
        Right.EXECUTE_RUNS,
        "Run a node execution again now: one that waits for an operator, or that runs, such as in the wait before its next attempt "
        "or on a worker that hangs. What it emitted stands.",
    )
    async def retry_node(self, info: strawberry.Info, input: NodeOrderInput) -> OrderPayload:
        call: Call = info.context
        found = await _execution(call, input.node_execution_id, input.idempotency_key)
        return await _order_node(call, found, RETRY, input.idempotency_key)

    @mutation(
        Right.MANAGE_RUNS,
        "End a node execution with these outputs, as if it had given them; behind a pause, when that is over. What it emitted "
        "before stands. A run that it started is cancelled.",
    )
    async def skip_node(self, info: strawberry.Info, input: SkipNodeInput) -> OrderPayload:
        call: Call = info.context
        found = await _execution(call, input.node_execution_id, input.idempotency_key)
        outputs = _checked_outputs(input.outputs, _spec_of(call, found))
        return await _order_node(call, found, SKIP, input.idempotency_key, outputs)

    @mutation(
        Right.MANAGE_RUNS,
        "Run a node execution with other inputs: one that waits for an operator or behind a pause, or that runs.",
    )
    async def edit_node_input(self, info: strawberry.Info, input: EditNodeInputInput) -> OrderPayload:
        call: Call = info.context
        found = await _execution(call, input.node_execution_id, input.idempotency_key)
        inputs = _checked_inputs(input.inputs, _spec_of(call, found))
        return await _order_node(call, found, EDIT, input.idempotency_key, inputs)

    @mutation(Right.MANAGE_RUNS, "Let a node execution fail, as the graph says for a failure.")
    async def fail_node(self, info: strawberry.Info, input: NodeOrderInput) -> OrderPayload:
        call: Call = info.context
        found = await _execution(call, input.node_execution_id, input.idempotency_key)
        return await _order_node(call, found, FAIL, input.idempotency_key)


async def _order_run(call: Call, run_id: str, word: str, detail: Mapping[str, Any], key: str | None) -> OrderPayload:
    return await _give(call, NewOrder(call.tenant, decode_uuid("Run", run_id), word, detail, key=key))


async def _order_node(
    call: Call, execution: NodeExecution, word: str, key: str | None, value: Mapping[str, Any] | None = None
) -> OrderPayload:
    found = execution.row
    stored = None if value is None else (await call.stores.values.put(call.tenant, value, "value")).to_wire()
    detail = {"execution": found.execution}
    return await _give(call, NewOrder(call.tenant, found.run_id, word, detail, stored, key=key))


async def _give(call: Call, new: NewOrder) -> OrderPayload:
    if new.key is not None and not 1 <= len(new.key) <= KEY_CHARS_MAX:
        raise BadUserInput(f"An idempotency key has 1 to {KEY_CHARS_MAX} characters.", where="idempotencyKey")
    given = await call.stores.orders.give(replace(new, created_by=call.principal.person_id))
    return OrderPayload(order=Order(row=given), run=await run_of(call, given.run_id))


async def _execution(call: Call, given: str, key: str | None) -> NodeExecution:
    """Give a node execution that is not over, or that was given an order under this key before; raise NotFound, or Conflict."""
    try:
        found = await find_node_execution(call, decode_id("NodeExecution", given))
    except (NotFound, ValueError) as error:
        raise NotFound("There is no such NodeExecution here.") from error
    row = found.row
    is_open = not is_terminal(row.status) and row.status != State.INCOMPLETE
    # What is asked again is the same order still, also when it has ended the execution.
    if not is_open and (key is None or await call.stores.orders.by_key(row.run_id, key) is None):
        is_coming = row.status == State.INCOMPLETE
        raise Conflict(
            "It has not all of its inputs yet." if is_coming else f"The node execution is over: it is {row.status}."
        )
    return found


def _spec_of(call: Call, execution: NodeExecution) -> BlockSpec | None:
    """Give the block's contract; None where this process does not have it: then the worker decides."""
    return call.services.registry.specs.get(execution.row.block_id)


def _checked_outputs(given: Any, spec: BlockSpec | None) -> dict[str, list[Any]]:
    if not isinstance(given, dict) or not all(isinstance(values, list) for values in given.values()):
        raise BadUserInput("`outputs` is an object, {pin: [values]}.", where="outputs")
    if sum(map(len, given.values())) > VALUES_MAX:
        raise BadUserInput(f"At most {VALUES_MAX} values at once.", where="outputs")
    for pin in given:
        if pin == "error":
            raise BadUserInput("`error` is what a failure gives: let it fail instead.", where=f"outputs.{pin}", pin=pin)
        if spec is not None and not (spec.has_output(pin) and (base_name(pin) == pin or spec.has_dynamic_outputs)):
            raise BadUserInput(f"{spec.name} has no output pin {pin!r}.", where=f"outputs.{pin}", pin=pin)
    return given


def _checked_inputs(given: Any, spec: BlockSpec | None) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        raise BadUserInput("`inputs` is an object, {pin: value}, with one pin at least.", where="inputs")
    if len(given) > VALUES_MAX:
        raise BadUserInput(f"At most {VALUES_MAX} pins at once.", where="inputs")
    if spec is None:
        return given
    for pin in given:
        if not spec.has_input(pin):
            raise BadUserInput(f"{spec.name} has no input pin {pin!r}.", where=f"inputs.{pin}", pin=pin)
        if spec.is_secret(pin) or is_credential_pin(spec, base_name(pin)):
            raise BadUserInput(
                f"{pin!r} is secret, and orders are kept: mend the credential and retry.",
                where=f"inputs.{pin}",
                pin=pin,
            )
    try:
        prepare(replace(spec, input_schema={**spec.input_schema, "required": []}), given)
    except InvalidInput as error:
        raise BadUserInput(error.message, problems=error.fields.get("problems")) from error
    return given
