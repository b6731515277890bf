"""The sizing page says what is computed, and the computation is the arithmetic that the page tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.sizing import (
    BUSY,
    CLUSTER,
    DAY_SECONDS,
    LOADS,
    PEAK,
    REMEDIES,
    Run,
    limit_of,
    measured,
    size_of,
    tables,
    taken,
)
from tests.tidy.source import ROOT

PAGE = (ROOT / "docs" / "sizing.md").read_text(encoding="utf-8")
PLAIN = Run(
    kind="plain", nodes=10, waiting_seconds=0.0, bytes=1e4, wal_bytes=2e4, commits=5.0, history_events=7.0, history_bytes=4e3,
    cpu_ms={"engine": 10.0, "blocks": 0.0, "postgres": 2.0, "temporal": 10.0}, rows={"runs": 1.0}, api_ms=20.0,
)  # fmt: skip


@pytest.mark.parametrize("name", tables())
def test_the_pages_table_is_what_is_computed(name: str) -> None:
    assert tables()[name] in PAGE, f"put the output of `python -m bench.sizing` into docs/sizing.md: {name}"


def test_the_page_says_at_which_load_was_measured() -> None:
    _, loads = measured()
    for load in loads.values():
        assert f"{load:.0f}" in PAGE


def test_cores_are_processor_time_at_the_peak_with_room() -> None:
    size = size_of(PLAIN, 1_000_000)
    assert size.peak_runs_per_second == pytest.approx(1e6 / DAY_SECONDS * PEAK)
    assert size.cores["engine"] == pytest.approx(1e6 / DAY_SECONDS * PEAK * 10 / 1e3 / BUSY)
    assert size.disk_gigabytes == pytest.approx(1e6 * 30 * 1e4 / 1e9)


def test_a_node_that_waits_takes_a_slot_and_no_core() -> None:
    waiting = size_of(replace(PLAIN, waiting_seconds=20.0), 1_000_000)
    assert waiting.block_workers > size_of(PLAIN, 1_000_000).block_workers
    assert waiting.cores == size_of(PLAIN, 1_000_000).cores


def test_ten_times_the_runs_take_ten_times_of_what_is_shared() -> None:
    little, much = (taken(size_of(PLAIN, load), CLUSTER) for load in LOADS[1:])
    for name in ("PostgreSQL's cores", "PostgreSQL's log", "Temporal's cores", "Temporal's shards"):
        assert much[name] == pytest.approx(10 * little[name])


def test_a_cluster_gives_out_where_a_resource_is_all_taken() -> None:
    most = limit_of(PLAIN, CLUSTER, "connections")
    assert taken(size_of(PLAIN, most), CLUSTER)["connections"] <= 1
    assert taken(size_of(PLAIN, most + 100_000), CLUSTER)["connections"] > 1


def test_what_gives_out_first_is_named_first_and_each_has_a_remedy() -> None:
    found = taken(size_of(replace(PLAIN, wal_bytes=1e8), 1_000_000), CLUSTER)
    assert next(iter(found)) == "PostgreSQL's log"
    assert set(found) == set(REMEDIES)
