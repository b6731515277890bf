"""A worker of ours under cProfile: `python -m bench.profiled FILE ROLE...`; writes the file when it is ended."""

from __future__ import annotations

import cProfile
import sys

from deploy import worker_process
from deploy.ending import leave, status_of


def _profiled(path: str) -> int:
    profile = cProfile.Profile()
    profile.enable()
    try:
        return status_of(worker_process.main)
    finally:
        profile.disable()
        profile.dump_stats(path)


if __name__ == "__main__":
    file = sys.argv.pop(1)
    leave(_profiled(file))
