"""Block: what a node does, as a class that is checked when it is defined; it never knows the graph around it.

    class Shout(Block):
        \"\"\"Give the text in capitals.\"\"\"

        id = "6f0f6d2a-8a5e-4c05-9f4c-0d7a3f6f2d11"
        name = "ShoutBlock"
        categories = ("TEXT",)
        is_pure = True

        class Input(BlockInput):
            text: str = pin(description="What to shout.")

        class Output(BlockOutput):
            output: str = pin(description="The text in capitals.")

        examples = (Example(input={"text": "hey"}, output=[("output", "HEY")]),)

        async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
            yield "output", inputs.text.upper()

The example is the block's test, its documentation and its dry run. Yielding the pin `error`, or raising, ends the execution
as failed; what was emitted before stays emitted.
"""

from __future__ import annotations

import inspect
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from blocks.sdk.context import Context
from blocks.sdk.credentials import Credential
from blocks.sdk.directives import Emission, Yield
from schema.block import BlockSpec, Cost, Kind, Queue
from schema.errors import DrystoneError, InvalidInput
from schema.inputs import prepare

#: Kinds of block without an `error` pin.
_WITHOUT_ERROR = frozenset({Kind.INPUT, Kind.OUTPUT, Kind.AGENT})


#: A spec is made by one thread at a time: its models are built with it. The checks ask for it again.
_making = threading.RLock()


class BlockDefinitionError(DrystoneError):
    """A block class is not well defined."""

    code = "BLOCK_DEFINITION"
    fault = "theirs"


class BlockInput(BaseModel):
    """The typed input of a block: a field is a pin."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=(), arbitrary_types_allowed=False, defer_build=True)


class BlockOutput(BaseModel):
    """The typed output of a block: a field is a pin. `error` is added to it by the SDK."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), defer_build=True)


def pin(
    default: Any = ...,
    *,
    default_factory: Any = None,
    description: str | None = None,
    title: str | None = None,
    advanced: bool | None = None,
    secret: bool = False,
    placeholder: str | None = None,
    **constraints: Any,
) -> Any:
    """Describe a pin: its default (none: required), texts, and how a form shows it. `constraints` are pydantic's."""
    extra: dict[str, Any] = {"advanced": advanced if advanced is not None else default is not ... and not secret}
    if secret:
        extra["secret"] = True
    if placeholder is not None:
        extra["placeholder"] = placeholder
    settings: dict[str, Any] = {"description": description, "title": title, "json_schema_extra": extra, **constraints}
    if default_factory is not None:
        return Field(default_factory=default_factory, **settings)
    return Field(default, **settings)


@dataclass(frozen=True)
class Example:
    """An input and the emissions it gives: `exact` compares all of them in order, `subset` asks that these are among them,
    `pins` only which pins emit (for what depends on the clock or the world)."""

    input: Mapping[str, Any]
    output: Sequence[Emission]
    match: Literal["exact", "subset", "pins"] = "exact"
    #: The error that it must end with, as a part of its message; None: it must not fail.
    error: str | None = None
    #: Answers of the guarded way out, in order, as (status, headers, body); None: the example needs no network.
    answers: Sequence[tuple[int, Mapping[str, str], bytes]] | None = None
    #: The credentials that it runs with, by pin; their references stand in the input.
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    #: What else of its context it runs with, by the context's names: a `memory` with something in it, say.
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


class _Spec:
    """What a block class gives as its `spec`: made when it is first asked for."""

    def __get__(self, _instance: object, owner: type[Block]) -> BlockSpec:
        if owner.is_abstract:
            raise AttributeError(f"{owner.__qualname__} is a family of blocks, which has no spec.")
        return _spec_of(owner)


class Block(ABC):
    """A kind of node. Subclasses are checked when they are defined; abstract families set `is_abstract = True`."""

    id: ClassVar[str]
    name: ClassVar[str]
    categories: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[Kind] = Kind.STANDARD
    static_output: ClassVar[bool] = False
    is_pure: ClassVar[bool] = False
    #: Its executions do not depend on one another and may run beside one another in one worker, each under its own limit of time
    #: and with its own outcome. A death of the worker repeats those that were not over, as it does with single ones. Not for what
    #: waits for anybody, calls tools, runs code or holds a worker for long; what is pure is batched anyway.
    is_batchable: ClassVar[bool] = False
    is_sensitive: ClassVar[bool] = False
    is_resumable: ClassVar[bool] = False
    event_pins: ClassVar[tuple[str, str | None] | None] = None
    loop_pins: ClassVar[tuple[str, ...]] = ()
    has_dynamic_inputs: ClassVar[bool] = False
    has_dynamic_outputs: ClassVar[bool] = False
    #: {name that a pin had in older files: today's}.
    old_inputs: ClassVar[Mapping[str, str]] = {}
    old_outputs: ClassVar[Mapping[str, str]] = {}
    queue: ClassVar[Queue] = Queue.IO
    _made_spec: ClassVar[BlockSpec | None] = None
    _checked_spec: ClassVar[BlockSpec | None] = None
    #: What a run of it costs; None: what its provider says, if it has one.
    costs: ClassVar[tuple[Cost, ...] | None] = None
    is_abstract: ClassVar[bool] = True

    Input: ClassVar[type[BlockInput]]
    Output: ClassVar[type[BlockOutput]]
    examples: ClassVar[Sequence[Example]] = ()
    spec = _Spec()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.is_abstract = cls.__dict__.get("is_abstract", False)
        if not cls.is_abstract:
            _check_definition(cls)
            # The library's own are checked by its tests: the schemas of hundreds of blocks would take every start a second.
            if not cls.__module__.startswith("blocks.library."):
                _spec_of(cls)

    @abstractmethod
    def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        """Yield (pin, value) for each emission; a directive, if any, comes last in its step."""

    @staticmethod
    def disabled_reason() -> str | None:
        """Say why it cannot run on this machine; None: it can. Not part of the spec: a spec is the same on each machine."""
        return None


def _spec_of(cls: type[Block]) -> BlockSpec:
    """Make a block's spec, and check with it what the definition alone does not show; once for each class."""
    checked: BlockSpec | None = cls.__dict__.get("_checked_spec")
    if checked is not None:
        return checked
    with _making:
        found: BlockSpec | None = cls.__dict__.get("_made_spec")
        if found is None:
            found = cls._made_spec = _make_spec(cls)
            _check_credentials(cls)
            _check_examples(cls)
            cls._checked_spec = found
        return found


def _check_definition(cls: type[Block]) -> None:
    for attribute in ("id", "name", "Input", "Output"):
        if not hasattr(cls, attribute):
            raise BlockDefinitionError(f"{cls.__qualname__} has no `{attribute}`.")
    try:
        UUID(cls.id)
    except ValueError as error:
        raise BlockDefinitionError(f"{cls.name}: the id {cls.id!r} is not a UUID.") from error
    if not (cls.__doc__ or "").strip():
        raise BlockDefinitionError(f"{cls.name}: a block says in its docstring what it does.")
    if not inspect.isasyncgenfunction(cls.run):
        raise BlockDefinitionError(f"{cls.name}: `run` must be an async generator: `async def` with `yield`.")
    if not cls.examples and cls.kind is not Kind.AGENT:
        raise BlockDefinitionError(f"{cls.name}: a block has at least one example.")
    is_plain = cls.kind is Kind.STANDARD and cls.queue is Queue.IO and not cls.event_pins and not cls.loop_pins
    if cls.is_batchable and (cls.is_pure or not is_plain):
        raise BlockDefinitionError(
            f"{cls.name}: only a standard block of the queue blocks-io that is not pure and waits for nobody is batchable."
        )


def _check_credentials(cls: type[Block]) -> None:
    for name, schema in cls.spec.input_schema.get("properties", {}).items():
        if not any("credentials_types" in one for one in (schema, *schema.get("anyOf", ()))):
            continue
        if "credentials_provider" not in schema:
            raise BlockDefinitionError(f"{cls.name}: say by CredentialsField whose credentials {name!r} takes.")
        if cls.is_pure:
            raise BlockDefinitionError(f"{cls.name}: a block that takes credentials has effects; it is not pure.")


def _make_spec(cls: type[Block]) -> BlockSpec:
    output = cls.Output.model_json_schema(mode="serialization")
    output.setdefault("properties", {})
    if cls.kind not in _WITHOUT_ERROR:
        error = {"title": "Error", "type": "string", "description": "Why the block failed."}
        output["properties"].setdefault("error", error)
    return BlockSpec(
        id=cls.id,
        name=cls.name,
        description=inspect.cleandoc(cls.__doc__ or ""),
        categories=tuple(cls.categories),
        kind=cls.kind,
        input_schema=cls.Input.model_json_schema(),
        output_schema=output,
        static_output=cls.static_output,
        is_pure=cls.is_pure,
        is_batchable=cls.is_batchable,
        has_dynamic_inputs=cls.has_dynamic_inputs,
        has_dynamic_outputs=cls.has_dynamic_outputs,
        is_sensitive=cls.is_sensitive,
        is_resumable=cls.is_resumable,
        event_pins=cls.event_pins,
        loop_pins=cls.loop_pins,
        old_inputs=cls.old_inputs,
        old_outputs=cls.old_outputs,
        queue=cls.queue,
        examples=tuple({"input": dict(example.input), "output": list(example.output)} for example in cls.examples),
        costs=_costs_of(cls),
    )


def _costs_of(cls: type[Block]) -> tuple[Cost, ...]:
    # A block that is of one provider names it (blocks/sdk/rest.py), and this module knows no provider.
    return cls.costs if cls.costs is not None else tuple(getattr(getattr(cls, "provider", None), "costs", ()))


def _check_examples(cls: type[Block]) -> None:
    for number, example in enumerate(cls.examples, 1):
        unknown = [name for name, _ in example.output if not cls.spec.has_output(name)]
        if unknown:
            raise BlockDefinitionError(f"{cls.name}, example {number}: no such output pin: {', '.join(unknown)}.")
        if example.error is not None:
            continue
        try:
            prepare(cls.spec, example.input)
        except InvalidInput as error:
            raise BlockDefinitionError(f"{cls.name}, example {number}: {error.message}") from error


@dataclass
class DirectResult:
    """What one block did when it was run by itself: its emissions in order, and why it failed if it did."""

    emissions: list[Emission] = field(default_factory=list)
    error: DrystoneError | None = None
