"""The log file of a child: kept short, and quoted in errors; never written to here.

A child holds its log open, so the file is emptied in place after a copy was made of it; the child appends
at the new end, because it was opened for appending.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LOG_BYTES_MAX = 20 * 1024 * 1024
TAIL_BYTES = 2_000


def cut_if_long(log: Path) -> None:
    """Keep one older file beside the log, so that the two together stay under twice the limit."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def tail(log: Path) -> str:
    """Give the last lines of the log, for an error message."""
    if not log.exists():
        return "(it wrote nothing)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip() or "(it wrote nothing)"
