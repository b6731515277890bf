"""LogSink: where log lines go, by a thread of its own, so that an output that is full or closed never stops a service.

A writer of lines puts them into a bounded queue and goes on. Where the output takes nothing for long, what is more than the queue
holds is dropped and counted, and the next line that gets through is preceded by one that says how many. What was written last
before a kill -9 may be lost; a process that ends in good order waits for its lines, but not long.
"""

from __future__ import annotations

import json
import os
import select
import threading
from queue import Empty, Full, Queue
from typing import Final

LINES_MAX: Final = 10_000
#: Characters of all of them together, which are ASCII: lines are short, but for those with an error's traceback.
CHARS_MAX: Final = 16_000_000
CLOSING_SECONDS: Final = 2.0
#: Lines that go in one write.
_TOGETHER_MAX: Final = 100


class LogSink:
    """A file to `structlog` and `logging`: text that ends with a line break is written whole."""

    def __init__(self, output: int = 2, lines_max: int = LINES_MAX, chars_max: int = CHARS_MAX) -> None:
        self._output = output
        self._chars_max, self._chars = chars_max, 0
        self._lines: Queue[str | None] = Queue(lines_max)
        #: Lines that never got through, of all time, and since the last that did.
        self.dropped = 0
        self._unsaid = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._pass_on, name="log lines", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Take a line; never wait."""
        with self._counting:
            has_room = self._chars + len(text) <= self._chars_max
            self._chars += len(text) * has_room
        try:
            if has_room:
                self._lines.put_nowait(text)
        except Full:
            has_room = False
            self._give_room(len(text))
        if not has_room:
            self._drop(1)
        return len(text)

    def flush(self) -> None:
        """Do nothing: who logs does not wait for the output."""

    def close(self, seconds: float = CLOSING_SECONDS) -> None:
        """Wait until what was taken is written, but no longer than this."""
        try:
            self._lines.put(None, timeout=seconds)
        except Full:
            return
        self._thread.join(seconds)

    def _give_room(self, chars: int) -> None:
        with self._counting:
            self._chars -= chars

    def _drop(self, lines: int) -> None:
        with self._counting:
            self.dropped += lines
            self._unsaid += lines

    def _pass_on(self) -> None:
        is_open = True
        while is_open:
            lines, is_open = self._next()
            with self._counting:
                said, self._unsaid = self._unsaid, 0
            try:
                self._write((_lost(said) + "".join(lines)).encode("utf-8", "replace"))
            except OSError:  # It is closed, or its disk is full: the lines are gone, and the service is not.
                self._drop(len(lines))
                with self._counting:
                    self._unsaid += said
            self._give_room(sum(map(len, lines)))

    def _next(self) -> tuple[list[str], bool]:
        """Give lines that wait, at least one, and whether more may come."""
        lines: list[str] = []
        line = self._lines.get()
        while line is not None:
            lines.append(line)
            if len(lines) == _TOGETHER_MAX:
                return lines, True
            try:
                line = self._lines.get_nowait()
            except Empty:
                return lines, True
        return lines, False

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._output, data) :]
            except BlockingIOError:
                select.select([], [self._output], [], 1.0)


def _lost(lines: int) -> str:
    """Give the line that tells of lines that were lost; nothing where none was."""
    return json.dumps({"event": "log lines dropped", "level": "warning", "lines": lines}) + "\n" if lines else ""
