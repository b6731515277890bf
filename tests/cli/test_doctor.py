"""`drystone doctor`, `fleet` and `temporal setup` on a running stack, and where there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.fleet.needs import QUEUES
from api.fleet.queues import Poller, QueueHealth
from deploy.doctor import STYLES, builds_without_worker
from deploy.local_checks import LocalChecks, disk_findings
from deploy.settings import Settings
from deploy.stack.record import read
from deploy.token_file import token_file
from deploy.versions import EngineVersion
from schema.findings import MEANINGS, FindingCode, Severity
from tests.cli.processes import CommandLine, eventually


def errors(report: Any) -> list[str]:
    return [f"{one['code']} {one['where']}" for one in report["findings"] if one["severity"] == "ERROR"]


def test_a_stack_that_runs_has_no_error_and_shows_its_processes_and_queues(drystone: CommandLine) -> None:
    for worker in ("engine", "blocks"):
        log = drystone.data_dir / "logs" / f"{worker}.log"
        eventually(lambda log=log: "worker started" in log.read_text(encoding="utf-8"))
    report, fleet = drystone.each(("doctor", "--json"), ("fleet", "--json"))
    assert errors(report.json) == []
    assert report.status == 0, report.err
    assert report.json["counts"]["ERROR"] == 0
    assert fleet.status == 0, fleet.err
    assert [queue["name"] for queue in fleet.json["queues"]] == list(QUEUES)
    pids = {name: drystone.pid(name) for name in ("api", "engine", "blocks")}
    assert {one["pid"]: one["roles"] for one in fleet.json["processes"] if not one["is_silent"]} == {
        pids["api"]: ["api"],
        pids["engine"]: ["engine", "platform", "reconciler", "starter"],
        pids["blocks"]: ["blocks"],
    }
    pollers = {queue["name"]: [poller["pid"] for poller in queue["pollers"]] for queue in fleet.json["queues"]}
    assert pids["engine"] in pollers["graph-engine"]
    assert pids["blocks"] in pollers["blocks-sandbox"]


@pytest.mark.long
def test_a_namespace_without_anything_is_found_and_set_up(drystone: CommandLine, tmp_path: Path) -> None:
    record = read(drystone.data_dir)
    assert record is not None
    assert record.endpoints is not None
    installation = CommandLine(
        tmp_path,
        DRYSTONE_DATABASE_URL=record.endpoints.database_url,
        DRYSTONE_TEMPORAL_ADDRESS=record.endpoints.temporal_address,
        DRYSTONE_TEMPORAL_NAMESPACE=f"cli-{uuid4().hex}",
    )
    before = installation("doctor")
    assert before.status == 1
    assert "NAMESPACE_MISSING" in before.out
    assert "-> Run `drystone temporal setup`" in before.out
    made = installation("temporal", "setup")
    assert made.status == 0, made.err
    assert "Temporal is ready for Drystone" in made.out
    after = installation("doctor", "--json")
    assert after.status == 1, "nobody works in it"
    found = {one.split()[0] for one in errors(after.json)}
    # Others may have kept credentials in this database; the keys that seal them are not here.
    assert found - {"KEY_ABSENT"} == {"KEYS_UNREADABLE", "QUEUE_WITHOUT_POLLER"}


def test_without_a_stack_there_is_nothing_to_look_at(alone: CommandLine) -> None:
    answer = alone("fleet")
    assert answer.status == 2
    assert "drystone dev" in answer.err


async def test_a_file_of_secrets_that_others_may_read_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    local = LocalChecks(Settings(data_dir=tmp_path), is_embedded=True)
    file = token_file(tmp_path)
    file.write_text("secret")
    file.chmod(0o600)
    assert list(await local.file_findings()) == []
    file.chmod(0o644)
    (found,) = await local.file_findings()
    assert found.remedy == f"`chmod 600 {file}`."
    assert found.severity is Severity.WARNING


async def test_keys_that_are_missing_and_settings_that_are_unsafe_are_found(tmp_path: Path) -> None:
    weak = LocalChecks(Settings(data_dir=tmp_path, mode="production", codec_key_file=tmp_path / "none.json"))
    assert [one.where for one in await weak.key_findings()] == ["keys of credentials", "keys of the codec"]
    assert {one.code for one in await weak.settings_findings()} == {FindingCode.SETTINGS_UNSAFE}
    assert list(await LocalChecks(Settings(data_dir=tmp_path)).settings_findings()) == []


def test_a_version_of_the_engine_with_open_runs_and_no_worker_is_found() -> None:
    def version(build: str, open_runs: int) -> EngineVersion:
        return EngineVersion(build, "draining", 0.0, "2026-11-26T07:00:00Z", open_runs)

    poller = Poller("1@here", "new", datetime.now(UTC))
    queues = [QueueHealth("graph-engine", 0, 0.0, 0.0, 0.0, [poller])]
    (found,) = builds_without_worker([version("new", 5), version("old", 2), version("older", 0)], queues)
    assert (found.code, found.where) == (FindingCode.BUILD_WITHOUT_WORKER, "build old")
    assert "DRYSTONE_BUILD_ID=old" in found.remedy


def test_a_disk_without_room_is_found(tmp_path: Path) -> None:
    assert list(disk_findings("data folder", tmp_path / "not" / "there", 0, 0)) == []
    (full,) = disk_findings("data folder", tmp_path, bytes_min=2**60)
    assert full.code is FindingCode.DISK_FULL


@pytest.mark.parametrize("code", FindingCode)
def test_every_code_has_a_severity_that_can_be_shown_and_a_remedy(code: FindingCode) -> None:
    assert MEANINGS[code].severity in STYLES
    assert MEANINGS[code].remedy.endswith(".")
