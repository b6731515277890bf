"""The block that unpacks an archive that somebody sent; it writes to no disk and runs nothing of what it finds."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from typing import Any

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.archives import read_archive
from blocks.sdk.texts import MediaFile
from schema.media import UNKNOWN_TYPE

#: A zip with `a.txt`, which says "hi".
_ZIP = (
    "data:application/zip;base64,UEsDBBQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAYS50eHRoaVBLAQIUAxQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAAAAA"
    "AAAAAACAAQAAAABhLnR4dFBLBQYAAAAAAQABADMAAAAlAAAAAAA="
)


class ExtractArchive(Block):
    """Give the files of a zip or tar archive (plain, gzip, bzip2, xz), each by itself and all as a list.

    An archive that would lead out of itself, has links, devices or encrypted files, or unpacks to too much is refused as a whole.
    """

    id = "0c4a8f0e-6b0f-4a1c-9a43-2f8f4f6d1c57"
    name = "ExtractArchiveBlock"
    categories = ("DATA", "MULTIMEDIA")

    class Input(BlockInput):
        archive: MediaFile = pin(description="The archive: a stored file, a data: URI or a web address.")
        unpack_nested: bool = pin(
            False, description="Unpack archives in the archive, too; their files stand below them."
        )

    class Output(BlockOutput):
        file: MediaFile = pin(description="Each file.")
        path: str = pin(description="The path of each file in the archive.")
        files: list[dict[str, Any]] = pin(description="All files, as {path, file, size}.")

    examples = (
        Example(
            title="A zip with one file",
            input={"archive": _ZIP},
            output=[
                ("path", "a.txt"),
                ("file", "data:text/plain;base64,aGk="),
                ("files", [{"path": "a.txt", "file": "data:text/plain;base64,aGk=", "size": 2}]),
            ],
        ),
        Example(title="No archive", input={"archive": "data:text/plain,hello"}, output=[], error="no zip or tar"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        opened = await context.files.open(inputs.archive)
        # It takes seconds at its limits, and the other blocks of this worker go on meanwhile.
        entries = await asyncio.to_thread(read_archive, opened.content, is_nested_read=inputs.unpack_nested)
        found = []
        for entry in entries:
            name = entry.path.rpartition("/")[2]
            # Stored, also where it is small: a thousand small ones in one list would be no value any more.
            file = await context.files.store(entry.content, name, mimetypes.guess_type(name)[0] or UNKNOWN_TYPE)
            found.append({"path": entry.path, "file": file, "size": len(entry.content)})
            yield "path", entry.path
            yield "file", file
        yield "files", found
