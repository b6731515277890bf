"""The block that waits for a named event of its run; it holds no worker while it waits, the workflow does that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.sdk import AwaitEvent, Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from schema.forms import check_form

_NAME_CHARS_MAX: Final = 200
#: Ten years: a longer wait is a mistake more often than a wish.
_SECONDS_MAX: Final = 3660 * 86_400


class WaitForEvent(Block):
    """Wait for a named event, and give what it carries. Events are sent to the run by `signalRun` or `signalAgent`.

    An event that comes before anybody waits for it is kept, and the first that waits for its name gets the oldest.
    """

    id = "c7b0f3de-5d0a-4a52-9d5c-6f2f6a0f9b1e"
    name = "WaitForEventBlock"
    categories = ("LOGIC",)
    event_pins = ("event_name", "payload_schema")

    class Input(BlockInput):
        event_name: str = pin(
            description="The event's name.", placeholder="approved", min_length=1, max_length=_NAME_CHARS_MAX
        )
        payload_schema: dict[str, Any] | None = pin(
            None, description="JSON Schema of what the event carries; what does not fit it is refused. None: anything."
        )
        timeout_seconds: float | None = pin(
            None, description="How long to wait. None: without end.", ge=0, le=_SECONDS_MAX
        )
        trigger: Any = pin(None, description="Any value: the wait begins when it comes.")

    class Output(BlockOutput):
        payload: Any = pin(description="What the event carried.")
        timed_out: str = pin(description="The event's name, where it did not come in time.")

    examples = (
        Example(
            input={"event_name": "go", "payload_schema": {"type": "nothing"}},
            output=[],
            error="no JSON Schema",
            title="A schema that is none",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if context.event is None:
            if inputs.payload_schema is not None:
                check_form(inputs.payload_schema)
            yield AwaitEvent(inputs.event_name, inputs.timeout_seconds, inputs.payload_schema)
        elif context.event.is_timeout:
            yield "timed_out", inputs.event_name
        else:
            yield "payload", context.event.payload
