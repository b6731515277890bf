"""Services: the objects of an API process, and a tenant's view of the stores; built by `deploy`, never here."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from uuid import UUID

from obstore.store import ObjectStore
from opentelemetry.trace import Tracer
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from api.compiled import Compiled
from api.config import ApiConfig
from api.fleet.doctor import Doctor
from api.fleet.keeping import Kept
from api.fleet.view import FleetView, look_at_fleet
from api.instruments import Instruments
from api.payload_sealing import Sealing
from api.temporal import Temporal
from api.throttle import Throttle
from api.titles import Titles
from api.waking import Waking
from blocks.isolation import BlockProcesses
from blocks.registry import Registry
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.context import Http
from blocks.sdk.egress import GuardedHttp
from blocks.span_context import current_traceparent
from schema.db.accepting import Accepting
from schema.db.agents import Agents
from schema.db.approval_links import ApprovalLinks
from schema.db.approvals import Approvals
from schema.db.attachments import Attachments
from schema.db.audit import Audit
from schema.db.authoring import Authoring
from schema.db.continuing import Continuing
from schema.db.credential_uses import CredentialUses
from schema.db.credentials import Credentials
from schema.db.deciding import Deciding
from schema.db.deliveries import Deliveries
from schema.db.drafts import Drafts
from schema.db.events import RunEvents
from schema.db.files import Files
from schema.db.firing import Fires
from schema.db.folders import Folders
from schema.db.granting import Granting
from schema.db.graphs import Graphs
from schema.db.halts import Halts
from schema.db.imports import Imports
from schema.db.library import Library
from schema.db.llm_calls import LlmCalls
from schema.db.market import Market
from schema.db.memories import Memories
from schema.db.oauth_states import OAuthStates
from schema.db.offers import Offers
from schema.db.orders import Orders
from schema.db.people import People
from schema.db.presets import Presets
from schema.db.profiles import Profiles
from schema.db.protocol import Protocol
from schema.db.ratings import Ratings
from schema.db.records import Records
from schema.db.reviews import Reviews
from schema.db.run_causes import RunCauses
from schema.db.run_contents import RunContents
from schema.db.run_limits import RunLimits
from schema.db.run_nodes import RunNodes
from schema.db.run_pages import RunPages
from schema.db.runs import Runs
from schema.db.schedules import Schedules
from schema.db.shares import Shares
from schema.db.signals import Signals
from schema.db.submission import Submission
from schema.db.tenancy import TenantDatabase
from schema.db.values import ValueStore
from schema.db.vault import LocalKeys, Vault
from schema.db.webhooks import Webhooks
from schema.findings import Finding

#: For so long what the doctor found is told again: each look asks both servers some dozen things.
FINDINGS_SECONDS: Final = 15.0


@dataclass
class Services:
    """What the whole process shares."""

    config: ApiConfig
    engine: AsyncEngine
    objects: ObjectStore
    registry: Registry
    http: Http
    vault: Vault = field(default_factory=lambda: Vault(LocalKeys()))
    temporal: Temporal = field(default_factory=Temporal)
    instruments: Instruments = field(default_factory=lambda: Instruments.on(CollectorRegistry()))
    #: Absent: no traces are made.
    tracer: Tracer | None = None
    #: What seals payloads for Temporal; absent: nothing is sealed, and there is no Codec Server.
    sealing: Sealing | None = None
    people: People = field(init=False)
    audit: Audit = field(init=False)
    compiled: Compiled = field(init=False)
    throttle: Throttle = field(init=False)
    waking: Waking = field(init=False)
    titles: Titles = field(init=False)
    #: What is shared is found by its token, before it is known whose it is.
    shares: Shares = field(init=False)
    #: So is a link to an approval.
    approval_links: ApprovalLinks = field(init=False)
    block_processes: BlockProcesses = field(init=False)
    #: These three cross tenants: what everyone sees, and what a reviewer decides upon and a reader rates, is another's.
    public_market: Market = field(init=False)
    reviews: Reviews = field(init=False)
    ratings: Ratings = field(init=False)
    #: What works here and what does not, of all tenants together; kept for some seconds.
    fleet: Kept[FleetView] = field(init=False)
    findings: Kept[list[Finding]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.engine)
        self.audit = Audit(self.engine)
        self.compiled = Compiled(self.registry.specs)
        self.throttle = Throttle(self.config)
        self.waking = Waking(self.engine)
        self.titles = Titles()
        self.shares = Shares(self.engine)
        self.approval_links = ApprovalLinks(self.engine)
        policy = self.http.policy if isinstance(self.http, GuardedHttp) else EgressPolicy()
        self.block_processes = BlockProcesses(policy)
        self.public_market = Market(self.engine)
        self.reviews = Reviews(self.engine)
        self.ratings = Ratings(self.engine)
        self.fleet = Kept(lambda: look_at_fleet(self.engine, self.temporal))
        doctor = Doctor(self.engine, self.temporal, lambda: self.objects, self.vault, self.config.clamd_address)
        self.findings = Kept(doctor.look, FINDINGS_SECONDS)

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
    def run_pages(self) -> RunPages:
        return RunPages(self.database)

    @cached_property
    def run_contents(self) -> RunContents:
        return RunContents(self.database)

    @property
    def run_causes(self) -> RunCauses:
        return RunCauses(self.database)

    @property
    def run_nodes(self) -> RunNodes:
        return RunNodes(self.database)

    @cached_property
    def run_events(self) -> RunEvents:
        return RunEvents(self.database)

    @cached_property
    def shares(self) -> Shares:
        return Shares(self.database)

    @cached_property
    def submission(self) -> Submission:
        return Submission(self.graphs, self.runs)

    @cached_property
    def accepting(self) -> Accepting:
        return Accepting(self.submission, self.granting, current_traceparent())

    @cached_property
    def continuing(self) -> Continuing:
        return Continuing(self.database)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.database)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(self.database)

    @cached_property
    def fires(self) -> Fires:
        return Fires(self.database)

    @cached_property
    def signals(self) -> Signals:
        return Signals(self.database)

    @cached_property
    def approvals(self) -> Approvals:
        return Approvals(self.database)

    @cached_property
    def deciding(self) -> Deciding:
        return Deciding(self.database, self.values)

    @cached_property
    def approval_links(self) -> ApprovalLinks:
        return ApprovalLinks(self.database)

    @cached_property
    def llm_calls(self) -> LlmCalls:
        return LlmCalls(self.database)

    @cached_property
    def halts(self) -> Halts:
        return Halts(self.database)

    @cached_property
    def run_limits(self) -> RunLimits:
        return RunLimits(self.database)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.database)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.database, self._services.vault)

    @cached_property
    def credential_uses(self) -> CredentialUses:
        return CredentialUses(self.database)

    @cached_property
    def granting(self) -> Granting:
        return Granting(self.graphs, self.credentials, self._services.config.has_llm_demo)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.database, self._services.vault)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.database)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database)

    @cached_property
    def oauth_states(self) -> OAuthStates:
        return OAuthStates(self.database, self._services.vault)

    @cached_property
    def files(self) -> Files:
        return Files(self.database, self._services.objects)

    @cached_property
    def protocol(self) -> Protocol:
        return Protocol(self.database)

    @cached_property
    def library(self) -> Library:
        return Library(self.database)

    @cached_property
    def offers(self) -> Offers:
        return Offers(self.database)

    @cached_property
    def memories(self) -> Memories:
        return Memories(self.database, self.values)

    @cached_property
    def presets(self) -> Presets:
        return Presets(self.database)

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.database)

    @cached_property
    def market(self) -> Market:
        return Market(self.database)

    @cached_property
    def authoring(self) -> Authoring:
        return Authoring(self.database)

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.database)

    @cached_property
    def agents(self) -> Agents:
        return Agents(self.database)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self.database)

    @cached_property
    def folders(self) -> Folders:
        return Folders(self.database)
