"""Temporal's server as Drystone needs it: the namespace, its search attributes, its settings; it changes none of them.

What is vital is looked at by every worker before it polls: without it, runs would be taken in and fail. The rest makes things
worse, not wrong. Of the settings of the server a client can ask for few; what it cannot is said to be unseen, never to be well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
    GetSystemInfoRequest,
    GetSystemInfoResponse,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.needs import PAYLOAD_BYTES_MIN, RETENTION_MIN, SETTINGS_UNSEEN, TEMPORAL_FLOOR, version_of
from schema.findings import Finding, FindingCode, finding
from workflows.attributes import ATTRIBUTE_TYPES

#: Of one question.
ANSWER: timedelta = timedelta(seconds=4)
WHERE = "Temporal"


async def vital_findings(client: Client) -> list[Finding]:
    """Give what keeps a worker of this namespace from working."""
    space = await described(client)
    if space is None:
        what = f"The namespace {client.namespace} does not exist."
        return [finding(FindingCode.NAMESPACE_MISSING, WHERE, what, namespace=client.namespace)]
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=ANSWER)
    return [*_of_version(info), *_of_attributes(client.namespace, await attributes(client))]


async def setting_findings(client: Client) -> list[Finding]:
    """Give what of the server's settings is not as it should be, as far as a client can tell."""
    space = await described(client)
    return [] if space is None else [*_of_retention(space), *_of_capabilities(space), *_of_limits(space), _unseen()]


async def described(client: Client) -> DescribeNamespaceResponse | None:
    """Describe the namespace; None: there is none of this name."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        return await client.workflow_service.describe_namespace(request, timeout=ANSWER)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def attributes(client: Client) -> dict[str, str]:
    """Give the search attributes of the namespace, {name: type}."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    found = await client.operator_service.list_search_attributes(request, timeout=ANSWER)
    return {name: _type_of(value) for name, value in found.custom_attributes.items()}


def missing_attributes(known: dict[str, str]) -> dict[str, str]:
    """Give those that are needed and not known, {name: type}."""
    return {name: kind for name, kind in ATTRIBUTE_TYPES.items() if name not in known}


def _type_of(value: IndexedValueType.ValueType) -> str:
    """Give a type's name as the command `temporal` has it: Keyword, KeywordList."""
    words = IndexedValueType.Name(value).removeprefix("INDEXED_VALUE_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)


def _of_version(info: GetSystemInfoResponse) -> Iterator[Finding]:
    if version_of(info.server_version) < version_of(TEMPORAL_FLOOR):
        what = f"Temporal's server is {info.server_version}."
        yield finding(FindingCode.TEMPORAL_OLD, WHERE, what, floor=TEMPORAL_FLOOR)


def _of_attributes(namespace: str, known: dict[str, str]) -> Iterator[Finding]:
    for name, kind in missing_attributes(known).items():
        what = f"The namespace {namespace} does not know the search attribute {name} ({kind}): no run could be started."
        parts = {"namespace": namespace, "name": name, "type": kind}
        yield finding(FindingCode.SEARCH_ATTRIBUTE_MISSING, WHERE, what, **parts)
    for name, kind in ATTRIBUTE_TYPES.items():
        if known.get(name, kind) != kind:
            what = f"The search attribute {name} of the namespace {namespace} is {known[name]}, not {kind}."
            yield finding(FindingCode.SEARCH_ATTRIBUTE_WRONG, WHERE, what, namespace=namespace, name=name)


def _of_retention(space: DescribeNamespaceResponse) -> Iterator[Finding]:
    kept = space.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept < RETENTION_MIN:
        name = space.namespace_info.name
        what = f"The namespace {name} forgets how a workflow ended after {kept}: a reconciler that is away longer cannot tell."
        yield finding(FindingCode.RETENTION_SHORT, WHERE, what, namespace=name)


def _of_capabilities(space: DescribeNamespaceResponse) -> Iterator[Finding]:
    can = space.namespace_info.capabilities
    if not can.reported_problems_search_attribute:
        what = "Temporal does not mark workflows whose tasks fail again and again, so no run shows that as its problem."
        setting = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"
        yield finding(FindingCode.TASK_PROBLEMS_HIDDEN, WHERE, what, setting=setting)
    if not can.worker_poll_complete_on_shutdown:
        what = "Polls of a worker that ends stay open: a node that is handed to one then waits for its heartbeat's timeout."
        setting = "frontend.enableCancelWorkerPollsOnShutdown=true"
        yield finding(FindingCode.POLLS_LINGER, WHERE, what, setting=setting)


def _of_limits(space: DescribeNamespaceResponse) -> Iterator[Finding]:
    allowed = space.namespace_info.limits.blob_size_limit_error
    if 0 < allowed < PAYLOAD_BYTES_MIN:
        what = f"One payload may have {allowed:,} bytes only; Drystone sends up to {PAYLOAD_BYTES_MIN:,}."
        setting = f"limit.blobSize.error={PAYLOAD_BYTES_MIN}"
        yield finding(FindingCode.PAYLOADS_SMALL, WHERE, what, setting=setting)


def _unseen() -> Finding:
    return finding(FindingCode.SETTINGS_UNSEEN, WHERE, f"Not checkable from here: {', '.join(SETTINGS_UNSEEN)}.")
