"""Spans reach a collector while others go on; a collector that is away or hangs slows and stops nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from deploy.telemetry_spans import WAITING_MAX, close_spans, provider_of
from tests.durable.waiting import eventually
from tests.observe.receiver import receiving

#: Each span that waited for the collector would take five seconds by itself.
DEADLINE_SECONDS = 60.0


async def test_a_span_is_sent_before_the_one_above_it_ends() -> None:
    registry = CollectorRegistry()
    with receiving() as receiver:
        provider = provider_of(receiver.url, "test", 1.0, registry)
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("above") as above:
            tracer.start_span("below").end()
            await eventually(lambda: receiver.named("below"))
            assert not receiver.named("above")
        close_spans(provider)
        (below,) = receiver.named("below")
        assert below.parent_id == f"{above.get_span_context().span_id:016x}"
        assert receiver.named("above")
    assert registry.get_sample_value("drystone_spans_total", {"outcome": "sent"}) == 2


@contextmanager
def hanging() -> Iterator[str]:
    """A collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def take() -> None:
            try:
                while True:
                    held.append(listener.accept()[0])
            except OSError:
                return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in held:
            one.close()


#: More spans than may wait.
TOO_MANY = WAITING_MAX + 500


def _spend(url: str) -> float:
    """Make more spans than may wait, and end; give how many are counted as lost."""
    registry = CollectorRegistry()
    provider = provider_of(url, "test", 1.0, registry)
    tracer = provider.get_tracer("test")
    for _ in range(TOO_MANY):
        tracer.start_span("one").end()
    close_spans(provider, 0.2)
    return registry.get_sample_value("drystone_spans_total", {"outcome": "lost"}) or 0.0


async def test_a_collector_that_hangs_slows_nothing_and_what_finds_no_room_is_counted() -> None:
    with hanging() as url:
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await asyncio.to_thread(_spend, url) >= TOO_MANY - WAITING_MAX


async def test_what_was_sent_makes_room_for_what_comes() -> None:
    registry = CollectorRegistry()
    with receiving() as receiver:
        provider = provider_of(receiver.url, "test", 1.0, registry)
        tracer = provider.get_tracer("test")

        async def fill(made: int) -> None:
            for _ in range(WAITING_MAX):
                tracer.start_span("one").end()
            await eventually(lambda: registry.get_sample_value("drystone_spans_total", {"outcome": "sent"}) == made)

        await fill(WAITING_MAX)
        await fill(2 * WAITING_MAX)
        close_spans(provider)
    assert registry.get_sample_value("drystone_spans_total", {"outcome": "lost"}) == 0


async def test_a_collector_that_refuses_slows_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.to_thread(_spend, url)


async def test_without_a_part_to_be_kept_nothing_is_sent() -> None:
    registry = CollectorRegistry()
    with receiving() as receiver:
        provider = provider_of(receiver.url, "test", 0.0, registry)
        provider.get_tracer("test").start_span("one").end()
        close_spans(provider)
        assert not receiver.spans
