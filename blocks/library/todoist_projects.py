"""Blocks for Todoist's projects, and for the sections in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from blocks.providers.todoist import TODOIST, TodoistCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Operation
from blocks.sdk.samples import said, sample, sample_key
from blocks.todoist.operations import TodoistBlock, TodoistChange, TodoistList, project_url

_KEY: Final = sample_key(TODOIST)
_PROJECT: Final = {"id": "6P", "name": "Walls"}
_URL: Final = "https://app.todoist.com/app/project/6P"
_ANN: Final = {"id": "1", "name": "Ann", "email": "ann@example.com"}
_SECTION: Final = {"id": "6S", "project_id": "6P", "section_order": 2, "name": "Stones"}
_DONE: Final = [("success", True)]
_STYLE: Final = "How it is shown: list, board, calendar."
_SETTINGS: Final = {"name": "name", "color": "color", "is_favorite": "is_favorite", "view_style": "view_style"}


class TodoistListProjects(TodoistList):
    """List all projects."""

    id = "5f3e1d5b-6bc5-40e3-97ee-1318b3f38813"
    name = "TodoistListProjectsBlock"
    path = "/projects"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")

    class Output(BlockOutput):
        names_list: list[str] = pin(description="Their names.")
        ids_list: list[str] = pin(description="Their ids.")
        url_list: list[str] = pin(description="Their addresses.")
        complete_data: list[dict[str, Any]] = pin(description="The projects, as Todoist has them.")

    examples = (
        sample(
            _KEY,
            {},
            [("names_list", ["Walls"]), ("ids_list", ["6P"]), ("url_list", [_URL]), ("complete_data", [_PROJECT])],
            said({"results": [_PROJECT], "next_cursor": None}),
        ),
    )

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "names_list", [project["name"] for project in items]
        yield "ids_list", [project["id"] for project in items]
        yield "url_list", [project_url(project) for project in items]
        yield "complete_data", items


class TodoistCreateProject(TodoistChange):
    """Make a project."""

    id = "ade60136-de14-11ef-b5e5-32d3674e8b7e"
    name = "TodoistCreateProjectBlock"
    operation = Operation("POST", "/projects", body={**_SETTINGS, "parent_id": "parent_id"})

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        name: str = pin(description="What it is called.", min_length=1)
        parent_id: str | None = pin(None, description="The project that it is a part of.")
        color: str | None = pin("charcoal", description="Its colour.")
        is_favorite: bool = pin(False, description="Whether it is a favourite.")
        view_style: str | None = pin(None, description=_STYLE)

    class Output(BlockOutput):
        success: bool = pin(description="That it was made.")

    examples = (sample(_KEY, {"name": "Walls"}, _DONE, said(_PROJECT)),)


class TodoistGetProject(TodoistBlock):
    """Read a project."""

    id = "b435b5ea-de14-11ef-8b51-32d3674e8b7e"
    name = "TodoistGetProjectBlock"
    operation = Operation("GET", "/projects/{project_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str = pin(description="The project.")

    class Output(BlockOutput):
        project_id: str = pin(description="Its id.")
        project_name: str = pin(description="Its name.")
        project_url: str = pin(description="Its address.")
        complete_data: dict[str, Any] = pin(description="The project, as Todoist has it.")

    examples = (
        sample(
            _KEY,
            {"project_id": "6P"},
            [("project_id", "6P"), ("project_name", "Walls"), ("project_url", _URL), ("complete_data", _PROJECT)],
            said(_PROJECT),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "project_id", answer["id"]
        yield "project_name", answer["name"]
        yield "project_url", project_url(answer)
        yield "complete_data", answer


class TodoistUpdateProject(TodoistChange):
    """Change a project: what is not set stays as it is."""

    id = "ba41a20a-de14-11ef-91d7-32d3674e8b7e"
    name = "TodoistUpdateProjectBlock"
    operation = Operation("POST", "/projects/{project_id}", body=_SETTINGS)

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str = pin(description="The project.")
        name: str | None = pin(None, description="What it is to be called.")
        color: str | None = pin(None, description="Its colour.")
        is_favorite: bool | None = pin(None, description="Whether it is a favourite.")
        view_style: str | None = pin(None, description=_STYLE)

    class Output(BlockOutput):
        success: bool = pin(description="That it was changed.")

    examples = (sample(_KEY, {"project_id": "6P", "name": "Walls"}, _DONE, said(_PROJECT)),)


class TodoistDeleteProject(TodoistChange):
    """Delete a project, with all that is in it."""

    id = "c2893acc-de14-11ef-a113-32d3674e8b7e"
    name = "TodoistDeleteProjectBlock"
    operation = Operation("DELETE", "/projects/{project_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str = pin(description="The project.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"project_id": "6P"}, _DONE, said(b"", 204)),)


class TodoistListCollaborators(TodoistList):
    """List who works on a project."""

    id = "c99c804e-de14-11ef-9f47-32d3674e8b7e"
    name = "TodoistListCollaboratorsBlock"
    path = "/projects/{project_id}/collaborators"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str = pin(description="The project.")

    class Output(BlockOutput):
        collaborator_ids: list[str] = pin(description="Their ids.")
        collaborator_names: list[str] = pin(description="Their names.")
        collaborator_emails: list[str] = pin(description="Their addresses.")
        complete_data: list[dict[str, Any]] = pin(description="Who they are, as Todoist has it.")

    examples = (
        sample(
            _KEY,
            {"project_id": "6P"},
            [
                ("collaborator_ids", ["1"]),
                ("collaborator_names", ["Ann"]),
                ("collaborator_emails", ["ann@example.com"]),
                ("complete_data", [_ANN]),
            ],
            said({"results": [_ANN], "next_cursor": None}),
        ),
    )

    def given(self, items: list[Any]) -> Iterator[Emission]:
        for pin_name, key in (("ids", "id"), ("names", "name"), ("emails", "email")):
            yield f"collaborator_{pin_name}", [one[key] for one in items]
        yield "complete_data", items


class TodoistListSections(TodoistList):
    """List the sections of a project."""

    id = "d6a116d8-de14-11ef-a94c-32d3674e8b7e"
    name = "TodoistListSectionsBlock"
    path = "/sections"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        project_id: str | None = pin(description="The project.")

    class Output(BlockOutput):
        names_list: list[str] = pin(description="Their names.")
        ids_list: list[str] = pin(description="Their ids.")
        complete_data: list[dict[str, Any]] = pin(description="The sections, as Todoist has them.")

    examples = (
        sample(
            _KEY,
            {"project_id": "6P"},
            [("names_list", ["Stones"]), ("ids_list", ["6S"]), ("complete_data", [_SECTION])],
            said({"results": [_SECTION], "next_cursor": None}),
        ),
    )

    def query(self, inputs: Any) -> Mapping[str, Any]:
        return {"project_id": inputs.project_id or None}

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "names_list", [section["name"] for section in items]
        yield "ids_list", [section["id"] for section in items]
        yield "complete_data", items


class TodoistGetSection(TodoistBlock):
    """Read a section."""

    id = "ea5580e2-de14-11ef-a5d3-32d3674e8b7e"
    name = "TodoistGetSectionBlock"
    operation = Operation("GET", "/sections/{section_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        section_id: str = pin(description="The section.")

    class Output(BlockOutput):
        id: str = pin(description="Its id.")
        project_id: str = pin(description="Its project.")
        order: int = pin(description="Its place among the others.")
        name: str = pin(description="Its name.")

    examples = (
        sample(
            _KEY,
            {"section_id": "6S"},
            [("id", "6S"), ("project_id", "6P"), ("order", 2), ("name", "Stones")],
            said(_SECTION),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "id", answer["id"]
        yield "project_id", answer["project_id"]
        yield "order", answer.get("section_order", answer.get("order"))
        yield "name", answer["name"]


class TodoistDeleteSection(TodoistChange):
    """Delete a section, with its tasks."""

    id = "f0e52eee-de14-11ef-9b12-32d3674e8b7e"
    name = "TodoistDeleteSectionBlock"
    operation = Operation("DELETE", "/sections/{section_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        section_id: str = pin(description="The section.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"section_id": "6S"}, _DONE, said(b"", 204)),)
