"""Becomes another program that dies with its parent; never stays in memory.

    python -I -S tether.py PARENT_PID SIGNAL USER_ID COMMAND...

It runs for about 15 ms between fork and exec, as a program of its own: code between fork and exec in a
process with threads (`preexec_fn`) can deadlock. USER_ID is a number, or `-` to stay who we are.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tethered(
    command: Sequence[str], *, death_signal: int, user_id: int | None = None, wrapper: Sequence[str] = ()
) -> list[str]:
    """Give the argument list that runs `command` so that it gets `death_signal` when this process ends."""
    python = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    user = "-" if user_id is None else str(user_id)
    return [*wrapper, *python, str(os.getpid()), str(int(death_signal)), user, *command]


def main(parent: int, death_signal: int, user: str, command: list[str]) -> None:
    os.umask(0o077)  # Databases and logs hold what users wrote: for nobody else to read.
    if user != "-":
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    # After the change of user, because that clears the setting.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    # The parent may have died before the line above.
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
