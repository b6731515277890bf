"""Bounds: how much of the machine one run of people's code may take; it measures nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schema.limits import LIMITS

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What one run may take. Times are wall-clock seconds, sizes are bytes."""

    seconds: float = 300.0
    #: Memory of all processes together, and of what they write into their folders.
    memory_bytes: int = LIMITS.code_memory_bytes_max
    #: The folder that the code works in; the one for temporary files and shared memory have a quarter each.
    folder_bytes: int = LIMITS.code_folder_bytes_max
    processes: int = LIMITS.code_processes_max
    #: Each of standard output and standard error.
    output_bytes: int = LIMITS.code_output_bytes_max
    files: int = LIMITS.code_files_max
    files_bytes: int = LIMITS.code_files_bytes_max
    open_files: int = 256

    @property
    def address_bytes(self) -> int:
        """Give the address space of one process: what is reserved and not used counts, so it is more than the memory."""
        return 2 * self.memory_bytes

    @property
    def report_bytes(self) -> int:
        """Give the size of what the run says of itself: results, and files in base64."""
        return 4 * self.output_bytes + 2 * self.files_bytes

    def to_wire(self) -> dict[str, float]:
        """Give what is enforced from within."""
        return {
            "cpu_seconds": max(1, int(self.seconds) + 1),
            "address_bytes": self.address_bytes,
            "file_bytes": self.folder_bytes,
            "processes": self.processes,
            "open_files": self.open_files,
            "files": self.files,
            "files_bytes": self.files_bytes,
            "text_chars": self.output_bytes,
        }
