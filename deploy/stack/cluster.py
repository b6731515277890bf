"""The folder of the embedded database: made once, whole or not at all; never served from here."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.errors import AnotherPostgresVersion, CommandFailed
from deploy.stack.footing import Footing, find_footing
from deploy.stack.tether import tethered

USER = "drystone"
MAJOR = "18"
# A socket's path has 107 bytes on Linux and 103 on macOS, of which "/.s.PGSQL.12345.lock" takes 20.
SOCKET_DIR_BYTES_MAX = 80
# initdb fails where LANG names a locale that is not installed.
PLAIN_LOCALE = {"LC_ALL": "C", "LANG": "C"}


@dataclass(frozen=True)
class Cluster:
    """One database folder, ready to be served, with a fresh folder for the socket."""

    data_dir: Path
    footing: Footing
    password: str = field(repr=False)
    socket_dir: Path


async def open_cluster(data_dir: Path, on_event: Callable[[str], None]) -> Cluster:
    """Find or make the database folder of `data_dir`. Its owner must hold the data folder's lock."""
    footing = await find_footing(data_dir, on_event)
    password = keep_password(data_dir / "postgres.password")
    if found_version(footing.pgdata) is None:
        await initialize(footing, password)
    if (found := found_version(footing.pgdata)) != MAJOR:
        raise AnotherPostgresVersion(folder=footing.pgdata, found=found, wanted=MAJOR)
    return Cluster(data_dir, footing, password, make_socket_dir(footing))


def found_version(pgdata: Path) -> str | None:
    version = pgdata / "PG_VERSION"
    return version.read_text(encoding="ascii").strip() if version.exists() else None


def keep_password(path: Path) -> str:
    """Give the database's password, made up the first time. The file is whole or absent."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "w", encoding="ascii") as text:
            text.write(secrets.token_hex(24))
        fresh.replace(path)
    return path.read_text(encoding="ascii")


async def initialize(footing: Footing, password: str) -> None:
    """Make the database beside its place and then rename it, so that a kill in the middle leaves none."""
    with new_folder(footing) as fresh, password_file(footing, password) as secret:
        command = [
            *(str(footing.binaries / "initdb"), "--pgdata", str(fresh), "--username", USER),
            *("--no-sync", "--no-instructions"),
            # The built-in provider sorts by code point everywhere alike and needs no locale of the system.
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # Only its owner can enter the socket's folder; every local user can reach a TCP port.
            *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"),
        ]
        await run(footing, command)


@contextmanager
def new_folder(footing: Footing) -> Iterator[Path]:
    fresh = footing.pgdata.with_name(f"{footing.pgdata.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    hand_over(fresh, footing)
    yield fresh
    fresh.rename(footing.pgdata)


@contextmanager
def password_file(footing: Footing, password: str) -> Iterator[str]:
    """Give the name of a passing file with the password, which PostgreSQL's user can read."""
    with tempfile.NamedTemporaryFile("w", prefix="drystone-", encoding="ascii") as file:
        file.write(password)
        file.flush()
        hand_over(Path(file.name), footing)
        yield file.name


def make_socket_dir(footing: Footing) -> Path:
    """Make a folder with a short path that only PostgreSQL's user can enter."""
    usual = tempfile.gettempdir()
    parent = usual if len(os.fsencode(usual)) < SOCKET_DIR_BYTES_MAX - len("/drystone-12345678") else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="drystone-", dir=parent))
    hand_over(folder, footing)
    return folder


def hand_over(path: Path, footing: Footing) -> None:
    if footing.user_id is not None:
        os.chown(path, footing.user_id, footing.user_id)


async def run(footing: Footing, command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *tethered(command, death_signal=signal.SIGKILL, user_id=footing.user_id, wrapper=footing.wrapper),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **PLAIN_LOCALE},
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise CommandFailed(command=command[0], code=process.returncode, output=output.decode(errors="replace").strip())
