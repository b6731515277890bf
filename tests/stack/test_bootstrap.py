"""When an environment counts as finished, without making one."""

from __future__ import annotations

import pytest

from deploy import bootstrap


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with lock files and a finished environment."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    for lock in (bootstrap.MAIN, bootstrap.DEV):
        (tmp_path / lock).write_text("package==1\n")
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (venv / bootstrap.STAMPS[bootstrap.MAIN]).write_text(bootstrap.stamp(bootstrap.MAIN))
    return tmp_path


def is_finished(checkout, lock=bootstrap.MAIN):
    return bootstrap.is_finished(checkout / ".venv", lock)


def test_a_stamped_environment_is_used_as_it_is(checkout):
    assert is_finished(checkout)
    assert not is_finished(checkout, bootstrap.DEV)


def test_a_changed_lock_file_is_installed(checkout):
    (checkout / bootstrap.MAIN).write_text("package==2\n")
    assert not is_finished(checkout)


def test_an_environment_of_a_checkout_that_moved_is_made_again(checkout, monkeypatch):
    moved = checkout.rename(checkout.with_name("moved"))
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    assert not is_finished(moved)


def test_an_environment_left_half_made_is_made_again(checkout):
    (checkout / ".venv" / bootstrap.UNFINISHED).touch()
    assert not is_finished(checkout)


def test_an_environment_whose_python_is_gone_is_made_again(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout / "removed")
    assert not is_finished(checkout)


def test_the_program_is_found_in_a_folder_with_spaces(checkout):
    venv = checkout / "a venv"
    (venv / "bin").mkdir(parents=True)
    bootstrap.add_checkout(venv)
    program = venv / "bin" / "drystone"
    assert program.read_text().startswith("#!/bin/sh\n")
    assert f"'{venv}/bin/python'" in program.read_text()
    assert program.stat().st_mode & 0o111
