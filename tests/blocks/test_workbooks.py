"""ReadSpreadsheet with workbooks, made here as the standards say; those that are bombs end with their reader."""

from __future__ import annotations

import base64
import io
import time
import zipfile
import zlib
from typing import Any

import pytest

from blocks.readers import workbook_child

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def archive(files: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def cell(place: str, value: Any) -> str:
    match value:
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
        case None:
            return ""
        case _:
            return f'<c r="{place}"><v>{value}</v></c>'


def xlsx(*sheets: tuple[str, list[list[Any]]], **more: bytes) -> bytes:
    """Make a workbook: ECMA-376, as short as it gets."""
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="s{n}"/>' for n, (name, _) in enumerate(sheets, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="s{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/{n}.xml"/>'
            for n, _ in enumerate(sheets, 1)
        )
        + "</Relationships>",
    }
    for number, (_, rows) in enumerate(sheets, 1):
        body = "".join(
            f'<row r="{y}">{"".join(cell(f"{chr(65 + x)}{y}", value) for x, value in enumerate(row))}</row>'
            for y, row in enumerate(rows, 1)
        )
        files[f"xl/worksheets/{number}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
    return archive({**files, **more})


def ods(rows: list[list[str]]) -> bytes:
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    name = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{name}:office:1.0" xmlns:table="{name}:table:1.0" xmlns:text="{name}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="One">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{name}:manifest:1.0"/>',
        }
    )


def uri(content: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"


TABLE = [["Name", "Age", "Is here"], [" Ann ", 30, True], ['Ж, "x"', 1.5, False], ["Bob", None, None]]


async def test_the_first_sheet_of_a_workbook_is_a_table_of_texts(run: Any) -> None:
    content = xlsx(("One", TABLE), ("Two", [["a"], ["b"]]))
    outcome = await run("ReadSpreadsheetBlock", {"file_input": uri(content)})
    assert outcome.outputs == [
        (
            "rows",
            [
                {"Name": "Ann", "Age": "30", "Is here": "true"},
                {"Name": 'Ж, "x"', "Age": "1.5", "Is here": "false"},
                {"Name": "Bob", "Age": "", "Is here": ""},
            ],
        )
    ]


async def test_another_sheet_is_given_by_its_name(run: Any, fail: Any) -> None:
    given = {"file_input": uri(xlsx(("One", TABLE), ("Two", [["a"], ["b"], ["c"]])))}
    outcome = await run("ReadSpreadsheetBlock", {**given, "sheet": "Two", "produce_singular_result": True})
    assert outcome.outputs == [("row", {"a": "b"}), ("row", {"a": "c"})]
    assert "no sheet 'Three'; it has 'One', 'Two'" in await fail("ReadSpreadsheetBlock", {**given, "sheet": "Three"})


async def test_the_settings_of_a_table_hold_for_a_workbook_too(run: Any) -> None:
    content = ods([["a", "b"], ["1", " 2 "], ["3", "4"]])
    given = {"file_input": uri(content), "skip_rows": 1, "skip_columns": ["b"]}
    assert (await run("ReadSpreadsheetBlock", given)).outputs == [("rows", [{"a": "3"}])]
    bare = {"file_input": uri(content), "has_header": False, "strip": False}
    assert (await run("ReadSpreadsheetBlock", bare)).outputs[0][1][1] == {"0": "1", "1": " 2 "}


async def test_a_table_of_text_is_read_as_before(run: Any) -> None:
    outcome = await run("ReadSpreadsheetBlock", {"file_input": uri(b"a,b\n1,2")})
    assert outcome.outputs == [("rows", [{"a": "1", "b": "2"}])]


def bomb(size: int) -> bytes:
    return xlsx(("One", TABLE), **{"xl/bomb.xml": b"\0" * size})


def liar() -> bytes:
    """Make an archive that says of a large file that it is small."""
    content = bomb(200_000_000)
    size = (200_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    return content.replace(size, (10).to_bytes(4, "little"))


HOSTILE = {
    "a bomb": lambda: bomb(200_000_000),
    "a bomb that lies": liar,
    "many files": lambda: archive({f"{n}": b"" for n in range(2_000)}),
    "a dull file": lambda: bomb(50_000_000),
    "half of one": lambda: xlsx(("One", TABLE))[:300],
    "an archive of something else": lambda: archive({"a.txt": "a"}),
    "a mark alone": lambda: b"PK\x03\x04",
    "an old mark alone": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
async def test_s33_what_is_no_workbook_or_too_much_of_one_is_refused(fail: Any, make: Any) -> None:
    content = make()
    started = time.monotonic()
    message = await fail("ReadSpreadsheetBlock", {"file_input": uri(content)})
    assert message.startswith("The workbook")
    assert time.monotonic() - started < 5


async def test_s33_control_a_large_workbook_that_is_none_of_these_is_read(run: Any) -> None:
    rows = [["n", "text"], *([number, f"row {zlib.crc32(str(number).encode())}"] for number in range(20_000))]
    outcome = await run("ReadSpreadsheetBlock", {"file_input": uri(xlsx(("One", rows)))})
    assert len(outcome.outputs[0][1]) == 20_000


def test_the_measure_looks_at_what_comes_out() -> None:
    with pytest.raises(ValueError, match="files in it"):
        workbook_child.measure(HOSTILE["many files"]())
    with pytest.raises(ValueError, match="unpacks to more"):
        workbook_child.measure(bomb(20_000_000))
    workbook_child.measure(xlsx(("One", TABLE)))
