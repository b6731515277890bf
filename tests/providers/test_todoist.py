"""Todoist's tasks, projects, sections, labels and comments as its API v1 has them."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.todoist_comments import (
    TodoistCreateComment,
    TodoistDeleteComment,
    TodoistGetComment,
    TodoistGetComments,
    TodoistUpdateComment,
)
from blocks.library.todoist_labels import (
    TodoistCreateLabel,
    TodoistDeleteLabel,
    TodoistGetLabel,
    TodoistGetSharedLabels,
    TodoistListLabels,
    TodoistRemoveSharedLabels,
    TodoistRenameSharedLabels,
    TodoistUpdateLabel,
)
from blocks.library.todoist_projects import (
    TodoistCreateProject,
    TodoistDeleteProject,
    TodoistDeleteSection,
    TodoistGetProject,
    TodoistGetSection,
    TodoistListCollaborators,
    TodoistListProjects,
    TodoistListSections,
    TodoistUpdateProject,
)
from blocks.library.todoist_tasks import (
    TodoistCloseTask,
    TodoistCreateTask,
    TodoistDeleteTask,
    TodoistGetTask,
    TodoistGetTasks,
    TodoistReopenTask,
    TodoistUpdateTask,
)
from blocks.providers.todoist import TODOIST
from blocks.sdk import Block
from blocks.sdk.direct import run_directly
from tests.blocks.conftest import make_context
from tests.providers.exchanges import Anything, Case, Exchange, header, play
from tests.providers.services import Asked, Says, service

TASK = {"id": "6X", "project_id": "6P"}
PROJECT = {"id": "6P", "name": "Walls"}
LABEL = {"id": "7", "name": "stone", "color": "red", "order": 1, "is_favorite": True}
COMMENT = {"id": "9", "content": "Why?", "posted_at": "now", "project_id": "6P", "file_attachment": {"file_name": "a"}}
GONE = Says(status=204)
SUCCESS = [("success", True)]
PAGE = {"limit": "200"}


def found(*items: Any) -> dict[str, Any]:
    return {"results": list(items), "next_cursor": None}


def changes(block: type[Block], inputs: dict[str, Any], method: str, path: str, body: Any = None, **query: str) -> Case:
    return Case(block, inputs, [Exchange(method, path, GONE, json=body, query=query)], SUCCESS)


def lists(block: type[Block], inputs: dict[str, Any], path: str, item: Any, *outputs: Any, **query: str) -> Case:
    return Case(block, inputs, [Exchange("GET", path, found(item), query={**PAGE, **query})], outputs)


TASK_URL = "https://app.todoist.com/app/task/6X"
PROJECT_URL = "https://app.todoist.com/app/project/6P"
LABEL_PINS = list(LABEL.items())
CASES = [
    Case(
        TodoistCreateTask,
        {"content": "Build", "labels": ["a"], "priority": 4, "order": 2, "due_date": "2026-02-01T09:30:00", "duration": 5,
         "duration_unit": "minute", "deadline_date": "2026-02-03T00:00:00", "section_id": "6S"},
        [Exchange("POST", "/tasks", TASK, json={
            "content": "Build", "labels": ["a"], "priority": 4, "order": 2, "due_datetime": "2026-02-01T09:30:00",
            "duration": 5, "duration_unit": "minute", "deadline_date": "2026-02-03", "section_id": "6S"})],
        [("id", "6X"), ("url", TASK_URL), ("complete_data", TASK)],
    ),
    lists(TodoistGetTasks, {"project_id": "6P", "ids": ["1", "2"]}, "/tasks", TASK,
          ("ids", ["6X"]), ("urls", [TASK_URL]), ("complete_data", [TASK]), project_id="6P", ids="1,2"),
    lists(TodoistGetTasks, {"filter": "today & @a", "lang": "en"}, "/tasks/filter", TASK,
          ("ids", ["6X"]), ("urls", [TASK_URL]), ("complete_data", [TASK]), query="today & @a", lang="en"),
    Case(TodoistGetTask, {"task_id": "6X"}, [Exchange("GET", "/tasks/6X", TASK)],
         [("project_id", "6P"), ("url", TASK_URL), ("complete_data", TASK)]),
    Case(TodoistUpdateTask,
         {"task_id": "6X", "content": "B", "due_date": "2026-02-01T00:00:00", "project_id": "6Q", "section_id": "6S"},
         [Exchange("POST", "/tasks/6X", TASK, json={"content": "B", "due_date": "2026-02-01"}),
          Exchange("POST", "/tasks/6X/move", TASK, json={"section_id": "6S"})], SUCCESS),
    changes(TodoistCloseTask, {"task_id": "6X"}, "POST", "/tasks/6X/close"),
    changes(TodoistReopenTask, {"task_id": "6X"}, "POST", "/tasks/6X/reopen"),
    changes(TodoistDeleteTask, {"task_id": "6X"}, "DELETE", "/tasks/6X"),
    lists(TodoistListProjects, {}, "/projects", PROJECT,
          ("names_list", ["Walls"]), ("ids_list", ["6P"]), ("url_list", [PROJECT_URL]), ("complete_data", [PROJECT])),
    changes(TodoistCreateProject, {"name": "Walls", "view_style": "board"}, "POST", "/projects",
            {"name": "Walls", "color": "charcoal", "is_favorite": False, "view_style": "board"}),
    Case(TodoistGetProject, {"project_id": "6P"}, [Exchange("GET", "/projects/6P", PROJECT)],
         [("project_id", "6P"), ("project_name", "Walls"), ("project_url", PROJECT_URL), ("complete_data", PROJECT)]),
    changes(TodoistUpdateProject, {"project_id": "6P", "is_favorite": True}, "POST", "/projects/6P", {"is_favorite": True}),
    changes(TodoistDeleteProject, {"project_id": "6P"}, "DELETE", "/projects/6P"),
    lists(TodoistListCollaborators, {"project_id": "6P"}, "/projects/6P/collaborators",
          {"id": "1", "name": "Ann", "email": "a@b.c"}, ("collaborator_ids", ["1"]), ("collaborator_names", ["Ann"]),
          ("collaborator_emails", ["a@b.c"]), ("complete_data", [{"id": "1", "name": "Ann", "email": "a@b.c"}])),
    lists(TodoistListSections, {"project_id": "6P"}, "/sections", {"id": "6S", "name": "S"},
          ("names_list", ["S"]), ("ids_list", ["6S"]), ("complete_data", [{"id": "6S", "name": "S"}]), project_id="6P"),
    Case(TodoistGetSection, {"section_id": "6S"},
         [Exchange("GET", "/sections/6S", {"id": "6S", "project_id": "6P", "section_order": 2, "name": "S"})],
         [("id", "6S"), ("project_id", "6P"), ("order", 2), ("name", "S")]),
    changes(TodoistDeleteSection, {"section_id": "6S"}, "DELETE", "/sections/6S"),
    Case(TodoistCreateLabel, {"name": "stone", "order": 1, "color": "red", "is_favorite": True},
         [Exchange("POST", "/labels", LABEL, json={"name": "stone", "order": 1, "color": "red", "is_favorite": True})],
         LABEL_PINS),
    lists(TodoistListLabels, {}, "/labels", LABEL, ("labels", [LABEL]), ("label_ids", ["7"]), ("label_names", ["stone"])),
    Case(TodoistGetLabel, {"label_id": "7"}, [Exchange("GET", "/labels/7", LABEL)], LABEL_PINS),
    changes(TodoistUpdateLabel, {"label_id": "7", "name": "rock"}, "POST", "/labels/7", {"name": "rock", "is_favorite": False}),
    changes(TodoistDeleteLabel, {"label_id": "7"}, "DELETE", "/labels/7"),
    lists(TodoistGetSharedLabels, {}, "/labels/shared", "stone", ("labels", ["stone"])),
    changes(TodoistRenameSharedLabels, {"name": "a", "new_name": "b"}, "POST", "/labels/shared/rename",
            {"new_name": "b"}, name="a"),
    changes(TodoistRemoveSharedLabels, {"name": "a"}, "POST", "/labels/shared/remove", {"name": "a"}),
    Case(TodoistCreateComment, {"content": "Why?", "id_type": {"discriminator": "project", "project_id": "6P"}},
         [Exchange("POST", "/comments", COMMENT, json={"content": "Why?", "project_id": "6P"})],
         [("id", "9"), ("content", "Why?"), ("posted_at", "now"), ("project_id", "6P")]),
    lists(TodoistGetComments, {"id_type": {"discriminator": "task", "task_id": "6X"}}, "/comments", COMMENT,
          ("comments", [COMMENT]), task_id="6X"),
    Case(TodoistGetComment, {"comment_id": "9"}, [Exchange("GET", "/comments/9", COMMENT)],
         [("content", "Why?"), ("id", "9"), ("posted_at", "now"), ("project_id", "6P"), ("attachment", {"file_name": "a"})]),
    changes(TodoistUpdateComment, {"comment_id": "9", "content": "So"}, "POST", "/comments/9", {"content": "So"}),
    changes(TodoistDeleteComment, {"comment_id": "9"}, "DELETE", "/comments/9"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_todoist_is_asked_as_documented(case: Case) -> None:
    await play(TODOIST, case, header("authorization", "Bearer the-secret-key"))


async def test_a_list_is_read_cursor_by_cursor() -> None:
    def page(asked: Asked) -> Says:
        cursor = asked.query.get("cursor", "")
        following = {"": "b", "b": "c", "c": None}[cursor]
        return Says({"results": [{"id": cursor or "a", "name": "n"}], "next_cursor": following})

    async with service(TODOIST, {("GET", "/projects"): page}) as running:
        outcome = await running.run(TodoistListProjects, {})
    assert dict(outcome.outputs)["ids_list"] == ["a", "b", "c"]


async def test_a_task_is_made_once_however_often_the_request_is_sent() -> None:
    """Each attempt sends the same X-Request-Id, by which Todoist knows it again."""
    async with service(TODOIST, Anything(Says(TASK))) as running:
        for _attempt in range(2):
            await running.run(TodoistCreateTask, {"content": "Build"}, run_id="run", execution=1)
    first, second = (asked.headers["x-request-id"] for asked in running.asked)
    assert first == second


async def test_without_a_credential_todoist_is_not_asked() -> None:
    for block in (TodoistGetTask, TodoistListProjects, TodoistUpdateTask):
        result = await run_directly(block, {"task_id": "6X", "content": "B"}, make_context())
        assert result.error is not None
        assert result.error.code == "MISSING_CREDENTIALS"
