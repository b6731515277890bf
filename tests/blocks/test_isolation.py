"""A block in a process of its own: whatever it does, the one who asked gets an answer in time and nothing is left."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from blocks import isolation
from blocks.isolation import BlockProcesses, Outcome
from blocks.library.maths import Calculator
from blocks.sdk.addresses import EgressPolicy
from schema.errors import InvalidValue, Unavailable
from tests.blocks.odd_blocks import Odd
from tests.durable.waiting import eventually


async def odd(what: str, text: str = "", seconds: float = 5.0) -> Outcome:
    return await BlockProcesses(run_seconds=seconds).run(Odd, {"what": what, "text": text})


def is_alive(process_id: int) -> bool:
    try:
        # One that has ended and that nobody has asked about yet is not alive.
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_block_runs_and_its_emissions_come_back() -> None:
    found = await BlockProcesses().run(Calculator, {"a": 1, "b": 2, "operation": "Add"})
    assert (found.emissions, found.error) == ((("result", 3),), None)


async def test_a_block_that_holds_the_interpreter_is_ended_in_time() -> None:
    found = await odd("hold", seconds=2.0)
    assert found.error is not None
    assert (found.error["code"], found.emissions) == ("TIMEOUT", (("value", "first"),))
    assert found.seconds < 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to its limit of memory")
async def test_a_block_that_fills_the_memory_fails_alone() -> None:
    found = await odd("fill")
    assert found.error is not None
    assert (found.error["code"], found.emissions) == ("BLOCK_CRASHED", (("value", "first"),))
    assert "MemoryError" in found.error["message"]


async def test_a_block_that_ends_its_process_ends_no_other() -> None:
    found = await odd("end")
    assert found.error is not None
    assert (found.error["code"], found.emissions) == ("BLOCK_CRASHED", (("value", "first"),))


async def test_what_a_block_prints_is_no_emission() -> None:
    assert (await odd("print")).emissions == (("value", "first"), ("value", "second"))


async def test_a_block_finds_no_settings_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRYSTONE_DATABASE_URL", "postgresql://user:canary@host/db")
    (_, (_, environment)) = (await odd("look")).emissions
    assert not [name for name in environment if name.startswith("DRYSTONE")]


async def test_a_block_reaches_only_what_the_operator_allows() -> None:
    found = await odd("request", "http://127.0.0.1:9/")
    assert found.error is not None
    assert found.error["code"] == "EGRESS_REFUSED"
    allowed = BlockProcesses(EgressPolicy(allowed_hosts=frozenset({"127.0.0.1:9"})))
    found = await allowed.run(Odd, {"what": "request", "text": "http://127.0.0.1:9/"})
    assert found.error is not None
    assert found.error["code"] == "UNAVAILABLE", "the control: nobody listens there, but it was tried"


async def test_what_a_block_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "left"
    await odd("leave", str(note), seconds=2.0)
    await eventually(lambda: not is_alive(int(note.read_text())))


async def test_who_gives_up_leaves_no_process(tmp_path: Path) -> None:
    note = tmp_path / "left"
    asking = asyncio.ensure_future(odd("leave", str(note), seconds=30.0))
    await eventually(note.exists)
    await eventually(note.read_text)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await eventually(lambda: not is_alive(int(note.read_text())))


async def test_a_process_whose_asker_is_gone_ends() -> None:
    asked = BlockProcesses()._asked(Odd, {"what": "hold"})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "blocks.process", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    slow = orjson.loads(asked) | {"cpu_seconds_max": 3}
    process.stdin.write(orjson.dumps(slow) + b"\n")
    process.stdin.close()
    async with asyncio.timeout(20):
        assert await process.wait() != 0


async def test_no_more_than_two_run_at_once_and_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "TURN_SECONDS", 0.3)
    processes = BlockProcesses(run_seconds=2.0)
    answers: list[Any] = await asyncio.gather(
        *(processes.run(Odd, {"what": "hold"}) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Outcome", "Outcome", "Unavailable"]
    refused = next(answer for answer in answers if isinstance(answer, Unavailable))
    assert refused.retry_after_seconds is not None
    found = await processes.run(Odd, {"what": "nothing"})
    assert found.error is None, "a turn that was given up is free again"


async def test_an_input_that_cannot_travel_is_refused() -> None:
    with pytest.raises(InvalidValue):
        await BlockProcesses().run(Odd, {"what": float("nan")})
