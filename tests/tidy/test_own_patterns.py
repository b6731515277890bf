"""Our own patterns are matched by `re`, which backtracks: none of them can be made to take long by what it is given (S13)."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.tidy.own_patterns import hurting, nested, own_patterns, unknown_patterns
from tests.tidy.source import package_sources, planted, refuse

#: Characters that a validator is tried with, seconds that it may take, and what a machine with other work is let off with.
CHARACTERS, SECONDS_MAX, ROOM = 100_000, 0.2, 0.3

#: Patterns with a repetition in a repetition that cannot be split in two ways: (path, pattern) -> why.
NESTED_ALLOWED: dict[tuple[str, str], str] = {
    ("blocks/library/mail.py", "_LOCAL_PART"): "a dot stands before each part and in none",
    ("blocks/google/mail_writing.py", "_LOCAL_PART"): "a dot stands before each part and in none",
    ("blocks/library/markup.py", "_SPACED"): "a blank stands before each word and in none",
    ("blocks/sdk/templates.py", "_PLAIN_TAG"): "a dot, bracket or bar stands before each part and in none",
    ("deploy/blueprint.py", "_NAME"): "a hyphen stands before each word and in none",
    ("schema/media.py", "_DATA_HEAD"): "a semicolon stands before each parameter and in none",
}
#: Patterns that are made while the program runs: path -> of what.
MADE_ALLOWED: dict[str, str] = {
    "activities/scrubbing.py": "of escaped secrets",
    "blocks/llm/demo_texts.py": "of an escaped tag",
}


class TooSlow(Exception):
    """A match took longer than it may."""


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """End a match that takes too long: `re` looks for signals while it backtracks."""

    def stop(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def seconds_of(pattern: re.Pattern[Any], method: str, text: str) -> float:
    """Give how long a match takes; it is ended soon after it was too long."""
    given: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    started = time.perf_counter()
    try:
        with ended_after(SECONDS_MAX + ROOM):
            match method:
                case "sub" | "subn":
                    getattr(pattern, method)(b"" if isinstance(given, bytes) else "", given)
                case "finditer":
                    for _ in pattern.finditer(given):
                        pass
                case _:
                    getattr(pattern, method)(given)
    except TooSlow:
        pass
    return time.perf_counter() - started


def slowest(pattern: re.Pattern[Any], methods: tuple[str, ...]) -> float:
    """Give the longest match, or the first that is too long."""
    longest = 0.0
    for method in methods:
        for text in hurting(pattern, CHARACTERS):
            longest = max(longest, seconds_of(pattern, method, text))
            if longest > SECONDS_MAX + ROOM:
                return longest
    return longest


ALL = list(own_patterns(package_sources()))


def test_s13_no_pattern_of_ours_has_a_repetition_in_a_repetition() -> None:
    refuse(
        [
            f"{used.at}: {used.pattern.pattern!r}"
            for used in ALL
            if nested(used.pattern.pattern, used.pattern.flags & re.VERBOSE)
            and (used.at.partition(":")[0], used.name) not in NESTED_ALLOWED
        ]
    )


def test_s13_no_pattern_is_made_of_what_comes_from_outside() -> None:
    refuse(
        [
            problem
            for source in package_sources()
            if source.path not in MADE_ALLOWED
            for problem in unknown_patterns(source)
        ]
    )


@pytest.mark.parametrize("used", ALL, ids=[used.at for used in ALL])
def test_s13_a_pattern_of_ours_is_quick_on_100_kb_that_are_made_to_hurt_it(used: Any) -> None:
    took = slowest(used.pattern, used.methods)
    print(f"{took * 1000:.1f} ms {used.at}")
    assert took < SECONDS_MAX + ROOM, f"{used.at}: {used.pattern.pattern!r} by {used.methods}"


def test_what_is_allowed_is_still_there() -> None:
    known = {(used.at.partition(":")[0], used.name) for used in ALL}
    assert NESTED_ALLOWED.keys() - known == set()


@pytest.mark.parametrize(
    ("pattern", "is_nested"),
    [
        (r"(a+)+$", True),
        (r"(?:a*)*b", True),
        (r"(?:(?:a|b)*c?)*", True),
        (r"([a-z]+\s?)*!", True),
        (r"(?:a{1,100}){1,100}", True),
        (r"(?=(a+)+)b", True),
        (r"a+b+c*", False),
        (r"(?:a{1,3}){1,100}", False),
        (r"(?:a++)+", False),
        (r"(?>a+)+", False),
        (r"(?:ab)*", False),
    ],
)
def test_s13_control_a_repetition_in_a_repetition_is_seen(pattern: str, is_nested: bool) -> None:
    assert nested(pattern) is is_nested


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"([a-zA-Z]+)*!", r"(a|a)*b", r"(\w+\s?)*:", r"\s+$", r".*=.*;.*!", r"<p(?= )[^>]*>"]
)
def test_s13_control_a_pattern_that_can_be_hurt_is_hurt(pattern: str) -> None:
    assert slowest(re.compile(pattern), ("match", "search")) > SECONDS_MAX + ROOM


def test_a_pattern_that_is_made_while_the_program_runs_is_seen() -> None:
    assert unknown_patterns(planted("import re\ndef find(text):\n    return re.search(text, 'a')"))
    assert unknown_patterns(planted("import re\ndef find(text):\n    one = re.compile(f'{text}+')"))
    assert not unknown_patterns(planted("import re\n_A = re.compile('a' + B)\nre.search('a', text)"))
