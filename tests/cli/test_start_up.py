"""Starting quickly: the command line loads neither the API nor the worker; who needs them becomes a program that does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api.graphql.ids import encode_id
from deploy.ids import from_api, is_uuid, to_api
from schema.ids import new_id
from tests.tidy.source import ROOT

#: What takes long to load and is nobody's who types a command.
HEAVY = (
    "fastapi",
    "strawberry",
    "starlette",
    "uvicorn",
    "sqlalchemy",
    "alembic",
    "activities",
    "api",
    "temporalio.worker",
)
LOADED = f"print(*sorted(name for name in {HEAVY!r} if name in sys.modules))"


def loaded_by(module: str) -> list[str]:
    """Give which of the heavy packages a module loads."""
    command = [sys.executable, "-c", f"import sys, {module}; {LOADED}"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def test_the_command_line_loads_nothing_heavy() -> None:
    assert loaded_by("deploy.cli") == []


@pytest.mark.parametrize(
    ("module", "heavy"), [("deploy.api_server", "fastapi"), ("deploy.worker_process", "temporalio.worker")]
)
def test_what_is_heavy_is_seen(module: str, heavy: str) -> None:
    assert heavy in loaded_by(module)


def test_ids_are_those_of_the_api() -> None:
    run = new_id()
    assert to_api("Run", run) == encode_id("Run", run)
    assert to_api("NodeExecution", run, -3) == encode_id("NodeExecution", run, -3)
    assert from_api(encode_id("Run", run)) == str(run)
    assert is_uuid(str(run))
    assert not is_uuid("examples/running_total.json")
