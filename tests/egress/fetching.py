"""Fetching one URL in a process of its own, by the guarded way out or by a client without it, to see its memory; no test is here.

    python -m tests.egress.fetching guarded|weak URL HOST:PORT SECONDS

It prints {"seconds", "grown" (bytes of resident memory at its highest, over what it had before), "error"} as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.errors import DrystoneError

ROOT = Path(__file__).resolve().parents[2]


async def fetched(kind: str, url: str, host: str, seconds: float) -> dict[str, Any]:
    """Fetch in a process of its own; give what it prints."""
    words = [sys.executable, "-m", "tests.egress.fetching", kind, url, host, str(seconds)]
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return dict(json.loads(said))


async def _guarded(url: str, host: str, seconds: float) -> None:
    await GuardedHttp(EgressPolicy(allowed_hosts=frozenset({host}))).request("GET", url, timeout_seconds=seconds)


async def _weak(url: str, _host: str, seconds: float) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=seconds) as client:
        await client.get(url)


def _highest() -> int:
    """Give the most resident memory that this program had; `getrusage` would begin with what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(kind: str, url: str, host: str, seconds: float) -> None:
    fetch = {"guarded": _guarded, "weak": _weak}[kind]
    error = None
    before, started = _highest(), time.monotonic()
    try:
        asyncio.run(fetch(url, host, seconds))
    except (DrystoneError, httpx2.HTTPError, MemoryError) as failure:
        error = type(failure).__name__
    elapsed = time.monotonic() - started
    print(json.dumps({"seconds": elapsed, "grown": _highest() - before, "error": error}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
