"""The canary test: secrets are planted everywhere, used and given away by blocks, and found nowhere; a planted leak is found.

The stack is the real one, with its processes, so that their logs are looked at, too. What is searched: every table, the object
store, every history, every file of the data folder (PostgreSQL's and Temporal's own among them, and the logs), every answer of the
API, the metrics of each process and the spans that they send. Left out are the files that hold secrets by design: the keys, the
first owner's token, the database's password and the record by which clients find the database.

Both ways: payloads are sealed for Temporal, or are not. Where they are, Temporal has no value, nor the text of an error: what leaks
on purpose, and is found in its histories and its file where they are not, is then searched for there in vain.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client as Temporal

from api.graphql.ids import decode_uuid, encode_id
from deploy.owner import EMAIL, token_file
from deploy.sealing import key_path
from deploy.session import api_command, migrate, worker_command
from deploy.settings import Settings
from deploy.stack import Endpoints, Stack
from deploy.stack.ports import choose
from schema.db.engine import make_engine
from schema.db.key_file import read_keys
from schema.db.people import People
from schema.graph import Graph, write_graph
from schema.ids import LOCAL_TENANT
from tests.api.canaries import Canaries, files, histories, tables
from tests.api.credentials import BEGIN, CREATE, LIST, ONE, Provider, api_key, host_scoped
from tests.api.running import START
from tests.api.serving import Client, Json
from tests.durable.credential_blocks import GROUP, Spend
from tests.durable.failing_blocks import FailWith
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.waiting import eventually
from tests.egress.servers import Seen, Server, reply, serve
from tests.tidy.source import ROOT

pytestmark = pytest.mark.slow

HOWS = (
    "length",
    "emit",
    "emit in parts",
    "encoded",
    "large",
    "log",
    "raise",
    "fail",
    "error pin",
    "away",
    "show",
    "url",
)
#: Secrets by design; everything else of the data folder is searched.
KEPT = frozenset({"keys.json", "owner.token", "postgres.password", "stack.json"})
IMPORT = "mutation($input: ImportGraphInput!) { importGraph(input: $input) { graph { id } errors { code message } } }"
EXPORT = "query($id: ID!) { exportGraph(id: $id) { document } }"
RECORD = (
    "query($id: ID!) { run(id: $id) { status stats error { code message } inputs { name value { json } } outputs { name values "
    "{ json preview valueUrl } } log(first: 100, includeText: true) { nodes { line } } nodeExecutions(first: 50) { nodes { nodeId "
    "status error { code message } attempts { number error { code message } } inputs { pin value { json preview } } "
    "outputs { pin value { json preview } } } } } }"
)  # fmt: skip
KEY = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { token errors { code } } }"
INVITE = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token errors { code } } }"
ACCEPT = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { token errors { code } } }"


@dataclass
class Listening(Client):
    """A client that keeps every answer."""

    answers: list[bytes] = field(default_factory=list)

    async def post(self, query: str, variables: Any = None) -> httpx2.Response:
        answer = await super().post(query, variables)
        # What is shown once, and to its maker alone, is no leak.
        if not any(name in query for name in ("createApiKey", "inviteMember", "acceptInvitation")):
            self.answers.append(answer.content)
        return answer


@dataclass
class World:
    """The stack, the outside, and what is planted."""

    data_dir: Path
    endpoints: Endpoints
    engine: AsyncEngine
    temporal: Temporal
    client: Listening
    provider: Provider
    outside: Server
    canaries: Canaries
    collector: Server
    ops: tuple[str, ...]
    is_sealed: bool

    async def places(self) -> list[tuple[str, bytes]]:
        """Give everything that is kept and everything that was answered."""
        answers = [("answers", answer) for answer in self.client.answers]
        metrics = [("metrics", (await self.client.http.get(f"http://{one}/metrics")).content) for one in self.ops]
        spans = [("traces", seen.body) for seen in self.collector.seen]
        kept = [*await tables(self.engine), *await histories(self.temporal), *files(self.data_dir, KEPT)]
        found = [*kept, *answers, *metrics, *spans]
        assert {name for name, _ in found} >= {"table credentials", "history", "answers", "file logs", "traces"}
        # They are looked at as they can be read.
        assert all(b"drystone_" in data for name, data in found if name == "metrics")
        assert any(b"SpendBlock" in data for name, data in found if name == "traces")
        return found


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="session",
    params=[False, True],
    ids=["plain", "sealed"],
)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    canaries = Canaries()
    codec_key = os.urandom(32)
    codec = {"DRYSTONE_CODEC_KEYS": f"canary:{base64.b64encode(codec_key).decode()}"} if request.param else {}
    canaries.plant("codec's key", codec_key)
    folder = tmp_path_factory.mktemp("canary")
    provider: Provider

    async def respond(seen: Seen, writer: Any) -> bytes:
        return await provider.respond(seen, writer)

    async def echo(seen: Seen, _writer: Any) -> bytes:
        return reply(200, f"{seen.path} {seen.headers}".encode(), {"Content-Type": "text/plain"})

    ops = tuple(f"127.0.0.1:{choose()}" for _ in range(2))
    async with serve(respond) as server, serve(echo) as outside, serve() as collector:
        provider = Provider(server, prefix=canaries.plant("oauth").replace('"', ""))
        canaries.planted["oauth"] = provider.prefix.encode()
        provider.is_open.set()
        oauth_file = folder / "oauth.json"
        facts = {name: value for name, value in vars(provider.config()).items() if value and name != "name"}
        canaries.plant("client secret", str(facts["client_secret"]))
        oauth_file.write_bytes(orjson.dumps({"canary": facts}))

        def environment(endpoints: Endpoints) -> dict[str, str]:
            return {
                **Settings(data_dir=endpoints.data_dir).environment(endpoints),
                **codec,
                "DRYSTONE_EXTRA_BLOCK_MODULES": "tests.durable.credential_blocks,tests.durable.failing_blocks",
                "DRYSTONE_EGRESS_ALLOW": f"{server.host},{outside.host}",
                "DRYSTONE_OAUTH_FILE": str(oauth_file),
                "DRYSTONE_LOG_LEVEL": "DEBUG",
                "DRYSTONE_OTLP_ENDPOINT": collector.url,
                "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            }

        watched = [["env", f"DRYSTONE_OPS_ADDRESS={one}"] for one in ops]
        workers = {"worker": [*watched[0], *worker_command()]}
        stack = Stack(
            folder / "data",
            worker_commands=workers,
            api_command=[*watched[1], *api_command()],
            migrate=migrate,
            environment=environment,
        )
        async with stack as endpoints:
            assert endpoints.api_url is not None
            token = token_file(endpoints.data_dir).read_text().strip()
            engine = make_engine(endpoints.database_url, pool_size=2)
            temporal = await Temporal.connect(endpoints.temporal_address, namespace=endpoints.namespace)
            client = Listening(endpoints.api_url, token)
            canaries.plant("owner's key", token.split("_", 2)[2])
            canaries.plant("database's password", (endpoints.data_dir / "postgres.password").read_text().strip())
            await eventually(lambda: _answers(client), seconds=60)
            try:
                yield World(
                    endpoints.data_dir, endpoints, engine, temporal, client, provider, outside, canaries, collector, ops,
                    request.param,
                )  # fmt: skip
            finally:
                await client.http.aclose()
                await engine.dispose()


async def _answers(client: Client) -> bool:
    try:
        return (await client.http.get(f"{client.url}/readyz")).status_code == 200
    except httpx2.HTTPError:
        return False


async def make(world: World, **secret: Any) -> str:
    given = {"provider": "canary", "title": "Canary", "secret": secret}
    payload = await world.client(CREATE, input=given)
    assert payload["errors"] == [], payload
    return str(payload["credential"]["id"])


async def connect(world: World) -> str:
    """Grant access; the answer comes back to where the API is."""
    begun = await world.client(BEGIN, input={"provider": "canary", "scopes": ["chat"], "title": "Granted"})
    answer = world.provider.grant(begun["authorizeUrl"])
    page = await world.client.http.get(f"{world.client.url}/oauth/callback", params=answer)
    assert page.status_code == 200, page.text
    world.client.answers.append(page.content)
    return str((await world.client(LIST, type="OAUTH2"))["nodes"][0]["id"])


async def keep(world: World, graph: Graph) -> str:
    payload = await world.client(IMPORT, input={"document": write_graph(graph)})
    assert payload["errors"] == [], payload
    return str(payload["graph"]["id"])


async def run(world: World, graph_id: str, credential: str | None = None, **inputs: Any) -> Json:
    """Run an agent to its end; give its record, as a client sees it."""
    chosen = [] if credential is None else [{"key": GROUP, "credentialId": credential}]
    payload = await world.client(START, input={"graphId": graph_id, "inputs": inputs, "credentials": chosen})
    assert payload["errors"] == [], payload

    async def is_over() -> bool:
        status = (await world.client("query($id: ID!) { run(id: $id) { status } }", id=payload["run"]["id"]))["status"]
        return status in ("COMPLETED", "FAILED")

    await eventually(is_over, seconds=90, pause_seconds=0.2)
    found: Json = await world.client(RECORD, id=payload["run"]["id"])
    return found


def spending(url: str) -> Graph:
    """Give an agent that gives its secret away in every way."""
    nodes: dict[str, Any] = {
        f"spend {how}": (Spend, {"how": how, "url": url}, {"retry": {"attempts": 2, "first_wait_seconds": 0.1}})
        for how in HOWS
    }
    # Addresses that are refused, and that nobody answers at.
    nodes["refused"] = (Spend, {"how": "url", "url": "http://127.0.0.1:1/"})
    outputs = {f"out {how}": an_output(how) for how in HOWS}
    return make_graph({**nodes, **outputs}, [f"spend {how}.value -> out {how}.value" for how in HOWS])


async def plant(world: World) -> dict[str, str]:
    """Make a credential of each type; give their ids."""
    plant = world.canaries.plant
    made = {
        "api_key": await make(world, **api_key(plant("api key"))),
        "user_password": await make(world, userPassword={"username": "ann", "password": plant("password")}),
        "host_scoped": await make(
            world, **host_scoped(world.outside.host, Authorization=f"Bearer {plant('header')}", X_Key=plant("x-key"))
        ),
        "oauth2": await connect(world),
    }
    for key_id, key in read_keys(key_path(Settings(data_dir=world.data_dir))).by_id.items():
        world.canaries.plant(f"key {key_id}", key)
    return made


async def sign_in(world: World) -> None:
    """Make the tokens that people and programs have, and use them."""
    plant = world.canaries.plant
    key = (await world.client(KEY, input={"name": "program", "scopes": ["runs:read"]}))["token"]
    plant("key of a program", key.split("_", 2)[2])
    invitation = (await world.client(INVITE, input={"email": "ann@example.com", "role": "EDITOR"}))["token"]
    plant("invitation", invitation)
    given = {"token": invitation, "name": "Ann", "password": plant("password of Ann")}
    session = (await world.client(ACCEPT, input=given))["token"]
    plant("session", session)
    owner = await People(world.engine).person_by_email(EMAIL)
    assert owner is not None
    plant("another session", (await People(world.engine).begin_session(owner, LOCAL_TENANT, 600)).token)
    for token in (key, session, "drs_wrong", world.canaries.planted["another session"].decode()):
        other = Listening(world.client.url, token, answers=world.client.answers)
        await other.post("{ viewer { email } runs(first: 5) { nodes { id } } }")
        await other.http.aclose()
    await world.client.http.get(f"{world.client.url}/graphql", params={"token": session})


@pytest.mark.long
async def test_no_secret_is_anywhere_and_a_leak_is_found(world: World) -> None:
    await sign_in(world)
    credentials = await plant(world)
    inner = spending(world.outside.url)
    graph_id, child_id = await keep(world, inner), str(uuid4())
    top = make_graph({"child": an_agent(inner)}, id=child_id)
    top_id = await keep(world, top)
    for kind, credential in credentials.items():
        record = await run(world, graph_id, credential)
        assert record["status"] == "COMPLETED", (kind, record)
        ended = {row["nodeId"]: row["status"] for row in record["nodeExecutions"]["nodes"]}
        assert ended["spend emit"] == ended["spend url"] == "COMPLETED", (kind, record)
        assert ended["spend raise"] == ended["spend fail"] == ended["spend away"] == ended["refused"] == "FAILED"
        assert "***" in str(record)
    await run(world, top_id, credentials["api_key"])
    await renew(world, graph_id, credentials["oauth2"])
    await look_at_everything(world, [graph_id, top_id], credentials.values())
    # They were used: outside has seen them.
    seen = str([request.path for request in world.outside.seen])
    assert "cnry-api%20key" in seen or "cnry-api" in seen

    places = await world.places()
    assert sorted(world.canaries.hits(places)) == []

    # The control: what leaks is found, by the same search, at each kind of place, in the form in which it stands there.
    leak = Canaries()
    await leak_on_purpose(world, leak)
    found = leak.hits(await world.places())
    kinds = {place for _, place in found}
    assert {"table emissions", "table values", "table run_logs", "table plans", "answers"} <= kinds
    assert {"file objects", "file logs", "file postgres"} <= kinds
    in_temporal = {(name, place.removesuffix("-wal")) for name, place in found if _is_temporals(place)}
    expected = {(name, place) for name in ("plain", "error", "crash") for place in ("history", "file temporal.sqlite")}
    # Where payloads are sealed that is the test, and where they are not, its control.
    assert in_temporal == set() if world.is_sealed else in_temporal >= expected
    assert {name for name, place in found if place == "table emissions"} >= {"plain", "encoded"}


def _is_temporals(place: str) -> bool:
    return place == "history" or place.startswith("file temporal.sqlite")


async def renew(world: World, graph_id: str, credential: str) -> None:
    """Let a token end, so that the worker asks for another; then let the provider refuse."""
    for is_refusing in (False, True):
        if is_refusing:
            world.provider.refresh_tokens.clear()
        async with world.engine.begin() as connection:
            statement = "UPDATE credentials SET expires_at = $1 WHERE id = $2"
            ends = datetime.now(UTC) - timedelta(seconds=1)
            await connection.exec_driver_sql(statement, (ends, decode_uuid("Credential", credential)))
        record = await run(world, graph_id, credential)
        assert ("CREDENTIAL_ENDED" in str(record)) is is_refusing
    assert (await world.client(ONE, id=credential))["endedAt"] is not None


async def look_at_everything(world: World, graphs: list[str], credentials: Any) -> None:
    """Ask the API for all that it tells; its answers are searched."""
    for graph_id in graphs:
        await world.client(EXPORT, id=graph_id)
    for credential in credentials:
        await world.client(ONE, id=credential)
    await world.client("{ auditLog(first: 100) { nodes { operation objectId code } } }")
    await world.client(
        "{ apiKeys { name prefix } members { email } credentials(first: 100) { nodes { title last4 } } }"
    )
    await world.client.post(CREATE, {"input": {"provider": "x", "title": "y", "secret": {"apiKey": {"key": ["bad"]}}}})
    await world.client.post("query($id: ID!) { run(id: $id) { status } }", {"id": encode_id("Run", uuid4())})


async def leak_on_purpose(world: World, leak: Canaries) -> None:
    """Put canaries where any value goes: into constants, outputs large and small, a block's log, and the worker's own log."""
    words, encoded, error, crash = (leak.plant(name) for name in ("plain", "encoded", "error", "crash"))
    secret = base64.b64encode(f"ab{encoded}c".encode()).decode()
    graph = make_graph(
        {
            "small": ("1ff065e9-88e8-4358-9d82-8dc91f622ba9", {"input": words}),
            "encoded": ("1ff065e9-88e8-4358-9d82-8dc91f622ba9", {"input": secret}),
            "middle": ("1ff065e9-88e8-4358-9d82-8dc91f622ba9", {"input": f"{words}{'x' * 3_000}"}),
            "large": ("1ff065e9-88e8-4358-9d82-8dc91f622ba9", {"input": f"{words}{'y' * 80_000}"}),
            "error": (FailWith, {"words": error}),
            "crash": (FailWith, {"words": crash, "is_crash": True}),
            "out": an_output(),
        },
        ["small.output -> out.value"],
    )
    await run(world, await keep(world, graph))
    async with world.engine.begin() as connection:
        statement = "INSERT INTO run_logs (run_id, execution, attempt, level, line) SELECT id, 1, 1, 'info', $1 FROM runs LIMIT 1"
        await connection.exec_driver_sql(statement, (words,))
    with (world.data_dir / "logs" / "worker.log").open("a") as log:
        log.write(orjson.dumps({"event": words}).decode() + "\n")
