"""The operator's story of the documentation happens as it is told: real workers are killed, and Temporal's tools see the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request

from api.graphql.ids import decode_uuid
from deploy.stack import ports
from deploy.stack.temporal import find_binary
from schema.ids import workflow_id
from tests.api.pages import ROOT, Step, blocks, compare, fill, page
from tests.api.processes import WorkerProcess
from tests.api.serving import Api, Organisation, api_of_its_own, served
from tests.containers.chosen import servers
from tests.durable.waiting import eventually

PAGE = page("operators-story.md")
KILL, COME_BACK, TEMPORAL = "kill -9 $WORKERS\n", "drystone worker &\n", "temporal workflow list"


@pytest_asyncio.fixture(loop_scope="session")
async def lonely(tmp_path: Path) -> AsyncIterator[Api]:
    """An API on a stack of its own, in whose process nobody works."""
    async with api_of_its_own(tmp_path / "data") as api:
        await api.platform.halt()
        yield api
        await api.platform.begin()


@pytest_asyncio.fixture(loop_scope="session")
async def payments() -> AsyncIterator[tuple[str, list[int]]]:
    """A payment service, and the amounts that it was told of."""
    app, amounts = FastAPI(), list[int]()

    @app.post("/refunds")
    async def refund(request: Request) -> dict[str, int]:
        amounts.append((await request.json())["amount"])
        return {"paid": amounts[-1]}

    async with served(app) as url:
        yield f"{url}/refunds", amounts


def second_version() -> str:
    """Give the agent's file with a format for its receipt."""
    document = json.loads((ROOT / "examples" / "refund.json").read_text(encoding="utf-8"))
    document["nodes"][-1]["input_default"]["format"] = "Refunded: {{ value.paid }}"
    return json.dumps(document)


def told() -> list[tuple[str, Step]]:
    """Give what the page does, in its order: (\"sh\", a command) or (\"graphql\", a request)."""
    found: list[tuple[str, Step]] = []
    for language, body, variables in blocks(PAGE):
        if language in ("sh", "graphql"):
            found.append((language, Step(body)))
        elif variables:
            found[-1][1].variables = variables
        elif language == "json":
            found[-1][1].answer = json.loads(body)
    return found


@pytest.mark.slow
@pytest.mark.long
async def test_the_story_happens_as_it_is_told(lonely: Api, payments: tuple[str, list[int]]) -> None:
    if servers() is not None:
        pytest.skip("the page's commands of Temporal are for the namespace that an embedded server has")
    acme = await lonely.organisation()
    service, amounts = payments
    away = f"http://{ports.HOST}:{ports.choose()}/refunds"
    names: dict[str, Any] = {"SERVICE": service, "AWAY": away, "SECOND": second_version()}
    opened = ",".join(urlsplit(url).netloc for url in (service, away))
    worker = WorkerProcess(lonely.platform.settings, DRYSTONE_EGRESS_ALLOW=opened)
    await worker.start()
    try:
        for language, step in told():
            if language == "graphql":
                await ask(acme, step, names)
            elif step.document == KILL:
                await worker.kill()
            elif step.document == COME_BACK:
                await worker.start()
            else:
                await see(lonely, step.document, str(names.get("CONTINUED", names["RUN"])))
    finally:
        await worker.kill()
    assert amounts == [240]
    assert {"RUN", "SCHEDULE", "APPROVAL", "HELD", "CONTINUED"} <= set(names)


async def ask(acme: Organisation, step: Step, names: dict[str, Any]) -> None:
    """Send a request and compare; a query is sent again until its answer is the page's."""
    variables = fill(step.variables, names)

    async def is_answered() -> bool:
        answer = (await acme.owner.post(step.document, variables)).json()
        assert "errors" not in answer, answer
        known = dict(names)
        try:
            compare(step.answer, answer["data"], known)
        except (AssertionError, KeyError, TypeError) as difference:
            last[:] = [difference, answer["data"]]
            return False
        names.update(known)
        return True

    last: list[Any] = []
    if step.document.startswith("mutation"):
        assert await is_answered(), (step.document, last)
        return
    try:
        await eventually(is_answered, seconds=60)
    except AssertionError:
        raise AssertionError((step.document, last)) from None


async def see(api: Api, command: str, run: str) -> None:
    """Run Temporal's own command line; the run is among what it lists, a moment later."""
    assert command.startswith(TEMPORAL), command
    wanted = workflow_id(decode_uuid("Run", run))  # type: ignore[arg-type]

    async def is_listed() -> bool:
        line = command.strip().replace("temporal", str(find_binary()), 1)
        address = f"--address {api.platform.settings.temporal_address}"
        shell = await asyncio.create_subprocess_shell(f"{line} {address}", stdout=asyncio.subprocess.PIPE)
        output, _ = await shell.communicate()
        listed = json.loads(output or b"[]")
        return any(one["execution"]["workflowId"] == wanted for one in listed)

    await eventually(is_listed, seconds=30)
