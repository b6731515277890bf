"""Jobs: what a block asks for and what it is given, or told."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from blocks.sandbox.bounds import Bounds
from blocks.sandbox.reports import read_report
from blocks.sandbox.running import Job, Language, run_job
from schema.errors import BlockFailed, ValueTooLarge
from schema.limits import LIMITS
from tests.durable.waiting import eventually
from tests.sandbox.conftest import processes_with

TAKES_A_LOT = """
import os
for _ in range(8):
    if os.fork() == 0:
        taken = bytearray(b'x') * 120_000_000
        while True:
            pass
os.wait()
"""
NODE_CONNECTS = """
try {
  require('net').connect(80, '127.0.0.1').on('error', (error) => console.log(error.code));
} catch (error) {
  console.log(error.code);
}
"""

pytestmark = pytest.mark.usefixtures("place")


async def run(*cells: str, language: Language = Language.PYTHON, seconds: float = 10, **fields):
    return await run_job(Job(language, cells, **fields), Bounds(seconds=seconds))


async def fail(*cells: str, **fields) -> str:
    with pytest.raises(BlockFailed) as caught:
        await run(*cells, **fields)
    return caught.value.message


async def test_the_last_expressions_value_is_the_result() -> None:
    outcome = await run("import math\nmath.sqrt(16)")
    assert outcome.main == {"text": "4.0", "is_main_result": True}
    assert (outcome.stdout, outcome.stderr, outcome.files) == ("", "", {})


@pytest.mark.parametrize("code", ["", "x = 1", "None", "print('x')", "# nothing", "import sys; sys.exit()"])
async def test_code_without_a_value_has_no_result(code: str) -> None:
    assert (await run(code)).results == []


@pytest.mark.parametrize(
    ("code", "text", "json"),
    [
        ("'plain'", "plain", None),
        ("[1, 'a', None]", "[1, 'a', None]", [1, "a", None]),
        ("{'a': {1}}", "{'a': {1}}", None),
        ("[float('nan')]", "[nan]", None),
        ("(1, 2)", "(1, 2)", None),
        ("'a\\x00b\\ud800'", "a\ufffdb?", None),
        ("[2 ** 70]", "[1180591620717411303424]", None),
        ("x = [1]\nfor _ in range(150): x = [x]\nx", "[" * 151 + "1" + "]" * 151, None),
    ],
)
async def test_a_value_has_its_text_and_its_json_where_it_is_json(code: str, text: str, json: object) -> None:
    main = (await run(code)).main
    assert main is not None
    assert (main["text"], main.get("json")) == (text, json)


async def test_what_is_displayed_is_a_result_and_not_the_main_one() -> None:
    outcome = await run(
        "class T:\n    def _repr_html_(self): return '<b>1</b>'\n    def __repr__(self): return 'T'\ndisplay(T(), 2)\n3"
    )
    assert [(one["text"], one["is_main_result"]) for one in outcome.results] == [
        ("T", False),
        ("2", False),
        ("3", True),
    ]
    assert outcome.results[0]["html"] == "<b>1</b>"


async def test_await_may_stand_outside_of_functions() -> None:
    outcome = await run(
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 5\nx = await f()\nawait f() + x"
    )
    assert outcome.main is not None
    assert outcome.main["text"] == "10"


async def test_the_two_outputs_are_apart() -> None:
    outcome = await run("import sys\nprint('out')\nprint('err', file=sys.stderr)")
    assert (outcome.stdout, outcome.stderr) == ("out\n", "err\n")


async def test_an_exception_is_told_with_the_codes_part_of_its_traceback() -> None:
    message = await fail("def half(x):\n    return 1 / x\n\nhalf(0)")
    assert message.startswith("ZeroDivisionError: division by zero\n")
    assert 'File "<code>", line 2, in half' in message
    assert "return 1 / x" in message
    assert "inside.py" not in message


async def test_a_syntax_error_shows_its_line() -> None:
    assert 'File "<code>", line 2' in await fail("x = 1\nif x\n  pass")


async def test_an_exception_whose_text_fails_is_told_all_the_same() -> None:
    assert "its text cannot be had" in await fail(
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E"
    )


async def test_an_exit_status_is_a_failure() -> None:
    assert "exit status 2" in await fail("import sys; sys.exit(2)")
    assert "status 7" in await fail("echo to-stderr >&2; exit 7", language=Language.BASH)
    assert "to-stderr" in await fail("echo to-stderr >&2; exit 7", language=Language.BASH)


async def test_limits_are_told_with_their_numbers() -> None:
    assert "limit of 0.5 s" in await fail("while True: pass", seconds=0.5)
    assert "more than 1 MB of output" in await fail("while True: print('x' * 1000)")
    assert "more than 512 MB" in await fail(TAKES_A_LOT)


async def test_set_up_commands_run_first_and_unheard() -> None:
    outcome = await run(
        "open('made.txt').read()", setup_commands=("echo loud; echo 1 > made.txt", "echo 2 >> made.txt")
    )
    assert outcome.main is not None
    assert (outcome.main["text"], outcome.stdout) == ("1\n2\n", "")
    assert outcome.files == {}, "what the set-up wrote is not what the code wrote"


async def test_a_set_up_command_that_fails_is_told_with_what_it_wrote() -> None:
    message = await fail("1", setup_commands=("true", "echo no such thing; exit 4"))
    assert message == "The set-up command 'echo no such thing; exit 4' ended with status 4.\nno such thing"


async def test_an_installation_that_fails_is_told_why_it_must() -> None:
    message = await fail("1", setup_commands=("python3 -m pip install --retries 0 --timeout 1 no-such-package-here",))
    assert "The sandbox has no network" in message


async def test_steps_share_their_variables_and_files_and_are_unheard() -> None:
    outcome = await run(
        "print('first'); x = 20\nopen('a', 'w').write('1');",
        "print('second'); display(1)\ny = x + 1",
        "print(open('a').read())\nx + y",
    )
    assert outcome.main is not None
    assert (outcome.main["text"], outcome.stdout, len(outcome.results)) == ("41", "1\n", 1)


async def test_the_same_seed_gives_the_same_random_numbers() -> None:
    first, second, third = [await run("import random\nrandom.random()", seed=seed) for seed in ("a", "a", "b")]
    assert first.results == second.results != third.results


async def test_javascript_has_its_value_output_and_errors(place) -> None:
    if place.node is None:
        pytest.skip("Node is not installed")
    outcome = await run("const a = 20", "console.log('hi', a); ({sum: a + 1})", language=Language.JAVASCRIPT)
    assert outcome.main == {"text": "{ sum: 21 }", "json": {"sum": 21}, "is_main_result": True}
    assert outcome.stdout == "hi 20\n"
    outcome = await run("Promise.resolve('later')", language=Language.JAVASCRIPT)
    assert outcome.main is not None
    assert outcome.main["text"] == "later"
    message = await fail("function f() { null.x }\nf()", language=Language.JAVASCRIPT)
    assert message.startswith("TypeError: Cannot read properties of null")
    assert "<code>:1" in message
    assert "node:" not in message
    assert "status 3" in await fail("process.exit(3)", language=Language.JAVASCRIPT)
    assert (await run("require('fs').writeFileSync('x.txt', 'y')", language=Language.JAVASCRIPT)).files == {
        "x.txt": b"y"
    }
    assert (await run(NODE_CONNECTS, language=Language.JAVASCRIPT)).stdout in ("EPERM\n", "EACCES\n")


@pytest.mark.parametrize("language", [Language.R, Language.JAVA])
async def test_a_language_that_is_not_run_here_is_refused_with_those_that_are(language: Language) -> None:
    message = await fail("1", language=language)
    assert message == f"{language.value} is not run here; python, bash and, where Node is installed, js are."


async def test_code_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueTooLarge):
        await run("#" * (LIMITS.code_chars_max + 1))


@pytest.mark.parametrize(
    "code",
    ["import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time; time.sleep(1)"],
)
async def test_code_that_kills_what_runs_it_is_told_so(code: str) -> None:
    assert "ended its sandbox before it was done" in await fail(code)


async def test_code_that_forges_its_report_is_given_what_a_report_may_say() -> None:
    forged = {"cell": {"results": [{"text": 5, "html": [], "json": "no", "x": 1}, 7]}, "files": [{"name": 1}, []]}
    code = f"""
import json, os
runner = f'/proc/{{os.getppid()}}/fd'
for fd in os.listdir(runner):
    try:
        os.write(os.open(f'{{runner}}/{{fd}}', os.O_WRONLY), (json.dumps({forged}) + chr(10)).encode())
    except OSError:
        pass
1"""
    with pytest.raises(BlockFailed):  # It also spoiled what its own process had to say.
        await run(code)
    report = read_report(json.dumps(forged).encode() + b"\nno json\n[]\n\xff\n")
    assert (report.results, report.files) == ([{"is_main_result": False}], {})


async def test_who_waits_no_longer_ends_it() -> None:
    mark = f"cancelled-{os.getpid()}"
    task = asyncio.create_task(
        run(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(30)', '{mark}'])")
    )
    await eventually(lambda: processes_with(mark), seconds=5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: not processes_with(mark), seconds=2)


async def test_more_runs_than_may_be_at_once_take_turns() -> None:
    outcomes = await asyncio.gather(*(run(str(number)) for number in range(LIMITS.code_runs_at_once_max + 3)))
    assert [outcome.main["text"] for outcome in outcomes if outcome.main] == [str(n) for n in range(len(outcomes))]


async def test_a_turn_that_does_not_come_in_time_is_told() -> None:
    busy = [
        asyncio.create_task(run("import time; time.sleep(30)", seconds=30)) for _ in range(LIMITS.code_runs_at_once_max)
    ]
    await eventually(lambda: len(processes_with("/sandbox/inside.py")) >= LIMITS.code_runs_at_once_max, seconds=5)
    try:
        assert "Other code ran here" in await fail("1", seconds=0.3)
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
