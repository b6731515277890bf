"""Instruments: what a worker process counts and measures, built once on its registry; they decide nothing and know no tenant.

Every label is of a closed set: a block of the library has its name and every other is `package`; a code that is none of ours is
`other`; a model that is not in the table of models is `other`. So what somebody names never makes a series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from blocks.llm.models import PROVIDERS, find_model
from blocks.registry import Registry
from blocks.sdk.llm import LlmAnswer
from schema.credentials import DEMO
from schema.errors import DrystoneError
from schema.states import TERMINAL

OTHER: Final = "other"
PACKAGE: Final = "package"
_OURS: Final = ("schema", "blocks", "activities", "workflows", "api", "deploy")
_MICRO: Final = 1_000_000

#: Seconds: from what one statement takes to what a person waits for; of what blocks and queues take, to ten minutes.
_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
_SIZES: Final = (1, 2, 5, 10, 25, 50, 100, 250, 1_000, 2_500, 10_000)


@dataclass(frozen=True)
class Instruments:
    """The instruments of a worker process."""

    registry: CollectorRegistry
    runs_started: Counter
    runs_ended: Counter
    run_queue: Histogram
    nodes: Counter
    node_seconds: Histogram
    node_errors: Counter
    batch_size: Histogram
    region_size: Histogram
    region_seconds: Histogram
    ledger_statements: Counter
    ledger_rows: Counter
    ledger_seconds: Histogram
    llm_calls: Counter
    llm_tokens: Counter
    llm_cost: Counter
    repaired: Counter

    @classmethod
    def on(cls, registry: CollectorRegistry) -> Instruments:
        """Make the instruments, on a registry that has none of them yet."""

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(name, meaning, labels, registry=registry)

        def histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, meaning, labels, buckets=buckets, registry=registry)

        made = cls(
            registry=registry,
            runs_started=counter("drystone_runs_started_total", "Runs handed over to Temporal.", "trigger"),
            runs_ended=counter("drystone_runs_ended_total", "Runs that this process wrote the end of.", "status"),
            run_queue=histogram(
                "drystone_run_queue_seconds", "From a run's acceptance to its start in Temporal.", _SLOW
            ),
            nodes=counter("drystone_node_attempts_total", "Attempts at node executions.", "block", "outcome"),
            node_seconds=histogram(
                "drystone_node_seconds", "One attempt at a node execution, outside of regions.", _SLOW, "block"
            ),
            node_errors=counter("drystone_node_errors_total", "Attempts that failed, were retried or held.", "code"),
            batch_size=histogram("drystone_batch_executions", "Executions that shared a dispatch.", _SIZES),
            region_size=histogram("drystone_region_executions", "Executions of a step of a region.", _SIZES, "where"),
            region_seconds=histogram("drystone_region_seconds", "One step of a region.", _QUICK, "where"),
            ledger_statements=counter("drystone_ledger_statements_total", "Statements that wrote to the ledger."),
            ledger_rows=counter("drystone_ledger_rows_total", "Rows of executions and emissions that they wrote."),
            ledger_seconds=histogram(
                "drystone_ledger_seconds", "One statement to the ledger, its commit included.", _QUICK
            ),
            llm_calls=counter("drystone_llm_calls_total", "Answers of language models.", "provider", "model"),
            llm_tokens=counter("drystone_llm_tokens_total", "Their tokens.", "provider", "model", "direction"),
            llm_cost=counter(
                "drystone_llm_cost_usd_total", "What they cost, where a price is known.", "provider", "model"
            ),
            repaired=counter("drystone_reconciler_repairs_total", "Runs that the reconciler ended.", "status"),
        )
        # From nothing on: what first appears with a number has not grown, for Prometheus.
        for status in sorted(TERMINAL):
            made.runs_ended.labels(status)
            made.repaired.labels(status)
        return made

    def node_ended(self, block: str, outcome: str, seconds: float, code: str | None = None) -> None:
        """Count an attempt at a node."""
        self.nodes.labels(block, outcome).inc()
        self.node_seconds.labels(block).observe(seconds)
        if code is not None:
            self.node_errors.labels(code_label(code)).inc()

    def region_stepped(self, where: str, executions: int, seconds: float) -> None:
        """Count a step of a region."""
        self.region_size.labels(where).observe(executions)
        self.region_seconds.labels(where).observe(seconds)

    def ledger_written(self, rows: int, seconds: float) -> None:
        """Count a statement to the ledger."""
        self.ledger_statements.inc()
        self.ledger_rows.inc(rows)
        self.ledger_seconds.observe(seconds)

    def llm_answered(self, answer: LlmAnswer) -> None:
        """Count an answer of a language model, once: one that was remembered is not paid again."""
        provider = answer.provider if answer.provider in (*PROVIDERS, DEMO) else OTHER
        model = answer.model if find_model(answer.model, answer.provider).is_known else OTHER
        self.llm_calls.labels(provider, model).inc()
        self.llm_tokens.labels(provider, model, "input").inc(answer.usage.input_tokens)
        self.llm_tokens.labels(provider, model, "output").inc(answer.usage.output_tokens)
        if answer.usage.cost_micro_usd is not None:
            self.llm_cost.labels(provider, model).inc(answer.usage.cost_micro_usd / _MICRO)


def label_of(registry: Registry, block_id: str, name: str) -> str:
    """Give a block's label."""
    return name if registry.is_own(block_id) else PACKAGE


def code_label(code: str) -> str:
    """Give an error's label by its code."""
    return code if code in _codes() else OTHER


@cache
def _codes() -> frozenset[str]:
    """Give the codes of our own errors; what a package calls its own is its affair."""
    return frozenset(kind.code for kind in _kinds(DrystoneError) if kind.__module__.split(".")[0] in _OURS)


def _kinds(kind: type[DrystoneError]) -> Iterator[type[DrystoneError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
