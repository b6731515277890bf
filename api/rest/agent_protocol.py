"""The routes of the Agent Protocol, version 1: any client of it drives an agent; all that they do is in `api.protocol`.

They stand twice: under /ap/v1, where a task names its agent, and under /agents/AGENT_ID/ap/v1, where all tasks are that agent's,
for clients that know an address only. The protocol's own clients add /ap/v1 themselves, so it stands last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.requests import Request
from fastapi.responses import Response

from api.call import Call
from api.protocol import Execution, agent_id, execute, executed, make_task, with_outputs
from api.rest.callers import BEARER, needs
from api.rest.files import BYTES_ANSWER, UPLOAD_BODY, download
from api.rest.problems import answers
from api.rest.protocol_answers import (
    ArtifactAnswer,
    ArtifactList,
    RequestBody,
    StepAnswer,
    StepList,
    TaskAnswer,
    TaskList,
    artifact_answer,
    pagination,
    step_answer,
    task_answer,
)
from api.uploads import need_usable, take_upload
from schema.access import Right
from schema.db.protocol import NewArtifact, Page, Said, Task
from schema.errors import FileRefused, NotFound
from schema.limits import LIMITS
from schema.media import relative_path

PAGE_SIZE: Final = 10
PAGE_SIZE_MAX: Final = 100
PAGE_NUMBER_MAX: Final = 1_000_000

_Number = Annotated[int, Query(ge=1, le=PAGE_NUMBER_MAX, description="Which page, from 1.")]
_Size = Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX, description="Rows of a page.")]
#: agbenchmark reads the first page of a task's artifacts only: it has them all unless the client asks for fewer.
_ArtifactsSize = Annotated[int, Query(ge=1, le=LIMITS.task_artifacts_max, description="Rows of a page.")]
_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=200, description="The same key gives the same step, and starts one run."
    ),
]
_REFUSALS: Final = answers(401, 403, 404, 422, 429, 503)

routes: Final = APIRouter(tags=["Agent Protocol"], dependencies=[BEARER])


def named_agent(request: Request) -> UUID | None:
    """Give the agent that the path names, if it does."""
    given = request.path_params.get("agent_id")
    return None if given is None else agent_id(given)


def agent_in_path(agent_id: Annotated[str, Path(description="The agent whose tasks these are.")]) -> None:
    """Say in the OpenAPI document that the path has an agent; `named_agent` reads it."""


Agent = Annotated[UUID | None, Depends(named_agent)]


@routes.post("/agent/tasks", summary="Make a task", responses=_REFUSALS)
async def create_task(
    call: Annotated[Call, needs(Right.EXECUTE_RUNS, "createTask")], agent: Agent, body: RequestBody | None = None
) -> TaskAnswer:
    """Make a task for an agent. Nothing runs until a step is executed."""
    return task_answer(await make_task(call, _said(body), agent), [])


@routes.get("/agent/tasks", summary="List tasks", responses=_REFUSALS)
async def list_tasks(
    call: Annotated[Call, needs(Right.READ_RUNS)], agent: Agent, current_page: _Number = 1, page_size: _Size = PAGE_SIZE
) -> TaskList:
    """List the organisation's tasks, the newest first."""
    page = Page(current_page, page_size)
    tasks, count = await call.stores.protocol.tasks(call.tenant, agent, page)
    artifacts = await call.stores.protocol.artifacts_of(call.tenant, [task.id for task in tasks])
    return TaskList(tasks=[task_answer(task, artifacts[task.id]) for task in tasks], pagination=pagination(page, count))


@routes.get("/agent/tasks/{task_id}", summary="Read a task", responses=_REFUSALS)
async def get_task(task_id: str, call: Annotated[Call, needs(Right.READ_RUNS)], agent: Agent) -> TaskAnswer:
    """Read one task with its artifacts."""
    task = await _task(call, task_id, agent)
    return task_answer(task, (await call.stores.protocol.artifacts_of(call.tenant, [task.id]))[task.id])


@routes.get("/agent/tasks/{task_id}/steps", summary="List a task's steps", responses=_REFUSALS)
async def list_steps(
    task_id: str,
    call: Annotated[Call, needs(Right.READ_RUNS)],
    agent: Agent,
    current_page: _Number = 1,
    page_size: _Size = PAGE_SIZE,
) -> StepList:
    """List a task's steps in their order."""
    task, page = await _task(call, task_id, agent), Page(current_page, page_size)
    steps, count = await call.stores.protocol.steps(call.tenant, task.id, page)
    executions = await with_outputs(call, steps)
    made = (await call.stores.protocol.artifacts_of(call.tenant, [task.id]))[task.id]
    own = [replace(one, artifacts=[a for a in made if a.step_number == one.step.number]) for one in executions]
    return StepList(steps=[_answer(one) for one in own], pagination=pagination(page, count))


@routes.post("/agent/tasks/{task_id}/steps", summary="Execute a step", responses={**_REFUSALS, **answers(409)})
async def execute_step(
    task_id: str,
    call: Annotated[Call, needs(Right.EXECUTE_RUNS, "executeStep")],
    agent: Agent,
    body: RequestBody | None = None,
    idempotency_key: _Key = None,
) -> StepAnswer:
    """Run the task's agent, and wait a while for its end. Without a body, or while the run is open, the same step goes on; a body
    with something new, after the run's end, is another step and another run."""
    task = await _task(call, task_id, agent)
    answer = _answer(await execute(call, task, _said(body), idempotency_key))
    # agbenchmark takes an executed step as created or completed only; reading the step tells that it is running.
    return answer if answer.is_last else answer.model_copy(update={"status": "created"})


@routes.get("/agent/tasks/{task_id}/steps/{step_id}", summary="Read a step", responses=_REFUSALS)
async def get_step(
    task_id: str, step_id: str, call: Annotated[Call, needs(Right.READ_RUNS)], agent: Agent
) -> StepAnswer:
    """Read one step, as its run stands now."""
    task = await _task(call, task_id, agent)
    step = await call.stores.protocol.step(call.tenant, task.id, _uuid("step", step_id))
    return _answer(await executed(call, step))


@routes.get("/agent/tasks/{task_id}/artifacts", summary="List a task's artifacts", responses=_REFUSALS)
async def list_artifacts(
    task_id: str,
    call: Annotated[Call, needs(Right.READ_FILES)],
    agent: Agent,
    current_page: _Number = 1,
    page_size: _ArtifactsSize = LIMITS.task_artifacts_max,
) -> ArtifactList:
    """List a task's artifacts, the oldest first."""
    task, page = await _task(call, task_id, agent), Page(current_page, page_size)
    artifacts, count = await call.stores.protocol.artifacts(call.tenant, task.id, page)
    return ArtifactList(artifacts=[artifact_answer(one) for one in artifacts], pagination=pagination(page, count))


@routes.post(
    "/agent/tasks/{task_id}/artifacts",
    summary="Upload an artifact",
    openapi_extra=UPLOAD_BODY,
    responses={**_REFUSALS, **answers(400, 413)},
)
async def upload_artifact(
    task_id: str, request: Request, call: Annotated[Call, needs(Right.WRITE_FILES, "uploadArtifact")], agent: Agent
) -> ArtifactAnswer:
    """Give a file to a task: in the field `file`, with its folder in `relative_path`."""
    task = await _task(call, task_id, agent)
    upload = await take_upload(call, request)
    need_usable(upload.file, call.services.config)
    path = relative_path(upload.fields.get("relative_path"))
    try:
        artifact = await call.stores.protocol.add_artifact(call.tenant, NewArtifact(task.id, upload.file.id, path))
    except FileRefused:
        await call.stores.files.delete(call.tenant, upload.file.id)
        raise
    return artifact_answer(artifact)


@routes.get(
    "/agent/tasks/{task_id}/artifacts/{artifact_id}",
    summary="Download an artifact",
    response_class=Response,
    responses={**_REFUSALS, **BYTES_ANSWER},
)
async def download_artifact(
    task_id: str, artifact_id: str, request: Request, call: Annotated[Call, needs(Right.READ_FILES)], agent: Agent
) -> Response:
    """Give an artifact's bytes."""
    task = await _task(call, task_id, agent)
    artifact = await call.stores.protocol.artifact(call.tenant, task.id, _uuid("artifact", artifact_id))
    return await download(call, await call.stores.files.get(call.tenant, artifact.file_id), request)


def agent_protocol() -> APIRouter:
    """Give the routes, under both their addresses."""
    router = APIRouter()
    router.include_router(routes, prefix="/ap/v1")
    router.include_router(routes, prefix="/agents/{agent_id}/ap/v1", dependencies=[Depends(agent_in_path)])
    return router


async def _task(call: Call, given: str, agent: UUID | None) -> Task:
    return await call.stores.protocol.task(call.tenant, _uuid("task", given), agent)


def _uuid(what: str, given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as error:
        raise NotFound(f"There is no such {what} here.") from error


def _said(body: RequestBody | None) -> Said:
    return Said() if body is None else Said(body.input or None, body.additional_input or None)


def _answer(execution: Execution) -> StepAnswer:
    return step_answer(execution.step, execution.outputs, execution.artifacts)
