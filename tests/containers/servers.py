"""PostgreSQL and Temporal in containers, for tests that else have embedded ones: one of each for a process of pytest.

They are started when they are first wanted, from the images that the environment names. Whoever wants servers of its own is given
a database and a namespace that nobody else has.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import ExecWaitStrategy

from deploy.connecting import connect
from deploy.session import migrate
from deploy.settings import Settings
from deploy.stack import Endpoints
from deploy.temporal_setup import set_up
from tests.containers.engine import CommandFailed
from tests.db.empty import make_empty
from tests.durable.waiting import eventually

COMPOSE: Final = Path(__file__).resolve().parents[2] / "deploy" / "compose"
#: The variable that names each image, and what is taken where it is absent: what deploy/compose.yaml takes.
IMAGES: Final[Mapping[str, str]] = {
    "DRYSTONE_TEST_POSTGRES_IMAGE": "postgres:18.4",
    "DRYSTONE_TEST_TEMPORAL_IMAGE": "temporalio/server:1.32.1",
    "DRYSTONE_TEST_TEMPORAL_ADMIN_TOOLS_IMAGE": "temporalio/admin-tools:1.32.1",
}
START_SECONDS: Final = 300
RETENTION: Final = timedelta(days=3)


def image(kind: str) -> str:
    """Give the image of a kind: POSTGRES, TEMPORAL, TEMPORAL_ADMIN_TOOLS."""
    name = f"DRYSTONE_TEST_{kind}_IMAGE"
    return os.environ.get(name, IMAGES[name])


@dataclass
class Servers:
    """The containers of this process."""

    _open: ExitStack = field(default_factory=ExitStack)
    _network: Network | None = None
    _postgres_url: str | None = None
    _temporal_address: str | None = None
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    async def database(self) -> str:
        """Give the URL of an empty database that nobody else has."""
        return await make_empty(await asyncio.to_thread(self._postgres))

    async def endpoints(self, data_dir: Path) -> Endpoints:
        """Give a database that is up to date and a namespace, which nobody else has, and keys and an owner's token in a folder."""
        data_dir.mkdir(parents=True, exist_ok=True)
        database = await self.database()
        address = await asyncio.to_thread(self._temporal)
        space = f"test-{uuid4().hex}"
        settings = Settings(data_dir=data_dir, temporal_address=address, temporal_namespace=space)
        async with asyncio.timeout(START_SECONDS):
            async for _ in set_up(await connect(settings), RETENTION):
                pass
            await _until_known(await connect(settings))
        found = Endpoints(database, address, "http://127.0.0.1:1", space, data_dir)
        await migrate(found)
        return found

    def close(self) -> None:
        self._open.close()

    def _joined(self) -> Network:
        if self._network is None:
            # Its own container, which would end ours, comes from an image that nobody named: we end them ourselves.
            testcontainers_config.ryuk_disabled = True
            self._network = self._open.enter_context(Network())
        return self._network

    def _postgres(self) -> str:
        if self._postgres_url is None:
            container = (
                DockerContainer(image("POSTGRES"))
                .with_envs(POSTGRES_USER="drystone", POSTGRES_DB="drystone", POSTGRES_PASSWORD=self.password)
                .with_env("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8")
                .with_command("postgres -c max_connections=500")
                .with_exposed_ports(5432)
                .with_network(self._joined())
                .with_network_aliases("postgres")
                .waiting_for(_answers("pg_isready", "--host=127.0.0.1", "--username=drystone", "--dbname=drystone"))
            )
            self._open.enter_context(container)
            where = f"{container.get_container_host_ip()}:{container.get_exposed_port(5432)}"
            self._postgres_url = f"postgresql+asyncpg://drystone:{self.password}@{where}/drystone"
        return self._postgres_url

    def _temporal(self) -> str:
        if self._temporal_address is None:
            self._postgres()
            folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="drystone-secrets-")))
            folder.chmod(0o755)
            (folder / "postgres_password").write_text(self.password, encoding="ascii")
            self._make_schema(folder)
            container = (
                self._with_scripts(image("TEMPORAL"), "temporal-server.sh", folder)
                .with_envs(DB="postgres12", POSTGRES_SEEDS="postgres", POSTGRES_USER="drystone", NUM_HISTORY_SHARDS="4")
                .with_envs(DYNAMIC_CONFIG_FILE_PATH="/etc/drystone/temporal-settings.yaml", LOG_LEVEL="error")
                .with_envs(TEMPORAL_ALLOW_NO_AUTH="true", SQL_MAX_CONNS="20", SQL_VIS_MAX_CONNS="10")
                .with_exposed_ports(7233)
            )
            self._open.enter_context(container)
            self._temporal_address = f"{container.get_container_host_ip()}:{container.get_exposed_port(7233)}"
        return self._temporal_address

    def _make_schema(self, folder: Path) -> None:
        container = self._with_scripts(image("TEMPORAL_ADMIN_TOOLS"), "temporal-schema.sh", folder).with_envs(
            SQL_PLUGIN="postgres12", SQL_HOST="postgres", SQL_PORT="5432", SQL_USER="drystone"
        )
        with container:
            wrapped = container.get_wrapped_container()
            status = wrapped.wait(timeout=START_SECONDS)["StatusCode"]
            if status:
                raise CommandFailed(f"temporal-schema.sh ended with {status}: {wrapped.logs()[-2_000:]!r}")

    def _with_scripts(self, name: str, script: str, folder: Path) -> DockerContainer:
        """Give a container that runs one of compose's scripts."""
        return (
            DockerContainer(name)
            .with_kwargs(entrypoint=["sh", f"/etc/drystone/{script}"])
            .with_volume_mapping(str(COMPOSE), "/etc/drystone", "ro")
            .with_volume_mapping(str(folder), "/run/drystone", "ro")
            .with_network(self._joined())
        )


async def _until_known(client: Client) -> None:
    """Wait until every part of the server knows the search attributes of a namespace that has just been made: until then a run
    waits, and a test that looks at the time would fail."""
    attributes = TypedSearchAttributes([SearchAttributePair(SearchAttributeKey.for_keyword("Trigger"), "probe")])

    async def is_known() -> bool:
        try:
            await client.start_workflow("Probe", id="probe", task_queue="probe", search_attributes=attributes)
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            return False
        return True

    await eventually(is_known, seconds=START_SECONDS)
    await client.get_workflow_handle("probe").terminate()
    request = DeleteWorkflowExecutionRequest(namespace=client.namespace)
    request.workflow_execution.workflow_id = "probe"
    await client.workflow_service.delete_workflow_execution(request)


def _answers(*command: str) -> ExecWaitStrategy:
    return ExecWaitStrategy(list(command)).with_startup_timeout(START_SECONDS)
