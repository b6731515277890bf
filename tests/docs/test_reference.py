"""The reference pages name everything that there is: settings, limits, commands, error codes, rights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from api.errors import ErrorCode
from deploy.cli import app
from deploy.settings import Settings
from schema.access import RIGHTS, Right, Role
from schema.limits import LIMITS, Limits

DOCS = Path(__file__).resolve().parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def missing(names: Iterable[str], text: str) -> list[str]:
    """Give the names that the text has not, each as a whole word in backquotes."""
    return [name for name in names if f"`{name}`" not in text]


def commands(command: Any, path: str = "") -> list[str]:
    """Give every command of the command line, by the words that call it."""
    if not hasattr(command, "commands"):
        return [path]
    return [name for word, inner in command.commands.items() for name in commands(inner, f"{path} {word}".strip())]


def test_every_setting_is_on_its_page_with_its_meaning() -> None:
    text = page("settings.md")
    assert missing((f"DRYSTONE_{name.upper()}" for name in Settings.model_fields), text) == []
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description in text, name


def test_every_limit_is_on_its_page_with_its_number() -> None:
    text = page("limits.md")
    for field in fields(Limits):
        value = getattr(LIMITS, field.name)
        assert re.search(rf"\| `{field.name}` \| {re.escape(f'{value:,}')} \|", text), (field.name, value)


def test_every_command_is_on_its_page() -> None:
    assert missing((f"drystone {name}" for name in commands(typer.main.get_command(app))), page("cli.md")) == []


def test_every_error_code_is_on_its_page() -> None:
    assert missing((code.value for code in ErrorCode), page("api.md")) == []


def test_every_right_is_on_its_page_with_the_roles_that_give_it() -> None:
    text = page("api.md")
    for right in Right:
        marks = " | ".join("x" if right in RIGHTS[role] else " " for role in Role)
        assert f"| `{right.value}` | {marks} |" in text, right


@pytest.mark.parametrize("name", ["settings.md", "limits.md", "cli.md", "api.md"])
def test_what_is_gone_is_not_on_a_page(name: str) -> None:
    """A page that names a setting or a limit which no longer exists misleads."""
    known = {f"DRYSTONE_{field.upper()}" for field in Settings.model_fields} | {field.name for field in fields(Limits)}
    named = set(
        re.findall(r"^\| `(DRYSTONE_[A-Z_0-9]+|[a-z_]+_(?:max|seconds|attempts))` \|", page(name), re.MULTILINE)
    )
    assert named - known == set()
