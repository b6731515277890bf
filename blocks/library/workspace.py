"""Blocks for the workspace: files that a person's runs keep under paths, from run to run; another person's are not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Final

from pydantic import BaseModel

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.files import KeptInMemory, OpenedFile, WorkspaceEntry
from blocks.sdk.texts import MediaFile
from schema.media import make_data_uri

_NOTES: Final = OpenedFile("notes.txt", "text/plain", "text/plain", b"Dry stone")
#: What the examples run with.
_WALLS: Final = {"walls/notes.txt": _NOTES, "walls/old/plan.txt": _NOTES, "read me.txt": _NOTES}
_LISTED: Final = {
    "path": "walls/notes.txt",
    "file": "workspace:///walls/notes.txt",
    "name": "notes.txt",
    "media_type": "text/plain",
    "size": 9,
    "stored_at": "2026-01-01T00:00:00+00:00",
}
#: The types of text by the ends of paths; what is text begins as any text does.
_TEXT_TYPES: Final = {"json": "application/json", "md": "text/markdown", "csv": "text/csv"}
_PATH: Final = "Its path, names with / between them."


class WorkspaceFile(BaseModel):
    """A file in a workspace, as a list shows it."""

    path: str
    file: str
    name: str
    media_type: str
    size: int
    stored_at: str


class ListWorkspaceFiles(Block):
    """List the files of the workspace, by path: those of a folder and of the folders in it."""

    id = "ef31d5cf-faff-4086-b687-7e6f6802d537"
    name = "ListWorkspaceFilesBlock"
    categories = ("DATA",)
    is_resumable = True

    class Input(BlockInput):
        folder: str = pin("", description="The folder; empty: all.")
        limit: int = pin(100, ge=1, le=1_000, description="How many at most.")
        after: str = pin("", description="Begin behind this path: the last one that was listed.")

    class Output(BlockOutput):
        files: list[WorkspaceFile] = pin(description="The files.")
        file: WorkspaceFile = pin(description="Each of them by itself.")

    examples = (
        Example(
            title="A folder, and the folders in it",
            input={"folder": "walls", "limit": 1},
            output=[("files", [_LISTED]), ("file", _LISTED)],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
        Example(
            title="Nothing there",
            input={"folder": "bridges"},
            output=[("files", [])],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
        Example(title="It needs a run", input={}, output=[], error="in a graph only"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        found = [_shown(entry) for entry in await context.files.entries(inputs.folder, inputs.limit, inputs.after)]
        yield "files", found
        for file in found:
            yield "file", file


class ReadWorkspaceFile(Block):
    """Give a file of the workspace, as it is now; its text, too, where it is text and that is wanted."""

    id = "a8ae9c82-ab75-433f-8220-d375ef308563"
    name = "ReadWorkspaceFileBlock"
    categories = ("DATA",)
    is_resumable = True

    class Input(BlockInput):
        path: str = pin(description=_PATH, placeholder="notes/today.md")
        as_text: bool = pin(False, description="Give its text, too.")

    class Output(BlockOutput):
        file: MediaFile = pin(description="The file.")
        name: str = pin(description="Its name.")
        media_type: str = pin(description="Its type, by how it begins.")
        size: int = pin(description="Bytes.")
        content: str = pin(description="Its text, where that is wanted.")

    examples = (
        Example(
            input={"path": "walls/notes.txt", "as_text": True},
            output=[
                ("file", "workspace:///walls/notes.txt"),
                ("name", "notes.txt"),
                ("media_type", "text/plain"),
                ("size", 9),
                ("content", "Dry stone"),
            ],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
        Example(
            title="Nothing there",
            input={"path": "walls/none.txt"},
            output=[],
            error="no such file",
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        entry = await context.files.entry(inputs.path)
        yield "file", entry.value
        yield "name", entry.name
        yield "media_type", entry.media_type
        yield "size", entry.size
        if inputs.as_text:
            yield "content", (await context.files.open(entry.value)).text()


class WriteWorkspaceFile(Block):
    """Keep a file in the workspace under a path, in place of what stood there: a text, or a file of any kind."""

    id = "52d14d9c-9e70-4898-b309-55f5cb3901a7"
    name = "WriteWorkspaceFileBlock"
    categories = ("DATA",)
    is_resumable = True

    class Input(BlockInput):
        path: str = pin(description=_PATH, placeholder="notes/today.md")
        text: str | None = pin(None, advanced=False, description="What is to stand there, as text.")
        file: MediaFile | None = pin(None, advanced=False, description="What is to stand there, as a file.")

    class Output(BlockOutput):
        file: MediaFile = pin(description="The stored file.")
        path: str = pin(description="Where it stands.")

    examples = (
        Example(
            title="A text",
            input={"path": "walls/today.txt", "text": "Two metres"},
            output=[("file", "workspace:///walls/today.txt"), ("path", "walls/today.txt")],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
        Example(
            title="A file, in place of what is there",
            input={"path": "walls/notes.txt", "file": "data:text/plain,Three%20metres"},
            output=[("file", "workspace:///walls/notes.txt"), ("path", "walls/notes.txt")],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
        Example(title="Nothing to keep", input={"path": "a.txt"}, output=[], error="text or file"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if (inputs.text is None) == (inputs.file is None):
            yield "error", "Give what is to stand there as text or file, one of them."
            return
        text_type = _TEXT_TYPES.get(inputs.path.rpartition(".")[2], "text/plain")
        value = inputs.file or make_data_uri((inputs.text or "").encode(), text_type)
        entry = await context.files.write(inputs.path, value)
        yield "file", entry.value
        yield "path", entry.path


class DeleteWorkspaceFile(Block):
    """Delete a file of the workspace. Where nothing stands under its path, that is well, too."""

    id = "7058490e-b102-42f4-af72-8d2d8bf44f82"
    name = "DeleteWorkspaceFileBlock"
    categories = ("DATA",)
    is_resumable = True

    class Input(BlockInput):
        path: str = pin(description=_PATH, placeholder="notes/today.md")

    class Output(BlockOutput):
        path: str = pin(description="The path, under which nothing is now.")

    examples = (
        Example(
            input={"path": "walls/notes.txt"},
            output=[("path", "walls/notes.txt")],
            surroundings={"files": KeptInMemory(_WALLS)},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        await context.files.delete(inputs.path)
        yield "path", inputs.path


def _shown(entry: WorkspaceEntry) -> dict[str, Any]:
    row = asdict(entry)
    return {"path": row.pop("path"), "file": row.pop("value"), **row, "stored_at": entry.stored_at.isoformat()}
