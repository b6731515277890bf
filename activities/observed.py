"""Observed: an attempt at a node as it is counted, traced and named in the log; what it does is its own affair."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

from opentelemetry.trace import Status, StatusCode
from structlog.contextvars import bound_contextvars

from activities.attempt import Attempt
from activities.dispatched import Outcome
from activities.instruments import label_of
from activities.retrying import Retry
from schema.errors import Fenced
from workflows.wire import FAILED, STUCK

RETRIED: Final = "retried"
FENCED: Final = "fenced"
INTERRUPTED: Final = "interrupted"


async def observed(attempt: Attempt) -> Outcome:
    """Run an attempt; count it, have a span around it, and its lines in the log say whose they are."""
    d = attempt.dispatched
    node = d.compiled.nodes[d.node]
    name = d.compiled.plan.nodes[d.node].block_name
    block = label_of(d.tools.registry, node.block_id, name)
    above = await d.tools.tracing.of(d.tools.engine, d.run_id)
    bound: dict[str, Any] = {"run": d.header.run_id, "node": node.id, "execution": attempt.item.execution}
    if above is not None:
        bound["trace_id"] = above.trace_id
    told, code, began = INTERRUPTED, None, perf_counter()
    with bound_contextvars(**bound), d.tools.tracing.span(above, name, _attributes_of(attempt)) as span:
        try:
            outcome = await attempt.run()
            told, code = outcome.kind, _code_of(outcome)
            return outcome
        except Retry as error:
            told, code = RETRIED, error.code
            raise
        except Fenced:
            told = FENCED
            raise
        finally:
            d.tools.instruments.node_ended(block, told, perf_counter() - began, code)
            span.set_attribute("drystone.outcome", told)
            if code is not None:
                span.set_status(Status(StatusCode.ERROR, code))


def _attributes_of(attempt: Attempt) -> dict[str, Any]:
    d = attempt.dispatched
    if not d.tools.tracing.is_on:
        return {}
    node = d.compiled.nodes[d.node]
    return {
        "drystone.run": d.header.run_id,
        "drystone.node": node.id,
        "drystone.block": d.compiled.plan.nodes[d.node].block_name,
        "drystone.execution": attempt.item.execution,
        "drystone.step": attempt.item.step,
        "drystone.attempt": d.attempt,
    }


def _code_of(outcome: Outcome) -> str | None:
    if outcome.kind == FAILED:
        return str(outcome.extra[0])
    return str(outcome.extra[1]) if outcome.kind == STUCK else None
