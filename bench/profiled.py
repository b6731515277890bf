"""A worker of ours under cProfile: `python -m bench.profiled FILE worker --role=...`; writes the file when it is ended."""

from __future__ import annotations

import cProfile
import sys

import deploy.cli


def _profiled(path: str) -> None:
    profile = cProfile.Profile()
    leave = deploy.cli.leave

    def write_and_leave(status: int) -> None:
        profile.disable()
        profile.dump_stats(path)
        leave(status)

    deploy.cli.leave = write_and_leave  # type: ignore[assignment]
    profile.enable()
    deploy.cli.main()


if __name__ == "__main__":
    file = sys.argv.pop(1)
    _profiled(file)
