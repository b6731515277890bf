"""`python -m deploy.block_probe`: load the blocks of this installation and say what came of it; it runs none of them.

One line of JSON: {broken, problems, contracts, watched}. `broken` says why the library itself cannot be loaded. `contracts` is
the same for as long as no block's contract changes, and `watched` are the places of the code.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

import blocks
from blocks.packages import home_of, said
from blocks.registry import Registry
from deploy.ending import leave
from deploy.installed import installed
from deploy.settings import Settings

LIBRARY = Path(blocks.__file__).parent


def main() -> int:
    """Say what came of loading the blocks."""
    # What the blocks' modules print while they are loaded is no part of it.
    out, sys.stdout = sys.stdout, sys.stderr
    out.write(orjson.dumps(_found(Settings())).decode() + "\n")
    out.flush()
    return 0


def _found(settings: Settings) -> dict[str, Any]:
    try:
        registry = installed(settings)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module of the library may be broken in any way: it is said.
        return {"broken": said(error), "problems": [], "contracts": "", "watched": []}
    problems = [[one.source, one.entry, text] for one in registry.contributions for text in one.problems]
    return {
        "broken": None,
        "problems": problems,
        "contracts": _contracts(registry),
        "watched": _watched(registry, settings),
    }


def _contracts(registry: Registry) -> str:
    # Examples change more often than a contract does, and nobody runs by them.
    specs = [asdict(replace(block.spec, examples=())) for block in registry]
    return hashlib.sha256(orjson.dumps(specs, default=repr, option=orjson.OPT_NON_STR_KEYS)).hexdigest()


def _watched(registry: Registry, settings: Settings) -> list[str]:
    homes = {home_of(one.module) for one in registry.contributions if one.module}
    folders = {folder.absolute() for folder in settings.folders_of_blocks}
    return sorted(str(place) for place in {LIBRARY, *folders, *homes} if place is not None)


if __name__ == "__main__":
    leave(main())
