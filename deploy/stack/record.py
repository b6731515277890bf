"""`stack.json`: what a running stack tells other processes about itself; never read by its writer.

It holds the database's password, so only its owner may read it. It is replaced as a whole, so a reader
never sees half of it. A clean stop removes it: one that names a dead supervisor is what a crash left
behind.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.stack.errors import RecordUnreadable
from deploy.stack.processes import Identity

FILE = "stack.json"
FORMAT = 1


@dataclass(frozen=True)
class Endpoints:
    """Where a running stack answers. `database_url` is for SQLAlchemy: postgresql+asyncpg://..."""

    database_url: str = field(repr=False)  # It holds the password.
    temporal_address: str
    temporal_ui_url: str
    namespace: str
    data_dir: Path
    #: Where the API answers; absent where the stack has none.
    api_url: str | None = None


@dataclass(frozen=True)
class Record:
    """One stack as others see it. `endpoints` is None until everything is ready."""

    supervisor: Identity
    children: dict[str, Identity] = field(default_factory=dict)
    endpoints: Endpoints | None = None
    socket_dir: str = ""


def write(data_dir: Path, record: Record) -> None:
    fresh = data_dir / f"{FILE}.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(to_json(record), file, indent=2)
    fresh.replace(data_dir / FILE)


def read(data_dir: Path) -> Record | None:
    """Give the record of the folder's stack, dead or alive, or None when there is none."""
    path = data_dir / FILE
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")), data_dir)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordUnreadable(path=path, reason=repr(error)) from error


def remove(data_dir: Path) -> None:
    (data_dir / FILE).unlink(missing_ok=True)


def to_json(record: Record) -> dict[str, Any]:
    ends = record.endpoints
    return {
        "format": FORMAT,
        "supervisor": vars(record.supervisor),
        "children": {name: vars(child) for name, child in record.children.items()},
        "endpoints": ends and {key: value for key, value in vars(ends).items() if key != "data_dir"},
        "socket_dir": record.socket_dir,
    }


def from_json(data: dict[str, Any], data_dir: Path) -> Record:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']} instead of {FORMAT}")
    ends = data["endpoints"]
    return Record(
        supervisor=Identity(**data["supervisor"]),
        children={name: Identity(**child) for name, child in data["children"].items()},
        endpoints=ends and Endpoints(**ends, data_dir=data_dir),
        socket_dir=data["socket_dir"],
    )
