"""Asking people: what a node execution asks is written down here, and what became of it is read here; people decide elsewhere.

Two ask: a block, by `AskPerson`, and the platform in front of a block that is sensitive, whose inputs are to be approved before
it runs. Either way the step ends, nothing of it stays in a worker, and the workflow waits for an answer or for the deadline. What
wakes the execution decides nothing: the row does. While it is pending, the execution waits again for what is left of the time.

A block sees none of that: its own step counts the steps that it had, not those that were spent on waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from activities.steering import round_of
from activities.tools import Tools
from blocks.sdk.context import Answer
from blocks.sdk.directives import AskPerson
from schema.access import RIGHTS, Right, Role
from schema.block import BlockSpec
from schema.credentials import requirements_of
from schema.db.approvals import APPROVED, CANCELLED, INPUTS, QUESTION, TIMED_OUT, ApprovalRecord, NewApproval
from schema.db.values import resolve
from schema.errors import ApprovalRejected, ApprovalTimedOut, Fenced, InvalidInput, InvalidValue, shorten
from schema.forms import check_form
from schema.ids import approval_id
from schema.inputs import visible
from schema.limits import LIMITS
from schema.pins import is_dynamic
from workflows.engine.events import Item

if TYPE_CHECKING:
    from activities.attempt import Attempt

ON_TIMEOUT: Final = ("fail", "approve", "reject", "escalate")
#: Waking a little early, by another clock than PostgreSQL's, must not make a node turn round and round.
WAIT_SECONDS_MIN: Final = 1.0
MESSAGE_CHARS_MAX: Final = 8_000

#: What the workflow is to wait for, and the same as the record shows it.
Wait = tuple[list[Any], dict[str, Any]]


@dataclass(frozen=True)
class Heard:
    """What became of what an execution asked in its earlier steps."""

    #: How many of them its block knows nothing of.
    held_steps: int = 0
    #: What this step was woken for, where that is an approval.
    woke: ApprovalRecord | None = None
    #: Its inputs as they were approved, where they had to be.
    inputs: ApprovalRecord | None = None


# Asking


async def ask_person(tools: Tools, attempt: Attempt, directive: AskPerson) -> Wait:
    """Ask what a block asks."""
    _check(directive)
    scrubber = attempt.scrubber
    stored = await tools.values.put(attempt.dispatched.tenant, scrubber.value(directive.data), "data")
    return await _ask(
        attempt,
        kind=QUESTION,
        title=shorten(scrubber.text(directive.title), LIMITS.approval_title_chars_max),
        message=shorten(scrubber.text(directive.message), MESSAGE_CHARS_MAX),
        data=stored.to_wire(),
        form=directive.form,
        is_editable=directive.is_editable,
        roles=_roles(directive.roles),
        needed=directive.needed,
        allows_self=directive.allows_self,
        seconds=directive.timeout_seconds,
        on_timeout=directive.on_timeout,
        escalate_roles=_roles(directive.escalate_roles),
    )


async def ask_for_inputs(attempt: Attempt, prepared: Mapping[str, Any]) -> Wait | None:
    """Ask whether a sensitive block may run with its inputs; give None where that need not be asked (any more)."""
    d = attempt.dispatched
    spec = d.compiled.block(d.node).spec
    is_asking = d.compiled.graph.asks_before_sensitive and spec.is_sensitive
    if not is_asking or attempt.block_step > 0 or attempt.heard.inputs is not None:
        return None
    node = d.compiled.plan.nodes[d.node]
    shown = {pin: value for pin, value in visible(prepared).items() if pin in _shown_pins(spec)}
    return await _ask(
        attempt,
        kind=INPUTS,
        title=shorten(f"May {node.title} run?", LIMITS.approval_title_chars_max),
        message=f"The block {spec.name} is sensitive: it does what cannot be undone, or what others see.",
        data=(await d.tools.values.put(d.tenant, shown, "inputs")).to_wire(),
        form=_form_of(spec),
        is_editable=True,
    )


async def _ask(attempt: Attempt, **what: Any) -> Wait:
    d, item = attempt.dispatched, attempt.item
    round_ = round_of(item.orders)
    new = NewApproval(
        id=approval_id(d.run_id, item.execution, item.step, round_),
        tenant_id=d.tenant,
        run_id=d.run_id,
        execution=item.execution,
        step=item.step,
        round=round_,
        node_id=d.compiled.nodes[d.node].id,
        **what,
    )
    return wait_for(await d.tools.approvals.ask(new))


def wait_for(record: ApprovalRecord) -> Wait:
    """Give ["answer", id, seconds that are left or None], and the same as the record shows it."""
    left = None if record.seconds_left is None else max(WAIT_SECONDS_MIN, record.seconds_left)
    since = record.created_at.isoformat()
    shown: dict[str, Any] = {"kind": "answer", "approval_id": str(record.id), "since": since}
    if record.deadline is not None:
        shown["until"] = record.deadline.isoformat()
    return ["answer", str(record.id), left], shown


def _check(directive: AskPerson) -> None:
    """Raise InvalidInput where a block asks for what cannot be."""
    seconds, problem = directive.timeout_seconds, None
    if not 1 <= directive.needed <= LIMITS.approval_votes_max:
        problem = f"From 1 to {LIMITS.approval_votes_max} people may be needed."
    elif seconds is not None and not 0 < seconds <= LIMITS.approval_seconds_max:
        problem = f"An approval may wait up to {LIMITS.approval_seconds_max:g} s, or without an end."
    elif directive.on_timeout not in ON_TIMEOUT:
        problem = f"At its end an approval does one of {', '.join(ON_TIMEOUT)}, not {directive.on_timeout!r}."
    elif directive.on_timeout == "escalate" and (not directive.escalate_roles or seconds is None):
        problem = "Escalating needs a time and the roles that it goes to."
    if problem is not None:
        raise InvalidInput(problem)
    if directive.form is not None:
        try:
            check_form(directive.form)
        except InvalidValue as error:
            raise InvalidInput(error.message, pin="form") from error


def _roles(names: tuple[str, ...]) -> list[str]:
    """Give roles by their names; raise InvalidInput for one that is none, or that may decide nothing."""
    found = []
    for name in names:
        if name.upper() not in Role.__members__ or Right.DECIDE_APPROVALS not in RIGHTS[Role(name.upper())]:
            able = ", ".join(role for role in Role if Right.DECIDE_APPROVALS in RIGHTS[role])
            raise InvalidInput(f"{shorten(name, 100)!r} is no role that decides approvals; these are: {able}.")
        found.append(name.upper())
    return sorted(set(found))


def _shown_pins(spec: BlockSpec) -> list[str]:
    """Give the pins that people are shown and may edit: no secrets, and no references to credentials."""
    credentials = {requirement.pin for requirement in requirements_of(spec)}
    return [pin for pin in spec.input_pins if pin not in credentials and not spec.is_secret(pin)]


def _form_of(spec: BlockSpec) -> dict[str, Any] | None:
    """Give the form of a block's inputs; None where its schema is none that a form may be."""
    pins = _shown_pins(spec)
    form: dict[str, Any] = {
        "type": "object",
        "properties": {pin: spec.input_pins[pin] for pin in pins},
        "required": [pin for pin in spec.required_pins if pin in pins],
        "additionalProperties": False,
    }
    if "$defs" in spec.input_schema:
        form["$defs"] = spec.input_schema["$defs"]
    try:
        check_form(form)
    except InvalidValue:
        return None
    return form


# Hearing


async def hear(tools: Tools, run_id: UUID, item: Item) -> Heard:
    """Give what became of what an execution asked before this step; a deadline that has passed does what it does."""
    rows = await tools.approvals.of_execution(run_id, item.execution)
    round_ = round_of(item.orders)
    held = {step for row in rows for step in row.held_steps if step < item.step}
    has_begun = item.step > len(held)
    woke = next((row for row in reversed(rows) if _has_woken(row, item.step, round_)), None)
    if woke is not None and woke.is_pending:
        woke = await tools.approvals.pass_deadline(woke)
    if woke is not None:
        await tools.approvals.hold_step(woke, item.step, is_held=woke.is_pending)
    approved = [row for row in rows if row.kind == INPUTS and row.status == APPROVED]
    if woke is not None and woke.kind == INPUTS and woke.status == APPROVED:
        approved.append(woke)
    # A block that has begun goes on with what was approved; one that an operator has run anew is asked for anew.
    standing = [row for row in approved if has_begun or row.round == round_]
    return Heard(len(held), woke, standing[-1] if standing else None)


def _has_woken(row: ApprovalRecord, step: int, round_: int) -> bool:
    return step - 1 in (row.step, *row.held_steps) and (row.kind == QUESTION or row.round == round_)


def check_inputs_decision(record: ApprovalRecord) -> None:
    """Raise where inputs that were to be approved were not: ApprovalRejected, ApprovalTimedOut."""
    if record.status == CANCELLED:
        raise Fenced(f"The run {record.run_id} has ended.")
    if record.kind != INPUTS or record.status == APPROVED:
        return
    if record.status == TIMED_OUT:
        raise ApprovalTimedOut(approval_id=str(record.id))
    by = "" if record.decider is None else f" by {record.decider}"
    said = f": {record.comment}" if record.comment else "."
    raise ApprovalRejected(f"It was rejected{by}{said}", approval_id=str(record.id))


async def approved_inputs(tools: Tools, record: ApprovalRecord, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give raw inputs with what was approved in their place; where that was edited, no path of a dynamic pin changes it."""
    if record.current_data == record.data:
        return dict(raw)
    asked = await _value(tools, record.tenant_id, record.data)
    data = await _value(tools, record.tenant_id, record.current_data)
    rest = {pin: value for pin, value in raw.items() if not is_dynamic(pin) and pin not in asked}
    return {**rest, **data}


async def answer_of(tools: Tools, record: ApprovalRecord | None) -> Answer | None:
    """Give what was decided as the block that asked is told it."""
    if record is None or record.kind != QUESTION:
        return None
    data = record.current_data if record.status == APPROVED else record.data
    value = await _value(tools, record.tenant_id, data)
    return Answer(record.status, value, record.comment or "", record.decider)


async def _value(tools: Tools, tenant: UUID, cell: Mapping[str, Any]) -> Any:
    (value,) = await resolve(tools.values, tenant, [(cell.get("value"), cell.get("handle"))])
    return value
