"""How values become payloads: JSON as the SDK's own, read and written by orjson, which takes a fraction of the time."""

from __future__ import annotations

from typing import Any

import orjson
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
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


class PayloadConverter(CompositePayloadConverter):
    """The SDK's converters, with ours for JSON."""

    def __init__(self) -> None:
        theirs = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(
            *(OrjsonPayloadConverter() if isinstance(one, JSONPlainPayloadConverter) else one for one in theirs)
        )


DATA_CONVERTER = DataConverter(payload_converter_class=PayloadConverter)
