"""Region values: what the executions of a region are given, from the tokens that they have; nothing is read or written here.

A value that a region's own node emitted is here while the region is stepped through; one that came from elsewhere and does not
stand in its token has to be read first. Each execution is given a copy of its own: what a block changes, no other sees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from schema.db.ledger import LedgerEmission
from schema.db.values import Stored
from schema.limits import LIMITS
from schema.pins import NOTHING, select
from schema.values import Handle, decode, encode, make_handle
from workflows.engine.events import Token
from workflows.engine.plan import Plan

#: (execution, sequence) of an emission.
Place = tuple[int, int]


@dataclass
class Emitted:
    """An emitted value: its pin, its JSON, and how a row keeps it."""

    pin: str
    data: bytes
    stored: Stored
    #: The value, where it is text: it cannot be changed, so it need not be made anew for each who is given it.
    text: str | None = None

    def value(self) -> Any:
        if self.text is None:
            value = decode(self.data)
            self.text = value if isinstance(value, str) else None
            return value
        return self.text


@dataclass
class RegionValues:
    """The values of one dispatch of a region."""

    plan: Plan
    emitted: dict[Place, Emitted] = field(default_factory=dict)
    #: JSON of values that are kept apart from the rows, by their ids: to be stored before the rows are written.
    large: dict[str, bytes] = field(default_factory=dict)
    #: What was asked for and is not here.
    wanted: list[Place] = field(default_factory=list)
    #: Bytes of all that was made here, or read.
    size: int = 0
    #: The last large text that was encoded, which a block may have passed on as it is.
    _last: tuple[str, bytes, Stored] | None = None

    def keep(self, value: Any, where: str) -> tuple[bytes, Stored]:
        """Encode a value; give its JSON and how a row keeps it. Raises InvalidValue, ValueTooLarge."""
        if self._last is not None and self._last[0] is value:
            return self._last[1:]
        data = encode(value, where)
        stored = self.stored(data)
        if stored.handle is not None and type(value) is str:
            self._last = (value, data, stored)
        return data, stored

    def stored(self, data: bytes) -> Stored:
        """Give how a row keeps a value, by its JSON."""
        self.size += len(data)
        if len(data) <= LIMITS.value_inline_bytes_max:
            return Stored(data.decode(), None)
        handle = make_handle(data)
        self.large[handle.id] = data
        return Stored(None, handle)

    def learn(self, places: Iterable[Place], rows: Iterable[LedgerEmission], values: dict[str, Any]) -> None:
        """Take in what was read of the ledger; `values` are those of handles by id."""
        for place, row in zip(places, rows, strict=True):
            if row.handle is None:
                data, stored = self.keep(row.value, "value")
            else:
                # It is stored already.
                data, stored = encode(values[row.handle["id"]]), Stored(None, Handle.from_wire(row.handle))
                self.size += len(data)
            self.emitted[place] = Emitted(row.pin, data, stored)
        self.wanted.clear()

    def of(self, token: Token) -> tuple[Any, str] | None:
        """Give a token's value, and the JSON by which the row of who is given it keeps it; None where it is to be read first."""
        if len(token) > 3:
            data = orjson.dumps(token[3])
            value = orjson.loads(data) if isinstance(token[3], dict | list) else token[3]
            return value, f'{{"value":{data.decode()}}}'
        found = self.emitted.get((token[0], token[1]))
        if found is None:
            self.wanted.append((token[0], token[1]))
            return None
        link = None if token[2] < 0 else self.plan.links[token[2]]
        if link is None or link.source_name == found.pin:
            return found.value(), row_text(found.stored)
        sink = self.plan.nodes[link.sink]
        value = select(found.pin, found.value(), link.source_name, sink.id, sink.pins[link.sink_pin])
        assert value is not NOTHING
        return value, row_text(self.keep(value, "value")[1])


def row_text(stored: Stored) -> str:
    """Give how an input stands in a node execution's row, as JSON."""
    if stored.handle is None:
        return f'{{"value":{stored.json}}}'
    return orjson.dumps({"handle": stored.handle.to_wire()}).decode()
