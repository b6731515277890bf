"""What one request may ask for: every limit of the GraphQL endpoint, each with what just fits, and what clients are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import strawberry
from structlog.testing import capture_logs

from api.graphql.connections import PAGE_MAX
from api.graphql.guard import ANYONE, Guard, guards
from api.graphql.people import PeopleQuery
from schema.access import Role
from tests.api.serving import Api, Client, Organisation, api_on


@pytest_asyncio.fixture(loop_scope="session")
async def production(api: Api) -> AsyncIterator[Api]:
    async with api_on(api.platform, is_production=True) as served:
        yield served


async def code_of(client: Client, query: str, **variables: Any) -> str | None:
    errors = (await client.post(query, variables)).json().get("errors") or [{}]
    return errors[0].get("extensions", {}).get("code")


async def test_a_query_beyond_the_depth_is_refused(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, query_depth_max=3) as shallow:
        owner = shallow.client(acme.owner.token)
        assert await code_of(owner, "{ auditLog { nodes { id } } }") is None
        assert await code_of(owner, "{ auditLog { edges { node { actor { id } } } } }") == "QUERY_TOO_COMPLEX"
        hidden = "{ auditLog { ...a } } fragment a on AuditEntryConnection { edges { node { actor { id } } } }"
        assert await code_of(owner, hidden) == "QUERY_TOO_COMPLEX"


async def test_aliases_are_counted_also_in_fragments(acme: Organisation) -> None:
    def aliased(count: int) -> str:
        return "{ viewer { " + " ".join(f"a{number}: id" for number in range(count)) + " } }"

    assert await code_of(acme.owner, aliased(30)) is None
    assert await code_of(acme.owner, aliased(31)) == "QUERY_TOO_COMPLEX"
    spread = "{ viewer { ...f } } fragment f on Viewer { " + " ".join(f"a{n}: id" for n in range(400)) + " }"
    assert await code_of(acme.owner, spread) == "QUERY_TOO_COMPLEX"


async def test_tokens_are_counted(acme: Organisation) -> None:
    assert await code_of(acme.owner, "{ viewer { " + "id " * 300 + "} }") is None
    assert await code_of(acme.owner, "{ viewer { " + "id " * 2_100 + "} }") == "BAD_USER_INPUT"


async def test_lists_in_lists_cost_what_they_multiply_to(acme: Organisation) -> None:
    one = "{ a: auditLog(first: 100) { nodes { id } } }"
    assert await code_of(acme.owner, one) is None
    many = "{ " + " ".join(f"a{n}: auditLog(first: 100) {{ nodes {{ id }} }}" for n in range(11)) + " }"
    assert await code_of(acme.owner, many) == "QUERY_TOO_COMPLEX"
    by_variable = (
        "query($n: Int) { " + " ".join(f"a{n}: auditLog(first: $n) {{ nodes {{ id }} }}" for n in range(11)) + " }"
    )
    assert await code_of(acme.owner, by_variable, n=100) == "QUERY_TOO_COMPLEX"
    assert await code_of(acme.owner, by_variable, n=10) is None


async def test_fragments_that_double_each_time_are_counted_at_once(acme: Organisation) -> None:
    levels = 40
    fragments = [f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    query = "{ viewer { ...f0 } } " + " ".join(fragments) + f" fragment f{levels} on Viewer {{ id }}"
    async with asyncio.timeout(10):
        assert await code_of(acme.owner, query) is None


async def test_a_query_that_nests_without_end_is_refused(acme: Organisation) -> None:
    query = "{ viewer " + "{ organisation " * 450 + "}" * 451
    assert await code_of(acme.owner, query) in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")


@pytest.mark.parametrize("first", [0, -1, PAGE_MAX + 1, 10**9])
async def test_a_page_has_a_size(acme: Organisation, first: int) -> None:
    query = "query($n: Int) { auditLog(first: $n) { nodes { id } } }"
    assert await code_of(acme.owner, query, n=first) in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")
    assert await code_of(acme.owner, query, n=PAGE_MAX) is None


async def test_a_request_has_a_size(acme: Organisation) -> None:
    async def send(size: int) -> httpx2.Response:
        body = json.dumps({"query": "{ viewer { id } }", "variables": {"x": "x" * size}}).encode()
        return await acme.owner.http.post(
            f"{acme.owner.url}/graphql",
            content=body,
            headers={**acme.owner.headers, "content-type": "application/json"},
        )

    assert (await send(2 * 1024 * 1024)).status_code == 200, "a graph has up to that"
    refused = await send(3 * 1024 * 1024)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (413, "VALUE_TOO_LARGE")


async def test_a_stranger_sends_less(acme: Organisation) -> None:
    for size, status in ((200 * 1024, 200), (300 * 1024, 413)):
        body = json.dumps({"query": "{ viewer { id } }", "variables": {"x": "x" * size}}).encode()
        answer = await acme.owner.http.post(
            f"{acme.owner.url}/graphql", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == status


async def test_a_body_that_says_it_is_short_is_not_read_on(acme: Organisation) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 10_000

    headers = {**acme.owner.headers, "content-type": "application/json"}
    try:
        answer = await acme.owner.http.post(f"{acme.owner.url}/graphql", content=endless(), headers=headers)
        assert answer.status_code == 413
    except httpx2.TransportError:
        pass  # The server closed while we were still sending: as good a refusal.


@pytest.mark.parametrize("value", [b"9" * 5_000, b'"\xff\xfe"', b"{'a': 1}", b"NaN,"])
async def test_a_body_that_is_no_json_is_the_callers_fault(acme: Organisation, value: bytes) -> None:
    # Python has errors of its own for bytes that are no UTF-8, and for numbers of thousands of digits.
    headers = {**acme.owner.headers, "content-type": "application/json"}
    body = b'{"query": "{ viewer { id } }", "variables": {"x": ' + value + b"}}"
    assert (await acme.owner.http.post(f"{acme.owner.url}/graphql", content=body, headers=headers)).status_code == 400


async def test_a_body_may_nest_so_deep(acme: Organisation) -> None:
    async def send(body: bytes) -> httpx2.Response:
        headers = {**acme.owner.headers, "content-type": "application/json"}
        return await acme.owner.http.post(f"{acme.owner.url}/graphql", content=body, headers=headers)

    def wrapped(levels: int) -> bytes:
        return b'{"query": "{ viewer { id } }", "variables": {"x": ' + b"[" * levels + b"]" * levels + b"}}"

    assert (await send(wrapped(60))).status_code == 200
    assert (await send(wrapped(70))).status_code == 400
    assert (await send(b"[" * 100_000)).status_code == 400
    assert (
        await send(b'{"query": "{ viewer { id } }", "variables": {"x": "' + b"[" * 1_000 + b'"}}')
    ).status_code == 200
    assert (await acme.owner.post("{ viewer { id } }")).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_form_of_another_site_could_send_is_refused(acme: Organisation, content_type: str) -> None:
    headers = {**acme.owner.headers, "content-type": content_type}
    body = b'{"query": "{ viewer { id } }"}'
    answer = await acme.owner.http.post(f"{acme.owner.url}/graphql", content=body, headers=headers)
    assert answer.status_code in (400, 415)


async def test_nothing_is_read_or_changed_by_get_and_nothing_in_batches(acme: Organisation) -> None:
    url = f"{acme.owner.url}/graphql"
    for query in ("{ viewer { id } }", "mutation { signOut { isDone } }"):
        answer = await acme.owner.http.get(url, params={"query": query}, headers=acme.owner.headers)
        assert answer.status_code in (400, 404, 405)
    batch = await acme.owner.http.post(url, json=[{"query": "{ viewer { id } }"}] * 2, headers=acme.owner.headers)
    assert batch.status_code == 400


async def test_production_shows_neither_its_schema_nor_names_that_are_near(production: Api, acme: Organisation) -> None:
    owner = production.client(acme.owner.token)
    assert await code_of(owner, "{ __schema { types { name } } }") == "BAD_USER_INPUT"
    answer = (await owner.post("{ viewr { id } }")).json()["errors"][0]["message"]
    assert "Did you mean" not in answer
    assert (await owner.http.get(f"{owner.url}/openapi.json")).status_code == 404


async def test_development_shows_its_schema(acme: Organisation) -> None:
    assert await code_of(acme.owner, "{ __schema { types { name } } }") is None


async def test_there_is_no_ide(api: Api) -> None:
    answer = await api.client().http.get(f"{api.url}/graphql", headers={"accept": "text/html"})
    assert answer.status_code in (404, 405)


async def test_an_error_of_ours_is_masked_and_logged_once(
    api: Api, acme: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: Any) -> None:
        raise RuntimeError("postgresql://user:hunter2@db cannot be reached")

    monkeypatch.setattr(type(api.services.people), "members", break_down)
    with capture_logs() as logs:
        answer = await acme.owner.post("{ members { id } again: members { id } }")
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in answer.text
    failed = [line for line in logs if line["event"] == "operation failed"]
    assert len(failed) == 1
    assert failed[0]["request"] == error["extensions"]["requestId"]


async def test_a_query_with_two_thousand_faults_is_one_line_of_the_log(acme: Organisation) -> None:
    with capture_logs() as logs:
        answer = await acme.owner.post("{ viewer { " + "id @x " * 600 + "} }")
    assert answer.json()["errors"]
    assert len(logs) == 1
    assert "@x" not in str(logs)


async def test_a_caller_has_so_many_requests_a_minute(api: Api, acme: Organisation) -> None:
    async with api_on(api.platform, requests_per_minute=5) as strict:
        mine = strict.client(acme.owner.token)
        answers = [await mine.post("{ viewer { id } }") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"]
        others = strict.client(acme[Role.VIEWER].token)
        assert (await others.post("{ viewer { id } }")).status_code == 200


async def test_tries_to_sign_in_are_counted_also_as_aliases(api: Api) -> None:
    async with api_on(api.platform, sign_ins_per_minute=3) as strict:
        one = 's{n}: signIn(input: {{email: "a@example.com", password: "x"}}) {{ errors {{ code }} }}'
        query = "mutation { " + " ".join(one.format(n=n) for n in range(6)) + " }"
        answer = (await strict.client().post(query)).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        told = [one["errors"][0]["code"] for one in (answer["data"] or {}).values() if one]
        assert codes.count("RATE_LIMITED") + told.count("RATE_LIMITED") >= 1
        assert told.count("BAD_USER_INPUT") <= 3


async def test_every_answer_has_the_headers_that_keep_browsers_safe(api: Api) -> None:
    answer = await api.client().http.get(f"{api.url}/healthz")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_host_that_is_not_ours_is_refused(api: Api) -> None:
    async with api_on(api.platform, allowed_hosts=("api.example.com",)) as strict:
        get = strict.client().http.get
        assert (await get(f"{strict.url}/healthz", headers={"host": "evil.example"})).status_code == 400
        assert (await get(f"{strict.url}/healthz", headers={"host": "api.example.com"})).status_code == 200


def test_an_operation_without_a_guard_is_seen() -> None:
    @strawberry.type
    class Open:
        @strawberry.field
        def everything(self) -> str:
            return "secret"

    with pytest.raises(TypeError, match="has no guard"):
        guards(Open)
    assert guards(PeopleQuery)


async def test_a_guard_that_answers_anything_but_the_right_lets_nobody_in(api: Api, acme: Organisation) -> None:
    """CVE-2026-107728: a permission that gives an awaitable was taken for true. Ours gives nothing, it raises."""
    assert Guard(ANYONE).check.__annotations__["return"] == "None"
    assert await acme[Role.VIEWER].refused("{ auditLog { nodes { id } } }") == ["FORBIDDEN"]
