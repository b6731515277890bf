"""Where no sandbox works, code is refused with the reason, and nothing of it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks.library.code import ExecuteCode, ExecuteCodeStep, Expression, InstantiateCodeSandbox
from blocks.registry import Registry
from blocks.sandbox import places, probe, process
from blocks.sandbox.places import Place
from blocks.sandbox.process import Ended, run_process
from blocks.sdk import Context
from blocks.sdk.direct import run_directly
from schema.errors import SandboxUnavailable


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which bubblewrap is not installed."""
    monkeypatch.setattr(places.find_program, "__defaults__", ("/nowhere",))
    probe._finding.cache_clear()
    yield
    probe._finding.cache_clear()


async def test_without_bubblewrap_the_blocks_are_disabled_and_nothing_runs(
    without_bubblewrap: None, tmp_path: Path
) -> None:
    registry = Registry([ExecuteCode, InstantiateCodeSandbox, ExecuteCodeStep, Expression])
    reasons = {block.name: registry.disabled_reason(block.id) for block in registry}
    assert reasons.pop("ExpressionBlock") is None
    assert all("bubblewrap is missing" in str(reason) for reason in reasons.values())
    code = f"open({str(tmp_path / 'ran')!r}, 'w').write('x')"
    for block, pin in ((ExecuteCode, "code"), (InstantiateCodeSandbox, "setup_code")):
        result = await run_directly(block, {pin: code}, Context(http=None))  # type: ignore[arg-type]
        assert result.error is not None
        assert (result.error.code, result.emissions) == ("SANDBOX_UNAVAILABLE", [])
        assert "apt install bubblewrap" in result.error.message
    assert not (tmp_path / "ran").exists()


def test_what_no_machine_of_ours_has_is_not_disabled() -> None:
    assert Registry([ExecuteCode]).disabled_reason("not installed") is None


def reason_in_a_namespace(setting: str) -> str:
    """Ask for the reason in a user namespace of its own, as the root of a container that has no more rights."""
    ask = f"{setting}; exec {sys.executable} -c 'from blocks.sandbox.probe import why_not; print(why_not())'"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", ask],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": "/usr/bin:/bin"},
    )
    if "unshare failed" in done.stderr:
        pytest.skip("user namespaces are closed here")
    return done.stdout + done.stderr


def test_where_user_namespaces_are_closed_the_reason_says_so(place: Place) -> None:
    reason = reason_in_a_namespace("echo 0 > /proc/sys/user/max_user_namespaces")
    assert reason.startswith("Code cannot be run here")
    assert "user namespaces are closed" in reason
    assert "bwrap: Creating new namespace failed" in reason
    assert reason_in_a_namespace("true") == "None\n", "the control: with namespaces it works there, too"


@pytest.mark.parametrize("wall", ["--clearenv", "--seccomp", "--remount-ro"])
def test_a_wall_that_is_missing_is_seen(wall: str, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a sandbox that works and lacks one wall is none."""
    whole = process.sandbox_command

    def without(*given: Any) -> list[str]:
        command = whole(*given)
        while wall in command:
            at = command.index(wall)
            takes = 2 if wall in ("--seccomp", "--remount-ro") else 1
            del command[at : at + takes]
        if wall == "--clearenv":
            command[command.index("--chdir") : command.index("--chdir")] = ["--setenv", "DRYSTONE_KEYS", "canary"]
        return command

    monkeypatch.setattr(process, "sandbox_command", without)
    found = probe.look(place.bubblewrap, run_process)
    assert found.place is None
    assert "walls are missing" in found.reason


def test_it_is_looked_for_once_a_process(place: Any) -> None:
    assert probe.find_place() == place
    assert probe.why_not() is None


def test_a_run_that_says_nothing_is_no_sandbox() -> None:
    silent = probe.look("/usr/bin/bwrap", lambda *_: Ended())
    assert silent.place is None
    assert "it says nothing" in silent.reason


def test_ours_or_the_systems_python_and_no_folder_but_its_own() -> None:
    for place in places.candidates("/usr/bin/bwrap"):
        assert all(Path(folder).name in ("bin", "lib") for folder in place.folders)
        assert not any(Path(__file__).is_relative_to(folder) for folder in place.folders)
        assert sys.prefix not in place.folders
        assert place.user_id == (places.NOBODY if os.geteuid() == 0 else None)


def test_the_reason_is_the_errors_message() -> None:
    assert SandboxUnavailable("because").to_wire() == {"code": "SANDBOX_UNAVAILABLE", "message": "because"}
