"""What only this machine and its settings can tell the doctor: files, keys, disks, the sandbox; it changes nothing."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from blocks.sandbox.probe import why_not
from deploy.codec import codec_problems
from deploy.safety import unsafe
from deploy.sealing import key_problems
from deploy.settings import Settings
from deploy.token_file import token_file
from schema.findings import Finding, FindingCode, finding

#: Of the disk of a data folder: below one, nothing more is accepted soon; below the other, somebody should look.
FREE_BYTES_MIN: Final = 512 * 1024 * 1024
FREE_SHARE_LOW: Final = 0.1
FREE_BYTES_LOW: Final = 4 * 1024 * 1024 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class LocalChecks:
    """The checks of one machine."""

    settings: Settings
    #: Whether the servers are the embedded ones of the data folder.
    is_embedded: bool = False

    async def settings_findings(self) -> Iterable[Finding]:
        """Give what an API would not start with."""
        return [finding(FindingCode.SETTINGS_UNSAFE, "settings", problem) for problem in unsafe(self.settings)]

    async def key_findings(self) -> Iterable[Finding]:
        """Give what is wrong with the keys that seal credentials, and with those of the payload codec."""
        found = [
            finding(FindingCode.KEYS_UNREADABLE, "keys of credentials", one) for one in key_problems(self.settings)
        ]
        return [
            *found,
            *(finding(FindingCode.KEYS_UNREADABLE, "keys of the codec", one) for one in codec_problems(self.settings)),
        ]

    async def file_findings(self) -> Iterable[Finding]:
        """Give files of secrets that others may read."""
        return list(self._open_files())

    def _open_files(self) -> Iterator[Finding]:
        folder = self.settings.data_dir
        # A folder that machines share may be a group's; that of an embedded stack has its databases.
        secrets = [token_file(folder), folder / "postgres.password", folder / "stack.json"]
        for path in [folder, *secrets] if self.is_embedded else secrets:
            try:
                mode = path.stat().st_mode
            except OSError:
                continue
            if mode & _OTHERS:
                wanted = "700" if stat.S_ISDIR(mode) else "600"
                what = f"{path} has mode {stat.S_IMODE(mode):04o}: others may look into it."
                yield finding(FindingCode.FILE_OPEN, str(path), what, mode=wanted, path=path)

    async def disk_findings(self) -> Iterable[Finding]:
        """Give disks that have little room left: the data folder's, and a folder's that is the object store."""
        places = {"data folder": self.settings.data_dir} if self.is_embedded else {}
        url = urlsplit(self.settings.object_store_url or "")
        if url.scheme == "file":
            places["object store"] = Path(unquote(url.path))
        elif not self.settings.object_store_url:
            places["object store"] = self.settings.data_dir
        return [one for name, path in places.items() for one in disk_findings(name, path)]

    async def sandbox_findings(self) -> Iterable[Finding]:
        """Give why people's code cannot run on this machine."""
        reason = await asyncio.to_thread(why_not)
        return [] if reason is None else [finding(FindingCode.SANDBOX_ABSENT, "this machine", reason)]


def disk_findings(
    name: str, path: Path, bytes_min: int = FREE_BYTES_MIN, bytes_low: int = FREE_BYTES_LOW
) -> Iterator[Finding]:
    """Give whether the disk of a folder has room."""
    while not path.exists() and path != path.parent:
        path = path.parent
    usage = shutil.disk_usage(path)
    what = f"The disk of {path} has {usage.free:,} of {usage.total:,} bytes left."
    if usage.free < bytes_min:
        yield finding(FindingCode.DISK_FULL, name, what)
    elif usage.free < bytes_low and usage.free < FREE_SHARE_LOW * usage.total:
        yield finding(FindingCode.DISK_LOW, name, what)
