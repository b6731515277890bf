"""Blocks that have a file stored as it comes, and that say what is known of one; they scan none themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.files import inlined
from blocks.sdk.texts import MediaFile


class FileStore(Block):
    """Have a file stored, and give the stored file; or, with `base_64`, give it as a `data:` URI.

    The file may be a `data:` URI, a web address, which is fetched, or a stored file. It is scanned before anybody may use it, and
    goes with its run when that is deleted.
    """

    id = "cbb50872-625b-42f0-8203-a2ae78242d8a"
    name = "FileStoreBlock"
    categories = ("BASIC", "MULTIMEDIA")
    is_batchable = True
    static_output = True
    is_resumable = True

    class Input(BlockInput):
        file_in: MediaFile = pin(description="The file.")
        base_64: bool = pin(False, description="Give the file as a data: URI instead of having it stored.")

    class Output(BlockOutput):
        file_out: MediaFile = pin(description="The stored file, or its data: URI.")

    examples = (
        Example(
            title="Run by itself, a block stores nothing: the file is given as it is",
            input={"file_in": "data:text/plain,Dry%20stone"},
            output=[("file_out", "data:text/plain;base64,RHJ5IHN0b25l")],
        ),
        Example(
            title="A web address is fetched",
            input={"file_in": "https://example.com/wall.png", "base_64": True},
            output=[("file_out", "data:image/png;base64,iVBORw0KGgo=")],
            answers=[(200, {"content-type": "application/octet-stream"}, b"\x89PNG\r\n\x1a\n")],
        ),
        Example(title="No file", input={"file_in": "wall.png"}, output=[], error="is no file"),
        Example(title="Not of this machine", input={"file_in": "file:///etc/passwd"}, output=[], error="not opened"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.base_64:
            yield "file_out", await inlined(inputs.file_in, context.files)
        else:
            yield "file_out", await context.files.keep(inputs.file_in)


class DescribeFile(Block):
    """Say what is known of a file without opening it: its name, its type by how it begins, its size.

    Of a file at a web address only the name is known: nothing is asked there.
    """

    id = "b090c8ae-f8e0-46ed-b867-0bbd6bdc3c9a"
    name = "DescribeFileBlock"
    categories = ("DATA", "MULTIMEDIA")
    is_batchable = True
    is_resumable = True

    class Input(BlockInput):
        file: MediaFile = pin(description="The file.")

    class Output(BlockOutput):
        name: str = pin(description="Its name.")
        media_type: str = pin(description="Its type, where it is known.")
        size: int = pin(description="Bytes, where they are known.")
        path: str = pin(description="Where it stands in the workspace, if it does.")

    examples = (
        Example(
            title="A data: URI",
            input={"file": "data:text/html;name=a%20wall.png;base64,iVBORw0KGgo="},
            output=[("name", "a wall.png"), ("media_type", "image/png"), ("size", 8)],
        ),
        Example(
            title="A web address",
            input={"file": "https://example.com/walls/one.png?size=2"},
            output=[("name", "one.png")],
        ),
        Example(title="No file", input={"file": "a wall"}, output=[], error="is no file"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        known = await context.files.describe(inputs.file)
        for name, value in (("name", known.name), ("media_type", known.media_type), ("size", known.size)):
            if value is not None:
                yield name, value
        if known.path is not None:
            yield "path", known.path
