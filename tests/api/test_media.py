"""Names, types and headers of files, and which bytes a Range means; pure."""

from __future__ import annotations

import pytest

from api.media import content_disposition
from api.rest.files import Span, span_of
from schema.media import file_name, media_type_of, relative_path


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("\\\\server\\share\\x", "x"),
        ("a\r\nSet-Cookie: b=c", "aSet-Cookie: b=c"),
        ("nul\x00.txt", "nul.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("..", "file"),
        ("", "file"),
        ("  . .", "file"),
        ("é.txt", "é.txt"),
        ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
        ("x." + "y" * 300, "x." + "y" * 198),
    ],
)
def test_of_a_name_the_last_part_is_kept_without_what_no_name_has(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        ("out", "out"),
        ("out/deep", "out/deep"),
        ("../../etc", "etc"),
        ("/abs/x", "abs/x"),
        ("a\\b", "a/b"),
        ("./.", None),
        ("/".join("a" * 40), "/".join("a" * 16)),
    ],
)
def test_a_relative_path_leads_down_only(given: str | None, kept: str | None) -> None:
    assert relative_path(given) == kept


@pytest.mark.parametrize(
    ("head", "declared", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "text/html", "image/png"),
        (b"%PDF-1.7", "", "application/pdf"),
        (b"RIFF....WEBPVP8 ", "", "image/webp"),
        (b"hello", "text/plain", "text/plain"),
        (b"hello", "Text/Plain; charset=utf-8", "text/plain"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b"\xff\x00", "text/plain", "application/octet-stream"),
        (b"a\x00b", "text/plain", "application/octet-stream"),
        (b"a" * 511 + "é".encode(), "text/plain", "text/plain"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml", "application/octet-stream"),
        (b"<html><script>", "text/html", "application/octet-stream"),
        (b"<html><script>", "", "application/octet-stream"),
        (b"<html>", "image/png", "application/octet-stream"),
        (b"", "text/plain", "text/plain"),
    ],
)
def test_a_type_is_told_by_the_bytes_and_never_html_or_svg(head: bytes, declared: str, media_type: str) -> None:
    assert media_type_of(head, declared) == media_type


def test_a_disposition_has_the_name_in_ascii_and_whole() -> None:
    assert content_disposition("a.txt") == "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt"
    assert content_disposition('é"\\%.txt') == "attachment; filename=\"____.txt\"; filename*=UTF-8''%C3%A9%22%5C%25.txt"


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-3", Span(0, 4)),
        ("bytes=4-", Span(4, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-300", Span(0, 10)),
        ("bytes=8-300", Span(8, 10)),
        ("bytes=10-", None),
        ("bytes=-0", None),
        ("bytes=99999999999999999-", None),
        ("bytes=5-4", Span(0, 10)),
        ("bytes=0-1,3-4", Span(0, 10)),
        ("bytes=-", Span(0, 10)),
        ("items=0-1", Span(0, 10)),
        ("bytes=" + "0-1," * 10_000, Span(0, 10)),
        ("bytes=" + "9" * 10_000 + "-", Span(0, 10)),
    ],
)
def test_one_range_is_served_and_whatever_else_is_the_whole_file(asked: str, span: Span | None) -> None:
    assert span_of(asked, 10) == span


def test_an_empty_file_has_no_range() -> None:
    assert span_of("bytes=0-0", 0) is None
    assert span_of("bytes=-5", 0) is None
