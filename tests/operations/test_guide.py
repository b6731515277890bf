"""The operations guide does what it says, on a real PostgreSQL and a real Temporal: restoring repairs, or says, what differs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from deploy.stack import Stack, ports
from deploy.stack.footing import installed
from deploy.stack.temporal import find_binary
from tests.api.pages import ROOT, page
from tests.durable.waiting import eventually
from tests.operations.guide import Shell, guide

GUIDE = guide(page("operations.md"))
#: What stands for an agent of somebody's: it asks a person, and gives what was approved.
AGENT = "agent.json"


def write_agent(folder: Path) -> None:
    """Write the example that asks a person, without the service that it then tells."""
    document = json.loads((ROOT / "examples" / "refund.json").read_text(encoding="utf-8"))
    asked, _, question, service, receipt = (node["id"] for node in document["nodes"])
    document["nodes"] = [node for node in document["nodes"] if node["id"] in (asked, question, receipt)]
    kept = [link for link in document["links"] if service not in (link["source_id"], link["sink_id"])]
    document["links"] = [link for link in kept if link["sink_id"] == question]
    given = next(link for link in kept if link["sink_id"] == question)
    document["links"] += [
        {**given, "id": "8d1a6bff-ff9a-4914-a335-e9e266cea9fb", "source_id": question, "source_name": "approved_data",
         "sink_id": receipt, "sink_name": "value", "is_static": False},
    ]  # fmt: skip
    (folder / AGENT).write_text(json.dumps(document))


@pytest_asyncio.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    """A shell of an operator, with nothing but the two servers."""

    async def leave_empty(_endpoints: object) -> None:
        return None

    stack = Stack(tmp_path / "servers", migrate=leave_empty)
    endpoints = await stack.start()
    folder = tmp_path / "operator"
    folder.mkdir()
    write_agent(folder)
    database = urlsplit(endpoints.database_url)
    port = ports.choose()
    programs = folder / "bin"
    programs.mkdir()
    (programs / "drystone").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m deploy "$@"\n')
    (programs / "drystone").chmod(0o755)
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("DRYSTONE_", "PG"))}
    environment = {
        **mine,
        "PATH": os.pathsep.join((str(programs), str(installed() / "bin"), str(find_binary().parent), os.environ["PATH"])),
        "PYTHONPATH": str(ROOT),
        "PGHOST": str(database.hostname), "PGPORT": str(database.port), "PGUSER": str(database.username),
        "PGPASSWORD": str(database.password), "PGDATABASE": database.path.strip("/"),
        "DRYSTONE_DATABASE_URL": endpoints.database_url,
        "DRYSTONE_TEMPORAL_ADDRESS": endpoints.temporal_address,
        "DRYSTONE_DATA_DIR": str(folder / "data"),
        "DRYSTONE_OBJECT_STORE_URL": (folder / "objects").as_uri(),
        "DRYSTONE_KEY_FILE": str(folder / "keys.json"),
        "DRYSTONE_API_PORT": str(port),
        "DRYSTONE_API_URL": f"http://{ports.HOST}:{port}",
        "DRYSTONE_LLM_DEMO": "false",
    }  # fmt: skip
    (folder / "objects").mkdir()
    try:
        async with Shell(folder, environment) as opened:
            yield opened
    finally:
        await stack.stop()


async def begin(shell: Shell, key: str) -> str:
    """Have somebody start the agent; give the run's id once it waits for a person."""
    run = (await shell.run(f"drystone run {AGENT} --key {key} --detach")).split()[-1]

    async def is_asked() -> bool:
        return bool(await question_of(shell, run))

    await eventually(is_asked, seconds=60)
    return run


async def question_of(shell: Shell, run: str) -> str:
    """Give the approval that a run waits for, or nothing."""
    return await look(shell, f"SELECT id FROM approvals WHERE run_id = '{run}' AND status = 'PENDING'")


async def status(shell: Shell, run: str) -> str:
    return await look(shell, f"SELECT status FROM runs WHERE id = '{run}'")


async def look(shell: Shell, statement: str) -> str:
    """Ask PostgreSQL: quicker than a command line for each look."""
    return (await shell.run(f'psql -Atc "{statement}"')).strip()


async def approve(shell: Shell, run: str) -> None:
    """Have a person approve what a run asks; it goes on, and ends."""
    await shell.run(f"drystone approvals approve '{await question_of(shell, run)}'")

    async def is_over() -> bool:
        return await status(shell, run) == "COMPLETED"

    await eventually(is_over, seconds=60)


@pytest.mark.long
@pytest.mark.skipif(not all(map(shutil.which, ("bash", "jq"))), reason="the guide's commands need bash and jq")
async def test_the_guide_is_run_as_it_stands_and_what_differs_after_a_restore_is_repaired_or_said(shell: Shell) -> None:
    waiting = over = late = ""
    for block in GUIDE:
        if "dropdb" in block.commands:
            # On a server that has never seen us.
            await shell.run("psql -q -c 'DROP OWNED BY drystone_tenant' -c 'DROP ROLE drystone_tenant'")
        await shell.ask(block)
        if "drystone doctor" in block.commands:
            waiting, over = await begin(shell, "waiting"), await begin(shell, "over")
        if "pg_dump " in block.commands:
            # People work on after the backup.
            late = await begin(shell, "late")
            await approve(shell, over)
        if "map(select(.error.code" in block.commands:
            await approve(shell, waiting)
    assert await status(shell, over) == "FAILED"
    assert await status(shell, late) == ""


async def test_the_guide_has_blocks_for_each_part() -> None:
    """The control of the test above: were the page's form to change, it would run nothing."""
    commands = "\n".join(block.commands for block in GUIDE)
    for word in ("temporal setup", "migrate", "api &", "doctor", "pg_dump", "pg_restore", "LOST", "rotate"):
        assert word in commands, word
    assert sum(block.answer is not None for block in GUIDE) == 2
    assert not any(word in commands for word in ("kubectl", "helm"))
