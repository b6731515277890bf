"""One attempt at one item of a dispatch: ledger, input, block, outcome, as a pipe of named steps; it retries nothing itself.

listen   (an event that is not what the node waits for is refused, and it waits on)
claim    (only where an earlier attempt may have written: what the ledger has is repeated, what is over is not run again)
obey     (where an operator ended it: with the outputs that they gave, or with its failure)
wait     (where the last attempt was one of a dispatch with others: what is left of its wait)
check    (its input is there, and its block is the one that the run was made with)
hear     (where an earlier step asked people: what they decided, or it waits on)
leave    (a node whose credential is optional and absent ends here, without an emission)
prepare  (merge, coerce, validate)
ask      (a sensitive block, where the agent wants it: people approve its inputs first, and the step ends here)
open     (references become credentials, which the block alone is given; from here on all that it gives back is scrubbed)
step     (the block runs on the blocks' loop; its emissions are encoded there, at the yield)
record   (done, failed, parked or stuck, with its row)
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from activities.asking import (
    Heard,
    answer_of,
    approved_inputs,
    ask_for_inputs,
    ask_person,
    check_inputs_decision,
    hear,
    wait_for,
)
from activities.belongings import belongings_of
from activities.block_loop import LoopAbandoned
from activities.calling import call_tools, known_round, memories, sleep, tool_results
from activities.channel import Channel
from activities.children import accept_child, child_progress
from activities.contracts import check_contract
from activities.crossing import WorldAway
from activities.dispatched import Dispatched, Outcome
from activities.events import arrived_event, await_event, refuse_unfit
from activities.files import files_of
from activities.inputs import kept_inputs
from activities.llm import demo_for, llm_of, with_demo, without_demo
from activities.logbook import Logbook, Row
from activities.retrying import Retry, wait_left, wait_seconds
from activities.scrubbing import Scrubber, scrub_log
from activities.steering import edits_of, halt_kind, is_held, last_word, outputs_of, round_of
from activities.toolbox import tools_of
from blocks.sdk.context import ChildProgress, Context
from blocks.sdk.credentials import Credential
from blocks.sdk.directives import AskPerson, AwaitChild, AwaitEvent, CallTools, Directive, Sleep, StartChild
from blocks.sdk.stepping import run_step
from schema.block import Kind
from schema.credentials import is_left_out, reference_of, requirements_of
from schema.db.entries import ExecutionEntry, LogEntry
from schema.db.ledger import LedgerEmission, Recorded
from schema.errors import DrystoneError, EmissionLost, Fenced, InvalidInput, MissingCredentials, WorkerLost
from schema.graph import Retry as RetryPolicy
from schema.ids import child_run_id
from schema.inputs import prepare
from schema.limits import LIMITS
from schema.states import State
from schema.values import encode
from workflows.engine.events import FAIL, Item
from workflows.wire import DONE, FAILED, PARKED, STUCK

#: A node that takes longer than this shows as RUNNING while it runs; a shorter one is written once, when it is over.
ANNOUNCE_SECONDS: Final = 0.25
#: How often a running block's emissions are looked at, where none arrive.
PULSE_SECONDS: Final = 0.25


@dataclass
class Attempt:
    """An attempt at one item."""

    dispatched: Dispatched
    item: Item
    raw: dict[str, Any]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    inputs: dict[str, Any] = field(default_factory=dict)
    #: Emissions of this step that the ledger had before this attempt.
    known: list[LedgerEmission] = field(default_factory=list)
    failures: int = 0
    #: Attempts of this dispatch that left no word of how they ended: their worker died, or the world was away.
    lost_attempts: int = 0
    last_error: dict[str, Any] | None = None
    #: The last attempt of this step, and since an operator had it run again, that failed.
    last_failure: dict[str, Any] | None = None
    directive: Directive | None = None
    logbook: Logbook = field(default_factory=Logbook)
    scrubber: Scrubber = field(default_factory=Scrubber)
    heard: Heard = field(default_factory=Heard)
    #: Its inputs as they came, as rows keep them, where somebody's words stand in their place or in that of its run.
    came: dict[str, Any] | None = None
    #: Whether readers were told that it runs.
    has_told: bool = False
    #: Set where the ledger lacks what it is to be given.
    lost: EmissionLost | None = None

    async def run(self) -> Outcome:
        """Run the item's step and leave its rows with the writer; raise Retry where it is to be tried again."""
        d, item = self.dispatched, self.item
        d.writer.begin(item.execution, d.node, item.base, item.received)
        try:
            over = await self._listen() or await self._claim() or await self._obey()
            if over is None:
                self._wait()
                over = await self._pinned()
            if over is None:
                self._check()
                over = await self._hear() or await self._leave()
            if over is not None:
                return over
            prepared = await self._prepare()
            wait = await ask_for_inputs(self, prepared) or await self._round()
            if wait is not None:
                return self._park(*wait)
            await self._step(prepared, await self._open(prepared))
            return await self._succeed(prepared)
        except LoopAbandoned as error:
            raise Retry(error.code, error.message, 0.5) from error
        except (Fenced, WorldAway):
            raise
        except DrystoneError as error:
            return await self._fail(error)

    async def found(self) -> Outcome | None:
        """Give how the item ended, where the ledger says that it is over; run nothing."""
        d, item = self.dispatched, self.item
        d.writer.begin(item.execution, d.node, item.base, item.received)
        recorded = await d.tools.ledger.read(d.run_id, item.execution, item.base)
        return await self._repeat(recorded) if recorded is not None and recorded.is_over else None

    # listen

    async def _listen(self) -> Outcome | None:
        """Wait on where the event that came is not what the node waits for. The claim would write over what that is."""
        d = self.dispatched
        refused = await refuse_unfit(d.tools, d.tenant, d.run_id, self.item)
        if refused is None:
            return None
        d.writer.put(self._entry(State.RUNNING, is_told=False, waits_for=refused.shown))
        return Outcome(PARKED, refused.wait)

    # claim

    async def _claim(self) -> Outcome | None:
        """Announce this attempt where another may have written, and repeat what is there; give the outcome if it is over."""
        d, item = self.dispatched, self.item
        if d.attempt == 1 and not item.is_again:
            return None
        recorded = await d.tools.ledger.claim(d.run_id, self._entry(State.RUNNING), item.base)
        over = await self._repeat(recorded)
        if over is not None:
            return over
        here = (item.step, round_of(item.orders))
        failed = [a for a in recorded.attempts if "error" in a]
        ours = [a for a in failed if (a.get("step", 0), a.get("round", 0)) == here]
        self.failures = len(ours)
        self.lost_attempts = max(0, d.attempt - 1 - self.failures)
        self.last_error = failed[-1]["error"] if failed else None
        self.last_failure = ours[-1] if ours else None
        deaths = d.attempt - 1 - self.failures - d.world_failures
        if deaths >= LIMITS.worker_deaths_max:
            return await self._fail(WorkerLost(f"The worker died {deaths} times while it ran this node."))
        return None

    async def _repeat(self, recorded: Recorded) -> Outcome | None:
        """Repeat what the ledger has; give the outcome if it is over."""
        d, item = self.dispatched, self.item
        self.known = recorded.emissions
        for emission in recorded.emissions:
            d.writer.repeat(item.execution, emission, await d.tools.encoded(d.tenant, emission.value, emission.handle))
        if recorded.status == State.TERMINATED:
            raise Fenced(f"The run {d.run_id} has ended.")
        if not recorded.is_over:
            return None
        return Outcome(DONE) if recorded.status == State.COMPLETED else Outcome(FAILED, _reason(recorded.error or {}))

    def _wait(self) -> None:
        """Raise Retry where the wait after the last attempt is not over; once a dispatch, so that no clock can hold it for ever."""
        left = wait_left(self.last_failure) if self.dispatched.attempt == 1 else None
        if left is not None:
            raise left

    # obey

    async def _obey(self) -> Outcome | None:
        """End the execution as an operator said, if one did; else take over what they wrote in place of its inputs."""
        d, item = self.dispatched, self.item
        if not item.orders:
            return None
        word = last_word(item.orders)
        if word is None:
            await self._overlay({**self.raw, **await edits_of(d.tools, d.tenant, d.run_id, item.orders)})
            return None
        self.inputs = self.came = await self._safely_kept()
        if word == FAIL:
            error = self.last_error or {"code": "CANCELLED", "message": "An operator let it fail."}
            return await self._end_failed(str(error["message"]), error, attempts=[])
        given = await outputs_of(d.tools, d.tenant, d.run_id, item.orders)
        for pin, value in given:
            await d.writer.add(item.execution, pin, encode(value, f"pin {pin!r}"))
        if d.compiled.plan.nodes[d.node].kind == Kind.OUTPUT:
            # Who waits for the run's outputs counts them: one that was skipped without a value is null.
            value = await d.tools.values.put(d.tenant, dict(given).get("output"), "pin 'output'")
            d.writer.output(item.execution, str(self.raw.get("name")), value)
        d.writer.put(self._entry(State.COMPLETED, attempts=[{**self._told(), "skipped": True}]))
        return Outcome(DONE)

    def _check(self) -> None:
        """Raise EmissionLost where the ledger lacks what it is to be given; BlockUnknown where its block is not here any more;
        ContractChanged where that is another than when the run was made, unless an operator knows."""
        if self.lost is not None:
            raise self.lost
        self.dispatched.compiled.block(self.dispatched.node)
        if not round_of(self.item.orders):
            check_contract(self.dispatched.compiled, self.dispatched.node)

    # hear

    async def _hear(self) -> Outcome | None:
        """Take in what became of what an earlier step asked people; wait on where they have not decided."""
        d, item = self.dispatched, self.item
        if item.step == 0 or d.compiled.block(d.node).spec.kind is Kind.AGENT:
            return None
        self.heard = await hear(d.tools, d.run_id, item)
        if self.heard.woke is not None:
            if self.heard.woke.is_pending:
                return self._park(*wait_for(self.heard.woke))
            check_inputs_decision(self.heard.woke)
        if self.heard.inputs is not None:
            await self._overlay(await approved_inputs(d.tools, self.heard.inputs, self.raw))
        return None

    async def _overlay(self, raw: dict[str, Any]) -> None:
        """Go on with other inputs than came. What came is kept with the attempt: by it a run that continues this one knows the
        execution again."""
        if raw != self.raw and self.came is None:
            self.came = await self._safely_kept()
        self.raw = raw

    @property
    def block_step(self) -> int:
        """Give the step as the block counts: without those that were spent on asking people in front of it."""
        return self.item.step - self.heard.held_steps

    async def _round(self) -> tuple[list[Any], dict[str, Any]] | None:
        """Give the wait for the tools that an earlier attempt at this step called; it told of them before it died."""
        d = self.dispatched
        return await known_round(d.tools, d.tenant, d.compiled.plan, self.known)

    # leave and open

    async def _pinned(self) -> Outcome | None:
        """Give what is pinned to the node instead of running it, where the run was started for that."""
        d, item = self.dispatched, self.item
        pinned = d.compiled.nodes[d.node].pinned_output
        if pinned is None or not d.compiled.plan.nodes[d.node].is_pinned:
            return None
        self.inputs = self.came = await self._safely_kept()
        for pin, values in pinned.items():
            for value in values:
                await d.writer.add(item.execution, pin, encode(value, f"pin {pin!r}"))
        d.writer.put(self._entry(State.COMPLETED, attempts=[{**self._told(), "pinned": True}]))
        return Outcome(DONE)

    async def _leave(self) -> Outcome | None:
        """End a node whose credential is absent, where it may be; raise MissingCredentials where it may not."""
        d = self.dispatched
        needed = [one for one in requirements_of(d.compiled.block(d.node).spec) if one.is_required]
        absent = [one for one in needed if reference_of(self.raw.get(one.pin)) is None]
        is_optional = is_left_out(d.compiled.nodes[d.node])
        missing = [one.pin for one in absent if is_optional or demo_for(d.tools, one) is None]
        if not missing:
            return None
        self.inputs = await self._kept(self.raw)
        if not is_optional:
            raise MissingCredentials(f"The node has no credential on {missing[0]!r}.", pin=missing[0])
        d.writer.put(self._entry(State.COMPLETED, attempts=[self._told()]))
        return Outcome(DONE)

    async def _open(self, prepared: Mapping[str, Any]) -> dict[str, Credential]:
        """Give the node's credentials by pin."""
        d = self.dispatched
        found = {}
        for requirement in requirements_of(d.compiled.block(d.node).spec):
            # By the reference as it came: no path of a dynamic pin writes into one.
            inputs = {**prepared, requirement.pin: self.raw.get(requirement.pin)}
            credential = await d.tools.resolver.resolve(d.tenant, d.run_id, requirement, inputs)
            credential = credential or demo_for(d.tools, requirement)
            if credential is not None:
                found[requirement.pin] = credential
        if found:
            self.scrubber = Scrubber(secret for credential in found.values() for secret in credential.secrets)
            scrub_log(self.scrubber)
        return found

    # prepare

    async def _prepare(self) -> dict[str, Any]:
        d = self.dispatched
        spec = d.compiled.block(d.node).spec
        self.inputs = await self._kept(self.raw)
        given = with_demo(d.tools, spec, self.raw)
        prepared = prepare(spec, given)
        own = without_demo(prepared, given, self.raw)
        if len(own) != len(self.raw) or any(own[pin] is not self.raw[pin] for pin in self.raw):
            self.inputs = await self._kept(own)
        return prepared

    async def _kept(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Give inputs as a row keeps them: large values by handle, secrets not at all."""
        d = self.dispatched
        return await kept_inputs(d.tools, d.tenant, d.compiled.block(d.node).spec, inputs)

    # step

    async def _step(self, prepared: dict[str, Any], credentials: Mapping[str, Credential]) -> None:
        """Run the block; its emissions go to the writer as they come."""
        d, scrubber, woke = self.dispatched, self.scrubber, self.heard.woke
        context = Context(
            http=d.tools.http,
            run_id=d.header.run_id,
            execution=self.item.execution,
            step=self.block_step,
            graph_id=d.compiled.plan.graph_id,
            is_last_attempt=self.failures + 1 >= self._policy.attempts,
            child=await self._child(),
            event=None if woke else await arrived_event(d.tools, d.tenant, d.run_id, self.item.arrivals),
            answer=await answer_of(d.tools, woke),
            base_urls=d.tools.base_urls,
            tools=tools_of(d.compiled, d.node),
            memories=await memories(d.tools, d.tenant, d.run_id, self.item),
            tool_results=await tool_results(d.tools, d.tenant, d.run_id, self.item.arrivals),
            asks_people=d.compiled.graph.asks_people,
            credentials=credentials,
            **belongings_of(d.tools, d.tenant, d.run_id, d.compiled.plan.graph_id),
            files=files_of(d.tools, d.tenant, d.run_id, self.item, scrubber),
            llm=llm_of(d.tools, d.tenant, d.run_id, self.item, self.block_step, scrubber, self.logbook.log),
            # Before a line is cut to its length: half a secret is not recognised.
            log=lambda level, text: self.logbook.log(level, scrubber.text(str(text))),
            stream=lambda pin, piece: self.logbook.stream(pin, scrubber.text(str(piece))),
        )
        channel = Channel()
        node = d.compiled.plan.nodes[d.node]
        block = d.compiled.block(d.node)

        async def produce() -> None:
            async for said in run_step(block, prepared, context):
                if isinstance(said, tuple):
                    await channel.put(scrubber.text(said[0]), scrubber.data(encode(said[1], f"pin {said[0]!r}")))
                else:
                    self.directive = said
                    return

        work = asyncio.create_task(d.tools.block_loop.run(produce, node.timeout_seconds, node.title))
        try:
            await self._consume(channel, work)
            await work
        finally:
            if not work.done():
                work.cancel()
            self._log(self.logbook.rest())

    async def _consume(self, channel: Channel, work: asyncio.Task[None]) -> None:
        """Pass emissions on until the block is done; announce the execution where it takes long."""
        d, count, is_announced = self.dispatched, 0, False
        arrival = asyncio.ensure_future(channel.wait())
        try:
            while True:
                await asyncio.wait([arrival, work], timeout=PULSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                is_last_look = work.done()
                if arrival.done():
                    arrival = asyncio.ensure_future(channel.wait())
                for pin, data in channel.take():
                    count += 1
                    if count > len(self.known):
                        await d.writer.add(self.item.execution, pin, data)
                        if d.writer.is_due(self.item.execution):
                            await self._announce()
                            is_announced = True
                if is_last_look:
                    return
                if self.logbook:
                    self._log(self.logbook.take())
                if d.writer.is_due(self.item.execution) or (not is_announced and self._age >= ANNOUNCE_SECONDS):
                    await self._announce()
                    is_announced = True
        finally:
            arrival.cancel()

    @property
    def _age(self) -> float:
        return (datetime.now(UTC) - self.started_at).total_seconds()

    async def _announce(self) -> None:
        """Write what there is so far, and tell it."""
        writer = self.dispatched.writer
        writer.put(self._entry(State.RUNNING, is_told=not self.has_told))
        await writer.write()
        writer.check(self.item.execution)
        self.has_told = True
        await writer.tell()

    def _log(self, rows: Iterable[Row]) -> None:
        number, scrub = self._number, self.scrubber.text
        self.dispatched.writer.log(
            LogEntry(self.item.execution, number, level, pin, scrub(line)) for level, pin, line in rows
        )

    async def _child(self) -> ChildProgress | None:
        d, item = self.dispatched, self.item
        if d.compiled.block(d.node).spec.kind is not Kind.AGENT or item.step == 0:
            return None
        return await child_progress(d.tools, d.tenant, d.run_id, item.execution, item.base, item.arrivals)

    # record

    async def _succeed(self, prepared: Mapping[str, Any]) -> Outcome:
        d, item = self.dispatched, self.item
        if self.directive is not None:
            return self._park(*await self._wait_for(self.directive))
        if d.compiled.block(d.node).spec.kind is Kind.OUTPUT:
            value = await d.tools.values.put(d.tenant, prepared.get("value"), "pin 'value'")
            d.writer.output(item.execution, str(prepared.get("name")), value)
        d.writer.put(self._entry(State.COMPLETED, attempts=[self._told()]))
        return Outcome(DONE)

    def _park(self, wait: list[Any], shown: dict[str, Any]) -> Outcome:
        """End the step, the execution being parked."""
        waits_for = {"since": self.started_at.isoformat(), **shown, "step": self.item.step}
        state = State.REVIEW if waits_for["kind"] == "answer" else State.RUNNING
        is_told = not self.has_told or state is State.REVIEW
        self.dispatched.writer.put(self._entry(state, is_told=is_told, waits_for=waits_for))
        return Outcome(PARKED, wait)

    async def _wait_for(self, directive: Directive) -> tuple[list[Any], dict[str, Any]]:
        """Give what the workflow is to wait for, ["sleep", seconds], ["child", how to start it], ["child", run id],
        ["event", name, seconds] or ["answer", approval id, seconds]; and the same as the record shows it."""
        d = self.dispatched
        child_id = str(child_run_id(d.run_id, self.item.execution))
        match directive:
            case Sleep():
                return await sleep(
                    d.writer, self.item.execution, replace(directive, memory=self.scrubber.value(directive.memory))
                )
            case StartChild():
                directive = replace(directive, inputs=self.scrubber.value(directive.inputs))
                if d.compiled.nodes[d.node].follows_active:
                    directive = replace(directive, graph_version=None)
                start = await accept_child(d.tools, d.header, self.item.execution, directive)
                return ["child", start], {"kind": "child", "run_id": child_id}
            case AwaitChild():
                return ["child", child_id], {"kind": "child", "run_id": child_id}
            case AwaitEvent():
                return await_event(directive)
            case AskPerson():
                return await ask_person(d.tools, self, directive)
            case CallTools():
                directive = replace(
                    directive,
                    calls=tuple(
                        replace(call, arguments=self.scrubber.value(call.arguments)) for call in directive.calls
                    ),
                    memory=self.scrubber.value(directive.memory),
                )
                return await call_tools(d.writer, d.compiled.plan, self.item.execution, directive)

    async def _fail(self, error: DrystoneError) -> Outcome:
        """Fail the execution, or raise Retry where its error and its policy allow another attempt."""
        d = self.dispatched
        error = self.scrubber.error(error)
        told = self._told(error)
        if error.is_transient and self.failures + 1 < self._policy.attempts:
            seconds = wait_seconds(self._policy, self.failures, error)
            d.writer.put(self._entry(State.RUNNING, attempts=[{**told, "wait_seconds": seconds}]))
            raise Retry(error.code, error.message, seconds) from error
        if not isinstance(error, InvalidInput) or not self.inputs:
            self.inputs = self.inputs or await self._safely_kept()
        if is_held(error, d.compiled.plan, d.compiled.plan.nodes[d.node], is_called=self.item.caller is not None):
            d.writer.put(self._entry(State.PAUSED, error=error.to_wire(), attempts=[told]))
            return Outcome(STUCK, [halt_kind(error), error.code, error.message])
        return await self._end_failed(error.message, error.to_wire(), [told])

    async def _end_failed(self, message: str, error: dict[str, Any], attempts: list[dict[str, Any]]) -> Outcome:
        d, item = self.dispatched, self.item
        await d.writer.add(item.execution, "error", encode(message))
        d.writer.put(self._entry(State.FAILED, error=error, attempts=attempts))
        return Outcome(FAILED, _reason(error))

    async def _safely_kept(self) -> dict[str, Any]:
        """Keep the raw inputs for the record, as far as they can be kept."""
        try:
            return await self._kept(self.raw)
        except DrystoneError:
            return {}

    @property
    def _policy(self) -> RetryPolicy:
        return self.dispatched.compiled.nodes[self.dispatched.node].retry or RetryPolicy()

    @property
    def _number(self) -> int:
        # A batch hands on what failed, and Temporal counts from 1 again: no number is given twice.
        last = int((self.last_failure or {}).get("number", 0))
        return max(self.failures + self.lost_attempts, last) + 1

    @property
    def _queued_ms(self) -> int:
        """Give how long it waited for a worker, and there for its turn among those that were dispatched with it."""
        turn = (self.started_at - self.dispatched.taken_at).total_seconds() * 1000
        return round(self.dispatched.queued_ms + max(0.0, turn))

    def _told(self, error: DrystoneError | None = None) -> dict[str, Any]:
        """Give this attempt as the record shows it."""
        row: dict[str, Any] = {
            "number": self._number,
            "step": self.item.step,
            "started_at": self.started_at.isoformat(),
            "ended_at": datetime.now(UTC).isoformat(),
            "queued_ms": self._queued_ms,
        }
        if round_of(self.item.orders):
            row["round"] = round_of(self.item.orders)
        if self.came is not None:
            row["came"] = self.came
        return row if error is None else {**row, "error": error.to_wire()}

    def _entry(
        self,
        status: State,
        error: dict[str, Any] | None = None,
        attempts: list[dict[str, Any]] | None = None,
        *,
        is_told: bool = True,
        waits_for: dict[str, Any] | None = None,
    ) -> ExecutionEntry:
        d, item = self.dispatched, self.item
        node = d.compiled.nodes[d.node]
        return ExecutionEntry(
            execution=item.execution,
            node_id=node.id,
            block_id=node.block_id,
            ordinal=item.ordinal,
            status=status.value,
            step=item.step,
            fence=d.fence,
            inputs=self.inputs,
            started_at=self.started_at,
            ended_at=datetime.now(UTC) if status in (State.COMPLETED, State.FAILED) else None,
            error=error,
            attempts=attempts or [],
            is_told=is_told,
            waits_for=waits_for,
            caller=item.caller,
        )


def _reason(error: Mapping[str, Any]) -> list[str]:
    return [str(error.get("code", "INTERNAL")), str(error.get("message", ""))]
