"""What an earlier stack of the same folder left behind: found, ended, said; never another folder's.

Called by the owner of the folder's lock: so the earlier supervisor is dead, and whatever carries its mark
is nobody's.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.stack import processes, record
from deploy.stack.errors import RecordUnreadable
from deploy.stack.footing import location
from deploy.stack.processes import Identity
from deploy.stack.record import Record

WORKER_SECONDS = 3.0  # They have lost their servers: there is little to end gracefully.
POSTGRES_SECONDS = 10.0


async def clear(data_dir: Path, on_event: Callable[[str], None]) -> None:
    """End the processes of an earlier stack, workers before their database, and remove its record."""
    earlier = read_earlier(data_dir, on_event)
    if earlier is not None:
        on_event(f"the last stack of {data_dir} (process {earlier.supervisor.pid}) did not stop properly")
    found = find(data_dir, earlier)
    if found:
        on_event(f"stopping what is left of it: {', '.join(f'{name_of(one)} {one.pid}' for one in found)}")
    databases = [one for one in found if name_of(one) == "postgres"]
    await processes.end([one for one in found if one not in databases], signal.SIGTERM, WORKER_SECONDS)
    await processes.end(databases, signal.SIGINT, POSTGRES_SECONDS)
    if earlier is not None and earlier.socket_dir:
        shutil.rmtree(earlier.socket_dir, ignore_errors=True)
    record.remove(data_dir)


def read_earlier(data_dir: Path, on_event: Callable[[str], None]) -> Record | None:
    try:
        return record.read(data_dir)
    except RecordUnreadable as error:
        on_event(f"{error} It is replaced.")
        return None


def find(data_dir: Path, earlier: Record | None) -> list[Identity]:
    """Give what still lives: recorded, or carrying the folder's mark, or serving its database."""
    carries, works = processes.carries_mark(data_dir), processes.works_in(location(data_dir))
    recorded = set(earlier.children.values()) if earlier is not None else set()
    alive = {one for one in recorded if one.is_alive()}
    marked = set(processes.find(lambda process: carries(process) or works(process)))
    return sorted(alive | marked, key=lambda one: one.pid)


def name_of(one: Identity) -> str:
    try:
        return str(psutil.Process(one.pid).name())
    except psutil.Error:
        return "process"
