"""A line of the log is one JSON object, whoever wrote it and whatever is in it, and no output that is stuck stops who wrote it."""

from __future__ import annotations

import contextvars
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from activities.block_loop import BlockLoop, BlockStalled
from activities.scrubbing import Scrubber, scrub_log
from api.waking import Waking
from deploy.ending import FAILED, status_of
from deploy.settings import Settings
from deploy.stack import ports
from deploy.telemetry_logs import configure_logs, log_end
from deploy.telemetry_sink import LogSink
from schema.db.engine import make_engine
from schema.errors import Unavailable
from tests.durable.waiting import eventually

CANARY = "sk-canary-7f3c9a5e"
HOSTILE = 'two\nlines\r\n\x1b[31mred\x1b[0m \x00\x07\x7f \x9b31m   "}\n{"event": "forged"}'


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Any]:
    """Configure the log into a file; give what reads its lines. What it changed is as it was behind the test."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers, raises = root.handlers[:], logging.raiseExceptions
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    before = structlog.get_config()
    path = tmp_path / "log"
    with path.open("wb") as file:
        sink = configure_logs(Settings(log_level="INFO"), LogSink(file.fileno()))

        def read() -> list[dict[str, Any]]:
            sink.close()
            return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]

        try:
            yield read
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
            logging.captureWarnings(False)
            logging.raiseExceptions = raises
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.configure(**before)


def test_s44_what_is_in_a_value_stays_in_its_line(lines: Any) -> None:
    structlog.get_logger().info(HOSTILE, value=HOSTILE, inner={"list": [HOSTILE]})
    (line,) = lines()
    assert line["event"] == line["value"] == line["inner"]["list"][0] == HOSTILE


def test_s44_no_control_character_gets_out_as_it_is(lines: Any, tmp_path: Path) -> None:
    structlog.get_logger().info(HOSTILE)
    lines()
    assert {byte for byte in (tmp_path / "log").read_bytes() if byte < 32 or byte > 126} == {10}


def test_lines_of_libraries_and_warnings_are_of_the_same_kind(lines: Any) -> None:
    logging.getLogger("uvicorn.error").error("broken %s", HOSTILE)
    warnings.warn(HOSTILE, stacklevel=1)
    said = lines()
    assert [line["level"] for line in said] == ["error", "warning"]
    assert said[0]["logger"] == "uvicorn.error"
    assert said[0]["event"] == f"broken {HOSTILE}"


def test_what_nobody_caught_is_a_line(lines: Any) -> None:
    try:
        raise RuntimeError(HOSTILE)
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    (line,) = lines()
    assert line["level"] == "critical"
    assert "RuntimeError" in line["exception"]


def test_why_a_service_cannot_go_on_is_a_line(lines: Any) -> None:
    def refuse() -> None:
        raise Unavailable(HOSTILE)

    assert status_of(refuse, (), log_end) == FAILED
    (line,) = lines()
    assert (line["event"], line["error"]) == ("the process ends", Unavailable(HOSTILE).message)


def test_a_line_names_the_run_that_it_is_of(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(run="r", node="n", execution=3, trace_id="t"):
        structlog.get_logger().warning("ours")
        logging.getLogger("theirs").warning("theirs")
    for line in lines():
        assert (line["run"], line["node"], line["execution"], line["trace_id"]) == ("r", "n", 3, "t")


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("never")


class Telling:
    def __str__(self) -> str:
        return f"the key is {CANARY}"


def _log_a_fault() -> None:
    try:
        raise RuntimeError(f"the block said {CANARY}")
    except RuntimeError:
        structlog.get_logger().exception("a fault", value=CANARY, object=Telling(), inner=[{CANARY: CANARY}])
        logging.getLogger("theirs").exception("theirs has %s", CANARY)


def test_the_secrets_of_an_execution_are_in_no_line_of_its_task(lines: Any, tmp_path: Path) -> None:
    def log_in_its_task() -> None:
        scrub_log(Scrubber([CANARY]))
        _log_a_fault()

    contextvars.copy_context().run(log_in_its_task)
    said = lines()
    assert len(said) == 2
    assert "the block said ***" in said[0]["exception"]
    assert CANARY.encode() not in (tmp_path / "log").read_bytes()


def test_control_without_a_scrubber_the_same_lines_have_it(lines: Any, tmp_path: Path) -> None:
    _log_a_fault()
    lines()
    assert (tmp_path / "log").read_bytes().count(CANARY.encode()) > 4


def test_a_value_that_cannot_be_said_costs_no_line_and_a_long_one_is_cut(lines: Any) -> None:
    structlog.get_logger().info("odd", odd=Odd(), long="x" * 1_000_000)
    (line,) = lines()
    assert "RuntimeError" in line["odd"]
    assert len(line["long"]) < 10_000


async def test_f47_a_full_pipe_holds_up_nobody_and_the_lost_lines_are_told() -> None:
    reading, writing = os.pipe()
    sink = LogSink(writing, lines_max=100)
    for number in range(5_000):
        sink.write(f'{{"line": {number}, "text": "{"x" * 200}"}}\n')
    # The pipe takes 64 KB and the queue a hundred lines: the rest is lost, and nobody waited.
    assert sink.dropped > 3_000
    got = bytearray()

    def drain() -> None:
        while piece := os.read(reading, 65_536):
            got.extend(piece)

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    await eventually(lambda: b"log lines dropped" in got)
    sink.write('{"event": "goes on"}\n')
    await eventually(lambda: b"goes on" in got)
    sink.close()
    os.close(writing)
    thread.join()
    os.close(reading)
    said = [json.loads(line) for line in bytes(got).splitlines()]
    assert sum(line["lines"] for line in said if line.get("event") == "log lines dropped") == sink.dropped


async def _nothing() -> None:
    """End at once."""


async def _hold() -> None:
    while True:
        pass


async def test_what_outlives_a_run_names_none(lines: Any) -> None:
    loop = BlockLoop(stall_seconds=0.2)
    try:
        with structlog.contextvars.bound_contextvars(run="first"):
            await loop.run(_nothing, 10.0, "a block")
        with pytest.raises(BlockStalled):
            await loop.run(_hold, 20.0, "a block")
    finally:
        loop.close()
    (line,) = [line for line in lines() if line["event"] == "a block does not yield"]
    assert "run" not in line


async def test_what_outlives_a_request_names_no_trace(lines: Any, tmp_path: Path) -> None:
    engine = make_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{ports.choose()}/nothing")
    waking = Waking(engine)
    with structlog.contextvars.bound_contextvars(trace_id="first"):
        async with waking.subscribed():
            await eventually(lambda: b"no notifications" in (tmp_path / "log").read_bytes())
    (line,) = [line for line in lines() if line["event"] == "no notifications for now"]
    assert "trace_id" not in line


def test_what_waits_for_a_full_pipe_is_bounded_by_its_length_too() -> None:
    reading, writing = os.pipe()
    sink = LogSink(writing, chars_max=1_000_000)
    for _ in range(1_000):
        sink.write("x" * 9_999 + "\n")
    # A hundred lines of ten kilobytes may wait, those that the thread is writing among them.
    assert sink.dropped == 900
    os.close(reading)
    sink.close()
    # What is gone has given its room back.
    assert sink._chars == 0
    os.close(writing)


def test_a_number_that_json_has_not_is_a_text(lines: Any) -> None:
    structlog.get_logger().info("odd", share=float("nan"), rates=[float("inf"), 1.5])
    (line,) = lines()
    assert (line["share"], line["rates"]) == ("nan", ["inf", 1.5])


async def test_f47_a_closed_output_holds_up_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    sink = LogSink(writing)
    sink.write("{}\n")
    await eventually(lambda: sink.dropped == 1)
    sink.write("{}\n")
    sink.close()
    assert sink.dropped == 2
    os.close(writing)
