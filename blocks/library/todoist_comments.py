"""Blocks for Todoist's comments, on tasks and on projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from blocks.providers.todoist import TODOIST, TodoistCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Arguments, Operation
from blocks.sdk.samples import said, sample, sample_key
from blocks.todoist.operations import TodoistBlock, TodoistChange, TodoistList
from schema.errors import InvalidInput

_KEY: Final = sample_key(TODOIST)
_COMMENT: Final = {"id": "9", "content": "Why?", "posted_at": "2026-01-31T12:00:00Z", "item_id": "6X"}
_ON_TASK: Final = {"discriminator": "task", "task_id": "6X"}
_DONE: Final = [("success", True)]


class TaskId(BaseModel):
    """A task."""

    discriminator: Literal["task"]
    task_id: str = Field("", description="Its id.")


class ProjectId(BaseModel):
    """A project."""

    discriminator: Literal["project"]
    project_id: str = Field("", description="Its id.")


def _on(thing: TaskId | ProjectId) -> dict[str, str]:
    found = {"task_id": thing.task_id} if isinstance(thing, TaskId) else {"project_id": thing.project_id}
    if not all(found.values()):
        raise InvalidInput(f"id_type names no {thing.discriminator}: give its id.", pin="id_type")
    return found


def _task_of(comment: Mapping[str, Any]) -> Any:
    return comment.get("task_id") or comment.get("item_id")


def _known(**values: Any) -> Iterator[Emission]:
    yield from ((name, value) for name, value in values.items() if value is not None)


class TodoistCreateComment(TodoistBlock):
    """Write a comment."""

    id = "1bba7e54-2310-4a31-8e6f-54d5f9ab7459"
    name = "TodoistCreateCommentBlock"
    operation = Operation("POST", "/comments")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        content: str = pin(description="What it says, in Markdown.", min_length=1)
        id_type: TaskId | ProjectId = pin(
            default_factory=lambda: TaskId(discriminator="task"),
            description="What it is on: a task or a project.",
            discriminator="discriminator",
        )
        attachment: dict[str, Any] | None = pin(None, description="A file that is there: file_url, file_name, ...")

    class Output(BlockOutput):
        id: str = pin(description="Its id.")
        content: str = pin(description="What it says.")
        posted_at: str = pin(description="When it was written.")
        task_id: str | None = pin(None, description="The task that it is on.")
        project_id: str | None = pin(None, description="The project that it is on.")

    examples = (
        sample(
            _KEY,
            {"content": "Why?", "id_type": _ON_TASK},
            [("id", "9"), ("content", "Why?"), ("posted_at", "2026-01-31T12:00:00Z"), ("task_id", "6X")],
            said(_COMMENT),
        ),
        sample(_KEY, {"content": "Why?"}, [], title="On nothing", error="names no task"),
    )

    def arguments(self, inputs: Any) -> Arguments:
        attachment = {"attachment": inputs.attachment} if inputs.attachment else {}
        return Arguments({}, {}, {"content": inputs.content, **_on(inputs.id_type), **attachment})

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "id", answer["id"]
        yield "content", answer["content"]
        yield "posted_at", answer["posted_at"]
        yield from _known(task_id=_task_of(answer), project_id=answer.get("project_id"))


class TodoistGetComments(TodoistList):
    """List the comments on a task or a project."""

    id = "9972d8ae-ddf2-11ef-a9b8-32d3674e8b7e"
    name = "TodoistGetCommentsBlock"
    path = "/comments"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        id_type: TaskId | ProjectId = pin(
            default_factory=lambda: TaskId(discriminator="task"),
            description="What they are on: a task or a project.",
            discriminator="discriminator",
        )

    class Output(BlockOutput):
        comments: list[Any] = pin(description="The comments, as Todoist has them.")

    examples = (
        sample(
            _KEY,
            {"id_type": _ON_TASK},
            [("comments", [_COMMENT])],
            said({"results": [_COMMENT], "next_cursor": None}),
        ),
    )

    def query(self, inputs: Any) -> Mapping[str, Any]:
        return _on(inputs.id_type)

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "comments", items


class TodoistGetComment(TodoistBlock):
    """Read a comment."""

    id = "a809d264-ddf2-11ef-9764-32d3674e8b7e"
    name = "TodoistGetCommentBlock"
    operation = Operation("GET", "/comments/{comment_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        comment_id: str = pin(description="The comment.")

    class Output(BlockOutput):
        content: str = pin(description="What it says.")
        id: str = pin(description="Its id.")
        posted_at: str = pin(description="When it was written.")
        project_id: str | None = pin(None, description="The project that it is on.")
        task_id: str | None = pin(None, description="The task that it is on.")
        attachment: dict[str, Any] | None = pin(None, description="A file with it.")

    examples = (
        sample(
            _KEY,
            {"comment_id": "9"},
            [("content", "Why?"), ("id", "9"), ("posted_at", "2026-01-31T12:00:00Z"), ("task_id", "6X")],
            said(_COMMENT),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "content", answer["content"]
        yield "id", answer["id"]
        yield "posted_at", answer["posted_at"]
        file = answer.get("file_attachment") or answer.get("attachment")
        yield from _known(project_id=answer.get("project_id"), task_id=_task_of(answer), attachment=file)


class TodoistUpdateComment(TodoistChange):
    """Change what a comment says."""

    id = "b773c520-ddf2-11ef-9f34-32d3674e8b7e"
    name = "TodoistUpdateCommentBlock"
    operation = Operation("POST", "/comments/{comment_id}", body={"content": "content"})

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        comment_id: str = pin(description="The comment.")
        content: str = pin(description="What it is to say.", min_length=1)

    class Output(BlockOutput):
        success: bool = pin(description="That it was changed.")

    examples = (sample(_KEY, {"comment_id": "9", "content": "Why not?"}, _DONE, said(_COMMENT)),)


class TodoistDeleteComment(TodoistChange):
    """Delete a comment."""

    id = "bda4c020-ddf2-11ef-b114-32d3674e8b7e"
    name = "TodoistDeleteCommentBlock"
    operation = Operation("DELETE", "/comments/{comment_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        comment_id: str = pin(description="The comment.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"comment_id": "9"}, _DONE, said(b"", 204)),)
