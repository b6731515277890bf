"""Whether a sandbox works on this machine, found out once a process by running one; it never believes what it has not seen."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from blocks.sandbox import places
from blocks.sandbox.bounds import Bounds
from blocks.sandbox.places import Place
from blocks.sandbox.process import Ended, run_process
from blocks.sandbox.reports import read_report
from schema.errors import DrystoneError, SandboxUnavailable, shorten

#: Seconds for a look: a busy machine takes one or two.
_SECONDS: Final = 20.0
#: Looks from within at each wall, and gives the names of those that it does not find.
_LOOK: Final = """
import os, socket
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
def network():
    try:
        socket.socket()
    except PermissionError:
        return False
    return True
walls = {
    "user": os.getuid() == 65534,
    "capabilities": int(status["CapBnd"], 16) == 0 and int(status["CapEff"], 16) == 0,
    "privileges": status["NoNewPrivs"].strip() == "1",
    "system calls": status["Seccomp"].strip() == "2",
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]) <= 4,
    "network": not network(),
    "environment": not [name for name in os.environ if name.startswith("DRYSTONE")],
    "files": not any(os.path.exists(path) for path in ("/etc", "/var", "/sys", "/srv", "/boot")),
    "root": not os.access("/", os.W_OK) and not os.access("/dev", os.W_OK) and not os.access("/usr/bin", os.W_OK),
}
[name for name, stands in walls.items() if not stands]
"""


@dataclass(frozen=True)
class Finding:
    """What was found: a place that works, or why there is none."""

    place: Place | None
    reason: str = ""


_turn = threading.Lock()


def find_place() -> Place:
    """Give the place where code runs on this machine; raise SandboxUnavailable with the reason where there is none."""
    with _turn:  # The first to ask looks, the others wait for what it finds.
        found = _finding()
    if found.place is None:
        raise SandboxUnavailable(found.reason)
    return found.place


def why_not() -> str | None:
    """Say why no code can be run on this machine; None: it can."""
    try:
        find_place()
    except SandboxUnavailable as error:
        return error.message
    return None


@functools.cache
def _finding() -> Finding:
    return look(places.find_program("bwrap"), run_process)


def look(bubblewrap: str | None, run: Callable[..., Ended]) -> Finding:
    """Try each place until one works."""
    if bubblewrap is None:
        return Finding(
            None, "Code cannot be run here: bubblewrap is missing. Install it (Debian: apt install bubblewrap)."
        )
    reasons = []
    for place in places.candidates(bubblewrap):
        reason = _try(place, run)
        if reason is None:
            return Finding(place)
        reasons.append(f"with {place.python}: {reason}")
    return Finding(
        None,
        "Code cannot be run here: the sandbox does not work on this machine, often because user namespaces are closed "
        f"(containers: allow them in the seccomp and AppArmor profiles). {'; '.join(reasons) or 'There is no Python.'}",
    )


def _try(place: Place, run: Callable[..., Ended]) -> str | None:
    """Say why a place does not work, or None."""
    asked = {"language": "python", "cells": [_LOOK], "setup_commands": [], "files": {}, "seed": ""}
    try:
        ended = run(place, asked, Bounds(seconds=_SECONDS), threading.Event())
        report = read_report(bytes(ended.report))
    except DrystoneError as error:
        return error.message
    if report.error is not None or not report.results:
        said = ended.stderr.decode("utf-8", "replace").strip()
        return shorten(said or (report.error.message if report.error else "it says nothing"), 300)
    missing = report.results[-1].get("json")
    return None if missing == [] else f"walls are missing: {missing}"
