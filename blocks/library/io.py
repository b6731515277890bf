"""Blocks by which a value enters and leaves an agent; they give it on and keep nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator

from blocks.google.drive import GoogleDriveFile
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Kind, Yield, pin
from blocks.sdk.files import inlined
from blocks.sdk.templates import render
from blocks.sdk.texts import LongText, MediaFile, ShortText

#: A field of a form that somebody emptied says nothing.
_EMPTY_IS_NONE: Final = BeforeValidator(lambda value: None if value == "" else value)


class _Named(BlockInput):
    """What each input of an agent has; the order of the pins is the order here."""

    name: str = pin(description="The name of the input.")
    value: Any = pin(None, description="The value; as a constant, the input's default.")
    title: str | None = pin(None, description="The title that the form shows.")
    description: str | None = pin(None, description="The text that the form shows.")
    advanced: bool = pin(False, description="Whether the form hides it at first.")
    secret: bool = pin(False, description="Whether the value must not be shown.")


class _InputFamily(Block):
    """Give the value on, unless it is null."""

    is_abstract = True
    categories: ClassVar[tuple[str, ...]] = ("INPUT", "BASIC")
    kind = Kind.INPUT
    static_output = True
    is_pure = True

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        if inputs.name == "credentials" or inputs.name.endswith("_credentials"):
            raise BlockFailed(f"The input's name {inputs.name!r} is reserved for credentials; choose another.")
        if inputs.value is not None:
            yield "result", _as_json(inputs.value)


def _as_json(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    return value


class AgentInput(_InputFamily):
    """An input of the agent, of any type."""

    id = "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b"
    name = "AgentInputBlock"

    class Input(_Named):
        pass

    class Output(BlockOutput):
        result: Any = pin(description="The value.")

    examples = (
        Example(input={"name": "topic", "value": "walls"}, output=[("result", "walls")]),
        Example(input={"name": "topic"}, output=[]),
        Example(input={"name": "my_credentials", "value": 1}, output=[], error="reserved"),
    )


class AgentShortTextInput(_InputFamily):
    """An input of the agent: one line of text."""

    id = "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158"
    name = "AgentShortTextInputBlock"

    class Input(_Named):
        value: ShortText | None = pin(None, description="The text; as a constant, the input's default.")

    class Output(BlockOutput):
        result: str = pin(description="The text.")

    examples = (Example(input={"name": "topic", "value": "walls"}, output=[("result", "walls")]),)


class AgentLongTextInput(_InputFamily):
    """An input of the agent: a text of any length."""

    id = "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba"
    name = "AgentLongTextInputBlock"

    class Input(_Named):
        value: LongText | None = pin(None, description="The text; as a constant, the input's default.")

    class Output(BlockOutput):
        result: str = pin(description="The text.")

    examples = (Example(input={"name": "essay", "value": "a\nb"}, output=[("result", "a\nb")]),)


class AgentNumberInput(_InputFamily):
    """An input of the agent: a whole number."""

    id = "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98"
    name = "AgentNumberInputBlock"

    class Input(_Named):
        value: int | None = pin(None, description="The number; as a constant, the input's default.")

    class Output(BlockOutput):
        result: int = pin(description="The number.")

    examples = (Example(input={"name": "count", "value": "42"}, output=[("result", 42)]),)


class AgentDateInput(_InputFamily):
    """An input of the agent: a day, as YYYY-MM-DD."""

    id = "7e198b09-4994-47db-8b4d-952d98241817"
    name = "AgentDateInputBlock"

    class Input(_Named):
        value: Annotated[date | None, _EMPTY_IS_NONE] = pin(
            None, description="The day; as a constant, the input's default."
        )

    class Output(BlockOutput):
        result: date = pin(description="The day.")

    examples = (
        Example(input={"name": "day", "value": "2025-03-19"}, output=[("result", "2025-03-19")]),
        Example(title="A field that was emptied", input={"name": "day", "value": ""}, output=[]),
    )


class AgentTimeInput(_InputFamily):
    """An input of the agent: a time of day, as HH:MM:SS."""

    id = "2a1c757e-86cf-4c7e-aacf-060dc382e434"
    name = "AgentTimeInputBlock"

    class Input(_Named):
        value: Annotated[time | None, _EMPTY_IS_NONE] = pin(
            None, description="The time; as a constant, the input's default."
        )

    class Output(BlockOutput):
        result: time = pin(description="The time.")

    examples = (Example(input={"name": "at", "value": "09:30:00"}, output=[("result", "09:30:00")]),)


class AgentFileInput(_InputFamily):
    """An input of the agent: a file, as a `data:` URI, a web address or a stored file; given on as it came, or with `base_64`
    as a `data:` URI."""

    id = "95ead23f-8283-4654-aef3-10c053b74a31"
    name = "AgentFileInputBlock"

    class Input(_Named):
        value: MediaFile | None = pin(None, description="The file.")
        base_64: bool = pin(False, description="Give the file as a data: URI, however it came.")

    class Output(BlockOutput):
        result: str = pin(description="The file.")

    examples = (
        Example(
            input={"name": "picture", "value": "data:image/png;base64,MQ=="},
            output=[("result", "data:image/png;base64,MQ==")],
        ),
        Example(
            title="Given as a data: URI",
            input={"name": "notes", "value": "https://example.com/notes.txt", "base_64": True},
            output=[("result", "data:text/plain;base64,aGk=")],
            answers=[(200, {"content-type": "text/plain; charset=utf-8"}, b"hi")],
        ),
    )

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        if inputs.value is not None and inputs.base_64:
            inputs.value = await inlined(inputs.value, context.files)
        async for said in super().run(inputs, context):
            yield said


class AgentDropdownInput(_InputFamily):
    """An input of the agent: one of several texts."""

    id = "655d6fdf-a334-421c-b733-520549c07cd1"
    name = "AgentDropdownInputBlock"
    old_inputs: ClassVar[Mapping[str, str]] = {"placeholder_values": "options"}

    class Input(_Named):
        value: str | None = pin(None, description="The choice; as a constant, the input's default.")
        options: list[Any] = pin(default_factory=list, advanced=False, description="What can be chosen.")

    class Output(BlockOutput):
        result: str = pin(description="The choice.")

    examples = (Example(input={"name": "size", "value": "S", "options": ["S", "M"]}, output=[("result", "S")]),)


class AgentToggleInput(_InputFamily):
    """An input of the agent: yes or no."""

    id = "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e"
    name = "AgentToggleInputBlock"

    class Input(_Named):
        value: bool = pin(False, description="The answer; as a constant, the input's default.")

    class Output(BlockOutput):
        result: bool = pin(description="The answer.")

    examples = (Example(input={"name": "is_loud"}, output=[("result", False)]),)


class AgentTableInput(_InputFamily):
    """An input of the agent: a table, as one dictionary for each row."""

    id = "5603b273-f41e-4020-af7d-fbc9c6a8d928"
    name = "AgentTableInputBlock"

    class Input(_Named):
        value: list[dict[str, Any]] | None = pin(None, description="The rows; as a constant, the input's default.")
        column_headers: list[str] = pin(
            default_factory=lambda: ["Column 1", "Column 2", "Column 3"],
            advanced=False,
            description="The columns that the form shows.",
        )

    class Output(BlockOutput):
        result: list[dict[str, Any]] = pin(description="The rows.")

    examples = (Example(input={"name": "people", "value": [{"Name": "Ada"}]}, output=[("result", [{"Name": "Ada"}])]),)


class AttachmentView(StrEnum):
    """Which kinds of Google Drive files the chooser shows."""

    DOCS = "DOCS"
    DOCUMENTS = "DOCUMENTS"
    SPREADSHEETS = "SPREADSHEETS"
    PRESENTATIONS = "PRESENTATIONS"
    DOCS_IMAGES = "DOCS_IMAGES"
    FOLDERS = "FOLDERS"


class AgentGoogleDriveFileInput(_InputFamily):
    """An input of the agent: a file in Google Drive."""

    id = "d3b32f15-6fd7-40e3-be52-e083f51b19a2"
    name = "AgentGoogleDriveFileInputBlock"

    class Input(_Named):
        value: GoogleDriveFile | None = pin(None, description="The file.")
        allowed_views: list[AttachmentView] = pin(
            default_factory=lambda: [AttachmentView.DOCS, AttachmentView.SPREADSHEETS, AttachmentView.PRESENTATIONS],
            advanced=False,
            description="Which kinds of files the chooser shows.",
        )
        allow_folder_selection: bool = pin(False, description="Whether a folder can be chosen.")

    class Output(BlockOutput):
        result: GoogleDriveFile = pin(description="The file.")

    examples = (
        Example(
            input={"name": "sheet", "value": {"id": "f1", "url": "u"}}, output=[("result", {"id": "f1", "url": "u"})]
        ),
    )


class AgentOutput(Block):
    """An output of the agent. With a format, only `output` is emitted: the template filled with the value.

    The template knows the value by the output's name, and as `value`. A list or dictionary whose template is
    nothing but its name is given as it is. A template that cannot be rendered fails the node; the run's
    output is the value all the same.
    """

    id = "363ae599-353e-4804-937e-b2ee3cef3da4"
    name = "AgentOutputBlock"
    categories = ("OUTPUT", "BASIC")
    kind = Kind.OUTPUT
    static_output = True
    is_pure = True

    class Input(BlockInput):
        value: Any = pin(None, advanced=False, description="The value.")
        name: str = pin(description="The name of the output.")
        title: str | None = pin(None, description="The title that the result shows.")
        description: str | None = pin(None, description="The text that the result shows.")
        format: str = pin("", description="A template for the value, such as `Hello {{ value }}!`.")
        escape_html: bool = pin(False, description="Escape HTML in the value.")
        advanced: bool = pin(False, description="Whether the result hides it at first.")
        secret: bool = pin(False, description="Whether the value must not be shown.")

    class Output(BlockOutput):
        output: Any = pin(description="The value, or the text of its template.")
        name: Any = pin(description="The name of the output.")

    examples = (
        Example(input={"name": "greeting", "value": "hi"}, output=[("output", "hi"), ("name", "greeting")]),
        Example(input={"name": "greeting", "value": "hi", "format": "{{ greeting }}!"}, output=[("output", "hi!")]),
        Example(input={"name": "a name", "value": 1, "format": "{{ value }}."}, output=[("output", "1.")]),
        Example(input={"name": "x", "value": 1, "format": "{{"}, output=[], error="cannot be rendered"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if not inputs.format:
            yield "output", inputs.value
            yield "name", inputs.name
        elif isinstance(inputs.value, list | dict) and _is_name_only(inputs.format, inputs.name):
            yield "output", inputs.value
        else:
            values = {"value": inputs.value, inputs.name: inputs.value}
            yield "output", await render(inputs.format, values, escape_html=inputs.escape_html)


def _is_name_only(template: str, name: str) -> bool:
    tag = template.strip()
    return tag.startswith("{{") and tag.endswith("}}") and tag[2:-2].strip() in (name, "value")
