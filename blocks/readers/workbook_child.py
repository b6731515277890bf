"""Reading one sheet of a workbook (.xlsx, .xlsb, .ods, .xls) with calamine; run as a script, imports nothing of Drystone.

The answer is JSON, [true, [row, ...]] or [false, why not]; a row is a list of texts. The workbook comes on the standard input, the
sheet's name, if one is asked for, is the first argument. The archive that most workbooks are is measured before it is read:
by what comes out of it, never by what it says of itself.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
import zipfile
from typing import Any

import python_calamine

#: Address space of this process: what 100 MB of XML become, and the rows.
_MEMORY_BYTES_MAX = 1536 * 1024 * 1024
_CPU_SECONDS_MAX = 30
#: Files in a workbook's archive; bytes that come out of it; how many times larger than the archive they are.
MEMBERS_MAX = 1_000
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
RATIO_MAX = 100
#: Out of an archive this much may come whatever its ratio: a short, dull sheet is small indeed.
_FREE_BYTES = 1024 * 1024
#: Characters of all cells that are given: what a value may have.
_TEXT_CHARS_MAX = 32 * 1024 * 1024
#: Cells that are given; a row of a sheet is as long as its longest.
CELLS_MAX = 2_000_000
_PIECE_BYTES = 256 * 1024


def read(content: bytes, sheet: str | None) -> list[list[str]]:
    """Give the rows; raise ValueError saying what is wrong."""
    if content.startswith(b"PK"):
        measure(content)
    workbook = python_calamine.load_workbook(io.BytesIO(content))
    if not workbook.sheet_names:
        raise ValueError("it has no sheet.")
    if sheet is not None and sheet not in workbook.sheet_names:
        names = ", ".join(repr(name) for name in workbook.sheet_names[:20])
        raise ValueError(f"it has no sheet {sheet!r}; it has {names}.")
    found = workbook.get_sheet_by_name(sheet) if sheet is not None else workbook.get_sheet_by_index(0)
    rows, cells, chars = [], 0, 0
    for row in found.iter_rows():
        texts = [_text(value) for value in row]
        cells += len(texts)
        chars += sum(map(len, texts))
        if cells > CELLS_MAX or chars > _TEXT_CHARS_MAX:
            raise ValueError(f"the sheet has more than {CELLS_MAX} cells or {_TEXT_CHARS_MAX} characters.")
        rows.append(texts)
    return rows


def measure(content: bytes) -> None:
    """Refuse an archive that has too much in it, by unpacking all of it piece by piece and keeping none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MAX:
            raise ValueError(f"it has {len(members)} files in it; at most {MEMBERS_MAX} are read.")
        size = 0
        for member in members:
            if member.flag_bits & 0x1:
                raise ValueError("it is protected by a password.")
            with archive.open(member) as stream:
                while piece := stream.read(_PIECE_BYTES):
                    size += len(piece)
                    if size > UNPACKED_BYTES_MAX or size > max(_FREE_BYTES, RATIO_MAX * len(content)):
                        raise ValueError(
                            f"it unpacks to more than {UNPACKED_BYTES_MAX} bytes or {RATIO_MAX} times its size."
                        )


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value).replace("\x00", "\ufffd")


def main() -> None:
    """Answer for one workbook."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Whoever would end this after a while may be dead by then.
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    except (OSError, ValueError):
        pass  # Some systems have no such limit; the parent's time limit holds there alone.
    try:
        answer: list[Any] = [True, read(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else None)]
    except BaseException as error:  # noqa: BLE001 - calamine raises panics, too; the parent makes a failure of it
        answer = [False, str(error) or type(error).__name__]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
