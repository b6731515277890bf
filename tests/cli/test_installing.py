"""What an installation of one's own needs before its processes: secrets in a folder, and settings that come from it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from deploy.secret_files import make_secrets
from deploy.settings import Settings
from schema.db.key_file import read_keys
from tests.cli.processes import CommandLine

DATABASE = "postgres:5432/drystone"


def test_secrets_are_made_once_for_our_user_and_group_only(tmp_path: Path) -> None:
    assert list(make_secrets(tmp_path, DATABASE)) == ["postgres_password", "drystone_database_url", "keys.json"]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert list(make_secrets(tmp_path, DATABASE)) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_mode & stat.S_IRWXO] == []
    assert len(read_keys(tmp_path / "keys.json").by_id) == 1


def test_a_password_that_is_there_stands_in_the_address_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "postgres_password").write_text("of-the-operator\n")
    assert list(make_secrets(tmp_path, DATABASE)) == ["drystone_database_url", "keys.json"]
    address = (tmp_path / "drystone_database_url").read_text()
    assert address == "postgresql+asyncpg://drystone:of-the-operator@postgres:5432/drystone"


def test_what_one_that_was_killed_left_half_written_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In containers each has the same number.
    monkeypatch.setattr(os, "getpid", lambda: 7)

    def kill(*_names: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", kill)
        patched.setattr(Path, "unlink", lambda _path: None)
        with pytest.raises(KeyboardInterrupt):
            list(make_secrets(tmp_path, DATABASE))
    assert list(make_secrets(tmp_path, DATABASE)) == ["postgres_password", "drystone_database_url", "keys.json"]
    assert len((tmp_path / "postgres_password").read_text()) == 48


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        list(make_secrets(tmp_path / name, DATABASE))
    for file in ("postgres_password", "keys.json"):
        assert (tmp_path / "one" / file).read_text() != (tmp_path / "two" / file).read_text()


def test_a_setting_comes_from_the_folder_of_secrets_where_no_variable_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(make_secrets(tmp_path, DATABASE))
    monkeypatch.delenv("DRYSTONE_DATABASE_URL", raising=False)
    assert Settings().database_url is None
    monkeypatch.setenv("DRYSTONE_SECRETS_DIR", str(tmp_path))
    assert Settings().database_url == (tmp_path / "drystone_database_url").read_text()
    monkeypatch.setenv("DRYSTONE_DATABASE_URL", "postgresql+asyncpg://elsewhere/x")
    assert Settings().database_url == "postgresql+asyncpg://elsewhere/x"


def test_what_is_made_is_named_and_never_shown(alone: CommandLine, tmp_path: Path) -> None:
    answer = alone("secrets", tmp_path / "folder")
    assert answer.status == 0
    assert "Made in" in answer.out
    password = (tmp_path / "folder" / "postgres_password").read_text()
    assert password not in answer.out + answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("migrate", "--owner-email", "a@b"), "Set DRYSTONE_DATABASE_URL"),
        (("migrate",), "Set DRYSTONE_DATABASE_URL"),
    ],
)
def test_the_first_owner_wants_a_database(alone: CommandLine, words: tuple[str, ...], said: str) -> None:
    answer = alone(*words)
    assert answer.status == 2
    assert said in answer.err
