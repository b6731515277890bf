"""Text blocks: patterns, escapes, code, tables and files at their edges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

law = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "negative look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-references"),
        ("(?P<n>a)(?P=n)", "back-references"),
        ("(?>a)", "atomic groups"),
        ("a++", "possessive"),
        ("(a)(?(1)b)", "conditional groups"),
        ("a{1001}", "at most 1000"),
        ("((a{100}){100}){100}", "at most 1000"),
        (r"a\Z", "write \\z"),
        (r"(?:\pL{500}|\w{500}){2}", "too large"),
        ("(", "missing )"),
        ("[a", "missing ]"),
    ],
)
async def test_a_pattern_that_re2_refuses_says_which_feature(fail: Any, pattern: str, reason: str) -> None:
    assert reason in await fail("MatchTextPatternBlock", {"text": "a", "match": pattern, "data": 1})
    assert reason in await fail("ExtractTextInformationBlock", {"text": "a", "pattern": pattern})


async def test_a_pattern_that_would_hang_a_backtracking_matcher_does_not(run: Any) -> None:
    inputs = {"text": "x" * 1_000_000, "match": "(x+x+)+y", "data": 1}
    assert (await run("MatchTextPatternBlock", inputs)).outputs == [("negative", 1)]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"text": "ab", "pattern": "(a)|(b)", "group": 1, "find_all": True}, ["a"]),
        ({"text": "b", "pattern": "(a)|(b)", "group": 1}, []),
        ({"text": "ab", "pattern": "a", "group": -1}, []),
        ({"text": "é¡", "pattern": "é(.)", "group": 1}, ["¡"]),
        ({"text": {"k": [1, 2]}, "pattern": r"\d", "find_all": True}, ["1", "2"]),
        ({"text": "a\nb", "pattern": "a.b"}, ["a\nb"]),
        ({"text": "a\nb", "pattern": "a.b", "dot_all": False}, []),
        ({"text": "ab", "pattern": "", "find_all": True}, ["", "", ""]),
    ],
)
async def test_what_a_pattern_extracts(run: Any, inputs: dict[str, Any], expected: list[str]) -> None:
    outputs = (await run("ExtractTextInformationBlock", inputs)).outputs
    assert ("matched_results", expected) in outputs
    assert outputs[-1] == ("matched_count", len(expected))
    assert ("negative" in dict(outputs)) is not bool(expected)


@law
@given(text=texts)
async def test_decoding_undoes_encoding(run: Any, text: str) -> None:
    encoded = (await run("TextEncoderBlock", {"text": text})).outputs[0][1]
    assert encoded.isascii()
    assert (await run("TextDecoderBlock", {"text": encoded})).outputs == [("decoded_text", text)]


async def test_json_escapes_of_one_character_are_read_together(run: Any) -> None:
    assert (await run("TextDecoderBlock", {"text": "\\ud83d\\ude00 é \\q"})).outputs == [("decoded_text", "😀 é \\q")]


async def test_half_a_character_is_refused(fail: Any) -> None:
    assert "no character" in await fail("TextDecoderBlock", {"text": "\\ud83d"})


@law
@given(parts=st.lists(texts.filter(lambda text: "|" not in text), min_size=1, max_size=5))
async def test_splitting_undoes_combining(run: Any, parts: list[str]) -> None:
    combined = (await run("CombineTextsBlock", {"input": parts, "delimiter": "|"})).outputs[0][1]
    inputs = {"text": combined, "delimiter": "|", "strip": False}
    assert (await run("TextSplitBlock", inputs)).outputs == [("texts", parts)]


async def test_code_is_taken_out_by_language(run: Any) -> None:
    text = (
        "A\n```py\none\n```\nB\n```JS\ntwo\n```\n```python title=x\nthree\n```\n"
        "```\nplain\n```\n```rust\nfn\n```\n````md\n```\ninner\n```\n````\n"
    )
    outputs = dict((await run("CodeExtractionBlock", {"text": text})).outputs)
    assert outputs["python"] == "one\n\nthree"
    assert outputs["javascript"] == "two"
    assert outputs["markdown"] == "```\ninner\n```"
    assert outputs["remaining_text"] == "A\nB\n```\nplain\n```\n```rust\nfn\n```"


async def test_a_fence_that_is_never_closed_is_text(run: Any) -> None:
    outputs = (await run("CodeExtractionBlock", {"text": "```python\nprint(1)"})).outputs
    assert outputs == [("remaining_text", "```python\nprint(1)")]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"contents": 'a,b\n"1,5",2\n\n3'}, [{"a": "1,5", "b": "2"}, {"a": "3"}]),
        ({"contents": "a\n1,2"}, [{"a": "1", "1": "2"}]),
        ({"contents": "a;b\n1;2", "delimiter": ";", "skip_columns": ["a"]}, [{"b": "2"}]),
        ({"contents": "1\n2\n3", "has_header": False, "skip_rows": 2}, [{"0": "3"}]),
        ({"contents": "a\n 1 ", "strip": False}, [{"a": " 1 "}]),
        ({"file_input": "data:text/csv,a%0A1"}, [{"a": "1"}]),
        ({"contents": "a\n'x'", "quotechar": "", "escapechar": ""}, [{"a": "'x'"}]),
        ({"contents": ""}, []),
    ],
)
async def test_a_table_is_read(run: Any, inputs: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert (await run("ReadSpreadsheetBlock", inputs)).outputs == [("rows", expected)]


@pytest.mark.parametrize(
    ("block", "inputs", "message"),
    [
        ("ReadSpreadsheetBlock", {"contents": "a", "delimiter": "ab"}, "cannot be read"),
        ("ReadSpreadsheetBlock", {"contents": "a\n" + "x" * 200_000}, "field larger than"),
        ("FileReadBlock", {"file_input": "data:text/plain;base64,%%%"}, "not base64"),
        ("FileReadBlock", {"file_input": "data:;base64,/w=="}, "not UTF-8"),
        ("FileReadBlock", {"file_input": "data:text/plain"}, "no comma"),
        (
            "FileReadBlock",
            {"file_input": "workspace://ef31d5cf-faff-4086-b687-7e6f6802d537#text/plain"},
            "in a graph only",
        ),
        ("FileReadBlock", {"file_input": "file:///etc/passwd"}, "not opened"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(
    fail: Any, block: str, inputs: dict[str, Any], message: str
) -> None:
    assert message in await fail(block, inputs)


@pytest.mark.parametrize(
    ("options", "chunks"),
    [
        ({}, ["a,b,c,d"]),
        ({"size_limit": 3}, ["a,b", ",c,", "d"]),
        ({"delimiter": ","}, ["a", "b", "c", "d"]),
        ({"delimiter": ",", "row_limit": 3}, ["a,b,c", "d"]),
        ({"delimiter": ",", "skip_size": 2, "skip_rows": 1}, ["c", "d"]),
    ],
)
async def test_a_file_is_read_in_chunks(run: Any, options: dict[str, Any], chunks: list[str]) -> None:
    outputs = (await run("FileReadBlock", {"file_input": "a,b,c,d", **options})).outputs
    assert outputs == [("content", chunk) for chunk in chunks]
