"""Ending a process at once, with its work done: the SDK's threads crash some interpreters at exit (sdk-python issue 300)."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """Run the exit functions, flush, and end the process with this status, without tearing the interpreter down."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            continue
    os._exit(status)
