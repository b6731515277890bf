"""The command line of one sandbox: every wall of it, in one list; it starts nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from blocks.sandbox.bounds import Bounds
from blocks.sandbox.places import NOBODY, STAGE, SYSTEM_FOLDERS, SYSTEM_LINKS, Place

#: Where the code works: its home, by the path that code written for hosted sandboxes expects.
WORK_FOLDER: Final = "/home/user"
#: Where its script and its request stand.
OWN_FOLDER: Final = "/sandbox"


def sandbox_command(place: Place, bounds: Bounds, filter_fd: int, files: Mapping[str, int]) -> list[str]:
    """Give what to start. `files` has name -> file descriptor of what stands in OWN_FOLDER; `inside.py` is run."""
    command = [
        place.bubblewrap,
        # a world of its own: user, process, network, IPC, host name and cgroup namespaces, with no further ones inside
        "--unshare-all", "--unshare-user", "--disable-userns", "--uid", str(NOBODY), "--gid", str(NOBODY),
        "--hostname", "sandbox", "--cap-drop", "ALL", "--clearenv", "--seccomp", str(filter_fd),
        # it ends with us, and types into no terminal of ours
        "--die-with-parent", "--new-session",
        *_system(), *_interpreter(place),
        "--proc", "/proc", "--dev", "/dev",
        *_writable(bounds),
        *(part for name, fd in files.items() for part in ("--ro-bind-data", str(fd), f"{OWN_FOLDER}/{name}")),
        # the folders that hold all these were made writable by their owner, without a limit
        "--remount-ro", "/dev", "--remount-ro", "/",
        *_environment(place),
        "--chdir", WORK_FOLDER,
        "--", place.python, "-I", "-B", "-X", "utf8", f"{OWN_FOLDER}/inside.py",
    ]  # fmt: skip
    return [*_stage(place), *command] if place.is_staged else command


def _system() -> Iterator[str]:
    for folder in SYSTEM_FOLDERS:
        if os.path.isdir(folder):
            yield from ("--ro-bind", folder, folder)
    for link in SYSTEM_LINKS:
        if os.path.islink(link):
            yield from ("--symlink", os.readlink(link), link)
        elif os.path.isdir(link):
            yield from ("--ro-bind", link, link)


def _interpreter(place: Place) -> Iterator[str]:
    for number, folder in enumerate(place.folders):
        yield from ("--ro-bind", f"{STAGE}/{number}" if place.is_staged else folder, folder)


def _writable(bounds: Bounds) -> Iterator[str]:
    """Give the three folders that may be written to, each with its size."""
    sizes = {
        WORK_FOLDER: bounds.folder_bytes,
        "/tmp": bounds.folder_bytes // 4,
        "/dev/shm": bounds.folder_bytes // 4,
    }
    for folder, size in sizes.items():
        yield from ("--size", str(size), "--tmpfs", folder)


def _environment(place: Place) -> Iterator[str]:
    values = {
        "PATH": f"{Path(place.python).parent}:/usr/bin:/bin",
        "HOME": WORK_FOLDER,
        "USER": "user",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        # Libraries of linear algebra start a thread for each core, and each takes address space.
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
    }
    for name, value in values.items():
        yield from ("--setenv", name, value)


#: Shows folders below STAGE, in a mount namespace of its own, and becomes the command. Arguments: folders, "--", the command.
#: No process of root's stays in between: without capabilities it could not end what runs as another user.
_STAGING: Final = f"""
set -e
mount -t tmpfs -o mode=755 stage {STAGE}
number=0
while [ "$1" != -- ]; do
    mkdir "{STAGE}/$number"
    mount --bind -- "$1" "{STAGE}/$number"
    number=$((number + 1))
    shift
done
shift
exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups -- "$@"
"""


def _stage(place: Place) -> Iterator[str]:
    """Give the outer command: as root, show the interpreter's folders to user 65534, and become that user."""
    yield from ("/usr/bin/unshare", "--mount", "--propagation", "private", "--")
    yield from ("/bin/sh", "-c", _STAGING, "stage", *place.folders, "--")
