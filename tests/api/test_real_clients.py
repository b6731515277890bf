"""Clients that we did not write go a person's whole way: sign in, import an AutoGPT file, start, watch, read the outputs."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from gql import Client as GqlClient
from gql import gql
from gql.transport.httpx import HTTPXAsyncTransport

from api.passwords import hash_password
from tests.api.serving import Api, Organisation
from tests.api.watching import OF_RUN, watching

AGENT = Path(__file__).parents[1] / "spec" / "agents" / "calculator-agent.json"
SCRIPT = Path(__file__).parent / "graphql_ws"
PASSWORD = "a long enough password"
SECONDS = 180
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
IMPORT = (
    "mutation($document: JSON!) { importGraph(input: { document: $document }) { graph { id } errors { message } } }"
)
START = "mutation($input: StartRunInput!) { startRun(input: $input) { run { id } errors { message } } }"
OUTPUTS = "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }"
WANTED = {"status": "COMPLETED", "outputs": [{"name": "Output", "values": [{"json": 42}]}]}


async def an_address(api: Api, organisation: Organisation) -> str:
    """Give the owner a password; give their e-mail address."""
    assert organisation.owner.person is not None
    await api.people.set_password(organisation.owner.person, await hash_password(PASSWORD))
    viewer = await organisation.owner("{ viewer { email } }")
    return str(viewer["email"])


async def ask(url: str, operation: str, token: str | None = None, **variables: Any) -> Any:
    """Ask by `gql` over HTTP; give the data of the one field."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with GqlClient(transport=HTTPXAsyncTransport(url=f"{url}/graphql", headers=headers)) as session:
        request = gql(operation)
        request.variable_values = variables
        return next(iter((await session.execute(request)).values()))


async def test_gql_drives_an_agent_from_signing_in_to_its_outputs(api: Api, acme: Organisation) -> None:
    email = await an_address(api, acme)
    token = (await ask(api.url, SIGN_IN, input={"email": email, "password": PASSWORD}))["token"]
    imported = await ask(api.url, IMPORT, token, document=json.loads(AGENT.read_text(encoding="utf-8")))
    wanted = {"graphId": imported["graph"]["id"], "inputs": {"Input": 8}}
    run_id = (await ask(api.url, START, token, input=wanted))["run"]["id"]
    async with watching(api.client(token)) as socket:
        events = await socket.all(OF_RUN, id=run_id)
    assert [event["status"] for event in events if event["__typename"] == "RunMoved"] == [
        "QUEUED",
        "RUNNING",
        "COMPLETED",
    ]
    assert await ask(api.url, OUTPUTS, token, id=run_id) == WANTED


@pytest.mark.skipif(shutil.which("npm") is None, reason="Node.js is not installed here")
@pytest.mark.slow
async def test_graphql_ws_drives_an_agent_from_signing_in_to_its_outputs(
    api: Api, acme: Organisation, tmp_path: Path
) -> None:
    email = await an_address(api, acme)
    folder = shutil.copytree(SCRIPT, tmp_path / "client")
    await run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", at=folder)
    told = await run("node", "drive.mjs", f"{api.url}/graphql", email, PASSWORD, str(AGENT), at=folder)
    found = json.loads(told)
    statuses = [event["status"] for event in found["events"] if event["__typename"] == "RunMoved"]
    assert statuses == ["QUEUED", "RUNNING", "COMPLETED"]
    assert found["run"] == WANTED


async def run(*words: str, at: Path) -> bytes:
    """Run a program to its end; give what it printed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, cwd=at, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(SECONDS):
        output, errors = await process.communicate()
    assert process.returncode == 0, (output + errors).decode()
    return output
