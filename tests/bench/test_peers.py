"""What the peers are told, and what is installed for them; none is started."""

from __future__ import annotations

import re

import pytest

from bench.installing import PEERS
from bench.peers.speaking import Work, node
from bench.workloads import recovered, workloads


@pytest.mark.parametrize("spec", PEERS, ids=lambda spec: spec.key)
def test_every_version_of_a_peer_is_pinned_and_names_no_host(spec):
    lines = spec.versions.read_text().splitlines()
    assert lines
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(==|@)[0-9][A-Za-z0-9.+-]*", line) for line in lines), lines
    assert spec.version()


@pytest.mark.parametrize("spec", PEERS, ids=lambda spec: spec.key)
def test_every_peer_has_its_program(spec):
    assert spec.command()[1].endswith(f"{spec.key}_peer.py")
    assert (spec.versions.parent / f"{spec.key}_peer.py").exists()


def test_sides_have_names_of_their_own():
    names = [name for spec in PEERS for name in spec.sides]
    assert len(set(names)) == len(names)


def test_the_work_comes_to_as_many_nodes_as_the_graph_has():
    for workload in [*workloads(), recovered()]:
        work = workload.work
        counts = {"chain": work.size, "fan_out": work.size + 2, "stream": work.size * work.depth + 1}
        assert workload.nodes == counts[work.kind], workload.title


async def test_a_node_counts_or_makes_a_text_or_hands_it_on():
    assert [await node(1, 0), await node(-3, 0), await node("xxx", 0)] == [2, "xxx", "xxx"]


def test_a_wrong_result_is_refused():
    Work("chain", 3).check(4)
    Work("chain", 3, text_bytes=2).check("xx")
    Work("stream", 5, 3).check(5)
    for work, result in ((Work("chain", 3), 3), (Work("chain", 3, text_bytes=2), "x"), (Work("fan_out", 5), 4)):
        with pytest.raises(AssertionError):
            work.check(result)
