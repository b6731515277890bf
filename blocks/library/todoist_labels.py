"""Blocks for Todoist's labels: one's own, and those of shared projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from blocks.providers.todoist import TODOIST, TodoistCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Arguments, Operation
from blocks.sdk.samples import said, sample, sample_key
from blocks.todoist.operations import TodoistBlock, TodoistChange, TodoistList

_KEY: Final = sample_key(TODOIST)
_LABEL: Final = {"id": "7", "name": "stone", "color": "charcoal", "order": 1, "is_favorite": False}
_GIVEN: Final = list(_LABEL.items())
_DONE: Final = [("success", True)]
_SETTINGS: Final = {"name": "name", "order": "order", "color": "color", "is_favorite": "is_favorite"}


class _Label(BlockOutput):
    id: str = pin(description="Its id.")
    name: str = pin(description="Its name.")
    color: str = pin(description="Its colour.")
    order: int = pin(description="Its place among the others.")
    is_favorite: bool = pin(description="Whether it is a favourite.")


def _given(label: Any) -> Iterator[Emission]:
    for name in _LABEL:
        if label.get(name) is not None:
            yield name, label[name]


class TodoistCreateLabel(TodoistBlock):
    """Make a label."""

    id = "7288a968-de14-11ef-8997-32d3674e8b7e"
    name = "TodoistCreateLabelBlock"
    operation = Operation("POST", "/labels", body=_SETTINGS)
    Output = _Label

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        name: str = pin(description="What it is called.", min_length=1)
        order: int | None = pin(None, description="Its place among the others.")
        color: str | None = pin("charcoal", description="Its colour.")
        is_favorite: bool = pin(False, description="Whether it is a favourite.")

    examples = (sample(_KEY, {"name": "stone"}, _GIVEN, said(_LABEL)),)

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from _given(answer)


class TodoistListLabels(TodoistList):
    """List one's own labels."""

    id = "776dd750-de14-11ef-b927-32d3674e8b7e"
    name = "TodoistListLabelsBlock"
    path = "/labels"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")

    class Output(BlockOutput):
        labels: list[Any] = pin(description="The labels, as Todoist has them.")
        label_ids: list[Any] = pin(description="Their ids.")
        label_names: list[Any] = pin(description="Their names.")

    examples = (
        sample(
            _KEY,
            {},
            [("labels", [_LABEL]), ("label_ids", ["7"]), ("label_names", ["stone"])],
            said({"results": [_LABEL], "next_cursor": None}),
        ),
    )

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "labels", items
        yield "label_ids", [label["id"] for label in items]
        yield "label_names", [label["name"] for label in items]


class TodoistGetLabel(TodoistBlock):
    """Read a label."""

    id = "7f236514-de14-11ef-bd7a-32d3674e8b7e"
    name = "TodoistGetLabelBlock"
    operation = Operation("GET", "/labels/{label_id}")
    Output = _Label

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        label_id: str = pin(description="The label.")

    examples = (sample(_KEY, {"label_id": "7"}, _GIVEN, said(_LABEL)),)

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from _given(answer)


class TodoistUpdateLabel(TodoistChange):
    """Change a label."""

    id = "8755614c-de14-11ef-9b56-32d3674e8b7e"
    name = "TodoistUpdateLabelBlock"
    operation = Operation("POST", "/labels/{label_id}", body=_SETTINGS)

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        label_id: str = pin(description="The label.")
        name: str | None = pin(None, description="What it is to be called.")
        order: int | None = pin(None, description="Its place among the others.")
        color: str | None = pin(None, description="Its colour.")
        is_favorite: bool = pin(False, description="Whether it is a favourite.")

    class Output(BlockOutput):
        success: bool = pin(description="That it was changed.")

    examples = (sample(_KEY, {"label_id": "7", "name": "stone"}, _DONE, said(_LABEL)),)


class TodoistDeleteLabel(TodoistChange):
    """Delete a label; tasks lose it."""

    id = "901b8f86-de14-11ef-98b8-32d3674e8b7e"
    name = "TodoistDeleteLabelBlock"
    operation = Operation("DELETE", "/labels/{label_id}")

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        label_id: str = pin(description="The label.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"label_id": "7"}, _DONE, said(b"", 204)),)


class TodoistGetSharedLabels(TodoistList):
    """List the labels of shared projects, by name."""

    id = "55fba510-de15-11ef-aed2-32d3674e8b7e"
    name = "TodoistGetSharedLabelsBlock"
    path = "/labels/shared"

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")

    class Output(BlockOutput):
        labels: list[Any] = pin(description="Their names.")

    examples = (sample(_KEY, {}, [("labels", ["stone"])], said({"results": ["stone"], "next_cursor": None})),)

    def given(self, items: list[Any]) -> Iterator[Emission]:
        yield "labels", items


class TodoistRenameSharedLabels(TodoistChange):
    """Rename a label everywhere."""

    id = "9d63ad9a-de14-11ef-ab3f-32d3674e8b7e"
    name = "TodoistRenameSharedLabelsBlock"
    operation = Operation("POST", "/labels/shared/rename", body={"new_name": "new_name"})

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        name: str = pin(description="What it is called.", min_length=1)
        new_name: str = pin(description="What it is to be called.", min_length=1)

    class Output(BlockOutput):
        success: bool = pin(description="That it was renamed.")

    examples = (sample(_KEY, {"name": "stone", "new_name": "rock"}, _DONE, said(b"", 204)),)

    def arguments(self, inputs: Any) -> Arguments:
        # Doist's own client names the label in the query, and its new name in the body.
        return Arguments({}, {"name": inputs.name}, {"new_name": inputs.new_name})


class TodoistRemoveSharedLabels(TodoistChange):
    """Take a label off all tasks."""

    id = "a6c5cbde-de14-11ef-8863-32d3674e8b7e"
    name = "TodoistRemoveSharedLabelsBlock"
    operation = Operation("POST", "/labels/shared/remove", body={"name": "name"})

    class Input(BlockInput):
        credentials: TodoistCredentials = pin(None, description="Access to Todoist.")
        name: str = pin(description="The label.", min_length=1)

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")

    examples = (sample(_KEY, {"name": "stone"}, _DONE, said(b"", 204)),)
