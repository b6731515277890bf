"""`context.llm` of a run: each call that was answered is remembered before its block hears of it; it is asked and paid once.

A block that is run again asks again, in the same order, and is given what was answered. A call is known by its number in the step
and by what is asked; a block that asks otherwise is answered anew. Where the worker dies after the provider has answered and before
that is a row, the provider is asked again, under the same idempotency key. Each time that an operator has the execution run again,
its numbers go on elsewhere: whoever asks for that does not want the old answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from activities.crossing import Crossing
from activities.scrubbing import Scrubber
from activities.steering import round_of
from activities.tools import Tools
from blocks.llm import demo
from blocks.llm.client import ask_once, complete
from blocks.sdk.credentials import ApiKey, Credential
from blocks.sdk.llm import LlmAnswer, LlmRequest, LlmUsage, OnText, WantedCall
from schema.block import BlockSpec
from schema.credentials import DEMO, Requirement
from schema.db.llm_calls import CallPlace, LlmCall, LlmCalls
from schema.errors import BlockFailed
from schema.limits import LIMITS
from workflows.engine.events import Item

#: Calls of one step of a node execution.
_CALLS_MAX: Final = LIMITS.step_llm_calls_max


@dataclass
class RunLlm:
    """The Llm of one attempt at a node; made on the worker's loop, used from the blocks'."""

    tools: Tools
    tenant: UUID
    #: Where its next call stands; `number` counts those before it.
    place: CallPlace
    scrubber: Scrubber
    #: Writes a line into the run's log.
    log: Any
    crossing: Crossing = field(default_factory=Crossing)
    _asked: int = 0

    async def complete(self, request: LlmRequest, credential: ApiKey, on_text: OnText | None = None) -> LlmAnswer:
        """Ask a model, or give what it answered before."""
        return await complete(self._ask, request, credential, on_text)

    async def _ask(self, request: LlmRequest, credential: ApiKey, on_text: OnText | None) -> LlmAnswer:
        self._asked += 1
        if self._asked > _CALLS_MAX:
            raise BlockFailed(f"A step of a node may ask language models {_CALLS_MAX} times.")
        place = replace(self.place, number=self.place.number + self._asked)
        request_hash = _hash_of(request, credential.reference.provider)
        kept = await self.crossing.call(self._find(place, request_hash))
        if kept is not None:
            answer = _from_wire(kept)
            if on_text is not None and answer.text:
                on_text(answer.text)
            return answer
        if credential.reference.provider == DEMO:
            self.log("info", f"The demo answered for {request.model}: no model was asked.")
        key = hashlib.sha256(f"llm/{place}".encode()).hexdigest()[:32]
        answer = await ask_once(
            self.tools.http,
            request,
            credential,
            key,
            on_text,
            base_urls=self.tools.base_urls,
            demo_words_per_second=self.tools.demo_words_per_second,
        )
        self.tools.instruments.llm_answered(answer)
        return _from_wire(await self.crossing.call(self._keep(place, request_hash, answer)))

    async def _find(self, place: CallPlace, request_hash: str) -> Any:
        kept = await LlmCalls(self.tools.engine).find(place, request_hash)
        return None if kept is None else await self._open(kept)

    async def _keep(self, place: CallPlace, request_hash: str, answer: LlmAnswer) -> Any:
        """Keep an answer, scrubbed; give what is kept."""
        wire = self.scrubber.value(_to_wire(answer))
        stored = await self.tools.values.put(self.tenant, wire, "the answer of a language model")
        call = LlmCall(
            place=place,
            tenant_id=self.tenant,
            provider=answer.provider,
            model=answer.model,
            request_hash=request_hash,
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            cost_micro_usd=answer.usage.cost_micro_usd,
            answer=stored.to_wire(),
        )
        return await self._open(await LlmCalls(self.tools.engine).keep(call))

    async def _open(self, kept: Mapping[str, Any]) -> Any:
        handle = kept.get("handle")
        return kept["value"] if handle is None else await self.tools.values.get(self.tenant, handle["id"])


def llm_of(tools: Tools, tenant: UUID, run_id: UUID, item: Item, step: int, scrubber: Scrubber, log: Any) -> RunLlm:
    """Give the Llm of an attempt at a step."""
    place = CallPlace(run_id, item.execution, step, round_of(item.orders) * _CALLS_MAX)
    return RunLlm(tools, tenant, place, scrubber, log)


def demo_for(tools: Tools, requirement: Requirement) -> Credential | None:
    """Give what stands in for a credential that a node does not refer to, on a stack with the demo."""
    return demo.CREDENTIAL if tools.has_llm_demo and requirement.has_demo else None


def with_demo(tools: Tools, spec: BlockSpec, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a node's inputs, on a stack with the demo with its reference where there is none."""
    inputs, lent = demo.lend(spec, raw) if tools.has_llm_demo else ({}, {})
    return inputs if lent else raw


def without_demo(prepared: Mapping[str, Any], given: Mapping[str, Any], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give prepared inputs as they are recorded: what was lent did not come. A run that continues this one compares them."""
    if given is raw:
        return prepared
    lent = [pin for pin in given if given[pin] is not raw.get(pin)]
    return {pin: value for pin, value in prepared.items() if pin not in lent} | {
        pin: raw[pin] for pin in lent if pin in raw
    }


def _hash_of(request: LlmRequest, provider: str) -> str:
    """Give what tells a request from another: all that is asked, but not how long it may take."""
    asked = asdict(replace(request, seconds_max=0.0))
    return hashlib.sha256(json.dumps([provider, asked], sort_keys=True, default=str).encode()).hexdigest()


def _to_wire(answer: LlmAnswer) -> dict[str, Any]:
    wire = asdict(answer)
    del wire["data"]
    return wire


def _from_wire(wire: Mapping[str, Any]) -> LlmAnswer:
    calls = tuple(WantedCall(**call) for call in wire["calls"])
    return LlmAnswer(
        **{
            **wire,
            "calls": calls,
            "annotations": tuple(wire["annotations"]),
            "usage": LlmUsage(**wire["usage"]),
        }
    )
