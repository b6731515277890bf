"""RegionRun: one dispatch of a region, stepped through on the blocks' loop; what it made is written by who began it.

The executions of the region run one after another, each as `activities.attempt` would run it, for as long as all is ordinary.
What is not, a failure that may pass, a step that waits, a block that is not here, is put aside, to be dispatched by itself. A
block that emits much is left in the middle again and again, so that what comes of its emissions runs first: however many items
go through a region, few of them are open.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic, time
from typing import Any, Final

import orjson

from activities.inputs import own_copy
from activities.logbook import Logbook
from activities.region_members import Member
from activities.region_values import Emitted, RegionValues, row_text
from activities.steering import is_held
from blocks.sdk.context import Context
from blocks.sdk.directives import Yield
from blocks.sdk.stepping import begin_step, close_step, next_of
from schema.block import Kind
from schema.db.entries import LogEntry
from schema.db.region_rows import RegionRows
from schema.db.values import Stored
from schema.errors import BlockCrashed, DrystoneError, LimitExceeded
from schema.inputs import prepare
from schema.limits import LIMITS
from schema.states import State
from schema.values import decode
from workflows.engine.deliveries import deliveries_of
from workflows.engine.events import Delivery, Failed
from workflows.engine.execution import Execution
from workflows.engine.region_flow import RegionFlow
from workflows.engine.regions import PART_CHARS_MAX

#: Emissions, and bytes of them, after which a block waits for what comes of them, and the bounds are looked at.
EMISSIONS_AT_ONCE: Final = 64
BYTES_AT_ONCE: Final = 1_000_000
#: Emissions of a block that is run anew which are passed over without a breath.
PASSED_AT_ONCE: Final = 1_000
#: How long the blocks' loop, which others share, is held at once.
BREATH_SECONDS: Final = 0.02
#: Types of values that cannot be changed.
_FIXED: Final = frozenset({str, int, float, bool, type(None)})
#: Executions that are written by one statement.
ROWS_AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class Bounds:
    """When a dispatch of a region ends, though there is more to do."""

    seconds: float
    executions: int
    bytes: int
    #: Seconds beyond its own after which a block is taken to hang.
    patience: float
    #: Values that left the region.
    left: int = 2_000
    #: Characters of what it tells the run above which inline values are left to the ledger.
    inline_chars: int = PART_CHARS_MAX


@dataclass
class _Work:
    """An execution that runs."""

    execution: Execution
    member: Member
    began: float
    #: Its inputs as its row keeps them, as JSON.
    inputs: str = "{}"
    prepared: dict[str, Any] = field(default_factory=dict)
    said: AsyncIterator[Yield] | None = None
    #: The place of its next emission, and what of them the flow does not know yet.
    next: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    emissions: list[tuple[int, int, str, Stored]] = field(default_factory=list)
    outputs: list[tuple[int, str, Stored]] = field(default_factory=list)
    logbook: Logbook = field(default_factory=Logbook)
    #: What its input is refused with, where it is.
    refused: DrystoneError | None = None


class RegionRun:
    """The executions of one dispatch of a region."""

    def __init__(
        self,
        flow: RegionFlow,
        members: Mapping[int, Member],
        context: Context,
        bounds: Bounds,
        *,
        masks: Mapping[str, Any],
        fence: int,
    ) -> None:
        self.flow, self.members, self.bounds, self.masks = flow, members, bounds, masks
        self.values = RegionValues(flow.plan)
        self.fence = fence
        #: What is to be written: those that are full may be written while the rest is made, on the worker's loop.
        self.full: deque[RegionRows] = deque()
        self.rows = RegionRows(fence)
        self.is_full = asyncio.Event()
        self._home = asyncio.get_running_loop()
        self.is_over = False
        #: Whether the blocks' loop is in it: who left it there must not touch it.
        self.is_running = False
        self._context = context
        self._begun: list[_Work] = []
        self._taken: Execution | None = None
        self._current: _Work | None = None
        self._ended = 0
        self._deadline: float | None = None

    @property
    def has_begun(self) -> bool:
        return self._deadline is not None

    async def step(self) -> None:
        """Run until nothing is left, a bound is met, or values have to be read (`values.wanted`)."""
        self.is_running = True
        try:
            await self._step()
        finally:
            self.is_running = False

    async def _step(self) -> None:
        now = monotonic()
        self._deadline = self._deadline or now + self.bounds.seconds
        breath = now + BREATH_SECONDS
        while not self.is_over:
            now = monotonic()
            if self._meets_bound(now):
                break
            if now >= breath:
                await asyncio.sleep(0)
                breath = monotonic() + BREATH_SECONDS
            work = self._next()
            if self.values.wanted:
                return
            if work is not None:
                await self._go_on(work)
        self.is_over = True
        await self.close()

    async def close(self) -> None:
        """End the dispatch, on the blocks' loop: leave what is in the middle to the next."""
        if self._current is not None:
            await self._put_aside(self._current)
        if self._taken is not None:
            self.flow.suspend(self._taken)
        begun, self._begun, self._taken = self._begun, [], None
        for work in reversed(begun):
            await self._leave(work)

    def _meets_bound(self, now: float) -> bool:
        bounds = self.bounds
        if not (self._ended or self._begun):
            # However much was read, and however long that took, each dispatch gets something done.
            return False
        return (
            now >= (self._deadline or 0)
            or self._ended >= bounds.executions
            or self.values.size >= bounds.bytes
            or len(self.flow.left) >= bounds.left
        )

    # Taking

    def _next(self) -> _Work | None:
        """Give the execution to go on with: a new one, else the last that was left in the middle."""
        execution = self._taken or self.flow.take()
        if execution is None:
            if self._begun:
                return self._begun.pop()
            self.is_over = True
            return None
        self._taken = execution
        work = self._begin(execution)
        if not self.values.wanted:
            self._taken = None
        return work

    def _begin(self, execution: Execution) -> _Work | None:
        """Make what an execution runs with; None where values are wanted, or where it is put aside."""
        member = self.members.get(execution.node)
        if member is None:
            self.is_over = True
            self.flow.suspend(execution, is_aside=True)
            return None
        raw = own_copy(member.constants)
        texts = dict(member.texts)
        for pin, token in execution.tokens:
            found = self.values.of(token)
            if found is None:
                continue
            if found[0] is None and token[0] == 0 and member.spec.kind is Kind.INPUT:
                # A run input that is given as null: the node's own default stands for it.
                continue
            raw[pin] = found[0]
            texts[pin] = _SECRET if member.has_secrets and member.spec.is_secret(pin) else found[1]
        if self.values.wanted:
            return None
        for pin, value in own_copy(self.masks.get(member.node.id, {})).items():
            raw[pin] = value
            texts[pin] = (
                _SECRET
                if member.has_secrets and member.spec.is_secret(pin)
                else row_text(self.values.keep(value, pin)[1])
            )
        work = _Work(execution, member, time())
        self._prepare(work, raw, texts)
        work.inputs = f"{{{','.join(f'{_name(pin)}:{text}' for pin, text in texts.items())}}}"
        return work

    def _prepare(self, work: _Work, raw: dict[str, Any], texts: dict[str, str]) -> None:
        """Prepare an execution's inputs, of which rows keep what the block is given: merged and coerced."""
        spec = work.member.spec
        try:
            work.prepared = prepare(spec, raw)
            texts |= {
                pin: _SECRET
                if work.member.has_secrets and spec.is_secret(pin)
                else row_text(self.values.keep(value, f"pin {pin!r}")[1])
                for pin, value in work.prepared.items()
                if pin not in raw or raw[pin] is not value
            }
            work.said = begin_step(work.member.block, work.prepared, self._context_of(work))
        except DrystoneError as error:
            work.refused = error

    def _context_of(self, work: _Work) -> Context:
        """Give the context of an execution: the region's, with what differs."""
        context = Context.__new__(Context)
        context.__dict__.update(self._context.__dict__)
        context.execution = work.execution.number
        context.is_last_attempt = work.member.attempts == 1
        context.log, context.stream = work.logbook.log, work.logbook.stream
        return context

    # Running

    async def _go_on(self, work: _Work) -> None:
        """Run an execution to its end, or until it has emitted so much that what comes of it runs first."""
        self._current = work
        if work.refused is not None or work.said is None:
            await self._fail(work, work.refused or BlockCrashed("It did not begin."))
            return
        emitted, size = len(work.emissions), self.values.size
        try:
            while (said := await next_of(work.member.block, work.said)) is not None:
                if not isinstance(said, tuple):
                    await self._put_aside(work)
                    return
                self._emit(work, *said)
                if work.next < work.execution.received and work.next % PASSED_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if self._has_said_much(work, emitted, size):
                    self._tell(work)
                    self._begun.append(work)
                    self._current = None
                    return
            self._finish(work)
        except DrystoneError as error:
            await self._fail(work, error)

    def _has_said_much(self, work: _Work, emitted: int, size: int) -> bool:
        """Say whether a block that had emitted so much is to wait. What no link takes counts, too: it is kept, to be written."""
        count = max(len(work.deliveries), len(work.emissions) - emitted)
        return count >= EMISSIONS_AT_ONCE or self.values.size - size >= BYTES_AT_ONCE

    def _emit(self, work: _Work, pin: str, value: Any) -> None:
        """Take an emission; what an earlier dispatch took of a block that is run anew is passed over."""
        if work.next < work.execution.received:
            work.next += 1
            return
        if work.next >= LIMITS.execution_emissions_max:
            raise LimitExceeded(f"The node emitted more than {LIMITS.execution_emissions_max} values.", pin=pin)
        data, stored = self.values.keep(value, f"pin {pin!r}")
        number, sequence = work.execution.number, work.next
        work.next += 1
        work.emissions.append((number, sequence, pin, stored))
        if stored.handle is not None:
            self.values.emitted[number, sequence] = Emitted(pin, data, stored, value if type(value) is str else None)
        whole = work.member.routes.get(pin)
        if whole is not None and stored.handle is None:
            # Each is given a value of its own; what cannot be changed they may share.
            is_fixed = type(value) in _FIXED
            work.deliveries += [[sequence, link, value if is_fixed else decode(data)] for link in whole]
            return
        emission = (sequence, pin, len(data))
        for delivery, _ in deliveries_of(self.flow.plan, work.member.index, emission, lambda: decode(data)):
            work.deliveries.append(delivery)

    def _tell(self, work: _Work) -> None:
        deliveries, work.deliveries = work.deliveries, []
        self.flow.emit(work.execution, work.next, deliveries)

    # Ending

    def _finish(self, work: _Work) -> None:
        execution = work.execution
        if work.member.is_output:
            _, stored = self.values.keep(work.prepared.get("value"), "pin 'value'")
            work.outputs.append((execution.number, str(work.prepared.get("name")), stored))
        self._write(work, State.COMPLETED)
        self.flow.finish(execution, max(work.next, execution.received), work.deliveries)

    async def _fail(self, work: _Work, error: DrystoneError) -> None:
        """Fail an execution, or put it aside where more becomes of its failure than that."""
        flow, execution = self.flow, work.execution
        # What stood still for long is blamed where it runs by itself.
        is_stalled = isinstance(error, BlockCrashed) and not isinstance(error.__cause__, Exception | None)
        is_full = work.next >= LIMITS.execution_emissions_max
        if error.is_transient or is_stalled or is_full or is_held(error, flow.plan, work.member.node):
            await self._put_aside(work)
            return
        if work.said is not None:
            await close_step(work.said)
        work.next = max(work.next, execution.received)
        self._emit(work, "error", error.message)
        self._write(work, State.FAILED, error.to_wire())
        flow.fail(execution, Failed(execution.number, 0, work.next, work.deliveries, error.code, error.message))

    async def _put_aside(self, work: _Work) -> None:
        """Leave an execution to be dispatched by itself; nothing else begins in this dispatch."""
        self.is_over = True
        await self._leave(work, is_aside=True)

    async def _leave(self, work: _Work, *, is_aside: bool = False) -> None:
        self._current = None
        if work.said is not None:
            await close_step(work.said)
        if work.next > work.execution.received:
            self._tell(work)
        if work.emissions:
            self._write(work, State.RUNNING)
        self.flow.suspend(work.execution, is_aside=is_aside)

    def _write(self, work: _Work, status: State, error: dict[str, Any] | None = None) -> None:
        """Note the rows of an execution, which go in one statement."""
        self._current = None
        self._ended += 1
        rows = self.rows
        execution = work.execution
        which = (execution.number, execution.ordinal)
        rows.add(which, work.member.ids, status, work.inputs, (work.began, time()), error)
        rows.emissions += work.emissions
        rows.outputs += work.outputs
        # One that is left in the middle is run from its start again, and writes all its lines then.
        if work.logbook and status is not State.RUNNING:
            rows.lines += [LogEntry(execution.number, 1, level, pin, line) for level, pin, line in work.logbook.rest()]
        if len(rows) >= ROWS_AT_ONCE:
            self.full.append(rows)
            self.rows = RegionRows(self.fence)
            self._home.call_soon_threadsafe(self.is_full.set)


_SECRET: Final = '{"value":"***"}'


@lru_cache(maxsize=4_096)
def _name(pin: str) -> str:
    return orjson.dumps(pin).decode()
