"""How values become payloads: JSON as the SDK's own, by orjson, which takes a fraction of the time; it has no key.

Where payloads are sealed (`deploy.codec` does it), messages and stack traces of failures are payloads, too, and their types are
from a closed list: codes of our errors, and names that are Python's or the SDK's.
"""

from __future__ import annotations

import builtins
import copy
import re
from dataclasses import dataclass
from typing import Any, Final

import orjson
from temporalio import exceptions
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
)
from temporalio.converter import PayloadConverter as AnyPayloadConverter

from schema.errors import DrystoneError, PayloadUnread, Unread

#: The encoding of a payload that is sealed.
SEALED: Final = b"binary/encrypted"
#: The encoding of what stands for a payload that could not be read. It never leaves the process.
UNREAD: Final = "drystone/unread"
#: A schedule's workflows have its id and a time; what starts them is sealed before the time is known.
_SCHEDULED: Final = re.compile(r"(scheduled-run-[0-9a-f-]{36})-.+", re.DOTALL)
#: What is said of a failure whose type is not on the list.
OTHER: Final = "OTHER"
_KNOWN_TYPES: Final = frozenset(
    name
    for module in (builtins, exceptions)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, BaseException)
)


class OrjsonPayloadConverter(EncodingPayloadConverter):
    """Plain JSON. What orjson does not take (integers beyond 64 bits) goes by the SDK's converter, and so does a type hint."""

    def __init__(self) -> None:
        self._plain = JSONPlainPayloadConverter()

    @property
    def encoding(self) -> str:
        return self._plain.encoding

    def to_payload(self, value: Any) -> Payload | None:
        try:
            data = orjson.dumps(value)
        except TypeError:
            return self._plain.to_payload(value)
        return Payload(metadata={"encoding": self.encoding.encode()}, data=data)

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        if type_hint not in (None, Any, list, dict):
            return self._plain.from_payload(payload, type_hint)
        try:
            return orjson.loads(payload.data)
        except orjson.JSONDecodeError:
            return self._plain.from_payload(payload, type_hint)


class UnreadPayloadConverter(EncodingPayloadConverter):
    """What could not be read raises where its value is wanted. A beat of an activity that cannot be read is no beat: it has no type
    hint, which its arguments have."""

    @property
    def encoding(self) -> str:
        return UNREAD

    def to_payload(self, value: Any) -> Payload | None:
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        if type_hint is None and payload.metadata.get("of") == b"activity":
            return None
        raise PayloadUnread(reason=Unread(payload.data.decode()))


def unread(reason: Unread, is_activity: bool) -> Payload:
    """Give what stands for a payload that could not be read."""
    of = b"activity" if is_activity else b"workflow"
    return Payload(metadata={"encoding": UNREAD.encode(), "of": of}, data=reason.value.encode())


class PayloadConverter(CompositePayloadConverter):
    """The SDK's converters, with ours for JSON and for what could not be read."""

    def __init__(self) -> None:
        theirs = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(
            *(OrjsonPayloadConverter() if isinstance(one, JSONPlainPayloadConverter) else one for one in theirs),
            UnreadPayloadConverter(),
        )


DATA_CONVERTER = DataConverter(payload_converter_class=PayloadConverter)


class SealedFailureConverter(DefaultFailureConverterWithEncodedAttributes):
    """Failures whose texts are sealed and whose types tell nothing."""

    def to_failure(self, exception: BaseException, payload_converter: AnyPayloadConverter, failure: Failure) -> None:
        super().to_failure(exception, payload_converter, failure)
        if not failure.HasField("application_failure_info"):
            return
        info = failure.application_failure_info
        if isinstance(exception, DrystoneError):
            info.type = exception.code
        elif info.type and info.type not in _KNOWN_TYPES and info.type not in _codes(DrystoneError):
            info.type = OTHER


def _codes(kind: type[DrystoneError]) -> set[str]:
    """Give the codes of all errors of ours."""
    return {kind.code}.union(*(_codes(one) for one in kind.__subclasses__()))


@dataclass(frozen=True)
class SealingDataConverter(DataConverter):
    """Values as payloads that are sealed. The SDK asks for the converter of a workflow several times in each of its tasks."""

    @staticmethod
    def of(codec: PayloadCodec, *, is_sealing: bool) -> SealingDataConverter:
        return SealingDataConverter(
            payload_converter_class=PayloadConverter,
            payload_codec=codec,
            failure_converter_class=SealedFailureConverter if is_sealing else DefaultFailureConverter,
        )

    def with_context(self, context: SerializationContext) -> SealingDataConverter:
        # As the SDK does, for a tenth of the time: the other parts are the same in every context.
        assert isinstance(self.payload_codec, WithSerializationContext)
        bound = copy.copy(self)
        object.__setattr__(bound, "payload_codec", self.payload_codec.with_context(context))
        return bound


def subject_of(workflow_id: str) -> str:
    """Give what a workflow's payloads are bound to: its id, of a schedule's workflows the schedule's."""
    found = _SCHEDULED.fullmatch(workflow_id)
    return found[1] if found else workflow_id
