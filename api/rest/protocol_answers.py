"""The shapes of the Agent Protocol, version 1: what its clients send and what they are told; made from rows, and nothing else.

They have the fields of the protocol's own clients and those that agbenchmark 0.0.10 wants beside: `created_at` of an artifact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, Field

from schema.db.protocol import Artifact, Page, Step, Task
from schema.errors import shorten
from schema.states import State

#: Characters of a step's output as text; the values themselves are in `additional_output`.
OUTPUT_CHARACTERS_MAX: Final = 100_000
TEXT_CHARACTERS_MAX: Final = 200_000

StepStatus = Literal["created", "running", "completed"]


class RequestBody(BaseModel):
    """What a client says to a task or to a step."""

    input: str | None = Field(None, max_length=TEXT_CHARACTERS_MAX, description="Text for the agent's text input.")
    additional_input: dict[str, Any] | None = Field(
        None,
        description="`inputs`: {name: value} of the agent's inputs. For a task also `agent_id`: which agent it is for.",
    )


class ArtifactAnswer(BaseModel):
    """A file of a task."""

    artifact_id: str
    agent_created: bool
    file_name: str
    relative_path: str | None
    created_at: str
    modified_at: str


class TaskAnswer(BaseModel):
    """A task: an agent with what it is asked."""

    task_id: str
    input: str | None
    additional_input: dict[str, Any] | None
    artifacts: list[ArtifactAnswer]
    created_at: str
    agent_id: str = Field(description="The agent's graph.")
    agent_version: int


class StepAnswer(BaseModel):
    """A step: one run of the task's agent."""

    task_id: str
    step_id: str
    name: str | None
    status: StepStatus
    output: str | None = Field(description="The run's outputs as text, or why it failed.")
    additional_output: dict[str, Any] | None = Field(
        description="`run_id`, `run_status`, `outputs` {name: [values]}, and `error` of a run that failed."
    )
    artifacts: list[ArtifactAnswer]
    is_last: bool = Field(
        description="Whether its run is over: there is nothing to execute until something new is said."
    )
    input: str | None
    additional_input: dict[str, Any] | None


class Pagination(BaseModel):
    """Where a page stands."""

    total_items: int
    total_pages: int
    current_page: int
    page_size: int


class TaskList(BaseModel):
    tasks: list[TaskAnswer]
    pagination: Pagination


class StepList(BaseModel):
    steps: list[StepAnswer]
    pagination: Pagination


class ArtifactList(BaseModel):
    artifacts: list[ArtifactAnswer]
    pagination: Pagination


def artifact_answer(artifact: Artifact) -> ArtifactAnswer:
    return ArtifactAnswer(
        artifact_id=str(artifact.id),
        agent_created=artifact.is_made_by_agent,
        file_name=artifact.file_name,
        relative_path=artifact.relative_path,
        created_at=artifact.created_at.isoformat(),
        modified_at=artifact.created_at.isoformat(),
    )


def task_answer(task: Task, artifacts: Sequence[Artifact]) -> TaskAnswer:
    return TaskAnswer(
        task_id=str(task.id),
        input=task.input,
        additional_input=task.additional_input,
        artifacts=[artifact_answer(one) for one in artifacts],
        created_at=task.created_at.isoformat(),
        agent_id=str(task.graph_id),
        agent_version=task.graph_version,
    )


def step_answer(step: Step, outputs: Mapping[str, list[Any]], artifacts: Sequence[Artifact]) -> StepAnswer:
    """Give a step with its run's outputs, which count where the run is over."""
    return StepAnswer(
        task_id=str(step.task_id),
        step_id=str(step.id),
        name=step.name,
        status=status_of(step),
        output=_text(step, outputs) if step.is_over else None,
        additional_output=_additional(step, outputs),
        artifacts=[artifact_answer(one) for one in artifacts],
        is_last=step.is_over,
        input=step.input,
        additional_input=step.additional_input,
    )


def status_of(step: Step) -> StepStatus:
    """Give the protocol's word for how a step's run stands; a run that failed is completed, too, and its output says so."""
    if step.is_over:
        return "completed"
    return "created" if step.run_status in (None, State.QUEUED, State.INCOMPLETE) else "running"


def pagination(page: Page, count: int) -> Pagination:
    return Pagination(
        total_items=count, total_pages=-(-count // page.size), current_page=page.number, page_size=page.size
    )


def _additional(step: Step, outputs: Mapping[str, list[Any]]) -> dict[str, Any] | None:
    if step.run_id is None:
        return None
    said: dict[str, Any] = {"run_id": str(step.run_id), "run_status": step.run_status, "outputs": dict(outputs)}
    return said if step.error is None else {**said, "error": step.error}


def _text(step: Step, outputs: Mapping[str, list[Any]]) -> str:
    """Give outputs as text: one agent output's values line by line, several with their names before them."""
    if step.run_status != State.COMPLETED:
        reason = (step.error or {}).get("message", "The run is not there any more.")
        return shorten(f"The run did not complete ({step.run_status or 'deleted'}): {reason}", OUTPUT_CHARACTERS_MAX)
    lines = [(name, _line(value)) for name, values in outputs.items() for value in values]
    text = "\n".join(line if len(outputs) == 1 else f"{name}: {line}" for name, line in lines)
    return shorten(text, OUTPUT_CHARACTERS_MAX)


def _line(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
