"""What the long mode takes for granted: its agents, its points, its oracle's new eye and its report; no server is started here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schema.graph import write_graph
from tests.chaos.blocks import ChaosSlow
from tests.chaos.long.agents import small_agent, streaming_agent
from tests.chaos.long.attempts import late_writes
from tests.chaos.long.entry import verdict
from tests.chaos.long.page import page, thinned
from tests.chaos.long.record import Session, Struck, Window, spread
from tests.chaos.oracle import Violation, overtaken
from tests.chaos.points import FOLDER_VARIABLE, ask_for, deaths, is_asked, take_back
from tests.chaos.trace import Done, Said, Trace

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def test_the_same_seed_makes_the_same_agent() -> None:
    for make in (small_agent, streaming_agent):
        one, again, other = make(7, "sink"), make(7, "sink"), make(8, "sink")
        assert write_graph(one.graph) == write_graph(again.graph)
        assert write_graph(one.graph) != write_graph(other.graph)


def test_each_agent_is_small_and_knows_what_it_gives() -> None:
    for seed in range(200):
        agent = small_agent(seed, "sink")
        assert 4 <= len(agent.graph.nodes) <= 20
        assert agent.outputs(5)
        assert agent.effect_count(5) >= 1


def trace_of(marks: list[str]) -> Trace:
    said = [Said(number, "mark", mark, NOW) for number, mark in enumerate(marks)]
    done = Done(1, "n", ChaosSlow.id, 1, "COMPLETED", {}, 1, NOW, NOW, said)
    return Trace(uuid4(), "g", "COMPLETED", None, NOW, NOW, [done], [], {})


@pytest.mark.parametrize(
    ("marks", "is_right"),
    [
        (["a/0", "a/1", "a/2"], True),
        (["a/0", "a/1", "b/2", "b/3"], True),
        (["a/0", "b/1", "a/2"], False),
    ],
)
def test_an_attempt_that_was_overtaken_may_add_nothing(marks: list[str], is_right: bool) -> None:
    assert (overtaken(trace_of(marks)) == []) is is_right


@pytest.mark.parametrize(("later_began", "is_right"), [(NOW.timestamp() + 1, True), (NOW.timestamp() - 1, False)])
def test_an_attempt_that_another_took_over_from_may_write_nothing_later(later_began: float, is_right: bool) -> None:
    trace = trace_of(["a/0", "a/1"])
    attempts = {(str(trace.run_id), 1): {"a": NOW.timestamp() - 2, "b": later_began}}
    assert (late_writes(trace, attempts) == []) is is_right


def test_a_point_kills_one_process_once(tmp_path: Path) -> None:
    program = "from tests.chaos.points import here; here('in_codec'); here('in_codec'); print('lives')"
    environment = {**os.environ, FOLDER_VARIABLE: str(tmp_path)}

    def run() -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)

    ask_for(tmp_path, "in_codec")
    ends = [run(), run()]
    assert [end.returncode for end in ends] == [-signal.SIGKILL, 0]
    assert ends[1].stdout.strip() == b"lives"
    assert len(deaths(tmp_path, "in_codec")) == 1


def test_a_point_that_is_taken_back_kills_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    ask_for(tmp_path, "in_codec")
    take_back(tmp_path, "in_codec")
    assert not is_asked("in_codec")


def a_session(*, proof: str | None = "seen", violations: tuple[Violation, ...] = ()) -> Session:
    parameters: dict[str, Any] = {"seed": 1, "rate": 2.0, "minutes": 1.0, "plant": None}
    machine = {"cores": 2, "memory_gb": 24.0, "system": "Linux", "python": "3.11", "load_before": 0.5}
    session = Session(parameters, "abc", machine, "2026-01-31T00:00:00+00:00", 60.0)
    struck = Struck("engine killed", 0, 10.0, 0.2, 1.0, proof, [0.3, 12.0], 1.0)
    window = Window(0, 0.0, 60.0, 100, faults=[struck], violations=list(violations))
    session.windows.append(window)
    return session


def test_the_report_is_whole_in_itself() -> None:
    shown = page(a_session().document())
    assert not re.search(r"""(?:src|href)=["']?(?:https?:|//)|<script|@import|url\(""", shown)
    assert "engine killed" in shown
    assert shown.count("<circle") == 2


def test_what_the_report_shows_cannot_change_it() -> None:
    found = Violation("wrong", "<script>alert(1)</script>")
    assert "<script" not in page(a_session(violations=(found,)).document())


def test_a_session_without_proof_of_its_faults_proves_nothing() -> None:
    assert verdict(a_session()) == []
    assert [one.partition(":")[0] for one in verdict(a_session(proof=None))] == ["void", "void"]
    assert a_session(proof=None).runs == 0
    assert verdict(a_session(violations=(Violation("lost", "a run"),))) == ["lost: a run"]


def test_the_page_draws_few_of_many_and_the_extremes_among_them() -> None:
    many = [float(number) for number in range(1_000)]
    shown = thinned(many, 12)
    assert (len(shown), shown[0], shown[-1]) == (12, 0.0, 999.0)
    assert thinned([2.0, 1.0], 12) == [1.0, 2.0]


def test_a_spread_says_the_middle_and_the_ends() -> None:
    assert spread([]) is None
    assert spread([float(number) for number in range(1, 101)]) == {"count": 100, "p50": 50.5, "p95": 96.0, "max": 100.0}
