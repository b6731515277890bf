"""The Codec Server: who may read payloads reads those of their own organisation, each time noted, and nobody else reads any."""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from api.graphql.ids import decode_uuid
from api.rest.codec import WORKFLOWS_MAX
from blocks.library.events import WaitForEvent
from deploy.codec import Ring
from deploy.stack.temporal import find_binary
from schema.access import RIGHTS, Right, Role
from tests.api.running import OUTPUTS, echo, ended, run_to_end, save, start, uuid_of
from tests.api.scheduling import make as make_schedule
from tests.api.serving import Api, Client, Organisation, api_on
from tests.codec.keys import ONE, OTHER, plain, ring
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform
from tests.durable.sealing import sealed
from tests.durable.waiting import eventually

UI = "http://127.0.0.1:8233"
EVIL = "https://evil.example.com"
AUDIT = "{ auditLog(first: 50) { nodes { operation outcome code objectId } } }"
READERS = {role for role in Role if Right.READ_PAYLOADS in RIGHTS[role]}


@dataclass
class Server:
    """A Codec Server, and the workflow of a run of one organisation's."""

    url: str
    api: Api
    ring: Ring
    acme: Organisation
    run: str

    async def ask(
        self, who: Client | None, payloads: Sequence[Payload], path: str = "decode", **headers: str
    ) -> httpx2.Response:
        """Ask as Temporal's tools do."""
        body = {"payloads": [as_json(payload) for payload in payloads]}
        return await self.send(who, path, json=body, **headers)

    async def send(
        self, who: Client | None, path: str, json: Any = None, content: bytes | None = None, **headers: str
    ) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {} if who is None else who.headers
        async with httpx2.AsyncClient(timeout=30) as http:
            return await http.post(f"{self.url}/codec/{path}", json=json, content=content, headers={**known, **given})

    def sealed(self, text: str = "words", of: str | None = None) -> Payload:
        return self.ring.seal(plain(text), self.run if of is None else of)


def as_json(payload: Payload) -> dict[str, Any]:
    metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"metadata": metadata, "data": base64.b64encode(payload.data).decode()}


def read(answer: httpx2.Response) -> list[Payload]:
    assert answer.status_code == 200, answer.text
    return [
        Payload(
            metadata={name: base64.b64decode(value) for name, value in one["metadata"].items()},
            data=base64.b64decode(one["data"]),
        )
        for one in answer.json()["payloads"]
    ]


async def audited(who: Client) -> list[tuple[str, str, str | None, str | None]]:
    """Give the Codec Server's lines of an organisation's audit log, the newest first."""
    rows = (await who(AUDIT))["nodes"]
    found = [(row["operation"], row["outcome"], row["code"], row["objectId"]) for row in rows]
    return [line for line in found if "Payloads" in line[0]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(api_of_session: Api) -> AsyncIterator[Server]:
    api, platform = api_of_session, copy.copy(api_of_session.platform)
    platform.settings = platform.settings.model_copy(
        update={"codec_keys": SecretStr(f"a:{ONE}"), "temporal_namespace": "default"}
    )
    acme = await api.organisation()
    run = await run_to_end(api, acme, echo(), {"topic": "words"})
    async with api_on(platform, temporal_ui_url=f"{UI}/", has_loops=False) as serving:
        yield Server(serving.url, api, ring(), acme, f"run-{uuid_of(run)}")


@pytest.mark.parametrize("role", list(Role))
async def test_payloads_are_opened_by_right_and_each_call_is_noted(server: Server, role: Role) -> None:
    answer = await server.ask(server.acme[role], [server.sealed("canary")], Origin=UI, X_Namespace="default")
    (newest, *_) = await audited(server.acme.owner)
    if role in READERS:
        assert read(answer) == [plain("canary")]
        assert answer.headers["cache-control"] == "no-store"
        assert newest == ("decodePayloads", "ALLOWED", None, server.run)
    else:
        assert answer.status_code == 403
        assert "canary" not in answer.text
        assert newest == ("decodePayloads", "DENIED", "FORBIDDEN", None)
    assert {Role.VIEWER} == set(Role) - READERS


async def test_nobody_reads_without_a_token_or_with_a_key_that_lacks_the_scope(server: Server) -> None:
    assert (await server.ask(None, [server.sealed()])).status_code == 401
    assert (await server.ask(server.api.client("agp_wrong"), [server.sealed()])).status_code == 401
    owner = server.acme.owner
    assert owner.person is not None
    key = await server.api.people.make_key(server.acme.id, owner.person, "runs only", ["runs:read", "runs:execute"])
    assert (await server.ask(server.api.client(key.token), [server.sealed()])).status_code == 403
    for path in ("default/decode", f"default/{server.run}/decode", f"default/{server.run}/encode", "encode"):
        assert (await server.ask(None, [server.sealed()], path)).status_code == 401, path


async def test_another_organisations_payload_is_refused_and_not_told_from_an_unknown_runs(
    server: Server, other: Organisation
) -> None:
    foreign, unknown = server.sealed("canary"), server.sealed("canary", f"run-{uuid4()}")
    answers = [await server.ask(other.owner, [payload]) for payload in (foreign, unknown)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    assert (await audited(other.owner))[0] == ("decodePayloads", "DENIED", "FORBIDDEN", unknown_of(unknown))
    # One among one's own is enough, and what it claims to be of is proved by opening it.
    assert (await server.ask(server.acme.owner, [server.sealed(), unknown])).status_code == 403
    claiming = server.sealed("canary", f"run-{uuid4()}")
    claiming.metadata["codec-subject"] = server.run.encode()
    answer = await server.ask(server.acme.owner, [claiming])
    assert (answer.status_code, "canary" in answer.text) == (400, False)
    for subject in ("", "run-", "run-x", "workflow", f"scheduled-run-{uuid4()}", "run-" + "0" * 36):
        assert (await server.ask(server.acme.owner, [server.sealed("x", subject)])).status_code == 403, subject


def unknown_of(payload: Payload) -> str:
    return payload.metadata["codec-subject"].decode()


async def test_what_does_not_open_is_refused_without_a_reason_of_its_own(server: Server) -> None:
    changed, wrong_key = server.sealed(), ring(f"a:{OTHER}").seal(plain(), server.run)
    changed.data = changed.data[:-1] + b"x"
    answers = [await server.ask(server.acme.owner, [payload]) for payload in (changed, wrong_key)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == answers[1].json()
    # What is not sealed hides nothing: it comes back as it came.
    assert read(await server.ask(server.acme.owner, [plain("open"), server.sealed("closed")])) == [
        plain("open"),
        plain("closed"),
    ]


async def test_only_temporals_ui_may_call_from_another_page(server: Server) -> None:
    async with httpx2.AsyncClient() as http:
        asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
        for origin, status in ((UI, 200), (EVIL, 400), ("null", 400), (f"{UI}.evil.example.com", 400)):
            answer = await http.options(f"{server.url}/codec/decode", headers={"Origin": origin, **asking})
            assert answer.status_code == status
            is_open = answer.headers.get("access-control-allow-origin") == origin
            assert is_open is (origin == UI)
            if is_open:
                assert answer.headers["access-control-allow-credentials"] == "true"
    for origin in (EVIL, "null", f"{UI}.evil.example.com", "http://127.0.0.1:1"):
        answer = await server.ask(server.acme.owner, [server.sealed()], Origin=origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    answer = await server.ask(server.acme.owner, [server.sealed()], Origin=UI)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, UI)


async def test_a_thousand_calls_of_one_person_are_limited(server: Server) -> None:
    member = server.acme[Role.AUDITOR]
    assert member.person is not None
    limits = server.api.services.config
    assert 0 < limits.codec_calls_per_minute < 1_000
    # The calls before the last one, as the throttle counts them: no test waits for a thousand answers.
    platform = copy.copy(server.api.platform)
    platform.settings = platform.settings.model_copy(
        update={"codec_keys": SecretStr(f"a:{ONE}"), "temporal_namespace": "default"}
    )
    async with api_on(platform, has_loops=False) as serving:
        own = Server(serving.url, server.api, server.ring, server.acme, server.run)
        await serving.services.throttle.take("codec", str(member.person), cost=limits.codec_calls_per_minute - 1)
        assert (await own.ask(member, [own.sealed()])).status_code == 200
        answer = await own.ask(member, [own.sealed()])
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert (await own.ask(server.acme.owner, [own.sealed()])).status_code == 200
    assert ("decodePayloads", "REFUSED", "RATE_LIMITED", None) in await audited(server.acme.owner)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"payloads": 1}', b'{"payloads": [1]}', b'{"payloads": [{"data": 1}]}',
     b'{"payloads": [{"metadata": {"encoding": "?"}}]}', b'{"payloads": [{"metadata": []}]}',
     b'{"payloads": [' + b"{}," * 1_000 + b"{}]}", b'{"payloads": ' + b"[" * 100_000],
)  # fmt: skip
async def test_a_body_of_any_shape_is_refused(server: Server, body: bytes) -> None:
    answer = await server.send(server.acme.owner, "decode", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_USER_INPUT")


async def test_payloads_of_more_workflows_than_are_looked_up_are_refused(server: Server) -> None:
    many = [server.sealed("x", f"run-{uuid4()}") for _ in range(WORKFLOWS_MAX + 1)]
    answer = await server.ask(server.acme.owner, many)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_USER_INPUT")
    assert (await server.ask(server.acme.owner, [server.sealed()] * (WORKFLOWS_MAX + 1))).status_code == 200


async def test_a_body_has_a_limit_that_has_room_for_what_temporal_takes(server: Server) -> None:
    large = server.sealed("x" * 2_000_000)
    assert len(read(await server.ask(server.acme.owner, [large]))[0].data) > 2_000_000
    over = b"x" * (server.api.services.config.codec_bytes_max + 1)
    assert (await server.send(server.acme.owner, "decode", content=over)).status_code == 413


async def test_the_namespace_of_the_path_or_the_header_must_be_ours(server: Server) -> None:
    owner = server.acme.owner
    assert (await server.ask(owner, [server.sealed()], "default/decode", X_Namespace="default")).status_code == 200
    assert (await server.ask(owner, [server.sealed()], f"default/{server.run}/decode")).status_code == 200
    assert (await server.ask(owner, [server.sealed()], "other/decode")).status_code == 404
    assert (await server.ask(owner, [server.sealed()], X_Namespace="other")).status_code == 404


async def test_payloads_are_sealed_for_ones_own_run_by_who_may_start_runs(server: Server, other: Organisation) -> None:
    path = f"default/{server.run}/encode"
    for role in Role:
        answer = await server.ask(server.acme[role], [plain("signal")], path)
        if Right.EXECUTE_RUNS in RIGHTS[role]:
            (payload,) = read(answer)
            assert server.ring.open(payload, server.run) == plain("signal")
        else:
            assert answer.status_code == 403
    assert (await audited(server.acme.owner))[0][0] == "encodePayloads"
    assert (await server.ask(other.owner, [plain()], path)).status_code == 403
    for nowhere in ("encode", "default/encode"):
        assert (await server.ask(server.acme.owner, [plain()], nowhere)).status_code == 400


async def test_a_schedules_payloads_are_its_organisations(server: Server, other: Organisation) -> None:
    owner = server.acme.owner
    graph = await save(server.api, server.acme, echo())
    made = await make_schedule(owner, graph, inputs={"topic": "x"})
    subject = f"scheduled-run-{decode_uuid('Schedule', made['id'])}"
    assert (await server.ask(owner, [server.sealed("x", subject)])).status_code == 200
    assert (await server.ask(other.owner, [server.sealed("x", subject)])).status_code == 403


async def test_a_browser_signs_in_for_these_routes_alone(server: Server) -> None:
    async with httpx2.AsyncClient(base_url=server.url) as browser:
        page = await browser.get("/codec/sign-in")
        assert "password" in page.text
        for token, status in (("", 401), ("agp_wrong", 401), (server.acme[Role.VIEWER].token, 403)):
            answer = await browser.post("/codec/sign-in", data={"token": token})
            assert (answer.status_code, answer.headers.get("set-cookie")) == (status, None)
        token = server.acme.owner.token
        assert (
            await browser.post("/codec/sign-in", data={"token": token}, headers={"Origin": EVIL})
        ).status_code == 403
        answer = await browser.post("/codec/sign-in", data={"token": token}, headers={"Origin": server.url})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/codec", "max-age=43200"))
        body = {"payloads": [as_json(server.sealed("canary"))]}
        answer = await browser.post("/codec/decode", json=body, headers={"Origin": UI})
        assert read(answer) == [plain("canary")]
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert (await browser.post("/codec/decode", json=body, headers={"Origin": EVIL})).status_code == 403
        # The cookie is nothing elsewhere, whoever sends it there.
        sent = {"Cookie": f"drystone_codec={token}"}
        answer = await browser.post("/graphql", json={"query": "{ viewer { email } }"}, headers=sent)
        assert "UNAUTHENTICATED" in answer.text


async def test_a_browser_signs_in_also_where_somebody_else_ends_tls(server: Server) -> None:
    platform = copy.copy(server.api.platform)
    platform.settings = platform.settings.model_copy(update={"codec_keys": SecretStr(f"a:{ONE}")})
    given, there = {"token": server.acme.owner.token}, "https://api.example.com"
    async with (
        api_on(platform, has_loops=False, public_url=f"{there}/") as serving,
        httpx2.AsyncClient(base_url=serving.url) as browser,
    ):
        answer = await browser.post("/codec/sign-in", data=given, headers={"Origin": there})
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
        for other in (EVIL, "http://api.example.com", "null"):
            assert (await browser.post("/codec/sign-in", data=given, headers={"Origin": other})).status_code == 403


async def test_without_keys_there_is_no_codec_server(server: Server, api: Api) -> None:
    async with httpx2.AsyncClient() as http:
        for path in ("decode", "encode", "sign-in"):
            answer = await http.post(
                f"{api.url}/codec/{path}", json={"payloads": []}, headers=server.acme.owner.headers
            )
            assert answer.status_code in (404, 405)


async def test_temporals_own_command_line_reads_and_signals_a_sealed_run(api: Api) -> None:
    acme = await api.organisation()
    async with (
        sealed(api.platform, f"a:{ONE}") as hidden,
        api_on(hidden, temporal_ui_url=UI, has_loops=False) as serving,
    ):
        waiting = make_graph(
            {"wait": (WaitForEvent, {"event_name": "go"}), "out": an_output()}, ["wait.payload -> out.value"]
        )
        run = await start(acme.owner, await save(api, acme, waiting))
        workflow = f"run-{uuid_of(run['id'])}"
        await eventually(lambda: is_waiting(hidden, run["id"]), seconds=60)
        codec = ("--codec-endpoint", f"{serving.url}/codec/{{namespace}}/{workflow}")
        known = ("--codec-auth", f"Bearer {acme.owner.token}")
        shown = [await temporal(hidden, "show", workflow, "-o", "json", *words) for words in ((), (*codec, *known))]
        # What a run begins with names its organisation.
        started = [
            orjson.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]["input"] for text in shown
        ]
        data = [base64.b64decode(one["payloads"][0]["data"]) for one in started]
        assert [str(acme.id).encode() in one for one in data] == [False, True]
        event = ("--name", "event", "--input", '{"name": "go", "payload": "by hand"}')
        await temporal(hidden, "signal", workflow, *event)  # Not sealed, so it is not heard.
        await temporal(hidden, "signal", workflow, *event[:-1], '{"name": "go", "payload": "sealed"}', *codec, *known)
        assert await ended(acme.owner, run["id"]) == "COMPLETED"
        outputs = (await acme.owner(OUTPUTS, id=run["id"]))["outputs"]
        assert outputs[0]["values"][0]["json"] == "sealed"


async def is_waiting(platform: Platform, run_id: str) -> bool:
    statement = "SELECT waits_for FROM node_executions WHERE run_id = :id AND waits_for->>'kind' = 'event'"
    return bool(await platform.sql(statement, id=uuid_of(run_id)))


async def temporal(platform: Platform, verb: str, workflow: str, *words: str) -> bytes:
    """Run Temporal's own command line, as an operator does; give what it prints."""
    process = await asyncio.create_subprocess_exec(
        str(find_binary()), "workflow", verb, "--address", platform.settings.temporal_address or "",
        "--namespace", platform.settings.temporal_namespace, "--workflow-id", workflow, *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return output
