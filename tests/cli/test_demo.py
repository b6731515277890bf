"""`drystone demo`: what a newcomer sees first, to the last link; it ends in order, however it is ended."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import orjson
import pytest

from deploy.commands.stack import EXAMPLE
from tests.cli.agents import waiting, written
from tests.cli.processes import CommandLine, Running

pytestmark = pytest.mark.long

#: The nodes that run, as a person knows them: all but the note.
TITLES = {node["metadata"]["customized_name"] for node in orjson.loads(EXAMPLE.read_bytes())["nodes"]} - {"Note"}
OUTPUTS = ("Features", "Fixes", "Headline", "Notes")
UP = "The stack is up until Ctrl+C."
BROWSER = build_opener(ProxyHandler({}))  # A proxy of the environment would not find this machine.


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with CommandLine(tmp_path_factory.mktemp("demo") / "data") as shop:
        yield shop


@pytest.fixture(scope="module")
def demo(shop: CommandLine) -> Running:
    """Give the demo that stays up."""
    return shop.start("demo")


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CommandLine, Running]]:
    """Give the demo that leaves after its run. It waits as the other does: at the same time."""
    with CommandLine(tmp_path_factory.mktemp("leaving") / "data") as other:
        yield other, other.start("demo", "--exit")


def has_the_history_and_the_outputs(out: str) -> None:
    for title in TITLES:
        assert re.search(rf"^ +\d+ +{re.escape(title)} #1 +COMPLETED ", out, re.MULTILINE), title
    for name in OUTPUTS:
        assert re.search(rf"^{name}\n  \S", out, re.MULTILINE), name
    assert "Release notes: COMPLETED" in out


def test_the_demo_stays_up_and_its_link_leads_to_its_run(demo: Running, leaving, shop: CommandLine) -> None:
    demo.until(UP)
    has_the_history_and_the_outputs(demo.out)
    server, run = re.search(
        r"This run in Temporal's UI: (http://127\.0\.0\.1:\d+)(/\S+)$", demo.out, re.MULTILINE
    ).groups()
    with BROWSER.open(server + run) as page:
        assert page.status == 200
    with BROWSER.open(f"{server}/api/v1{run}") as described:  # What the page itself asks for.
        status = orjson.loads(described.read())["workflowExecutionInfo"]["status"]
    assert status == "WORKFLOW_EXECUTION_STATUS_COMPLETED"


def test_the_demo_shows_the_web_app_and_a_link_that_signs_in(demo: Running, shop: CommandLine) -> None:
    demo.until(UP)
    server, token = re.search(r"^  (http://127\.0\.0\.1:\d+)/sign-in#token=(\S+)$", demo.out, re.MULTILINE).groups()
    with BROWSER.open(f"{server}/library") as page:
        assert b'<div id="root">' in page.read()
    run = re.search(r"This run in the web app: (\S+)$", demo.out, re.MULTILINE)[1]
    with BROWSER.open(run) as page:
        assert b'<div id="root">' in page.read()
    asked = Request(f"{server}/session", method="POST", headers={"Authorization": f"Bearer {token}", "Origin": server})
    with BROWSER.open(asked) as answer:
        assert answer.status == 204
        assert "HttpOnly" in answer.headers["set-cookie"]


def test_the_demo_says_commands_that_work(demo: Running, shop: CommandLine) -> None:
    demo.until(UP)
    typed = shlex.split(re.search(r"this run again +(.+)$", demo.out, re.MULTILINE)[1])
    assert typed[:2] == [f"DRYSTONE_DATA_DIR={shop.data_dir}", "./run"]
    answer = shop(*typed[2:])
    assert answer.status == 0
    assert "Release notes: COMPLETED" in answer.out


def test_the_demo_that_leaves_exits_0_with_the_history_and_the_outputs(leaving: tuple[CommandLine, Running]) -> None:
    other, running = leaving
    answer = running.end()
    assert answer.status == 0, answer.err
    has_the_history_and_the_outputs(answer.out)
    assert UP not in answer.out
    assert other.processes() == []


def test_a_signal_ends_the_demo_in_order_and_who_follows_a_run_is_told(
    demo: Running, shop: CommandLine, tmp_path: Path
) -> None:
    demo.until(UP)
    follower = shop.start("run", written(tmp_path, waiting()))
    follower.until("AgentInput #1")
    answer = demo.interrupt(signal.SIGTERM)
    assert (answer.status, answer.err) == (0, "")
    assert re.search(r"^Stopping\. .*\nStopped after \d", answer.out, re.MULTILINE)
    left = follower.end()
    assert (left.status, left.out) == (1, "")
    assert f"The stack of {shop.data_dir} was stopped." in left.err
    assert re.search(r"Then look: .* runs show [0-9a-f-]{36}$", left.err, re.MULTILINE)
    assert shop.processes() == []
