"""Scrubbing: a known secret is found in every form that is promised, and nothing else is touched."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.scrubbing import MASK, SECRET_CHARS_MIN, Scrubber
from schema.errors import BlockCrashed
from schema.values import encode

SECRET = 'sk-"Qx7\\/+ä9&zz='
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


def forms(secret: str, before: str, after: str) -> list[str]:
    data = f"{before}{secret}{after}".encode()
    return [
        f"{before}{secret}{after}",
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        data.hex(),
        data.hex().upper(),
        quote(f"{before}{secret}{after}"),
        quote_plus(f"{before}{secret}{after}"),
        json.dumps(f"{before}{secret}{after}"),
        orjson.dumps(f"{before}{secret}{after}").decode(),
        json.dumps({"a": [f"{before}{secret}{after}"]}),
    ]


def is_in(secret: str, text: str) -> bool:
    """Say whether a secret can be got out of a text again, by undoing each form."""
    data = secret.encode()
    escaped = [json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)]
    if secret in text or any(form in text for form in escaped) or data.hex() in text.lower():
        return True
    if quote(secret) in text or quote_plus(secret) in text:
        return True
    for start in range(4):
        piece = text.rstrip("=").replace("-", "+").replace("_", "/")[start:]
        piece = piece[:-1] if len(piece) % 4 == 1 else piece
        piece += "=" * (-len(piece) % 4)
        try:
            if data in base64.b64decode(piece):
                return True
        except ValueError:
            continue
    return False


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
@pytest.mark.parametrize("after", ["", "b", "bc"])
def test_every_form_is_found_at_every_alignment(before: str, after: str) -> None:
    scrubber = Scrubber([SECRET])
    for text in forms(SECRET, before, after):
        assert is_in(SECRET, text), text
        assert not is_in(SECRET, scrubber.text(text)), text
        assert MASK in scrubber.text(text)


@given(secret=TEXT.filter(lambda text: len(text) >= SECRET_CHARS_MIN), before=TEXT, after=TEXT)
def test_no_secret_survives_in_any_of_them(secret: str, before: str, after: str) -> None:
    scrubber = Scrubber([secret])
    for text in forms(secret, before, after):
        clean = scrubber.text(text)
        assert secret not in clean
        assert secret.encode().hex() not in clean


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        {"a": [{"b": f"x{SECRET}y"}], SECRET: 1},
        [base64.b64encode(SECRET.encode()).decode(), 1, None, True, 2.5],
        json.dumps({"inner": json.dumps({"most": SECRET})}),
    ],
)
def test_a_value_is_scrubbed_wherever_it_is_and_stays_json(value: Any) -> None:
    clean = Scrubber([SECRET]).data(encode(value))
    assert orjson.loads(clean) != value
    assert not is_in(SECRET, clean.decode())
    assert "sk-" not in json.dumps(orjson.loads(clean), ensure_ascii=False) or isinstance(value, str)


def test_what_has_no_secret_stays_byte_for_byte() -> None:
    data = b'{"b":1.0,"a":[1e3,"\\u00e4"],"c":"***"}'
    assert Scrubber([SECRET]).data(data) is data
    assert Scrubber().data(data) is data
    assert not Scrubber()


def test_a_header_is_found_without_its_scheme_too() -> None:
    scrubber = Scrubber(["Bearer abcdefgh1234"])
    assert scrubber.text("the token is abcdefgh1234.") == f"the token is {MASK}."


def test_a_short_one_is_left_alone_for_it_would_be_everywhere() -> None:
    assert Scrubber(["short"]).text("a short text") == "a short text"
    assert SECRET_CHARS_MIN == 6


def test_a_longer_form_goes_before_one_that_is_in_it() -> None:
    scrubber = Scrubber(["abcdef", "abcdefghij"])
    assert scrubber.text("abcdefghij abcdef") == f"{MASK} {MASK}"


def test_an_error_loses_it_with_its_cause() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise BlockCrashed(f"raised {SECRET}", where=[SECRET]) from cause
    except BlockCrashed as error:
        clean = Scrubber([SECRET]).error(error)
    assert clean.message == f"raised {MASK}"
    assert str(clean) == f"raised {MASK}"
    assert clean.to_wire()["where"] == [MASK]
    assert (clean.__cause__, clean.__context__) == (None, None)
