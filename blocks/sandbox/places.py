"""Places: how this machine can hold a sandbox, with which Python and as which user; it starts nothing.

What of the machine stands inside, read-only, is what Python and Node need: programs and libraries below /usr, and, where
ours is another Python (pyenv, uv), the `bin` and `lib` of that one. Never the checkout, the environment's own packages,
or anybody's home.

Real root is not bound by limits on the number of processes, so as root all of it runs as user 65534. That user
cannot reach a Python in root's home; then that folder alone is shown to it first, in a mount namespace ("staged").
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
#: Where programs are looked for: fixed, for what PATH says may be anybody's.
PROGRAM_FOLDERS: Final = "/usr/bin:/bin:/usr/local/bin"
#: Folders of the system that stand inside, where there are such.
SYSTEM_FOLDERS: Final = ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share")
#: CAP_KILL, CAP_SETGID and CAP_SETUID; linux/capability.h.
_CHANGE_USERS: Final = 1 << 5 | 1 << 6 | 1 << 7
#: Links of the merged /usr; where they are folders of their own, these are shown.
SYSTEM_LINKS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
#: Where an interpreter that user 65534 cannot reach is shown to it: a folder that every system has.
STAGE: Final = "/mnt"


@dataclass(frozen=True)
class Place:
    """One way to hold a sandbox here."""

    bubblewrap: str
    python: str
    #: Folders beyond the system's own that stand inside, at their own paths.
    folders: tuple[str, ...] = ()
    #: The user that bubblewrap runs as; None: as we do.
    user_id: int | None = None
    is_staged: bool = False
    node: str | None = None


def find_program(name: str, folders: str = PROGRAM_FOLDERS) -> str | None:
    """Give the path of a program of the system."""
    return shutil.which(name, path=folders)


def candidates(bubblewrap: str) -> Iterator[Place]:
    """Give the places to try, the best first: with the Python that we run by, then with the system's."""
    node, user_id = find_program("node"), NOBODY if _may_change_users() else None
    own = Path(sys.base_prefix).resolve()
    if own not in (Path("/usr"), Path("/")):
        program = own / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        folders = tuple(str(folder) for folder in (own / "bin", own / "lib") if folder.is_dir())
        is_staged = user_id is not None and not _is_open_to_all(own)
        if program.exists():
            yield Place(bubblewrap, str(program), folders, user_id, is_staged, node)
    system = find_program("python3", "/usr/bin")
    if system is not None:
        yield Place(bubblewrap, system, (), user_id, node=node)


def _may_change_users() -> bool:
    """Say whether we are root, may end as well as begin processes of others, and 65534 is a user here at all: the root of a
    container may lack the one, and that of a user namespace the other."""
    if os.geteuid() != 0:
        return False
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    is_able = found is not None and int(found[1], 16) & _CHANGE_USERS == _CHANGE_USERS
    rows = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    return is_able and any(int(first) <= NOBODY < int(first) + int(count) for first, _, count in rows)


def _is_open_to_all(folder: Path) -> bool:
    """Say whether everybody may pass through every folder down to this one."""
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))
