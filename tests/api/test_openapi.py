"""The OpenAPI document: it is the snapshot, it tells all of every route, and what it calls closed is closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import orjson
from fastapi.routing import APIRoute

from api.config import ApiConfig
from api.rest.callers import Needs
from tests.api.openapi import SNAPSHOT, application, document
from tests.api.serving import Api

#: What anyone may call without a token, each with its reason.
PUBLIC = {
    "/healthz": "whoever restarts the process has no token",
    "/readyz": "whoever sends requests here has no token",
    "/webhooks/{token}": "the address is a secret, and what comes to it is signed",
    "/session": "it gives no right: the cookie is worth what the token that was shown is",
    "/oauth/callback": "what it does is bound to a state that was given to one person",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in orjson.loads(document())["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def routes() -> list[APIRoute]:
    """Give every REST route, those of included routers too, each router's once."""
    found: dict[int, APIRoute] = {}
    rest = list(application().routes)
    while rest:
        route = rest.pop()
        if isinstance(route, APIRoute):
            found[id(route)] = route
        # FastAPI keeps an included router as it is, and serves its routes with a prefix.
        rest += getattr(getattr(route, "original_router", None), "routes", [])
    return [route for route in found.values() if route.path != "/graphql"]


def test_the_document_is_the_snapshot() -> None:
    assert SNAPSHOT.read_bytes() == document(), "run `python -m tests.api.openapi` and say in the commit why"


def test_every_reference_leads_somewhere() -> None:
    found = orjson.loads(document())
    named = {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from references(one)

    assert set(references(found)) <= named


def test_every_operation_has_a_summary_a_tag_and_the_shape_of_its_problems() -> None:
    for method, path, operation in operations():
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and path not in PUBLIC and status != "416":
                assert "application/problem+json" in answer["content"], (method, path, status)


def test_every_operation_but_the_public_ones_needs_a_token() -> None:
    closed = {path for _, path, operation in operations() if operation.get("security") == [{"token": []}]}
    assert {path for _, path, _ in operations()} - closed == set(PUBLIC) - {
        "/oauth/callback",
        "/session",
        "/webhooks/{token}",
    }


async def test_nobody_gets_into_an_operation_that_needs_a_token(api: Api) -> None:
    async with httpx2.AsyncClient() as client:
        for method, path, _ in operations():
            if path in PUBLIC:
                continue
            address = api.url + path.replace("{", "").replace("}", "")
            for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-Forwarded-For": "127.0.0.1"}):
                answer = await client.request(method.upper(), address, headers=headers)
                assert answer.status_code == 401, (method, path, headers)
                assert answer.json()["code"] == "UNAUTHENTICATED"


def test_in_production_no_document_is_served() -> None:
    paths = {getattr(route, "path", "") for route in application(ApiConfig(is_production=True)).routes}
    assert "/openapi.json" not in paths
    assert "/openapi.json" in {getattr(route, "path", "") for route in application().routes}


def test_every_route_names_one_right_and_one_that_changes_something_itself_for_the_audit_log() -> None:
    named = set()
    for route in routes():
        needed = [one.call for one in route.dependant.dependencies if isinstance(one.call, Needs)]
        if route.path in PUBLIC:
            assert needed == []
            continue
        assert len(needed) == 1, route.path
        assert (needed[0].operation is not None) is bool(route.methods - {"GET", "HEAD"}), route.path
        named.add(needed[0].right)
    assert {"files:read", "files:write", "runs:read", "runs:execute"} <= named
