"""The Python and the packages that this process has, against the versions that they must have at least; it installs none."""

from __future__ import annotations

import platform
import sys
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from api.fleet.needs import PACKAGE_FLOORS, PYTHON_FLOOR, version_of
from schema.findings import Finding, FindingCode, finding


async def package_findings() -> list[Finding]:
    """Give what is older than it may be."""
    return [*_of_python(), *_of_packages()]


@lru_cache(maxsize=1)
def drystone_version() -> str:
    """Give this version of Drystone: that of the package, or of the checkout that this is."""
    try:
        return version("drystone")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    try:
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"


def _of_python() -> Iterator[Finding]:
    if sys.version_info[:2] < PYTHON_FLOOR:
        floor = ".".join(map(str, PYTHON_FLOOR))
        yield finding(FindingCode.PYTHON_OLD, "Python", f"This is Python {platform.python_version()}.", floor=floor)


def _of_packages() -> Iterator[Finding]:
    for name, (floor, why) in PACKAGE_FLOORS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue
        if version_of(found) < version_of(floor):
            yield finding(
                FindingCode.PACKAGE_OLD, name, f"{name} {found} is installed.", package=name, floor=floor, why=why
            )
