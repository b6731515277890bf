"""`python -m tests.chaos.program MODULE WORD...`: a program of the product that dies at points, and tells where it stands.

It is the product's worker or API, wrapped by `tests.chaos.points`, with a planted bug where one is asked for. SIGUSR2 has it
write the stacks of its threads to its log, and SIGUSR1 those of its tasks: what the stuck detector reads.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
from types import FrameType
from typing import Final

from sqlalchemy.exc import DBAPIError

from deploy import api_server, worker_process
from deploy.ending import leave, status_of
from deploy.programs import API, WORKER
from tests.chaos.plants import PLANT_VARIABLE, PLANTS
from tests.chaos.points import wrap_api, wrap_worker

#: What of one task's stack is written.
FRAMES: Final = 12


def main() -> None:
    """Become the program that the first word names."""
    module = sys.argv[1]
    tell_on_signals()
    plant = os.environ.get(PLANT_VARIABLE)
    if plant:
        PLANTS[plant]()
    sys.argv = [module, *sys.argv[2:]]
    if module == API:
        wrap_api()
        api_server.main()
    else:
        assert module == WORKER, module
        wrap_worker()
        worker_process.main()


def tell_on_signals() -> None:
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR2, all_threads=True)
    signal.signal(signal.SIGUSR1, _tell_tasks)


def _tell_tasks(_number: int, _frame: FrameType | None) -> None:
    """Write where each task of the running loop stands."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return
    for task in tasks:
        print(f"task {task.get_name()}:", file=sys.stderr)
        task.print_stack(limit=FRAMES, file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError)))
