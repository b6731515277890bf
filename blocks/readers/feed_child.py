"""Reading one RSS or Atom feed from the standard input with feedparser; run as a script (`python -I`), imports nothing of Drystone.

The answer is JSON, [true, [entry, ...]] or [false, why not]. An entry has `title`, `link`, `description`, `author`, `categories`,
`id` and `published`: seconds since 1970, or null where the feed does not say.
"""

from __future__ import annotations

import calendar
import io
import json
import re
import resource
import sys
from typing import Any

import feedparser

#: Address space of this process; Python and feedparser take 40 MB of it.
_MEMORY_BYTES_MAX = 512 * 1024 * 1024
_CPU_SECONDS_MAX = 30
#: Entries of a feed that are read, the first ones, and characters of one text of them.
ENTRIES_MAX = 1_000
TEXT_CHARS_MAX = 100_000
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)


def read(content: bytes) -> list[dict[str, Any]]:
    """Give the entries; raise ValueError saying what is wrong."""
    # Without its NULs the text of UTF-16 can be looked through, too.
    if _ENTITY.search(content.replace(b"\x00", b"")):
        raise ValueError("it declares entities, which is refused.")
    # In a stream: bytes alone would first be tried as a file's name.
    feed = feedparser.parse(io.BytesIO(content))
    if not feed.version and not feed.entries:
        raise ValueError("it is no RSS or Atom feed.")
    return [_entry(one) for one in feed.entries[:ENTRIES_MAX]]


def _entry(entry: Any) -> dict[str, Any]:
    content = entry.get("content") or [{}]
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return {
        "title": _text(entry.get("title")),
        "link": _text(entry.get("link")),
        "description": _text(entry.get("summary") or content[0].get("value")),
        "author": _text(entry.get("author")),
        "categories": [_text(tag.get("term")) for tag in entry.get("tags") or [] if tag.get("term")],
        "id": _text(entry.get("id")),
        # Of some feeds the year is no year.
        "published": calendar.timegm(moment) if moment is not None and 1 <= moment[0] <= 9998 else None,
    }


def _text(value: Any) -> str:
    """Give text that can be kept."""
    clean = str(value or "")[:TEXT_CHARS_MAX].replace("\x00", "\ufffd")
    return clean.encode("utf-8", "replace").decode("utf-8")


def main() -> None:
    """Answer for one feed."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Whoever would end this after a while may be dead by then.
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    except (OSError, ValueError):
        pass  # Some systems have no such limit; the parent's time limit holds there alone.
    try:
        answer: list[Any] = [True, read(sys.stdin.buffer.read())]
    except Exception as error:  # noqa: BLE001 - the parent turns whatever it is into a failure of the block
        answer = [False, str(error) or type(error).__name__]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
