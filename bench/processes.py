"""What processes took: processor time and the most memory they ever held, with their children; it starts and ends none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import psutil

MEBIBYTE: Final = 1024 * 1024


def cpu_seconds(pid: int) -> float:
    """Give the processor time of a process and its children so far."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def forget_peak(pid: int) -> None:
    """Let the most memory of a process and its children count from here on, where the system can do that (Linux)."""
    for process in family(pid):
        try:
            Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
        except OSError:
            continue


def peak_mebibytes(pid: int) -> float:
    """Give the most memory that a process and its children held, each at its own worst moment, since that was forgotten."""
    return sum(_peak(process) for process in family(pid)) / MEBIBYTE


def _peak(process: psutil.Process) -> float:
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("VmHWM:")), 0.0)
    except OSError:  # Another system, or a process that is gone.
        try:
            return float(process.memory_info().rss)
        except psutil.Error:
            return 0.0


def family(pid: int) -> list[psutil.Process]:
    """Give a process and its children; nothing where it is gone."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def cpu_of(pids: dict[str, int], names: Iterable[str] | None = None) -> dict[str, float]:
    """Give the processor time by name."""
    return {name: cpu_seconds(pid) for name, pid in pids.items() if names is None or name in names}
