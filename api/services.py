"""Services: the objects of an API process, and a tenant's view of the stores; built by `deploy`, never here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from obstore.store import ObjectStore
from sqlalchemy.ext.asyncio import AsyncEngine

from api.compiled import Compiled
from api.config import ApiConfig
from blocks.registry import Registry
from blocks.sdk.context import Http
from schema.db.audit import Audit
from schema.db.graphs import Graphs
from schema.db.people import People
from schema.db.records import Records
from schema.db.runs import Runs
from schema.db.submission import Submission
from schema.db.tenancy import TenantDatabase
from schema.db.values import ValueStore


@dataclass
class Services:
    """What the whole process shares."""

    config: ApiConfig
    engine: AsyncEngine
    objects: ObjectStore
    registry: Registry
    http: Http
    people: People = field(init=False)
    audit: Audit = field(init=False)
    compiled: Compiled = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.engine)
        self.audit = Audit(self.engine)
        self.compiled = Compiled(self.registry.specs)

    def of(self, tenant: UUID) -> TenantServices:
        """Give the stores as one tenant may see them."""
        return TenantServices(self, tenant)


class TenantServices:
    """The stores of one tenant: each works in transactions that see this tenant's rows only."""

    def __init__(self, services: Services, tenant: UUID) -> None:
        self.tenant = tenant
        self.database = TenantDatabase(services.engine, tenant)
        self._services = services

    @cached_property
    def values(self) -> ValueStore:
        return ValueStore(self.database, self._services.objects)

    @cached_property
    def graphs(self) -> Graphs:
        return Graphs(self.database)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self.database, self.values)

    @cached_property
    def records(self) -> Records:
        return Records(self.database, self.values, self.runs)

    @cached_property
    def submission(self) -> Submission:
        return Submission(self.graphs, self.runs)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.database)
