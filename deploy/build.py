"""Building the objects of a process from its settings: the one place where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from obstore.store import ObjectStore, from_url
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.credentials import Resolver
from activities.instruments import Instruments
from activities.tools import Tools
from blocks.registry import Registry
from blocks.scanning import scanner_of
from deploy.connecting import connect
from deploy.egress import http
from deploy.installed import installed
from deploy.sealing import key_provider, oauth_providers
from deploy.settings import Settings
from deploy.telemetry import Telemetry
from schema.db.credentials import Credentials
from schema.db.engine import make_engine
from schema.db.files import Files
from schema.db.granting import Granting
from schema.db.graphs import Graphs
from schema.db.keeping import Keeping
from schema.db.ledger import Ledger
from schema.db.records import Records
from schema.db.runs import Runs
from schema.db.submission import Submission
from schema.db.values import ValueStore
from schema.db.vault import Vault

log = structlog.get_logger()


def object_store(settings: Settings) -> ObjectStore:
    """Open the store of large values."""
    if settings.object_store_url:
        return from_url(settings.object_store_url)
    folder = settings.data_dir / "objects"
    folder.mkdir(parents=True, exist_ok=True)
    return from_url(folder.resolve().as_uri())


@dataclass(frozen=True)
class Stores:
    """What is kept in PostgreSQL and the object store: enough for a client of the platform."""

    engine: AsyncEngine
    values: ValueStore
    graphs: Graphs
    runs: Runs
    records: Records
    credentials: Credentials
    has_llm_demo: bool = False

    @property
    def granting(self) -> Granting:
        return Granting(self.graphs, self.credentials, self.has_llm_demo)

    @property
    def submission(self) -> Submission:
        return Submission(self.graphs, self.runs)


def stores(settings: Settings, application_name: str = "drystone") -> Stores:
    """Open the stores."""
    assert settings.database_url is not None
    engine = make_engine(
        settings.database_url, pool_size=settings.database_pool_size, application_name=application_name
    )
    values = ValueStore(engine, object_store(settings))
    runs = Runs(engine, values)
    credentials = Credentials(engine, Vault(key_provider(settings)))
    records = Records(engine, values, runs)
    return Stores(engine, values, Graphs(engine), runs, records, credentials, settings.has_llm_demo)


async def tools(settings: Settings, registry: Registry | None = None, telemetry: Telemetry | None = None) -> Tools:
    """Build what activities work with."""
    telemetry = telemetry or Telemetry()
    kept = stores(settings, "drystone worker")
    way_out = http(settings, telemetry.watch)
    instruments = Instruments.on(telemetry.registry)
    return Tools(
        engine=kept.engine,
        client=await connect(settings),
        registry=registry or logged(installed(settings)),
        values=kept.values,
        ledger=Ledger(kept.engine, instruments.ledger_written),
        graphs=kept.graphs,
        runs=kept.runs,
        records=kept.records,
        http=way_out,
        keeping=Keeping(
            Files(kept.engine, kept.values.objects), scanner_of(settings.clamd_address), settings.accepts_unscanned
        ),
        resolver=Resolver(kept.credentials, kept.runs, way_out, oauth_providers(settings)),
        base_urls=settings.provider_urls,
        has_llm_demo=settings.has_llm_demo,
        demo_words_per_second=settings.llm_demo_words_per_second or 0,
        instruments=instruments,
        tracing=telemetry.tracing(),
    )


def logged(registry: Registry) -> Registry:
    """Write into the log what of other packages' blocks was left out, and why; give the registry."""
    for one in registry.contributions:
        for problem in one.problems:
            log.error("blocks left out", package=one.source, entry=one.entry, problem=problem)
    return registry
