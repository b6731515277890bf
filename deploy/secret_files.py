"""The secrets of an installation whose services share a folder: made where they are missing; they are never shown.

    postgres_password        PostgreSQL's, as its image reads it from a file
    drystone_database_url    DRYSTONE_DATABASE_URL with that password, found by DRYSTONE_SECRETS_DIR
    keys.json                the keys that seal credentials: DRYSTONE_KEY_FILE

Who loses the last one loses every credential; who loses the folder but not the database can give PostgreSQL another password.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schema.db.key_file import make_key_file

USER: Final = "drystone"
#: A group may read them, and nobody else: so the database's own user, in our group, can.
MODE: Final = 0o440
_PASSWORD_BYTES: Final = 24


def make_secrets(folder: Path, database: str) -> Iterator[str]:
    """Make what is missing, for the database at host:port/name; give the names of what was made."""
    password, url = folder / "postgres_password", folder / "drystone_database_url"
    if _made(password, secrets.token_hex(_PASSWORD_BYTES)):
        yield password.name
    secret = password.read_text(encoding="ascii").strip()
    if _made(url, f"postgresql+asyncpg://{USER}:{secret}@{database}"):
        yield url.name
    if make_key_file(folder / "keys.json"):
        yield "keys.json"


def _made(path: Path, text: str) -> bool:
    """Write a file, whole or not at all, and onto the disk; say whether it was made: one that is there is left alone."""
    # No number of a process: in containers all have the same, and what one that was killed left would be in the way for ever.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(MODE)
    try:
        # A link is made only where there is none, whoever else tries.
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True
