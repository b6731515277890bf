"""Wheels: a package's project built and installed as pip does it, without a network; there is no build backend where we test.

What is built is what hatchling makes of such a project: the packages that it names, and their facts (PEP 427, PEP 621).
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(project: Path, folder: Path) -> Path:
    """Build a project's wheel into a folder."""
    document = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    facts, packages = document["project"], document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    stem = f"{facts['name'].replace('-', '_')}-{facts['version']}"
    files = {str(path.relative_to(project)): path.read_bytes() for name in packages for path in _code(project / name)}
    info = f"{stem}.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {facts['name']}\nVersion: {facts['version']}\n".encode()
    files[f"{info}/WHEEL"] = WHEEL.encode()
    files[f"{info}/entry_points.txt"] = _entry_points(facts.get("entry-points", {})).encode()
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel


def install(wheel: Path, target: Path) -> None:
    """Install a wheel into a folder, by pip where this environment has one: one that uv made has none."""
    if find_spec("pip") is None:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)  # To install a pure wheel is no more than that.
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target, wheel]
    subprocess.run(command, check=True)


def _code(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _entry_points(groups: dict[str, dict[str, str]]) -> str:
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in groups.items()
    )


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
