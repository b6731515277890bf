"""The programs of this installation: how each is called, and becoming one; it runs none beside this process.

The command line imports neither the API nor the worker: it checks what it was told and becomes the program that does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

WORKER: Final = "deploy.worker_process"
API: Final = "deploy.api_server"
DATABASE: Final = "deploy.database"
BROWSER_SESSION: Final = "deploy.browser_session"
KEYS: Final = "deploy.key_rotation"
PROBE: Final = "deploy.block_probe"
DOCTOR: Final = "deploy.doctor"
FLEET: Final = "deploy.fleet"
TEMPORAL_SETUP: Final = "deploy.temporal_setup"


def command_of(module: str, *words: str) -> Sequence[str]:
    """Give the command line of a program, by the module that it begins with."""
    # -P, where this process has it: whatever lies in the folder one happens to stand in is not imported.
    return [sys.executable, *(["-P"] if sys.flags.safe_path else []), "-m", module, *words]


def become(module: str, *words: str) -> NoReturn:
    """Go on as another program, in this process: whoever started this one sees its end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, list(command_of(module, *words)))
