"""Versions of the engine's workers, as Temporal keeps them: which is current, which drains; it starts and stops no worker.

A version is a build id (`DRYSTONE_BUILD_ID`) of the one deployment (`DRYSTONE_DEPLOYMENT`). A run is pinned: it stays with the
version that began it, and so do the runs that its nodes start, until it is over. New runs begin on the current version, or, so
many of a hundred, on the one that ramps up. A version that is neither, and that has no open run, is drained: its workers can be
stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import VersionDrainageStatus
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest as DescribeRequest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest as CurrentRequest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentRampingVersionRequest as RampingRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schema.errors import Conflict, NotFound

#: What the deployment is called unless its settings say otherwise.
DEPLOYMENT: Final = "drystone"

CURRENT: Final = "current"
RAMPING: Final = "ramping"
DRAINING: Final = "draining"
DRAINED: Final = "drained"
INACTIVE: Final = "inactive"
_DRAINAGE: Final = {
    VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING: DRAINING,
    VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED: DRAINED,
}


@dataclass(frozen=True)
class EngineVersion:
    """A version of the engine. `state` is current, ramping, draining, drained, or inactive: it never was either of the first."""

    build_id: str
    state: str
    #: Of a hundred new runs, how many begin on it.
    percent: float
    #: When its first worker came, in ISO 8601.
    created_at: str
    #: Runs that are open and pinned to it.
    open_runs: int


async def versions(client: Client, deployment: str = DEPLOYMENT) -> list[EngineVersion]:
    """Give the versions that Temporal knows, the newest first."""
    info = await _described(client, deployment)
    return [] if info is None else [await _version(client, info, summary) for summary in _newest_first(info)]


async def promote(client: Client, build_id: str, percent: float | None = None, deployment: str = DEPLOYMENT) -> None:
    """Make a version current, or, with `percent`, let it ramp up. Raise NotFound where no worker of it ever was here, and Conflict
    where Temporal does not allow it."""
    info = await _described(client, deployment)
    known = [] if info is None else [summary.deployment_version.build_id for summary in info.version_summaries]
    if build_id not in known:
        raise NotFound(f"No worker with DRYSTONE_BUILD_ID={build_id} was seen. Seen: {', '.join(known) or 'none'}.")
    space, service = client.namespace, client.workflow_service
    try:
        if percent is None:
            current = CurrentRequest(namespace=space, deployment_name=deployment, build_id=build_id)
            await service.set_worker_deployment_current_version(current)
        else:
            ramping = RampingRequest(namespace=space, deployment_name=deployment, build_id=build_id, percentage=percent)
            await service.set_worker_deployment_ramping_version(ramping)
    except RPCError as error:
        if error.status is not RPCStatusCode.FAILED_PRECONDITION:
            raise
        raise Conflict(f"Temporal does not promote {build_id}: {error.message}") from error


async def _described(client: Client, deployment: str) -> WorkerDeploymentInfo | None:
    request = DescribeRequest(namespace=client.namespace, deployment_name=deployment)
    try:
        answer = await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return answer.worker_deployment_info


def _newest_first(info: WorkerDeploymentInfo) -> Sequence[WorkerDeploymentInfo.WorkerDeploymentVersionSummary]:
    return sorted(info.version_summaries, key=lambda one: one.create_time.ToNanoseconds(), reverse=True)


async def _version(
    client: Client, info: WorkerDeploymentInfo, summary: WorkerDeploymentInfo.WorkerDeploymentVersionSummary
) -> EngineVersion:
    build_id, routing = summary.deployment_version.build_id, info.routing_config
    ramping = routing.ramping_deployment_version.build_id
    state, percent = _DRAINAGE.get(summary.drainage_status, INACTIVE), 0.0
    if routing.current_deployment_version.build_id == build_id:
        state, percent = CURRENT, 100.0 - (routing.ramping_version_percentage if ramping else 0.0)
    elif ramping == build_id:
        state, percent = RAMPING, routing.ramping_version_percentage
    pinned = f"TemporalWorkerDeploymentVersion = '{info.name}:{build_id}' AND ExecutionStatus = 'Running'"
    open_runs = (await client.count_workflows(pinned)).count
    return EngineVersion(build_id, state, percent, summary.create_time.ToJsonString(), open_runs)
