"""Blocks for Todoist's tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, time
from typing import Any, Final

from blocks.providers.todoist import TODOIST, TodoistCredentials
from blocks.sdk import BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import Api, Arguments, Operation
from blocks.sdk.samples import said, sample, sample_key
from blocks.todoist.operations import TodoistBlock, TodoistChange, TodoistList, checked, task_url

_KEY: Final = sample_key(TODOIST)
_TASK: Final = {"id": "6X", "project_id": "6P", "content": "Build a wall"}
_URL: Final = "https://app.todoist.com/app/task/6X"
_DONE: Final = [("success", True)]
_BODY: Final = ("content", "description", "labels", "priority", "assignee_id", "duration", "duration_unit")
_PLACES: Final = ("project_id", "section_id", "parent_id")


def _body(inputs: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Give what a task is to be, as Todoist takes it, without what nobody set."""
    found = {name: getattr(inputs, name) for name in names}
    found |= _due(inputs.due_date)
    if inputs.deadline_date is not None:
        found["deadline_date"] = inputs.deadline_date.date().isoformat()
    return {name: value for name, value in found.items() if value is not None}


def _due(moment: datetime | None) -> dict[str, str]:
    """Give when a task is due: at midnight means on that day."""
    if moment is None:
        return {}
    if moment.time() == time():
        return {"due_date": moment.date().isoformat()}
    return {"due_datetime": moment.isoformat(timespec="seconds")}


class TodoistCreateTask(TodoistBlock):
    """Make a task."""

    id = "fde4f458-de14-11ef-bf0c-32d3674e8b7e"
    name = "TodoistCreateTaskBlock"
    operation = Operation("POST", "/tasks")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        content: str = pin(description="What is to be done.", min_length=1)
        description: str | None = pin(None, description="More of it.")
        project_id: str | None = pin(None, description="In this project; none: the inbox.")
        section_id: str | None = pin(None, description="In this section.")
        parent_id: str | None = pin(None, description="As a part of this task.")
        order: int | None = pin(None, description="Its place among the others.")
        labels: list[str] | None = pin(None, description="Its labels.", max_length=500)
        priority: int | None = pin(None, description="How urgent it is: 1 to 4, which is most.", ge=1, le=4)
        due_date: datetime | None = pin(None, description="When it is due; at midnight: on that day.")
        deadline_date: datetime | None = pin(None, description="The day by which it must be done.")
        assignee_id: str | None = pin(None, description="Who is to do it.")
        duration_unit: str | None = pin(None, description="What it is measured in: minute or day.")
        duration: int | None = pin(None, description="How long it takes.")

    class Output(BlockOutput):
        id: str = pin(description="The task's id.")
        url: str = pin(description="Its address.")
        complete_data: dict[str, Any] = pin(description="The task, as Todoist has it.")

    examples = (
        sample(
            _KEY,
            {"content": "Build a wall", "due_date": "2026-02-01T00:00:00"},
            [("id", "6X"), ("url", _URL), ("complete_data", _TASK)],
            said(_TASK),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        return Arguments({}, {}, _body(inputs, (*_BODY, *_PLACES, "order")))

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "id", answer["id"]
        yield "url", task_url(answer)
        yield "complete_data", answer


class TodoistGetTasks(TodoistList):
    """List tasks that are not done. A filter in Todoist's words goes before all else."""

    id = "0b706e86-de15-11ef-a113-32d3674e8b7e"
    name = "TodoistGetTasksBlock"
    path = "/tasks"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str | None = pin(None, description="Of this project.")
        section_id: str | None = pin(None, description="Of this section.")
        label: str | None = pin(None, description="With this label.")
        filter: str | None = pin(None, description="That this filter finds.", placeholder="today & @office")
        lang: str | None = pin(None, description="The filter's language, two letters.")
        ids: list[str] | None = pin(None, description="With these ids.", max_length=1_000)

    class Output(BlockOutput):
        ids: list[str] = pin(description="Their ids.")
        urls: list[str] = pin(description="Their addresses.")
        complete_data: list[dict[str, Any]] = pin(description="The tasks, as Todoist has them.")

    examples = (
        sample(
            _KEY,
            {"project_id": "6P"},
            [("ids", ["6X"]), ("urls", [_URL]), ("complete_data", [_TASK])],
            said({"results": [_TASK], "next_cursor": None}),
        ),
    )

    def path_of(self, inputs: Any) -> str:
        return "/tasks/filter" if inputs.filter else "/tasks"

    def query(self, inputs: Any) -> Mapping[str, Any]:
        if inputs.filter:
            return {"query": inputs.filter, "lang": inputs.lang}
        names = ("project_id", "section_id", "label", "ids")
        return {name: getattr(inputs, name) or None for name in names}

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "ids", [task["id"] for task in items]
        yield "urls", [task_url(task) for task in items]
        yield "complete_data", items


class TodoistGetTask(TodoistBlock):
    """Read a task."""

    id = "16d7dc8c-de15-11ef-8ace-32d3674e8b7e"
    name = "TodoistGetTaskBlock"
    operation = Operation("GET", "/tasks/{task_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        task_id: str = pin(description="The task.")

    class Output(BlockOutput):
        project_id: str = pin(description="Its project.")
        url: str = pin(description="Its address.")
        complete_data: dict[str, Any] = pin(description="The task, as Todoist has it.")

    examples = (
        sample(_KEY, {"task_id": "6X"}, [("project_id", "6P"), ("url", _URL), ("complete_data", _TASK)], said(_TASK)),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "project_id", answer["project_id"]
        yield "url", task_url(answer)
        yield "complete_data", answer


class TodoistUpdateTask(TodoistChange):
    """Change a task: what is not set stays as it is. Another project, section or parent is a move, a request of its own."""

    id = "1eee6d32-de15-11ef-a2ff-32d3674e8b7e"
    name = "TodoistUpdateTaskBlock"
    operation = Operation("POST", "/tasks/{task_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        task_id: str = pin(description="The task.")
        content: str = pin(description="What is to be done.", min_length=1)
        description: str | None = pin(None, description="More of it.")
        project_id: str | None = pin(None, description="Move it to this project.")
        section_id: str | None = pin(None, description="Move it to this section.")
        parent_id: str | None = pin(None, description="Make it a part of this task.")
        order: int | None = pin(None, description="Its place among today's tasks.")
        labels: list[str] | None = pin(None, description="Its labels.", max_length=500)
        priority: int | None = pin(None, description="How urgent it is: 1 to 4, which is most.", ge=1, le=4)
        due_date: datetime | None = pin(None, description="When it is due; at midnight: on that day.")
        deadline_date: datetime | None = pin(None, description="The day by which it must be done.")
        assignee_id: str | None = pin(None, description="Who is to do it.")
        duration_unit: str | None = pin(None, description="What it is measured in: minute or day.")
        duration: int | None = pin(None, description="How long it takes.")

    class Output(BlockOutput):
        success: bool = pin(description="That it was changed.")

    examples = (
        sample(_KEY, {"task_id": "6X", "content": "Build a wall"}, _DONE, said(_TASK)),
        sample(
            _KEY,
            {"task_id": "6X", "content": "Build a wall", "project_id": "6Q"},
            _DONE,
            said(_TASK),
            said({**_TASK, "project_id": "6Q"}),
            title="It moves, too",
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        checked(inputs)
        api, places = Api(TODOIST, inputs.credentials, context), {"task_id": inputs.task_id}
        body = _body(inputs, _BODY) | ({} if inputs.order is None else {"day_order": inputs.order})
        await api.call("POST", "/tasks/{task_id}", places, json=body)
        # Todoist takes one of them: the narrowest.
        for name in reversed(_PLACES):
            if getattr(inputs, name):
                await api.call("POST", "/tasks/{task_id}/move", places, json={name: getattr(inputs, name)})
                break
        yield "success", True


class TodoistCloseTask(TodoistChange):
    """Have a task done."""

    id = "29fac798-de15-11ef-b839-32d3674e8b7e"
    name = "TodoistCloseTaskBlock"
    operation = Operation("POST", "/tasks/{task_id}/close")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        task_id: str = pin(description="The task.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is done.")

    examples = (sample(_KEY, {"task_id": "6X"}, _DONE, said(b"", 204)),)


class TodoistReopenTask(TodoistChange):
    """Have a task that was done to do again."""

    id = "2e6bf6f8-de15-11ef-ae7c-32d3674e8b7e"
    name = "TodoistReopenTaskBlock"
    operation = Operation("POST", "/tasks/{task_id}/reopen")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        task_id: str = pin(description="The task.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is open.")

    examples = (sample(_KEY, {"task_id": "6X"}, _DONE, said(b"", 204)),)


class TodoistDeleteTask(TodoistChange):
    """Delete a task, with its parts."""

    id = "33c29ada-de15-11ef-bcbb-32d3674e8b7e"
    name = "TodoistDeleteTaskBlock"
    operation = Operation("DELETE", "/tasks/{task_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        task_id: str = pin(description="The task.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"task_id": "6X"}, _DONE, said(b"", 204)),)
