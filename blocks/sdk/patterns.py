"""Patterns (regular expressions) that people write, matched by RE2 in linear time; never by the backtracking `re`.

RE2 has no look-around, no back-references, no possessive or atomic groups, and repeats of at most 1,000; a
pattern that uses them is refused with that reason. `\\d`, `\\w` and `\\s` are ASCII; `\\p{L}` and its kin
know Unicode.
"""

from __future__ import annotations

from typing import Any, Final

import re2

from schema.errors import BlockFailed, shorten

_MEMORY_BYTES_MAX: Final = 8 * 1024 * 1024
#: Characters of a pattern: a list of a few hundred words. `\\pL` 20,000 times took 1.3 s to be refused.
PATTERN_CHARS_MAX: Final = 5_000
#: Groups of a pattern, and instructions of what is compiled from it. Linear time is a product: for each character all instructions,
#: and for each of those the groups. `(a|b)*` 833 times took 52 s on 100 KB; at these limits it is about 0.2 s.
GROUPS_MAX: Final = 20
INSTRUCTIONS_MAX: Final = 5_000

#: What RE2's complaint is about: (a part of its message, what to tell).
_REASONS: Final = (
    ("(?=", "look-ahead is not supported"),
    ("(?!", "negative look-ahead is not supported"),
    ("(?<", "look-behind is not supported"),
    ("(?>", "atomic groups are not supported"),
    ("(?(", "conditional groups are not supported"),
    ("(?#", "comments are not supported"),
    ("(?P", "back-references to a named group are not supported"),
    ("invalid repetition size", "a repeat may be at most 1000, nested ones together"),
    ("bad repetition operator", "possessive or repeated quantifiers are not supported"),
    ("\\Z", "\\Z is not supported; write \\z"),
    ("too large", "the pattern is too large"),
)


def compile_pattern(pattern: str, *, case_sensitive: bool = True, dot_all: bool = True) -> Any:
    """Give RE2's compiled pattern; raise BlockFailed that names the feature RE2 does not have, or the mistake."""
    if len(pattern) > PATTERN_CHARS_MAX:
        raise BlockFailed(f"The pattern has {len(pattern)} characters; at most {PATTERN_CHARS_MAX} are allowed.")
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES_MAX
    options.log_errors = False
    options.case_sensitive = case_sensitive
    options.dot_nl = dot_all
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise BlockFailed(f"The pattern cannot be used: {_reason_of(error)}") from error
    finally:
        re2.purge()  # Its cache would keep 128 patterns of up to 8 MB.
    if compiled.groups > GROUPS_MAX:
        what = f"it has {compiled.groups} groups, and at most {GROUPS_MAX} are allowed; write (?:...) where none is needed."
        raise BlockFailed(f"The pattern cannot be used: {what}")
    if compiled.programsize > INSTRUCTIONS_MAX:
        raise BlockFailed("The pattern cannot be used: the pattern is too large; its repeats make it so.")
    return compiled


def _reason_of(error: Exception) -> str:
    detail = error.args[0] if error.args else ""
    text = shorten(detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail), 200)
    if text.startswith("invalid escape sequence: \\") and text[-1:].isdigit():
        return f"back-references are not supported ({text})"
    reason = next((reason for part, reason in _REASONS if part in text), None)
    return f"{reason} ({text})" if reason else text
