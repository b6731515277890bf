"""`python -m deploy.doctor [--json] [--fairness]`: says what is wrong with an installation, each with its remedy; it mends nothing.

It looks at the servers that the settings name, or else at the running embedded stack's; what it cannot reach is a finding. Exit
status: 0 nothing that is an error was found, 1 something was, 2 there is nothing to look at.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

import orjson
from rich.console import Console
from rich.text import Text

from api.fleet.doctor import Doctor
from api.fleet.queues import QueueHealth, look_at_queues
from api.temporal import Temporal
from deploy.build import object_store
from deploy.connecting import client_of
from deploy.ending import leave, status_of
from deploy.local_checks import LocalChecks
from deploy.sealing import key_provider
from deploy.session import NoDatabase
from deploy.settings import Settings
from deploy.stack import find_endpoints
from deploy.versions import EngineVersion, versions
from schema.db.engine import make_engine
from schema.db.key_file import BadKeys
from schema.db.vault import KeyProvider, LocalKeys, Vault
from schema.findings import Finding, FindingCode, Severity, finding

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
POOL_SIZE = 4


async def located(settings: Settings) -> Settings:
    """Give the settings with the servers to look at: their own, or the running stack's. Raise NoDatabase where there is none."""
    if settings.database_url is not None:
        return settings
    endpoints = await find_endpoints(settings.data_dir)
    if endpoints is None:
        raise NoDatabase
    return settings.at(endpoints)


async def examine(settings: Settings, *, has_fairness: bool = False) -> list[Finding]:
    """Look at all that there is; give what was found, the worst first."""
    found = await located(settings)
    local = LocalChecks(found, is_embedded=settings.database_url is None)
    checks = [
        local.settings_findings,
        local.key_findings,
        local.file_findings,
        local.disk_findings,
        local.sandbox_findings,
    ]
    async with _doctor(found, has_fairness=has_fairness) as doctor:

        async def builds() -> Iterable[Finding]:
            return await build_findings(doctor.temporal, found.deployment)

        return await doctor.look([*checks, builds])


@asynccontextmanager
async def _doctor(settings: Settings, *, has_fairness: bool) -> AsyncIterator[Doctor]:
    assert settings.database_url is not None
    engine = make_engine(settings.database_url, pool_size=POOL_SIZE, application_name="drystone doctor")
    try:
        yield Doctor(
            engine=engine,
            temporal=Temporal(lambda: client_of(settings, is_lazy=True)),
            objects=lambda: object_store(settings),
            vault=Vault(_keys(settings)),
            clamd_address=settings.clamd_address,
            has_fairness=has_fairness,
        )
    finally:
        await engine.dispose()


def _keys(settings: Settings) -> KeyProvider:
    try:
        return key_provider(settings)
    except BadKeys:
        return LocalKeys()  # That they cannot be read is a finding of its own.


async def build_findings(temporal: Temporal, deployment: str) -> list[Finding]:
    """Give the versions of the engine that runs are pinned to, and of which no worker is here."""
    async with temporal.client() as client:
        known = [one for one in await versions(client, deployment) if one.open_runs]
        queues = await look_at_queues(client) if known else []
    return builds_without_worker(known, queues)


def builds_without_worker(known: Iterable[EngineVersion], queues: Iterable[QueueHealth]) -> list[Finding]:
    """Give the versions with open runs that no poller is of."""
    served = {poller.build_id for queue in queues for poller in queue.pollers}
    return [
        finding(
            FindingCode.BUILD_WITHOUT_WORKER,
            f"build {one.build_id}",
            f"{one.open_runs} open runs are pinned to the build {one.build_id}, and no worker of it is here.",
            build=one.build_id,
        )
        for one in known
        if one.open_runs and one.build_id not in served
    ]


def as_json(findings: Sequence[Finding]) -> bytes:
    """Give the report as a document."""
    counts = Counter(one.severity for one in findings)
    document = {
        "counts": {severity.value: counts[severity] for severity in Severity},
        "findings": [asdict(one) for one in findings],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def show(console: Console, findings: Sequence[Finding]) -> None:
    """Print the report for a person."""
    for one in findings:
        console.print(
            Text.assemble(
                (f"{one.severity.value:<8}", STYLES[one.severity]), (one.code.value, "bold"), f"  {one.where}"
            )
        )
        console.print(Text(f"        {one.what}"))
        console.print(Text(f"        -> {one.remedy}", "cyan"))
    counts = Counter(one.severity for one in findings)
    console.print(
        Text(
            f"{counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings, {counts[Severity.INFO]} notes. "
            "What each means: docs/doctor.md."
        )
    )


def main() -> int:
    words = sys.argv[1:]
    findings = asyncio.run(examine(Settings(), has_fairness="--fairness" in words))
    if "--json" in words:
        print(as_json(findings).decode())
    else:
        show(Console(soft_wrap=True, highlight=False), findings)
    return 1 if any(one.severity is Severity.ERROR for one in findings) else 0


if __name__ == "__main__":
    leave(status_of(main))
