"""The file that holds the owner's key of an embedded stack, for the command line; it makes no key."""

from __future__ import annotations

from pathlib import Path


def token_file(data_dir: Path) -> Path:
    """Give the file that holds the owner's key; only its owner may read it."""
    return data_dir / "owner.token"
