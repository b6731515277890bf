"""Blocks that read text files and tables, given as text or as files of any kind; they store none."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import islice
from typing import ClassVar, Final

from blocks.readers.apart import Reader, read_apart
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_bytes, check_emissions
from blocks.sdk.files import is_media_value, read_text
from blocks.sdk.texts import MediaFile

#: How files begin that are workbooks: archives, and what Office wrote before it wrote those.
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


class FileRead(Block):
    """Read a text file, whole or in chunks: a `data:` URI, a web address, a stored file, or the text itself.

    With a delimiter the file is rows: `row_limit` rows make a chunk (0: one). `size_limit` cuts chunks to so
    many characters (0: no limit). First `skip_size` characters are left out, then `skip_rows` rows.
    """

    id = "3735a31f-7e18-4aca-9e90-08a7120674bc"
    name = "FileReadBlock"
    categories = ("TEXT", "DATA")
    is_batchable = True
    is_resumable = True

    class Input(BlockInput):
        file_input: MediaFile = pin(description="The file.")
        delimiter: str = pin("", description="What stands between rows; empty: no rows.")
        size_limit: int = pin(0, ge=0, description="Most characters of a chunk; 0: no limit.")
        row_limit: int = pin(0, ge=0, description="Rows of a chunk; 0: one.")
        skip_size: int = pin(0, ge=0, description="Characters to leave out at the start.")
        skip_rows: int = pin(0, ge=0, description="Rows to leave out at the start.")

    class Output(BlockOutput):
        content: str = pin(description="The text, or each chunk of it.")

    examples = (
        Example(input={"file_input": "data:text/plain;base64,SGVsbG8gV29ybGQ="}, output=[("content", "Hello World")]),
        Example(
            input={"file_input": "a,b,c", "delimiter": ",", "skip_rows": 1},
            output=[("content", "b"), ("content", "c")],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        text = (await read_text(inputs.file_input, context.files))[inputs.skip_size :]
        rows = [text]
        if inputs.delimiter:
            check_bytes(3 * text.count(inputs.delimiter), "The list of rows")
            rows = text.split(inputs.delimiter)[inputs.skip_rows :]
        step = inputs.row_limit or 1
        chunks = [inputs.delimiter.join(rows[start : start + step]) for start in range(0, len(rows), step)]
        limit = inputs.size_limit
        if limit:
            check_emissions(sum(-(-len(chunk) // limit) for chunk in chunks), "All chunks")
            chunks = [chunk[start : start + limit] for chunk in chunks for start in range(0, len(chunk), limit)]
        check_emissions(len(chunks), "All chunks")
        for chunk in chunks:
            yield "content", chunk


class ReadSpreadsheet(Block):
    """Read a table: comma-separated values as text or as a file, or a workbook (.xlsx, .xlsb, .xls, .ods) as a file; all rows
    at once, or one at a time. A file is a `data:` URI, a web address or a stored file.

    Without a header the columns are named 0, 1, 2 and so on; so is what a row has beyond the header. Values are text: of a
    workbook a whole number has no point, a date is written as 2026-01-31, and true and false are words.
    """

    id = "acf7625e-d2cb-4941-bfeb-2819fc6fc015"
    name = "ReadSpreadsheetBlock"
    old_outputs: ClassVar[Mapping[str, str]] = {"all_data": "rows"}
    categories = ("TEXT", "DATA")
    is_resumable = True

    class Input(BlockInput):
        contents: str | None = pin(None, advanced=False, description="The table as text.")
        file_input: MediaFile | None = pin(None, advanced=False, description="The table as a file.")
        delimiter: str = pin(",", description="What stands between values.")
        quotechar: str = pin('"', description="What stands around values that have a delimiter in them.")
        escapechar: str = pin("\\", description="What takes the meaning off the next character.")
        has_header: bool = pin(True, description="Whether the first row names the columns.")
        skip_rows: int = pin(0, ge=0, description="Rows to leave out after the header.")
        strip: bool = pin(True, description="Take white space off both ends of each value.")
        skip_columns: list[str] = pin(default_factory=list, description="Names of columns to leave out.")
        produce_singular_result: bool = pin(False, description="Give each row by itself.")
        sheet: str | None = pin(None, description="The sheet of a workbook, by its name; none: the first.")

    class Output(BlockOutput):
        row: dict[str, str] = pin(description="One row: its values by column.")
        rows: list[dict[str, str]] = pin(description="All rows.")

    examples = (
        Example(input={"contents": "a, b\n1,2"}, output=[("rows", [{"a": "1", "b": "2"}])]),
        Example(
            input={"contents": "1,2", "has_header": False, "produce_singular_result": True},
            output=[("row", {"0": "1", "1": "2"})],
        ),
        Example(input={}, output=[], error="contents or file_input"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        try:
            lines = await _lines(inputs, context)
            # A million rows take more than a second, and the other blocks of this worker go on meanwhile.
            rows = await asyncio.to_thread(lambda: list(_rows(inputs, lines)))
        except (csv.Error, TypeError) as error:
            raise BlockFailed(f"The table cannot be read: {error}") from error
        if not inputs.produce_singular_result:
            yield "rows", rows
            return
        check_emissions(len(rows), "All rows")
        for row in rows:
            yield "row", row


async def _lines(inputs: ReadSpreadsheet.Input, context: Context) -> Iterator[list[str]]:
    """Give the lines of the table, each a list of its values."""
    if inputs.contents is not None:
        return _csv_lines(inputs, inputs.contents)
    if inputs.file_input is None:
        raise BlockFailed("Give the table as contents or file_input.")
    if not is_media_value(inputs.file_input):
        return _csv_lines(inputs, inputs.file_input)
    file = await context.files.open(inputs.file_input)
    if not file.content.startswith(_WORKBOOKS):
        return _csv_lines(inputs, file.text())
    sheet = [] if inputs.sheet is None else [inputs.sheet]
    return iter(await read_apart(Reader.WORKBOOK, file.content, "The workbook", *sheet))


def _csv_lines(inputs: ReadSpreadsheet.Input, text: str) -> Iterator[list[str]]:
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=inputs.delimiter,
        quotechar=inputs.quotechar or None,
        quoting=csv.QUOTE_MINIMAL if inputs.quotechar else csv.QUOTE_NONE,
        escapechar=inputs.escapechar or None,
    )


def _rows(inputs: ReadSpreadsheet.Input, lines: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    clean = str.strip if inputs.strip else str
    header = [clean(name) for name in next(lines, [])] if inputs.has_header else []
    skipped, size = frozenset(inputs.skip_columns), 0
    for line in islice(lines, inputs.skip_rows, None):
        if line:
            names = header + [str(index) for index in range(len(header), len(line))]
            pairs = zip(names, map(clean, line), strict=False)
            row = {name: value for name, value in pairs if name not in skipped}
            # Each row repeats the names: one long name and many short rows would fill the memory.
            size += sum(map(len, row)) + 6 * len(row)
            check_bytes(size, "The table")
            yield row
