"""`./run bench --guards`: what the attacks of S07, S12 and S13 take, in seconds and memory; it judges nothing."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Final

from blocks.sdk.patterns import compile_pattern
from blocks.sdk.templates import render
from schema.errors import DrystoneError
from tests.blocks.test_patterns import KNOWN, text_of
from tests.blocks.test_template_attacks import COSTLY, REACHING, VALUES
from tests.egress.fetching import fetched
from tests.egress.hostile import ATTACKS
from tests.egress.servers import serve

RESULTS: Final = Path(__file__).parent / "results"
MIB: Final = 1024 * 1024
DEADLINE_SECONDS: Final = 1.0


def main(is_quick: bool) -> int:
    """Measure, print, and write the results unless it is quick."""
    found = asyncio.run(_measure())
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if not is_quick:
        (RESULTS / "guards.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return 0


async def _measure() -> dict[str, Any]:
    return {
        f"S07, fetching with a deadline of {DEADLINE_SECONDS:g} s": {
            name: await _attack(answer) for name, answer in ATTACKS.items()
        },
        "S12, templates": await _templates(),
        "S13, patterns on 100 KB": _patterns(),
    }


async def _attack(answer: Any) -> str:
    async with serve(answer) as server:
        told = await fetched("guarded", server.url, server.host, DEADLINE_SECONDS)
    return f"{told['seconds']:.2f} s, {told['grown'] / MIB:.1f} MB, {told['error']}"


async def _templates() -> dict[str, str]:
    took = sorted([(await _render(source), source) for source in [*COSTLY, *REACHING]], reverse=True)
    worst = {source[:60]: f"{seconds:.2f} s" for seconds, source in took[:5]}
    return {"payloads": str(len(took)), "median": f"{took[len(took) // 2][0] * 1000:.1f} ms", **worst}


async def _render(source: str) -> float:
    started = time.monotonic()
    try:
        await render(source, VALUES)
    except DrystoneError:
        pass  # That it ends is what is measured.
    return time.monotonic() - started


def _patterns() -> dict[str, str]:
    took = sorted([(_match(*row), row[0]) for row in KNOWN], reverse=True)
    worst = {pattern[:60]: f"{seconds * 1000:.1f} ms" for seconds, pattern in took[:5]}
    return {"patterns": str(len(took)), "median": f"{took[len(took) // 2][0] * 1000:.1f} ms", **worst}


def _match(pattern: str, repeated: str, end: str) -> float:
    started = time.monotonic()
    compile_pattern(pattern).search(text_of(repeated, end))
    return time.monotonic() - started
