"""The block that asks a person: what it is given is approved, edited or rejected; it holds no worker while it waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from blocks.sdk import AskPerson, Block, BlockInput, BlockOutput, Context, Example, Kind, Yield, pin
from schema.errors import ApprovalTimedOut
from schema.limits import LIMITS


class OnTimeout(StrEnum):
    """What happens when nobody has decided in time."""

    FAIL = "fail"
    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"


class HumanInTheLoop(Block):
    """Ask a person to approve or reject data. Everything else in the run goes on; each value that comes is asked for by itself.

    In an agent whose setting `human_in_the_loop_safe_mode` is false nobody is asked: the data counts as approved.
    """

    id = "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d"
    name = "HumanInTheLoopBlock"
    old_outputs: ClassVar[Mapping[str, str]] = {"reviewed_data": "approved_data"}
    categories = ("BASIC",)
    kind = Kind.HUMAN

    class Input(BlockInput):
        data: Any = pin(description="What is to be approved.")
        name: str = pin(description="What the person is asked, in a line.")
        editable: bool = pin(True, description="Whether the person may change the data before approving it.")
        instructions: str = pin("", description="What else the person should know.", advanced=True)
        roles: list[str] = pin(
            default_factory=list,
            description="Roles whose members may decide, such as ADMIN. None: everybody who may decide approvals.",
            advanced=True,
        )
        needed: int = pin(
            1, description="How many people must approve. One rejection rejects.", advanced=True, ge=1,
            le=LIMITS.approval_votes_max,
        )  # fmt: skip
        allows_self: bool = pin(
            True, description="Whether the person who started the run may be one of them.", advanced=True
        )
        timeout_seconds: float | None = pin(
            None,
            description="How long to wait. None: without end.",
            advanced=True,
            gt=0,
            le=LIMITS.approval_seconds_max,
        )
        on_timeout: OnTimeout = pin(
            OnTimeout.FAIL,
            description="What then happens: the node fails, the data counts as approved or rejected, or others are asked.",
            advanced=True,
        )
        escalate_roles: list[str] = pin(
            default_factory=list,
            description="Roles that are asked after the time, once, for as long again. Then the node fails.",
            advanced=True,
        )
        form: dict[str, Any] | None = pin(
            None,
            description="JSON Schema of the data: it makes the form, and what is edited must fit it.",
            advanced=True,
        )

    class Output(BlockOutput):
        approved_data: Any = pin(description="The data that was approved, as it was edited.")
        rejected_data: Any = pin(description="The data that was rejected.")
        review_message: str = pin(description="What the person said; empty where they said nothing.")

    examples = (
        Example(
            input={"data": {"to": "ann@example.com"}, "name": "Send this?"},
            output=[],
            error="in a graph only",
            title="Asking is for a run",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not context.asks_people:
            yield "approved_data", inputs.data
            yield "review_message", ""
        elif context.answer is None:
            yield _question(inputs)
        elif context.answer.status == "TIMED_OUT":
            raise ApprovalTimedOut
        elif context.answer.status == "APPROVED":
            yield "approved_data", context.answer.data
            yield "review_message", context.answer.comment
        else:
            yield "rejected_data", inputs.data
            yield "review_message", context.answer.comment


def _question(inputs: HumanInTheLoop.Input) -> AskPerson:
    return AskPerson(
        title=inputs.name,
        data=inputs.data,
        message=inputs.instructions,
        form=inputs.form,
        is_editable=inputs.editable,
        roles=tuple(inputs.roles),
        needed=inputs.needed,
        allows_self=inputs.allows_self,
        timeout_seconds=inputs.timeout_seconds,
        on_timeout=inputs.on_timeout.value,
        escalate_roles=tuple(inputs.escalate_roles),
    )
