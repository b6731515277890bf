"""An API on a platform of its own, and clients of it: organisations with a member of each role; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import make_app
from api.config import ApiConfig
from api.services import Services
from api.temporal import Temporal
from deploy.api_server import config_of
from deploy.codec import ring_of
from deploy.connecting import client_of
from deploy.stack import ports
from schema.access import PLATFORM_RIGHTS, RIGHTS, Role
from schema.db.people import People
from schema.ids import new_id
from tests.durable.platform import Platform, opened

Json = dict[str, Any]


class Failed(AssertionError):
    """The operation answered with errors; `codes` has the code of each."""

    def __init__(self, document: Json) -> None:
        super().__init__(str(document))
        self.errors = document.get("errors", [])
        self.codes = [error.get("extensions", {}).get("code") for error in self.errors]


@dataclass
class Client:
    """A caller with a token, or nobody."""

    url: str
    token: str | None = None
    person: UUID | None = None
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=30))

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    async def post(self, query: str, variables: Mapping[str, Any] | None = None) -> httpx2.Response:
        """Send an operation; give the answer as it is."""
        body = {"query": query, "variables": dict(variables or {})}
        return await self.http.post(f"{self.url}/graphql", json=body, headers=self.headers)

    async def __call__(self, query: str, **variables: Any) -> Any:
        """Send an operation; give its data, of one field that field's own. Raise Failed where it has errors."""
        document = (await self.post(query, variables)).json()
        if document.get("errors"):
            raise Failed(document)
        data = document["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    async def refused(self, query: str, **variables: Any) -> list[str]:
        """Send an operation that must fail; give the codes of its errors, or of its payload's problems."""
        document = (await self.post(query, variables)).json()
        if document.get("errors"):
            return Failed(document).codes
        payload = next(iter(document["data"].values()))
        assert isinstance(payload, dict), document
        assert payload.get("errors"), document
        return [problem["code"] for problem in payload["errors"]]


@dataclass
class Organisation:
    """An organisation with a member, and an API key of theirs, for each role."""

    id: UUID
    members: dict[Role, Client]

    @property
    def owner(self) -> Client:
        return self.members[Role.OWNER]

    def __getitem__(self, role: Role) -> Client:
        return self.members[role]


class Api:
    """A served API and what stands behind it."""

    def __init__(self, platform: Platform, services: Services, app: FastAPI, url: str) -> None:
        self.platform, self.services, self.app, self.url = platform, services, app, url
        self.people = People(services.engine)
        self._http = httpx2.AsyncClient(timeout=30)

    def client(self, token: str | None = None, person: UUID | None = None) -> Client:
        return Client(self.url, token, person, self._http)

    async def organisation(self, name: str = "Acme", *, is_platform_admin: bool = False) -> Organisation:
        """Make an organisation that nobody else uses, with a member of each role."""
        tenant = new_id()
        owner = await self.people.found_organisation(
            tenant,
            name,
            email=f"owner-{tenant.hex}@example.com",
            person_name="Owner",
            password_hash=None,
            is_first=is_platform_admin,
        )
        assert owner is not None
        members = {Role.OWNER: await self._member(tenant, owner, Role.OWNER, is_platform_admin)}
        for role in Role:
            if role is not Role.OWNER:
                made = await self.people.invite(
                    tenant, f"{role.value.lower()}-{tenant.hex}@example.com", role, owner, 60
                )
                _, person, _ = await self.people.accept_invitation(made.token, role.value.title(), None)
                members[role] = await self._member(tenant, person, role, False)
        return Organisation(tenant, members)

    async def _member(self, tenant: UUID, person: UUID, role: Role, is_platform_admin: bool) -> Client:
        extra = {right.value for right in PLATFORM_RIGHTS} if is_platform_admin else set()
        scopes = sorted({right.value for right in RIGHTS[role]} | extra)
        made = await self.people.make_key(tenant, person, f"key of {role}", scopes)
        return self.client(made.token, person)

    async def aclose(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def served(app: FastAPI, *, has_loops: bool = True) -> AsyncIterator[str]:
    """Serve an application on a free port of this process, with its own loops or without; give its URL."""
    port = ports.choose()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=ports.HOST,
            port=port,
            log_config=None,
            ws_max_size=64 * 1024,
            lifespan="auto" if has_loops else "off",
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done(), "the server did not start"
            await asyncio.sleep(0)
        yield f"http://{ports.HOST}:{port}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def api_on(
    platform: Platform, *, engine: AsyncEngine | None = None, has_loops: bool = True, **changes: Any
) -> AsyncIterator[Api]:
    """Serve an API on a platform, with these changes of its settings, and with connections of its own where given."""
    config: ApiConfig = replace(
        config_of(platform.settings),
        **{
            "requests_per_minute": 1_000_000,
            "requests_per_minute_unknown": 1_000_000,
            "sign_ins_per_minute": 1_000_000,
            **changes,
        },
    )
    services = Services(
        config=config,
        engine=engine or platform.tools.engine,
        objects=platform.tools.values.objects,
        registry=platform.registry,
        http=platform.tools.http,
        vault=platform.tools.resolver.credentials.vault,
        temporal=Temporal(lambda: client_of(platform.settings, is_lazy=True)),
        sealing=ring_of(platform.settings),
    )
    app = make_app(services)
    async with served(app, has_loops=has_loops) as url:
        api = Api(platform, services, app, url)
        try:
            yield api
        finally:
            await api.aclose()


@asynccontextmanager
async def api_of_its_own(data_dir: Path) -> AsyncIterator[Api]:
    """Start a stack with workers in this process, and serve an API on it."""
    async with opened(data_dir) as platform, api_on(platform) as api:
        yield api
