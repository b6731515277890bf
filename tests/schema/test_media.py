"""`data:` URIs, the pixels of images, and the values that name stored files; pure."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest

from schema.errors import InvalidValue
from schema.files import FileReference, file_reference, unusable_reason, value_of_file, workspace_path
from schema.images import pixels_of
from schema.media import DATA_ESCAPES_MAX, make_data_uri, parse_data_uri

ID = UUID("01a21559-abf4-75e1-99c6-4bc23f5f6573")


@pytest.mark.parametrize(
    ("text", "media_type", "name", "content"),
    [
        ("data:,a%20b", "text/plain", None, b"a b"),
        ("data:text/csv;charset=utf-8;BASE64,YSxi", "text/csv", None, b"a,b"),
        ("DATA:image/PNG;name=a%20b.png;base64,aGk=", "image/png", "a b.png", b"hi"),
        ("data:text/html;filename=..%2Fx.html;base64,aGk=", "text/html", "../x.html", b"hi"),
        ("data:text/plain; charset=utf-8,x", "text/plain", None, b"x"),
        ("data:;base64,aG%6B%3D", "text/plain", None, b"hi"),
        ("data:;base64,aG\n k=", "text/plain", None, b"hi"),
        ("data:,", "text/plain", None, b""),
    ],
)
def test_a_data_uri_is_read(text: str, media_type: str, name: str | None, content: bytes) -> None:
    found = parse_data_uri(text)
    assert found is not None
    assert (found.media_type, found.name, found.content()) == (media_type, name, content)


@pytest.mark.parametrize("head", ["data:,", "data:;base64,"])
def test_what_is_escaped_beyond_all_measure_is_refused_at_once(head: str) -> None:
    found = parse_data_uri(head + "%41" * (DATA_ESCAPES_MAX + 1))
    assert found is not None
    with pytest.raises(InvalidValue, match="give it in base64"):
        found.content()
    fine = parse_data_uri("data:," + "%41" * DATA_ESCAPES_MAX)
    assert fine is not None
    assert fine.content() == b"A" * DATA_ESCAPES_MAX


@pytest.mark.parametrize("text", ["", "data:", "data:text/plain", " data:,x", "data: a, b", "data:<b>,x", "http://a/,"])
def test_what_is_none_is_none(text: str) -> None:
    assert parse_data_uri(text) is None


@pytest.mark.parametrize("body", ["a", "a!b=", "%%%", "aGk"])
def test_broken_base64_is_told(body: str) -> None:
    found = parse_data_uri(f"data:;base64,{body}")
    assert found is not None
    with pytest.raises(InvalidValue, match="not base64"):
        found.content()


def test_what_is_made_is_read() -> None:
    found = parse_data_uri(make_data_uri(bytes(range(256)), "image/png"))
    assert found is not None
    assert (found.media_type, found.content()) == ("image/png", bytes(range(256)))


def test_a_value_names_the_file_that_it_was_made_of() -> None:
    assert file_reference(value_of_file(ID, "image/png")) == FileReference(ID)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (str(ID), FileReference(ID)),
        (f"workspace://{ID}", FileReference(ID)),
        (f"workspace://{ID.hex.upper()}#text/plain", FileReference(ID)),
        ("workspace://RmlsZTowMWEyMTU1OS1hYmY0LTc1ZTEtOTljNi00YmMyM2Y1ZjY1NzM", FileReference(ID)),
        ("workspace:///a/b.txt", FileReference(None, "a/b.txt")),
        ("workspace://a/b.txt#text/plain", FileReference(None, "a/b.txt")),
        # A reference to nothing: what it names is nowhere.
        ("workspace://../../etc/passwd", FileReference(None, None)),
        ("workspace://", FileReference(None, None)),
        # Of another kind, by its id in the API.
        ("workspace://UnVuOjE", FileReference(None, "UnVuOjE")),
        ("wall.txt", None),
        ("file:///etc/passwd", None),
        ("workspace://" + "a" * 5_000, None),
    ],
)  # fmt: skip
def test_a_value_names_a_stored_file_or_none(value: str, named: FileReference | None) -> None:
    assert file_reference(value) == named


@pytest.mark.parametrize("path", ["a", "a/b.txt", "Übung/1 2.txt", "/a", "/".join("a" * 16)])
def test_a_path_in_a_workspace(path: str) -> None:
    assert workspace_path(path) == path.lstrip("/")


@pytest.mark.parametrize(
    "path", ["", "/", "..", "a/..", "a//b", "a/", ".", "a\\b", "a\0", "\u202ea", "/".join("a" * 17), "a" * 300]
)
def test_what_leads_out_or_is_no_path_is_none(path: str) -> None:
    assert workspace_path(path) is None


def test_only_what_was_scanned_and_found_clean_is_for_use() -> None:
    assert unusable_reason("clean", None, accepts_unscanned=False) is None
    assert unusable_reason("unscannable", "x", accepts_unscanned=True) is None
    for status in ("pending", "infected"):
        assert unusable_reason(status, "Eicar", accepts_unscanned=True) is not None
    assert "Encrypted" in str(unusable_reason("unscannable", "Encrypted", accepts_unscanned=False))


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480), 640 * 480),
        (b"GIF89a" + struct.pack("<HH", 640, 480), 640 * 480),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"), 640 * 480),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2" + struct.pack(">HBHH", 17, 8, 480, 640), 640 * 480),
        (b"\xff\xd8\xff\xe0\x00\x00" * 10_000, None),
        (b"\xff\xd8\xff", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"%PDF-", None),
        (b"", None),
    ],
)
def test_an_image_says_how_many_pixels_it_has(content: bytes, pixels: int | None) -> None:
    assert pixels_of(content) == pixels
