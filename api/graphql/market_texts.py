"""What listings, profiles and ratings may say: texts and links, checked and kept as they are; nothing is rendered here.

Texts are plain, or Markdown's source. Whoever shows them escapes them: no HTML is made, and none is taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from api.errors import BadUserInput

NAME_CHARACTERS_MAX: Final = 100
SUBHEADING_CHARACTERS_MAX: Final = 200
TEXT_CHARACTERS_MAX: Final = 20_000
COMMENT_CHARACTERS_MAX: Final = 2_000
SEARCH_CHARACTERS_MAX: Final = 200
URL_CHARACTERS_MAX: Final = 2_000
LINKS_MAX: Final = 10
CATEGORIES_MAX: Final = 5
CATEGORY_CHARACTERS_MAX: Final = 40

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])")
#: They make text look like other text: the order of reading turned round, and a name that ends before it seems to.
_DECEIVING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\u2029\ufeff")


def line_of(given: str, where: str, characters_max: int = NAME_CHARACTERS_MAX, *, is_needed: bool = True) -> str:
    """Give one line of text without needless spaces; raise BadUserInput where it is none, or too long."""
    line = " ".join(given.split())
    _refuse_characters(line, where, is_line=True)
    if not (1 if is_needed else 0) <= len(line) <= characters_max:
        raise BadUserInput(
            f"`{where}` has {'1' if is_needed else '0'} to {characters_max} characters; this has {len(line)}.",
            where=where,
        )
    return line


def text_of(given: str, where: str, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """Give a text as it is; raise BadUserInput where it is too long, or deceives."""
    _refuse_characters(given, where, is_line=False)
    if len(given) > characters_max:
        raise BadUserInput(f"`{where}` has at most {characters_max} characters; this has {len(given)}.", where=where)
    return given


def _refuse_characters(text: str, where: str, *, is_line: bool) -> None:
    allowed = "" if is_line else "\n\r\t"
    for character in text:
        is_control = unicodedata.category(character) in ("Cc", "Cs") and character not in allowed
        if is_control or character in _DECEIVING:
            raise BadUserInput(f"`{where}` has the character U+{ord(character):04X}, which shows nothing.", where=where)


def slug_of(given: str, where: str) -> str:
    """Give a name for addresses: small letters, digits and hyphens; raise BadUserInput for any other."""
    if _SLUG.fullmatch(given) is None:
        raise BadUserInput(
            f"`{where}` has 2 to 60 small letters, digits and hyphens, with no hyphen at its ends.",
            where=where,
        )
    return given


def links_of(given: Sequence[str], where: str) -> tuple[str, ...]:
    """Give links as they are; raise BadUserInput for too many, or one that is no https URL."""
    if len(given) > LINKS_MAX:
        raise BadUserInput(f"`{where}` has at most {LINKS_MAX} links; these are {len(given)}.", where=where)
    return tuple(link_of(one, where) for one in given)


def link_of(given: str, where: str) -> str:
    """Give an https URL as it is; raise BadUserInput for anything else, such as `javascript:` or one with a password."""
    is_plain = len(given) <= URL_CHARACTERS_MAX and all(character.isprintable() for character in given)
    is_right = is_plain and not set(given) & set(" \\\"'<>`") and given.startswith("https://")
    try:
        parts = urlsplit(given)
        is_right = is_right and "." in (parts.hostname or "") and parts.port in (None, 443) and "@" not in parts.netloc
    except ValueError:
        is_right = False
    if not is_right:
        raise BadUserInput(f"`{where}` takes https URLs only, without a user's name and port.", where=where)
    return given


def categories_of(given: Sequence[str], where: str) -> tuple[str, ...]:
    """Give categories in small letters, each once."""
    found = tuple(dict.fromkeys(line_of(one, where, CATEGORY_CHARACTERS_MAX).lower() for one in given))
    if len(found) > CATEGORIES_MAX:
        raise BadUserInput(f"`{where}` has at most {CATEGORIES_MAX} categories.", where=where)
    return found


def search_of(given: str | None) -> str | None:
    """Give what is searched for; None where that is nothing."""
    if given is None or not given.strip():
        return None
    return line_of(given, "search", SEARCH_CHARACTERS_MAX)
