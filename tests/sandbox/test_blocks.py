"""The blocks that run code, as a graph sees them: what they emit, and that a sandbox goes on from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from blocks.library.code import ExecuteCode, ExecuteCodeStep, Expression, InstantiateCodeSandbox
from blocks.sdk import Block, Context, Emission
from blocks.sdk.direct import run_directly
from schema.block import Queue
from schema.credentials import requirements_of


async def emitted(block: type[Block], **inputs: Any) -> dict[str, Any]:
    result = await run_directly(block, inputs, a_context())
    assert result.error is None, result.error
    return dict(result.emissions)


async def failed(block: type[Block], **inputs: Any) -> tuple[str, list[Emission]]:
    result = await run_directly(block, inputs, a_context())
    assert result.error is not None, result.emissions
    return f"{result.error.code}: {result.error.message}", result.emissions


def a_context(**fields: Any) -> Context:
    return Context(http=None, **fields)  # type: ignore[arg-type]


def test_they_run_where_no_secrets_are_and_need_no_key() -> None:
    for block in (ExecuteCode, InstantiateCodeSandbox, ExecuteCodeStep):
        assert block.spec.queue is Queue.SANDBOX
        assert [one.is_required for one in requirements_of(block.spec)] == [False]
    assert Expression.spec.queue is Queue.CPU


@pytest.mark.usefixtures("place")
class TestCode:
    async def test_it_emits_what_there_is_and_nothing_empty(self) -> None:
        assert await emitted(ExecuteCode, code="x = 1") == {"results": [], "files": []}
        found = await emitted(ExecuteCode, code="import sys\nprint('o')\nprint('e', file=sys.stderr)\n'r'")
        assert found == {
            "main_result": {"text": "r"},
            "results": [{"text": "r", "is_main_result": True}],
            "response": "r",
            "stdout_logs": "o\n",
            "stderr_logs": "e\n",
            "files": [],
        }

    async def test_what_fails_emits_nothing(self) -> None:
        message, emissions = await failed(ExecuteCode, code="print('before')\nraise ValueError('no')")
        assert message.startswith("BLOCK_FAILED: ValueError: no\n")
        assert emissions == []

    async def test_an_imported_node_with_a_key_runs_without_it(self) -> None:
        reference = {"id": "00000000-0000-4000-8000-000000000000", "provider": "e2b", "type": "api_key", "title": "E2B"}
        found = await emitted(
            ExecuteCode,
            credentials=reference,
            code="1",
            language="python",
            timeout=300,
            template_id="t",
            setup_commands=[],
        )
        assert found["response"] == "1"

    @pytest.mark.parametrize("timeout", [0, -1])
    async def test_no_time_is_no_run(self, timeout: int) -> None:
        assert "leaves no time" in (await failed(ExecuteCode, code="1", timeout=timeout))[0]

    async def test_the_time_that_a_node_says_is_its_limit(self) -> None:
        assert "limit of 1 s" in (await failed(ExecuteCode, code="while True: pass", timeout=1))[0]

    async def test_files_that_are_left_out_are_told_in_the_log(self) -> None:
        lines: list[str] = []
        context = a_context(log=lambda level, text: lines.append(f"{level}: {text}"))
        code = "for i in range(105): open(f'{i:03}', 'w').write('x')"
        result = await run_directly(ExecuteCode, {"code": code}, context)
        assert len(dict(result.emissions)["files"]) == 100
        assert lines == ["warning: 5 files of the code are left out: too many, or too large."]


@pytest.mark.usefixtures("place")
class TestSteps:
    async def test_a_sandbox_goes_on_from_step_to_step(self) -> None:
        made = await emitted(
            InstantiateCodeSandbox,
            setup_commands=["echo 5 > n"],
            setup_code="print('up')\nn = int(open('n').read())\nn",
        )
        assert {name: made[name] for name in made if name != "sandbox_id"} == {"response": "5", "stdout_logs": "up\n"}
        first = await emitted(
            ExecuteCodeStep, sandbox_id=made["sandbox_id"], step_code="n += 1\nopen('m', 'w').write(str(n))"
        )
        second = await emitted(ExecuteCodeStep, sandbox_id=first["sandbox_id"], step_code="n * int(open('m').read())")
        assert (first["response"], second["response"]) == ("1", "36")
        assert "stdout_logs" not in second

    async def test_a_step_that_fails_leaves_the_sandbox_as_it_was(self) -> None:
        made = await emitted(InstantiateCodeSandbox, setup_code="x = 1")
        message, emissions = await failed(ExecuteCodeStep, sandbox_id=made["sandbox_id"], step_code="x = 2\n1 / 0")
        assert "ZeroDivisionError" in message
        assert emissions == []
        assert (await emitted(ExecuteCodeStep, sandbox_id=made["sandbox_id"], step_code="x"))["response"] == "1"

    async def test_a_retried_step_gives_the_same_random_numbers(self) -> None:
        made = await emitted(InstantiateCodeSandbox, setup_code="import random\nchosen = random.random()")
        step: Mapping[str, Any] = {"sandbox_id": made["sandbox_id"], "step_code": "chosen"}
        assert await emitted(ExecuteCodeStep, **step) == await emitted(ExecuteCodeStep, **step)

    async def test_a_step_is_in_the_sandboxs_language(self) -> None:
        made = await emitted(InstantiateCodeSandbox, setup_code="A=6", language="bash")
        assert "runs bash, and the step is python" in (await failed(ExecuteCodeStep, sandbox_id=made["sandbox_id"]))[0]
        step = await emitted(ExecuteCodeStep, sandbox_id=made["sandbox_id"], step_code="echo $A", language="bash")
        assert step["stdout_logs"] == "6\n"

    @pytest.mark.parametrize(
        "hostile", ["'; touch /tmp/canary; '", "$(touch /tmp/canary)", "-c import os", "\n1/0\n", "`id`"]
    )
    async def test_no_value_becomes_a_command(self, hostile: str, tmp_path: Any) -> None:
        """S08: what goes in is data, wherever it stands."""
        found = await emitted(
            ExecuteCode, code="import os\nprint(open(os.listdir('.')[0]).read(), end='')", input_files={"a": hostile}
        )
        assert found["stdout_logs"] == hostile
        named = await emitted(
            ExecuteCode, code="import os\nos.listdir('.')[0]", input_files={hostile.replace("/", "_"): "x"}
        )
        assert named["response"] == hostile.replace("/", "_")
        await failed(ExecuteCode, code="1", language=hostile)
        await failed(ExecuteCodeStep, sandbox_id=hostile)
