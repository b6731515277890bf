"""Deeds: who did what to a run in Temporal, and why, read from the end of its history; nothing is done here.

Temporal writes down the identity of whoever terminated, cancelled or signalled a workflow: what their client says that it is,
such as `temporal-cli:ada@desk`. It is told as it is, behind `temporal: `, and trusted for nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest as ReverseRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, WorkflowSerializationContext
from temporalio.exceptions import FailureError
from temporalio.service import RPCError

from schema.errors import PayloadUnread, shorten

PAGE: Final = 100
#: Pages of a history that are looked through from its end.
PAGES_MAX: Final = 5
TEXT_CHARS_MAX: Final = 500


@dataclass(frozen=True)
class Deed:
    """What somebody did. `by` is None where Temporal does not say who did it."""

    by: str | None
    reason: str

    def to_error(self, code: str, text: str) -> dict[str, Any]:
        """Give the error of a run that ended by it."""
        message = f"{text}: {self.reason}" if self.reason else f"{text}."
        return {"code": code, "message": message, **({} if self.by is None else {"by": self.by})}


NOBODY: Final = Deed(None, "")


async def terminated(client: Client, workflow: str, temporal_run: str = "") -> Deed:
    """Give who terminated a workflow."""
    event = await _last(client, workflow, temporal_run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED)
    if event is None:
        return NOBODY
    said = event.workflow_execution_terminated_event_attributes
    return _deed(said.identity, said.reason)


async def cancelled(client: Client, workflow: str, temporal_run: str = "") -> Deed:
    """Give who asked for a workflow's end. Another workflow, its parent's, has no identity."""
    event = await _last(client, workflow, temporal_run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED)
    if event is None:
        return NOBODY
    said = event.workflow_execution_cancel_requested_event_attributes
    if said.HasField("external_workflow_execution"):
        return Deed(None, "The run that started it has ended.")
    return _deed(said.identity, said.cause)


async def signalled(client: Client, workflow: str, temporal_run: str, signal: str, word: str) -> str | None:
    """Give who last sent a workflow a signal of this name that has this word in it."""

    async def is_it(event: HistoryEvent) -> bool:
        said = event.workflow_execution_signaled_event_attributes
        if said.signal_name != signal or not word:
            return said.signal_name == signal
        found = await _opened(_converter(client, workflow), said.input.payloads)
        return any(word.encode() in payload.data for payload in found)

    event = await _last(client, workflow, temporal_run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, is_it)
    return None if event is None else _deed(event.workflow_execution_signaled_event_attributes.identity, "").by


async def failed_task(client: Client, workflow: str) -> str:
    """Give why a workflow's last task that failed did: the text of its error."""
    event = await _last(client, workflow, "", EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    if event is None:
        return ""
    return (await _text(_converter(client, workflow), event.workflow_task_failed_event_attributes.failure))[
        :TEXT_CHARS_MAX
    ]


def _converter(client: Client, workflow: str) -> DataConverter:
    """Give what reads a workflow's payloads: what is sealed opens for it alone."""
    return client.data_converter.with_context(WorkflowSerializationContext(client.namespace, workflow))


async def _opened(converter: DataConverter, payloads: Sequence[Payload]) -> Sequence[Payload]:
    if converter.payload_codec is None:
        return payloads
    try:
        return await converter.payload_codec.decode(payloads)
    except PayloadUnread:
        return ()


async def _text(converter: DataConverter, failure: Failure) -> str:
    """Give the messages of a failure and its causes, or its type where its texts are sealed by a key that is not here."""
    read = Failure()
    read.CopyFrom(failure)
    try:
        error = await converter.decode_failure(read)
    except PayloadUnread:
        return failure.application_failure_info.type
    said = []
    found: BaseException | None = error
    while found is not None:
        said.append(found.message if isinstance(found, FailureError) else str(found))
        found = found.__cause__
    return ": ".join([*(one.removesuffix(".") for one in said[:-1]), said[-1]])


def _deed(identity: str, reason: str) -> Deed:
    by = f"temporal: {shorten(identity, TEXT_CHARS_MAX)}" if identity else None
    return Deed(by, shorten(reason, TEXT_CHARS_MAX))


async def _last(
    client: Client,
    workflow: str,
    temporal_run: str,
    kind: EventType.ValueType,
    is_it: Callable[[HistoryEvent], Awaitable[bool]] | None = None,
) -> HistoryEvent | None:
    """Give the last event of a kind. Who did it is no reason to fail: what cannot be read is not told."""
    try:
        async for event in _backwards(client, workflow, temporal_run):
            if event.event_type == kind and (is_it is None or await is_it(event)):
                return event
    except RPCError:
        return None
    return None


async def _backwards(client: Client, workflow: str, temporal_run: str) -> AsyncIterator[HistoryEvent]:
    token = b""
    for _ in range(PAGES_MAX):
        answer = await client.workflow_service.get_workflow_execution_history_reverse(
            ReverseRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(workflow_id=workflow, run_id=temporal_run),
                maximum_page_size=PAGE,
                next_page_token=token,
            )
        )
        for event in answer.history.events:
            yield event
        token = answer.next_page_token
        if not token:
            return
