"""`drystone codec`: keys are added, used and dropped one by one, and none is shown."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from schema.db.key_file import read_keys
from schema.errors import Conflict, InvalidInput, NotFound

#: The user of the images, say: another one than who turns the keys.
SERVICE = 10_001


def said(*words: str, typed: str | None = None) -> str:
    answer = CliRunner().invoke(app, ["codec", *words], input=typed, catch_exceptions=False)
    return answer.output


def test_a_key_is_added_then_used_then_the_old_one_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "codec.json"
    where = ("--file", str(file))
    assert read_keys_id(file, said("add-key", *where))
    (first,) = read_keys(file).by_id
    said("add-key", *where)
    keys = read_keys(file)
    (second,) = set(keys.by_id) - {first}
    assert keys.current == first
    with pytest.raises(NotFound):
        said("use-key", "nobody", *where)
    said("use-key", second, *where)
    assert read_keys(file).current == second
    assert f"{second}  (current)" in said("keys", *where)
    with pytest.raises(Conflict):
        said("drop-key", second, "--yes", *where)
    assert "Aborted" in said("drop-key", first, *where, typed="n\n")
    assert set(read_keys(file).by_id) == {first, second}
    said("drop-key", first, "--yes", *where)
    assert set(read_keys(file).by_id) == {second}


def read_keys_id(file: Path, text: str) -> bool:
    """Say whether a text names the current key and shows none."""
    keys = read_keys(file)
    return keys.current in text and not any(base64.b64encode(key).decode() in text for key in keys.by_id.values())


def test_whoever_could_read_the_file_reads_the_one_that_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "codec.json"
    said("add-key", "--file", str(file))
    file.chmod(0o640)
    if os.geteuid() == 0:  # Nobody else may give a file away.
        os.chown(file, SERVICE, SERVICE)
    before = file.stat()
    said("add-key", "--file", str(file))
    after = file.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def test_without_a_file_it_says_which_setting_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRYSTONE_CODEC_KEY_FILE", raising=False)
    with pytest.raises(InvalidInput, match="DRYSTONE_CODEC_KEY_FILE"):
        said("keys")
