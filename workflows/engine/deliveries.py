"""Deliveries: which links take a value from an emission, and whether it travels with the word of it; pure, and it keeps nothing.

Used by who writes emissions down while a node runs, and by who takes recorded ones over into a run that continues another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from schema.limits import LIMITS
from schema.pins import NOTHING, base_name, select
from schema.values import encode
from workflows.engine.events import Delivery
from workflows.engine.plan import Plan


def deliveries_of(
    plan: Plan, node: int, emission: tuple[int, str, int], read: Callable[[], Any]
) -> Iterator[tuple[Delivery, int]]:
    """Give (delivery, bytes that travel) for each link that takes a value from an emission, (sequence, pin, JSON bytes).

    `read` gives the emitted value; it is called at most once, and only where a link asks for a part of it or it is small.
    """
    sequence, pin, size = emission
    is_small = size <= LIMITS.value_inline_bytes_max
    value: Any = NOTHING
    for index in plan.links_from[node]:
        link = plan.links[index]
        sink = plan.nodes[link.sink]
        if link.source_name == pin and not is_small:
            yield [sequence, index], 0
            continue
        if pin != link.source_name and base_name(pin) != base_name(link.source_name):
            continue
        if value is NOTHING:
            value = read()
        taken = select(pin, value, link.source_name, sink.id, sink.pins[link.sink_pin])
        if taken is NOTHING:
            continue
        bytes_taken = size if is_small else _size_of(taken)
        if bytes_taken <= LIMITS.value_inline_bytes_max:
            yield [sequence, index, taken], bytes_taken
        else:
            yield [sequence, index], 0


def _size_of(value: Any) -> int:
    """Give the JSON size of a value, without encoding text that is surely too large."""
    if isinstance(value, str) and len(value) > LIMITS.value_inline_bytes_max:
        return len(value)
    return len(encode(value))
