"""Outgoing calls as they are watched: by method and host, and by how they ended; no path, no header and no content is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

#: Told of the status of the answer, once there is one.
Answered = Callable[[int], None]
#: Stands around one call, (method, host); what the call raises goes through it.
Watch = Callable[[str, str], AbstractContextManager[Answered]]


@contextmanager
def unwatched(_method: str, _host: str) -> Iterator[Answered]:
    """Watch nothing."""
    yield lambda _status: None
