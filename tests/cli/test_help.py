"""`--help`: every command and each thing it takes says what it is, to a reader who knows nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import app
from tests.cli.processes import CommandLine


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below this one, and itself, with the words that lead to it."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*path, name))


COMMANDS = dict(walk(typer.main.get_command(app)))


def plain(text: str) -> str:
    """Give text without frames and line ends."""
    return re.sub(r"[\W_]+", " ", text)


def test_the_walk_finds_the_commands() -> None:
    assert {("dev",), ("run",), ("runs", "cancel"), ("graph", "check"), ("blocks", "run"), ("db", "upgrade")} <= set(
        COMMANDS
    )


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_describes_itself_and_exits_0(path: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(app, [*path, "--help"])
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert COMMANDS[path].help
    assert plain(COMMANDS[path].help).strip() in plain(answer.stdout)


def test_help_names_every_command(alone: CommandLine) -> None:
    answer = alone("--help")
    assert (answer.status, answer.err) == (0, "")
    assert {path[0] for path in COMMANDS if path} <= set(answer.out.split())


@pytest.mark.parametrize("path", [path for path in COMMANDS if COMMANDS[path].params], ids=" ".join)
def test_everything_that_a_command_takes_says_what_it_is(path: tuple[str, ...]) -> None:
    assert [each.name for each in COMMANDS[path].params if not each.help] == []


def test_an_unknown_command_or_option_is_refused_with_2(alone: CommandLine) -> None:
    answers = alone.each(("runs", "nonsense"), ("runs", "list", "--nonsense"))
    for answer, word in zip(answers, ("'nonsense'", "--nonsense"), strict=True):
        assert (answer.status, answer.out) == (2, "")
        assert word in answer.err
        assert answer.err.endswith(". Try --help.\n")
