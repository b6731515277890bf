"""The data folder: made, checked and claimed before anything is started in it; never emptied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from deploy.stack import locks, record
from deploy.stack.errors import (
    DataFolderOfAnotherUser,
    DataFolderUnusable,
    NotEnoughSpace,
    RecordUnreadable,
    StackAlreadyRunning,
)

# A new database takes 40 MB, and its log may grow to 512 MB before it is reused.
FREE_MB_MIN = 300
MB = 1024 * 1024


def normal(data_dir: Path) -> Path:
    """Give the one name of a folder: it is compared with what processes carry."""
    return data_dir.expanduser().resolve()


def claim(data_dir: Path) -> int:
    """Make the folder fit for a stack and take its lock. Gives the open lock file."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        refuse_another_owner(data_dir)
        (data_dir / "logs").mkdir(exist_ok=True, mode=0o700)
        lock = locks.try_lock(data_dir / locks.OWNER)
        free_mb = shutil.disk_usage(data_dir).free // MB
    except OSError as error:
        raise DataFolderUnusable(data_dir=data_dir, reason=error.strerror or repr(error)) from error
    if lock is None:
        raise StackAlreadyRunning(data_dir=data_dir, pid=owner_pid(data_dir))
    if free_mb < FREE_MB_MIN:
        locks.unlock(lock)
        raise NotEnoughSpace(data_dir=data_dir, free_mb=free_mb, needed_mb=FREE_MB_MIN)
    return lock


def refuse_another_owner(data_dir: Path) -> None:
    """Root could write into anybody's folder, and would leave files there that its owner cannot read."""
    owner = data_dir.stat().st_uid
    if owner != os.geteuid():
        raise DataFolderOfAnotherUser(data_dir=data_dir, owner=owner, user=os.geteuid())


def owner_pid(data_dir: Path) -> int | str:
    try:
        found = record.read(data_dir)
    except RecordUnreadable:
        found = None
    return found.supervisor.pid if found is not None else "(just starting)"
