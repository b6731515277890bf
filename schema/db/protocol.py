"""Tasks, steps and artifacts of the Agent Protocol: rows beside runs and files; it starts no run.

A task is an agent with what it was asked, a step is one run of it. One step at a time: `next_step` gives the last one while its
run is open, and another only when something new is said. A step has its row before its run, and its run is accepted under an
idempotency key made of the step's id: where a crash came between, whoever asks for the step next gives it the same run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schema.db.tenancy import Database
from schema.errors import Conflict, FileRefused, NotFound
from schema.ids import new_id
from schema.limits import LIMITS
from schema.states import TERMINAL

_TASK_COLUMNS: Final = "id, graph_id, graph_version, input, additional_input, created_at"
_PUT_TASK: Final = text(
    "INSERT INTO protocol_tasks (id, tenant_id, graph_id, graph_version, input, additional_input, created_by) "
    "VALUES (:id, :tenant, :graph_id, :graph_version, :input, CAST(:additional_input AS json), :created_by) "
    f"RETURNING {_TASK_COLUMNS}"
)
_TASK: Final = text(
    f"SELECT {_TASK_COLUMNS} FROM protocol_tasks WHERE tenant_id = :tenant AND id = :id "
    "AND (CAST(:graph_id AS uuid) IS NULL OR graph_id = :graph_id)"
)
_LOCK_TASK: Final = text("SELECT id FROM protocol_tasks WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
_TASKS: Final = text(
    f"SELECT {_TASK_COLUMNS} FROM protocol_tasks WHERE tenant_id = :tenant "
    "AND (CAST(:graph_id AS uuid) IS NULL OR graph_id = :graph_id) "
    "ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset"
)
_COUNT_TASKS: Final = text(
    "SELECT count(*) FROM protocol_tasks WHERE tenant_id = :tenant "
    "AND (CAST(:graph_id AS uuid) IS NULL OR graph_id = :graph_id)"
)
_STEPS: Final = (
    "SELECT s.id, s.task_id, s.number, s.name, s.input, s.additional_input, s.run_id, r.status AS run_status, r.error "
    "FROM protocol_steps s LEFT JOIN runs r ON r.id = s.run_id AND r.tenant_id = s.tenant_id "
    "WHERE s.tenant_id = :tenant AND s.task_id = :task"
)
_PAGE_STEPS: Final = text(f"{_STEPS} ORDER BY s.number LIMIT :limit OFFSET :offset")
_LAST_STEP: Final = text(f"{_STEPS} ORDER BY s.number DESC LIMIT 1")
_STEP: Final = text(f"{_STEPS} AND s.id = :id")
_COUNT_STEPS: Final = text("SELECT count(*) FROM protocol_steps WHERE tenant_id = :tenant AND task_id = :task")
_PUT_STEP: Final = text(
    "INSERT INTO protocol_steps (task_id, number, id, tenant_id, name, input, additional_input) "
    "VALUES (:task, :number, :id, :tenant, :name, :input, CAST(:additional_input AS json))"
)
_SET_RUN: Final = text(
    "UPDATE protocol_steps SET run_id = :run WHERE tenant_id = :tenant AND task_id = :task AND id = :id"
)
_DROP_STEP: Final = text(
    "DELETE FROM protocol_steps WHERE tenant_id = :tenant AND task_id = :task AND id = :id AND run_id IS NULL"
)
_ARTIFACTS: Final = (
    "SELECT a.id, a.task_id, a.file_id, a.step_number, a.relative_path, a.is_made_by_agent, a.created_at, f.name AS file_name "
    "FROM protocol_artifacts a JOIN files f ON f.id = a.file_id AND f.tenant_id = a.tenant_id AND f.deleted_at IS NULL "
    "WHERE a.tenant_id = :tenant"
)
_PAGE_ARTIFACTS: Final = text(
    f"{_ARTIFACTS} AND a.task_id = :task ORDER BY a.created_at, a.id LIMIT :limit OFFSET :offset"
)
_ARTIFACTS_OF: Final = text(f"{_ARTIFACTS} AND a.task_id = ANY(:tasks) ORDER BY a.created_at, a.id LIMIT :limit")
_ARTIFACTS_OF_STEP: Final = text(
    f"{_ARTIFACTS} AND a.task_id = :task AND a.step_number = :number ORDER BY a.created_at, a.id LIMIT :limit"
)
_ARTIFACT: Final = text(f"{_ARTIFACTS} AND a.task_id = :task AND a.id = :id")
_COUNT_ARTIFACTS: Final = text(
    "SELECT count(*) FROM protocol_artifacts a JOIN files f ON f.id = a.file_id AND f.deleted_at IS NULL "
    "WHERE a.tenant_id = :tenant AND a.task_id = :task"
)
_PUT_ARTIFACT: Final = text(
    "INSERT INTO protocol_artifacts (id, tenant_id, task_id, file_id, relative_path, step_number, is_made_by_agent) "
    "VALUES (:id, :tenant, :task, :file, :relative_path, :step_number, :is_made_by_agent) ON CONFLICT (id) DO NOTHING"
)
_OUTPUTS: Final = text(
    "SELECT o.run_id, o.name, o.value, o.handle FROM run_outputs o JOIN runs r ON r.id = o.run_id AND r.tenant_id = :tenant "
    "WHERE o.run_id = ANY(:runs) ORDER BY o.run_id, o.execution LIMIT :limit"
)


@dataclass(frozen=True)
class Said:
    """What a client says to a task or to a step."""

    input: str | None = None
    additional_input: dict[str, Any] | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.input and not self.additional_input


@dataclass(frozen=True)
class Task:
    """A task's row."""

    id: UUID
    graph_id: UUID
    graph_version: int
    input: str | None
    additional_input: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True)
class Step:
    """A step's row, with how its run stands; without a run it is about to be given one."""

    id: UUID
    task_id: UUID
    number: int
    name: str | None
    input: str | None
    additional_input: dict[str, Any] | None
    run_id: UUID | None
    run_status: str | None
    error: dict[str, Any] | None

    @property
    def is_over(self) -> bool:
        """Say whether its run has ended; a run that was deleted has."""
        return self.run_id is not None and (self.run_status is None or self.run_status in TERMINAL)

    @property
    def said(self) -> Said:
        return Said(self.input, self.additional_input)


@dataclass(frozen=True)
class Artifact:
    """An artifact's row, with its file's name."""

    id: UUID
    task_id: UUID
    file_id: UUID
    step_number: int | None
    relative_path: str | None
    is_made_by_agent: bool
    created_at: datetime
    file_name: str


@dataclass(frozen=True)
class NewArtifact:
    """A file that is to belong to a task; the same id again gives the artifact that is there."""

    task_id: UUID
    file_id: UUID
    relative_path: str | None
    id: UUID = field(default_factory=new_id)
    step_number: int | None = None
    is_made_by_agent: bool = False


@dataclass(frozen=True)
class Page:
    """Which part of a list: pages count from 1."""

    number: int
    size: int

    @property
    def where(self) -> dict[str, int]:
        return {"limit": self.size, "offset": (self.number - 1) * self.size}


@dataclass(frozen=True)
class Protocol:
    """The tasks of all tenants."""

    engine: Database

    async def make_task(self, tenant: UUID, graph_id: UUID, version: int, said: Said, by: UUID) -> Task:
        row = {"id": new_id(), "tenant": tenant, "graph_id": graph_id, "graph_version": version, "created_by": by}
        async with self.engine.begin() as connection:
            made = await connection.execute(_PUT_TASK, {**row, **_texts(said)})
            return Task(**made.mappings().one())

    async def task(self, tenant: UUID, task_id: UUID, graph_id: UUID | None = None) -> Task:
        """Give a task, of one agent where that is named; raise NotFound."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "id": task_id, "graph_id": graph_id}
            row = (await connection.execute(_TASK, where)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such task here.")
        return Task(**row)

    async def tasks(self, tenant: UUID, graph_id: UUID | None, page: Page) -> tuple[list[Task], int]:
        """Give a page of tasks, the newest first, and how many there are."""
        where = {"tenant": tenant, "graph_id": graph_id}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_TASKS, {**where, **page.where})).mappings().all()
            return [Task(**row) for row in rows], int((await connection.execute(_COUNT_TASKS, where)).scalar_one())

    # Steps

    async def next_step(self, tenant: UUID, task: Task, said: Said, name: str, key: str | None) -> Step:
        """Give the step that is to be executed: the last one while its run is open or where nothing new is said, else another.

        The same idempotency key gives the same step. Raises Conflict where something new is said while a run is open.
        """
        where = {"tenant": tenant, "task": task.id}
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_TASK, {"tenant": tenant, "id": task.id})
            step_id = new_id() if key is None else uuid5(task.id, f"step/{key}")
            known = None if key is None else await _step(connection, _STEP, {**where, "id": step_id})
            if known is not None:
                return _same(known, said)
            last = await _step(connection, _LAST_STEP, where)
            if last is not None and _is_same(last, said):
                return last
            if last is not None and not last.is_over:
                raise Conflict("The step before is still running: execute it without an input to wait for its end.")
            number = 1 if last is None else last.number + 1
            row = {**where, "id": step_id, "number": number, "name": name}
            if number > LIMITS.task_steps_max:
                raise Conflict(f"A task has at most {LIMITS.task_steps_max} steps: make another task.")
            await connection.execute(_PUT_STEP, {**row, **_texts(said)})
            made = await _step(connection, _STEP, {**where, "id": step_id})
        assert made is not None
        return made

    async def set_run(self, tenant: UUID, step: Step, run_id: UUID) -> None:
        async with self.engine.begin() as connection:
            where = {"tenant": tenant, "task": step.task_id, "id": step.id}
            await connection.execute(_SET_RUN, {**where, "run": run_id})

    async def drop_step(self, tenant: UUID, step: Step) -> None:
        """Take back a step whose run was refused."""
        async with self.engine.begin() as connection:
            await connection.execute(_DROP_STEP, {"tenant": tenant, "task": step.task_id, "id": step.id})

    async def step(self, tenant: UUID, task_id: UUID, step_id: UUID) -> Step:
        async with self.engine.connect() as connection:
            found = await _step(connection, _STEP, {"tenant": tenant, "task": task_id, "id": step_id})
        if found is None:
            raise NotFound("There is no such step here.")
        return found

    async def steps(self, tenant: UUID, task_id: UUID, page: Page) -> tuple[list[Step], int]:
        """Give a page of a task's steps in their order, and how many there are."""
        where = {"tenant": tenant, "task": task_id}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PAGE_STEPS, {**where, **page.where})).mappings().all()
            return [Step(**row) for row in rows], int((await connection.execute(_COUNT_STEPS, where)).scalar_one())

    async def outputs(self, tenant: UUID, runs: Sequence[UUID], limit: int) -> list[tuple[UUID, str, Any, Any]]:
        """Give (run, output's name, inline value, handle) of runs, each run's in their order, `limit` in all."""
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "runs": list(runs), "limit": limit}
            rows = (await connection.execute(_OUTPUTS, where)).all()
        return [(row.run_id, row.name, row.value, row.handle) for row in rows]

    # Artifacts

    async def add_artifact(self, tenant: UUID, new: NewArtifact) -> Artifact:
        """Make a file a task's artifact; raise FileRefused where it has too many."""
        where = {"tenant": tenant, "task": new.task_id, "id": new.id}
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_TASK, {"tenant": tenant, "id": new.task_id})
            if (await connection.execute(_COUNT_ARTIFACTS, where)).scalar_one() >= LIMITS.task_artifacts_max:
                raise FileRefused(f"A task has at most {LIMITS.task_artifacts_max} artifacts.")
            more = {"step_number": new.step_number, "is_made_by_agent": new.is_made_by_agent}
            row = {**where, **more, "file": new.file_id, "relative_path": new.relative_path}
            await connection.execute(_PUT_ARTIFACT, row)
            return Artifact(**(await connection.execute(_ARTIFACT, where)).mappings().one())

    async def artifacts_of_step(self, tenant: UUID, step: Step) -> list[Artifact]:
        """Give what a step's run made, the oldest first."""
        where = {"tenant": tenant, "task": step.task_id, "number": step.number, "limit": LIMITS.task_artifacts_max}
        async with self.engine.connect() as connection:
            return [Artifact(**row) for row in (await connection.execute(_ARTIFACTS_OF_STEP, where)).mappings()]

    async def artifact(self, tenant: UUID, task_id: UUID, artifact_id: UUID) -> Artifact:
        async with self.engine.connect() as connection:
            where = {"tenant": tenant, "task": task_id, "id": artifact_id}
            row = (await connection.execute(_ARTIFACT, where)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such artifact here.")
        return Artifact(**row)

    async def artifacts(self, tenant: UUID, task_id: UUID, page: Page) -> tuple[list[Artifact], int]:
        """Give a page of a task's artifacts, the oldest first, and how many there are."""
        where = {"tenant": tenant, "task": task_id}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(_PAGE_ARTIFACTS, {**where, **page.where})).mappings().all()
            count = int((await connection.execute(_COUNT_ARTIFACTS, where)).scalar_one())
        return [Artifact(**row) for row in rows], count

    async def artifacts_of(self, tenant: UUID, tasks: Sequence[UUID]) -> dict[UUID, list[Artifact]]:
        """Give the artifacts of several tasks by task, so many in all as one task may have."""
        where = {"tenant": tenant, "tasks": list(tasks), "limit": LIMITS.task_artifacts_max}
        found: dict[UUID, list[Artifact]] = {task: [] for task in tasks}
        async with self.engine.connect() as connection:
            for row in (await connection.execute(_ARTIFACTS_OF, where)).mappings():
                found[row["task_id"]].append(Artifact(**row))
        return found


async def _step(connection: AsyncConnection, statement: Any, where: dict[str, Any]) -> Step | None:
    row = (await connection.execute(statement, where)).mappings().one_or_none()
    return None if row is None else Step(**row)


def _is_same(step: Step, said: Said) -> bool:
    """Say whether a step is what is asked for: nothing new is said, or what its open run was given is said again."""
    return said.is_nothing or (not step.is_over and said == step.said)


def _same(step: Step, said: Said) -> Step:
    if not said.is_nothing and said != step.said:
        raise Conflict("The idempotency key was used for another step.")
    return step


def _texts(said: Said) -> dict[str, str | None]:
    more = said.additional_input
    return {"input": said.input, "additional_input": None if more is None else orjson.dumps(more).decode()}
