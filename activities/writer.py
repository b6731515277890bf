"""Writer: from a block's emissions to the ledger, and from there to the workflow; it runs no block.

Ledger first: an emission is told to the workflow only when its row is committed. Short work is written once, at the end of the
dispatch, and told in the activity's result. Long work is written and told by one `emit` signal whenever 100 tokens or 64 KB
wait, or half a second passed.

The executions of a dispatch may run beside one another. What one of them has to say is written with the next word about it
(`put`), whoever writes then, and in one statement with that of the others; where it cannot be written, that is in `failed` and is
its own failure alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, Final
from uuid import UUID

from activities.tools import CompiledPlan, Tools
from schema.db.entries import EmissionEntry, ExecutionEntry, LogEntry, OutputEntry
from schema.db.ledger import LedgerEmission
from schema.db.values import Stored
from schema.errors import Fenced, LimitExceeded
from schema.limits import LIMITS
from schema.values import decode
from workflows.engine.deliveries import deliveries_of
from workflows.names import EMIT_SIGNAL, OVER_SIGNAL

TOKENS_MAX: Final = 100
CHARS_MAX: Final = 48_000
ROWS_MAX: Final = 500
SECONDS_MAX: Final = 0.5
#: A signal at most so often: a hundred that wait behind an open workflow task would fail it.
SIGNAL_PAUSE_SECONDS: Final = 0.1


@dataclass
class Telling:
    """What of one execution is written and not told, or to be written: its deliveries from `first` up to `next`."""

    node: int
    first: int
    next: int
    deliveries: list[list[Any]] = field(default_factory=list)
    #: The first sequence that is not in the ledger yet.
    unwritten: int = 0


@dataclass
class Words:
    """What goes to the ledger of one execution."""

    entry: ExecutionEntry
    emissions: list[EmissionEntry] = field(default_factory=list)
    outputs: list[OutputEntry] = field(default_factory=list)
    lines: list[LogEntry] = field(default_factory=list)


class Writer:
    """The writer of one dispatch."""

    def __init__(self, tools: Tools, compiled: CompiledPlan, run_id: UUID, tenant: UUID, workflow_id: str) -> None:
        self._tools = tools
        self._compiled = compiled
        self._run_id = run_id
        self._tenant = tenant
        self._workflow_id = workflow_id
        self._tellings: dict[int, Telling] = {}
        self._entries: dict[int, ExecutionEntry] = {}
        self._emissions: list[EmissionEntry] = []
        self._outputs: list[OutputEntry] = []
        self._lines: list[LogEntry] = []
        #: How much of what waits is of which execution.
        self._waiting: Counter[int] = Counter()
        self._chars = 0
        self._tokens = 0
        self._written_at = monotonic()
        self._told_at = 0.0
        self._writing = asyncio.Lock()
        self._telling = asyncio.Lock()
        #: Why what an execution had to say is not in the ledger, or perhaps not: only a new attempt can find out.
        self.failed: dict[int, BaseException] = {}

    def begin(self, execution: int, node: int, base: int, received: int) -> None:
        """Start an execution's step: `base` is its first emission, those below `received` the workflow knows."""
        self._tellings[execution] = Telling(node, received, base, [], base)

    def repeat(self, execution: int, emission: LedgerEmission, data: bytes) -> None:
        """Take an emission that the ledger has: it is told again where the workflow does not know it."""
        telling = self._tellings[execution]
        assert emission.sequence == telling.next
        self._add_deliveries(telling, emission.sequence, emission.pin, data)
        telling.next += 1
        telling.unwritten = telling.next

    def next_of(self, execution: int) -> int:
        """Give the place in an execution's sequence of what it emits next."""
        return self._tellings[execution].next

    async def add(self, execution: int, pin: str, data: bytes) -> int:
        """Take a new emission, as the JSON of its value; give its place in the execution's sequence."""
        return (await self.add_all(execution, [(pin, data)]))[0]

    async def add_all(self, execution: int, emissions: Sequence[tuple[str, bytes]]) -> list[int]:
        """Take new emissions, all of them or, where one cannot be stored, none; give their places."""
        telling = self._tellings[execution]
        if telling.next + len(emissions) > LIMITS.execution_emissions_max:
            pin = emissions[0][0]
            raise LimitExceeded(f"The node emitted more than {LIMITS.execution_emissions_max} values.", pin=pin)
        stored = [await self._tools.values.put_encoded(self._tenant, data) for _, data in emissions]
        first = telling.next
        for (pin, data), one in zip(emissions, stored, strict=True):
            self._emissions.append(EmissionEntry(execution, telling.next, pin, one))
            self._add_deliveries(telling, telling.next, pin, data)
            telling.next += 1
        self._waiting[execution] += len(emissions)
        return list(range(first, telling.next))

    def output(self, execution: int, name: str, stored: Stored) -> None:
        """Take an output of the run."""
        self._outputs.append(OutputEntry(execution, name, stored))

    def log(self, lines: Iterable[LogEntry]) -> None:
        """Take log lines: they are written with the next word about their execution, and fenced as it is."""
        for line in lines:
            self._lines.append(line)
            self._waiting[line.execution] += 1

    def put(self, entry: ExecutionEntry) -> None:
        """Take what is to be known of an execution; the newest counts."""
        earlier = self._entries.get(entry.execution)
        if earlier is not None and earlier.attempts:
            entry.attempts[:0] = earlier.attempts
        if earlier is not None and earlier.is_told and not entry.is_told:
            entry = replace(entry, is_told=True)
        self._entries[entry.execution] = entry

    @property
    def is_full(self) -> bool:
        """Say whether what waits to be told is as much as goes into one signal."""
        return self._tokens >= TOKENS_MAX or self._chars >= CHARS_MAX

    def is_due(self, execution: int) -> bool:
        """Say whether what an execution has waiting should be written and told now."""
        return self._waiting[execution] > 0 and (
            self.is_full
            or len(self._emissions) + len(self._lines) >= ROWS_MAX
            or monotonic() - self._written_at >= SECONDS_MAX
        )

    async def write(self) -> None:
        """Commit what waits of the executions of which there is word; those of which it cannot be are in `failed`."""
        async with self._writing:
            words = self._take_words()
            if not words:
                return
            # One statement together, and each its own where that is refused.
            ends = await asyncio.gather(*(self._write_words(one) for one in words), return_exceptions=True)
            self._written_at = monotonic()
            for one, end in zip(words, ends, strict=True):
                if isinstance(end, BaseException):
                    self.failed[one.entry.execution] = end

    def check(self, execution: int) -> None:
        """Raise what kept an execution's words from the ledger."""
        if execution in self.failed:
            raise self.failed[execution]

    def _take_words(self) -> list[Words]:
        words = {execution: Words(entry) for execution, entry in self._entries.items()}
        for emission in self._emissions:
            if emission.execution in words:
                words[emission.execution].emissions.append(emission)
        for output in self._outputs:
            if output.execution in words:
                words[output.execution].outputs.append(output)
        for line in self._lines:
            if line.execution in words:
                words[line.execution].lines.append(line)
        self._entries = {}
        self._emissions = [one for one in self._emissions if one.execution not in words]
        self._outputs = [one for one in self._outputs if one.execution not in words]
        self._lines = [one for one in self._lines if one.execution not in words]
        for execution in words:
            self._waiting.pop(execution, None)
        return list(words.values())

    async def _write_words(self, words: Words) -> None:
        execution = words.entry.execution
        owned, are_all_new = await self._tools.ledger.write(
            self._run_id, [words.entry], words.emissions, words.outputs, words.lines
        )
        if execution not in owned:
            raise Fenced(f"Execution {execution} of run {self._run_id} belongs to a newer attempt.")
        if words.emissions:
            telling = self._tellings[execution]
            telling.unwritten = words.emissions[-1].sequence + 1
            if not are_all_new:
                await self._read_back(execution, telling, words.emissions[0].sequence)
                telling.unwritten = telling.next

    async def tell(self) -> None:
        """Tell the workflow what is written, by a signal."""
        async with self._telling:
            messages = [message for execution in self._tellings if (message := self._message(execution)) is not None]
            if messages:
                await self._signal(EMIT_SIGNAL, [messages])
                for execution, _, upto, _ in messages:
                    self._mark(execution, upto)

    async def tell_over(self, dispatch: int, executions: Sequence[int], record_of: Callable[[int], list[Any]]) -> None:
        """Tell the workflow that executions are over, by their records, which are made when nothing else of them is on its way."""
        async with self._telling:
            await self._signal(OVER_SIGNAL, [dispatch, [record_of(execution) for execution in executions]])
            for execution in executions:
                self._mark(execution, self._tellings[execution].next)

    async def _signal(self, name: str, arguments: list[Any]) -> None:
        pause = self._told_at + SIGNAL_PAUSE_SECONDS - monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        await self._tools.client.get_workflow_handle(self._workflow_id).signal(name, args=arguments)
        self._told_at = monotonic()

    def _message(self, execution: int) -> tuple[int, int, int, list[list[Any]]] | None:
        """Give (execution, first, next, deliveries) of what is written and not told."""
        telling = self._tellings[execution]
        deliveries = [delivery for delivery in telling.deliveries if delivery[0] < telling.unwritten]
        return (execution, telling.first, telling.unwritten, deliveries) if deliveries else None

    def _mark(self, execution: int, upto: int) -> None:
        """Note that an execution's emissions below a place were told."""
        telling = self._tellings[execution]
        telling.first = upto
        telling.deliveries = [delivery for delivery in telling.deliveries if delivery[0] >= upto]
        self._tokens = sum(len(one.deliveries) for one in self._tellings.values())
        self._chars = 0

    def rest(self, execution: int) -> tuple[int, int, list[list[Any]]]:
        """Give (first, next, deliveries) of an execution that were not told: the tail, for the activity's result."""
        telling = self._tellings[execution]
        return min(telling.first, telling.next), telling.next, telling.deliveries

    async def _read_back(self, execution: int, telling: Telling, first: int) -> None:
        """Replace deliveries by the ledger's: another attempt wrote some of these rows first, and they stand."""
        recorded = await self._tools.ledger.read(self._run_id, execution, first)
        assert recorded is not None
        telling.deliveries = [d for d in telling.deliveries if d[0] < first]
        for emission in recorded.emissions:
            data = await self._tools.encoded(self._tenant, emission.value, emission.handle)
            self._add_deliveries(telling, emission.sequence, emission.pin, data)
            telling.next = max(telling.next, emission.sequence + 1)

    def _add_deliveries(self, telling: Telling, sequence: int, pin: str, data: bytes) -> None:
        """Note, for each link that takes a value from this emission, that it does; small values stand inline."""
        if sequence < telling.first:
            return
        emission = (sequence, pin, len(data))
        for delivery, size in deliveries_of(self._compiled.plan, telling.node, emission, lambda: decode(data)):
            self._deliver(telling, delivery, size)

    def _deliver(self, telling: Telling, delivery: list[Any], size: int) -> None:
        telling.deliveries.append(delivery)
        self._tokens += 1
        self._chars += size + 16
