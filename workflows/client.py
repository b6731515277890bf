"""How a run's workflow is started, woken and cancelled from outside; no workflow code, and no row is touched here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows.attributes import attributes_of
from workflows.names import ENGINE_QUEUE, GRAPH_RUN, ORDER_SIGNAL, TASK_TIMEOUT_SECONDS, WAKE_SIGNAL
from workflows.wire import Header, start_of


async def start_run(
    client: Client,
    header: Header,
    plan: list[Any],
    inputs: dict[str, Any],
    *,
    agent: tuple[str, int, str],
    seed: list[Any] | None = None,
    continued_from: str | None = None,
    is_eager: bool = False,
) -> bool:
    """Start a run's workflow; `agent` is (id, version, name), `seed` what the scheduler begins with where the run continues
    another. Gives False where it was started before: harmless.

    With `is_eager`, its first task comes with the answer where this process has an engine worker with a free slot. That is past
    the task queue, in which tenants take turns. Were the process to die with it, another gets the task after its time limit.
    """
    agent_id, agent_version, agent_name = agent
    try:
        await client.start_workflow(
            GRAPH_RUN,
            start_of(header, plan, inputs, None if seed is None else [seed, [], 0]),
            id=f"run-{header.run_id}",
            task_queue=ENGINE_QUEUE,
            task_timeout=timedelta(seconds=TASK_TIMEOUT_SECONDS),
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=attributes_of(header, agent_id, agent_version, header.trigger),
            static_summary=summary_of(agent_name, agent_version, header.trigger),
            static_details=f"Run `{header.run_id}` of agent `{agent_id}` version {agent_version}."
            + ("" if continued_from is None else f" It continues the run `{continued_from}`."),
            priority=Priority(fairness_key=header.tenant_id),
            request_eager_start=is_eager,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


def summary_of(agent_name: str, agent_version: int, trigger: str) -> str:
    """Give the line by which a run is known in Temporal's UI (at most 200 bytes there)."""
    text = f"{agent_name} v{agent_version} - {trigger}"
    return text.encode()[:190].decode("utf-8", "ignore")


async def wake(client: Client, run_id: str, execution: int, arrivals: list[Any]) -> None:
    """Wake a parked execution of a run."""
    await client.get_workflow_handle(f"run-{run_id}").signal(WAKE_SIGNAL, [execution, arrivals])


async def give_orders(client: Client, run_id: str, orders: list[list[Any]]) -> None:
    """Tell a run of orders, each [number, word, detail]."""
    await client.get_workflow_handle(f"run-{run_id}").signal(ORDER_SIGNAL, orders)
