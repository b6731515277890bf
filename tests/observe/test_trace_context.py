"""A run belongs to the trace of what asked for it, or to one of its own that everybody knows."""

from __future__ import annotations

from uuid import UUID

import pytest

from schema.ids import new_id
from schema.tracing import TraceParent, is_chosen, parse_traceparent, span_id_of, trace_of_run

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_traceparent_is_written_as_it_is_read() -> None:
    text = f"00-{TRACE}-{SPAN}-01"
    assert str(parse_traceparent(text)) == text
    assert parse_traceparent(f"00-{TRACE}-{SPAN}-00") == TraceParent(TRACE, SPAN, is_sampled=False)


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert parse_traceparent(f"01-{TRACE}-{SPAN}-01-more") == TraceParent(TRACE, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "nonsense",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-011",
        f"00-{TRACE}-{SPAN}-01\r\nx: y",
        f"00-{TRACE}-{SPAN}-01-{'a' * 300}",
    ],
)
def test_what_is_no_traceparent_is_left_alone(text: str | None) -> None:
    assert parse_traceparent(text) is None


def test_a_run_that_nobody_gave_a_trace_has_that_of_its_root() -> None:
    root = new_id()
    assert trace_of_run(None, root).trace_id == root.hex
    assert trace_of_run("broken", root).trace_id == root.hex
    assert trace_of_run(f"00-{TRACE}-{SPAN}-00", root) == TraceParent(TRACE, SPAN, is_sampled=False)


def test_the_span_of_a_run_has_an_id_that_is_no_other_run_s() -> None:
    runs = [new_id() for _ in range(1_000)]
    assert len({span_id_of(run) for run in runs}) == len(runs)
    assert span_id_of(UUID(int=1)) == span_id_of(UUID(int=1))


def test_the_part_of_the_traces_that_is_kept_is_the_part_that_is_asked_for() -> None:
    traces = [new_id().hex for _ in range(4_000)]
    kept = sum(is_chosen(trace, 0.25) for trace in traces)
    assert 850 < kept < 1_150
    assert all(is_chosen(trace, 1.0) for trace in traces)
    assert not any(is_chosen(trace, 0.0) for trace in traces)
