"""Sandboxes between their steps: an id holds all that made one, and nothing else may be read as one."""

from __future__ import annotations

import base64
import zlib

import pytest

from blocks.sandbox.journal import Journal, read_id
from blocks.sandbox.running import Language
from schema.errors import BlockFailed
from schema.limits import LIMITS

JOURNAL = Journal(Language.PYTHON, ("x = 1", "y = 'ä'"), ("true",), 60, "seed")


def packed(data: bytes) -> str:
    return "local." + base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


def test_an_id_gives_what_made_the_sandbox() -> None:
    assert read_id(JOURNAL.to_id()) == JOURNAL
    assert read_id(JOURNAL.then("z").to_id()).steps == ("x = 1", "y = 'ä'", "z")
    assert JOURNAL.to_id() == JOURNAL.to_id()


def test_an_id_is_short() -> None:
    assert len(Journal(Language.PYTHON, ("print('x')\n" * 1000,)).to_id()) < 300


@pytest.mark.parametrize("sandbox_id", ["", "i2x9k3l1", "local", "e2b.abc"])
def test_an_id_of_another_sandbox_is_refused(sandbox_id: str) -> None:
    with pytest.raises(BlockFailed, match="no sandbox of ours"):
        read_id(sandbox_id)


@pytest.mark.parametrize(
    "sandbox_id",
    [
        "local.",
        "local.%%%",
        "local.AAAA",
        JOURNAL.to_id()[:-4],
        JOURNAL.to_id() + "ä",
        packed(b"{}"),
        packed(b"not json"),
        packed(b'{"language": "cobol", "steps": []}'),
        packed(b'{"language": "python", "steps": [1]}'),
        packed(b" " * 100_000_000),
    ],
    ids=range(10),
)
def test_a_damaged_id_is_refused(sandbox_id: str) -> None:
    with pytest.raises(BlockFailed, match="damaged"):
        read_id(sandbox_id)


def test_a_sandbox_has_so_many_steps() -> None:
    full = Journal(Language.PYTHON, ("1",) * LIMITS.code_steps_max)
    with pytest.raises(BlockFailed, match="make another sandbox"):
        full.then("2")
