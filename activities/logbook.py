"""Logbook: what a block logs and streams in one attempt, on its way from the blocks' thread to the ledger; it never waits.

A line is cut to its limit where it is written, and beyond so many nothing is kept but how many they were: the last line says
so. Pieces of streamed text that follow one another on a pin become one row, up to a line's length; no character of them is
lost before the limit. Nothing that a block logs can fail its node.
"""

from __future__ import annotations

from collections import deque
from typing import Final, get_args

from blocks.sdk.context import LogLevel
from schema.errors import shorten
from schema.limits import LIMITS

#: (level, pin of streamed text, text)
Row = tuple[str, str | None, str]

STREAMED: Final = "text"
#: Pieces that may wait for the next look: a block that streams without yielding must not fill the memory.
WAITING_MAX: Final = 10_000
_LEVELS: Final = frozenset(get_args(LogLevel))
_CHARS_MAX: Final = LIMITS.log_lines_max * LIMITS.log_line_chars_max
_PIN_CHARS_MAX: Final = 200


class Logbook:
    """The lines of one attempt: written on the blocks' thread, taken on the worker's."""

    def __init__(self) -> None:
        self._waiting: deque[Row] = deque()
        self._chars = 0
        self._taken = 0
        self._cut = 0

    def __bool__(self) -> bool:
        """Say whether something waits."""
        return bool(self._waiting)

    def log(self, level: LogLevel, text: str) -> None:
        """Take a line."""
        if self._has_room(0):
            line = shorten(str(text), LIMITS.log_line_chars_max)
            self._add((level if level in _LEVELS else "info", None, line))

    def stream(self, pin: str, piece: str) -> None:
        """Take a piece of the text that grows on a pin."""
        if piece and self._has_room(len(piece)):
            self._add((STREAMED, shorten(str(pin), _PIN_CHARS_MAX), shorten(str(piece), _CHARS_MAX)))

    def take(self) -> list[Row]:
        """Give what waits, as far as the limit allows."""
        rows: list[Row] = []
        while self._waiting:
            level, pin, text = self._waiting.popleft()
            rows.extend([(level, None, text)] if pin is None else _joined(rows, pin, text))
        kept = rows[: max(0, LIMITS.log_lines_max - 1 - self._taken)]
        self._taken += len(kept)
        self._cut += len(rows) - len(kept)
        return kept

    def rest(self) -> list[Row]:
        """Give what waits at the attempt's end, and the line that says how many more were cut."""
        rows = self.take()
        if self._cut:
            rows.append(("warning", None, f"{self._cut} more lines were cut: an attempt keeps {LIMITS.log_lines_max}."))
        return rows

    def _has_room(self, chars: int) -> bool:
        is_full = len(self._waiting) >= WAITING_MAX or self._taken >= LIMITS.log_lines_max - 1
        if is_full or self._chars + chars > _CHARS_MAX:
            self._cut += 1
            return False
        return True

    def _add(self, row: Row) -> None:
        self._chars += len(row[2])
        self._waiting.append(row)


def _joined(rows: list[Row], pin: str, text: str) -> list[Row]:
    """Give the rows that a piece of text adds, after filling up the last one where that is of the same pin."""
    size = LIMITS.log_line_chars_max
    if rows and rows[-1][1] == pin:
        room = size - len(rows[-1][2])
        rows[-1] = (STREAMED, pin, rows[-1][2] + text[:room])
        text = text[room:]
    return [(STREAMED, pin, text[start : start + size]) for start in range(0, len(text), size)]
