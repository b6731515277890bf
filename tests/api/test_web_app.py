"""The app as the API serves it: its page for every screen, its headers, and the session's cookie, which only our own pages use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import HTTPConnection

from api.cookies import token_in_cookie
from tests.api.serving import Api, Organisation

ROUTES = Path(__file__).parents[2] / "web" / "src" / "routes.tsx"
VIEWER = {"query": "{ viewer { id } }"}


async def ask(api: Api, method: str, path: str, **more: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30) as http:
        return await http.request(method, f"{api.url}{path}", **more)


def own(api: Api) -> dict[str, str]:
    """What a browser says of a request that a page of ours makes."""
    return {"origin": api.url, "sec-fetch-site": "same-origin"}


async def cookie_of(api: Api, token: str) -> str:
    answer = await ask(api, "POST", "/session", headers={"authorization": f"Bearer {token}", **own(api)})
    assert answer.status_code == 204, answer.text
    return answer.headers["set-cookie"]


def kept(cookie: str) -> Mapping[str, str]:
    return {"cookie": cookie.partition(";")[0]}


def screens() -> list[str]:
    named = re.findall(r'path: "(/[^"]*)"', ROUTES.read_text())
    return ["/", *(re.sub(r":\w+", "x", path).replace("*", "x") for path in named)]


@pytest.mark.parametrize("path", screens())
async def test_every_screen_has_the_page_with_a_strict_policy(api: Api, path: str):
    answer = await ask(api, "GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/nothing", "/librarys", "/assets/nothing.js", "/assets/../app.py", "/assets/%2e%2e/app.py"]
)
async def test_what_is_no_screen_is_not_there(api: Api, path: str):
    assert (await ask(api, "GET", path)).status_code == 404


async def test_a_script_is_compressed_and_asked_for_anew_by_its_hash(api: Api):
    answer = await ask(api, "GET", "/assets/index.js", headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
    again = await ask(api, "GET", "/assets/index.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_the_cookie_is_the_session_and_no_script_reads_it(api: Api, acme: Organisation):
    token = acme.owner.token
    assert token is not None
    cookie = await cookie_of(api, token)
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    answer = await ask(api, "POST", "/graphql", json=VIEWER, headers={**own(api), **kept(cookie)})
    assert answer.json()["data"]["viewer"]["id"]


@pytest.mark.parametrize(
    "foreign",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {},
    ],
)
async def test_a_page_of_another_origin_does_nothing_with_the_cookie(
    api: Api, acme: Organisation, foreign: dict[str, str]
):
    assert acme.owner.token is not None
    cookie = await cookie_of(api, acme.owner.token)
    answer = await ask(api, "POST", "/graphql", json=VIEWER, headers={**foreign, **kept(cookie)})
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_token_in_the_header_goes_before_the_cookie(api: Api, acme: Organisation, other: Organisation):
    assert acme.owner.token is not None
    cookie = await cookie_of(api, acme.owner.token)
    headers = {**own(api), **kept(cookie), **other.owner.headers}
    answer = await ask(api, "POST", "/graphql", json={"query": "{ viewer { organisation { id } } }"}, headers=headers)
    expected = await other.owner("{ viewer { organisation { id } } }")
    assert answer.json()["data"]["viewer"] == expected


async def test_nobodys_token_becomes_no_cookie(api: Api):
    answer = await ask(api, "POST", "/session", headers={"authorization": "Bearer drs_nobody", **own(api)})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_another_origins_page_begins_no_session(api: Api, acme: Organisation):
    headers = {**acme.owner.headers, "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = await ask(api, "POST", "/session", headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_the_cookie_is_forgotten(api: Api, acme: Organisation):
    assert acme.owner.token is not None
    cookie = await cookie_of(api, acme.owner.token)
    answer = await ask(api, "DELETE", "/session", headers={**own(api), **kept(cookie)})
    assert answer.status_code == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("public_url", "given", "token"),
    [
        ("https://drystone.example", "__Host-drystone_session=own", "own"),
        ("https://drystone.example", "drystone_session=planted", None),
        ("http://127.0.0.1:8080", "drystone_session=own", "own"),
        ("http://127.0.0.1:8080", "__Host-drystone_session=other", None),
    ],
)
def test_only_the_name_counts_that_the_server_itself_sets(public_url: str, given: str, token: str | None):
    headers = [(b"cookie", given.encode()), (b"sec-fetch-site", b"same-origin")]
    connection = HTTPConnection({"type": "http", "method": "POST", "headers": headers})
    assert token_in_cookie(connection, public_url) == token
