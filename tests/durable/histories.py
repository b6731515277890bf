"""Looking into Temporal's histories: the chain of runs behind one of ours, and how large what stands in them is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory

from schema.db.runs import Run
from schema.ids import workflow_id
from tests.durable.platform import Platform


async def chain_of(platform: Platform, run: Run) -> list[WorkflowHistory]:
    """Give the histories of every Temporal run of one of ours, the first one first."""
    temporal_id = workflow_id(run.id)
    newest = await platform.client.get_workflow_handle(temporal_id).fetch_history()
    chain = [newest]
    while previous := _started(chain[0]).continued_execution_run_id:
        handle = platform.client.get_workflow_handle(temporal_id, run_id=previous)
        chain.insert(0, await handle.fetch_history())
    return chain


def _started(history: WorkflowHistory) -> Any:
    return history.events[0].workflow_execution_started_event_attributes


def payloads_of(message: Message) -> Iterator[Payload]:
    """Give every payload anywhere in an event."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "values"):
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = [value] if isinstance(value, Message) else list(value)
        for part in parts:
            if isinstance(part, Payload):
                yield part
            else:
                yield from payloads_of(part)


def event_counts(chain: list[WorkflowHistory]) -> list[int]:
    return [history.events[-1].event_id for history in chain]


def largest_payload(chain: list[WorkflowHistory]) -> int:
    """Give the bytes of the largest payload of all events, the state that a run continues from left out."""
    return max(
        (
            len(payload.data)
            for history in chain
            for event in history.events
            if not _is_state(event)
            for payload in payloads_of(event)
        ),
        default=0,
    )


def largest_state(chain: list[WorkflowHistory]) -> int:
    """Give the bytes of the largest start argument: plan, inputs and carried state."""
    return max(len(payload.data) for history in chain for payload in payloads_of(history.events[0]))


def _is_state(event: Any) -> bool:
    return event.HasField("workflow_execution_started_event_attributes") or event.HasField(
        "workflow_execution_continued_as_new_event_attributes"
    )
