"""Blocks that run people's code: in a sandbox of this machine, or an expression in one of its own; never in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

from blocks.sandbox.bounds import Bounds
from blocks.sandbox.command import WORK_FOLDER
from blocks.sandbox.expressions import evaluate
from blocks.sandbox.files import read_files, show_files
from blocks.sandbox.journal import Journal, read_id
from blocks.sandbox.probe import why_not
from blocks.sandbox.running import Job, Language, Outcome, run_job
from blocks.sdk import (
    ApiKey,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Emission,
    Example,
    Queue,
    Yield,
    pin,
)
from blocks.sdk.files import inlined
from blocks.sdk.texts import LongText, ShortText
from schema.files import STORED
from schema.limits import LIMITS

Key = Annotated[ApiKey | None, CredentialsField(providers=("e2b",))]

_KEY: Final = "A key of a hosted sandbox; not used: the code runs on a machine of this installation."
_COMMANDS: Final = "Shell commands that are run first, one after another. They have no network."
_LANGUAGE: Final = "The language: python, bash, or js where Node is installed."
_SECONDS: Final = "Seconds that all of it may take."
_TEMPLATE: Final = "A hosted sandbox's template; not used."
_RESPONSE: Final = "The text of the value of the last expression, where it has one."
_STDOUT: Final = "What the code wrote to standard output, where it wrote anything."
_STDERR: Final = "What the code wrote to standard error, where it wrote anything."
_MAIN: Final = "The value of the last expression: its text, its JSON where it is a list or dictionary, its own formats."
_RESULTS: Final = "All values that the code showed, the last expression's included."


def _bounds(seconds: int) -> Bounds:
    if seconds <= 0:
        raise BlockFailed(f"A timeout of {seconds} s leaves no time for any code.")
    return Bounds(seconds=float(min(seconds, LIMITS.code_seconds_max)))


def _results(outcome: Outcome) -> list[Emission]:
    """Give what the code showed, as the blocks that run code emit it."""
    bare = [{name: value for name, value in one.items() if name != "is_main_result"} for one in outcome.results]
    main = outcome.main
    found: list[Emission] = []
    if main is not None:
        found.append(("main_result", bare[outcome.results.index(main)]))
    found.append(("results", outcome.results))
    return found


def _texts(outcome: Outcome) -> list[Emission]:
    """Give the texts of an outcome; what is empty is not emitted."""
    said = {
        "response": (outcome.main or {}).get("text", ""),
        "stdout_logs": outcome.stdout,
        "stderr_logs": outcome.stderr,
    }
    return [(name, text) for name, text in said.items() if text]


class ExecuteCode(Block):
    """Run code in a sandbox of this machine: without network, secrets or files of anybody, within limits of time and memory.

    An exception in the code fails the block, with its message and traceback.
    """

    id = "0b02b072-abe7-11ef-8372-fb5d162dd712"
    name = "ExecuteCodeBlock"
    categories = ("DEVELOPER_TOOLS",)
    queue = Queue.SANDBOX
    disabled_reason = staticmethod(why_not)

    class Input(BlockInput):
        credentials: Key = pin(None, description=_KEY)
        setup_commands: list[str] = pin(default_factory=list, description=_COMMANDS)
        code: LongText = pin("", description="The code.", advanced=False)
        language: Language = pin(Language.PYTHON, description=_LANGUAGE, advanced=False)
        timeout: int = pin(300, description=_SECONDS)
        dispose_sandbox: bool = pin(True, description="Not used: the sandbox always ends with its code.")
        template_id: ShortText = pin("", description=_TEMPLATE)
        input_files: dict[str, str] = pin(
            default_factory=dict, description="Files for the code, by name: each a text, a data: URI or a stored file."
        )

    class Output(BlockOutput):
        main_result: dict[str, Any] = pin(description=_MAIN)
        results: list[dict[str, Any]] = pin(description=_RESULTS)
        response: str = pin(description=_RESPONSE)
        stdout_logs: str = pin(description=_STDOUT)
        stderr_logs: str = pin(description=_STDERR)
        files: list[dict[str, Any]] = pin(description="Files that the code wrote into the folder that it works in.")

    examples = (
        Example(
            title="A value and a line of output",
            input={"code": "print('hello')\n{'sum': 1 + 2}"},
            output=[
                ("main_result", {"text": "{'sum': 3}", "json": {"sum": 3}}),
                ("results", [{"text": "{'sum': 3}", "json": {"sum": 3}, "is_main_result": True}]),
                ("response", "{'sum': 3}"),
                ("stdout_logs", "hello\n"),
                ("files", []),
            ],
        ),
        Example(
            title="Files go in and come out",
            input={
                "code": "text = open('names.txt').read()\nopen('shout.txt', 'w').write(text.upper());",
                "input_files": {"names.txt": "ann"},
            },
            output=[
                (
                    "files",
                    [
                        {
                            "path": f"{WORK_FOLDER}/shout.txt",
                            "relative_path": "shout.txt",
                            "name": "shout.txt",
                            "content": "ANN",
                            "workspace_ref": None,
                        }
                    ],
                )
            ],
            match="subset",
        ),
        Example(
            title="An exception fails the block",
            input={"code": "ages = {}\nages['ann']"},
            output=[],
            error="KeyError: 'ann'",
        ),
        Example(
            title="A shell script",
            input={"code": "echo $((6 * 7))", "language": "bash"},
            output=[("results", []), ("stdout_logs", "42\n"), ("files", [])],
        ),
        Example(
            title="There is no network",
            input={"code": "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)"},
            output=[],
            error="PermissionError",
        ),
        Example(input={"code": "1", "language": "r"}, output=[], error="r is not run here"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        job = Job(
            inputs.language,
            (inputs.code,),
            tuple(inputs.setup_commands),
            read_files({name: await _inside(value, context) for name, value in inputs.input_files.items()}),
            context.idempotency_key(),
        )
        outcome = await run_job(job, _bounds(inputs.timeout))
        for emission in (*_results(outcome), *_texts(outcome)):
            yield emission
        if outcome.left_out:
            context.log("warning", f"{outcome.left_out} files of the code are left out: too many, or too large.")
        yield "files", [await _kept(file, outcome.files, context) for file in show_files(outcome.files)]


async def _inside(value: str, context: Context) -> str:
    """Give a stored file as a data: URI, and anything else as it is: code may want an address as a text."""
    return await inlined(value, context.files) if value.startswith(STORED) else value


async def _kept(file: dict[str, Any], contents: Mapping[str, bytes], context: Context) -> dict[str, Any]:
    """Have a file of the code's stored that is no text and too large to travel."""
    content = contents[file["relative_path"]]
    if len(content) <= LIMITS.inline_file_bytes_max or not file["content"].startswith("data:"):
        return file
    value = await context.files.store(content, file["name"])
    return {**file, "content": value, "workspace_ref": value if value.startswith(STORED) else None}


class InstantiateCodeSandbox(Block):
    """Make a sandbox for code that comes in steps. Its id holds its code: each step runs all those before it again.

    So any worker can run the next step, also after a crash; and what the code read from outside, such as the time, is read
    anew.
    """

    id = "ff0861c9-1726-4aec-9e5b-bf53f3622112"
    name = "InstantiateCodeSandboxBlock"
    categories = ("DEVELOPER_TOOLS",)
    queue = Queue.SANDBOX
    disabled_reason = staticmethod(why_not)

    class Input(BlockInput):
        credentials: Key = pin(None, description=_KEY)
        setup_commands: list[str] = pin(default_factory=list, description=_COMMANDS)
        setup_code: LongText = pin("", description="The code to begin with.", advanced=False)
        language: Language = pin(Language.PYTHON, description=_LANGUAGE, advanced=False)
        timeout: int = pin(300, description="Seconds that each step may take, with all those before it.")
        template_id: ShortText = pin("", description=_TEMPLATE)

    class Output(BlockOutput):
        sandbox_id: str = pin(description="The sandbox, for its first step.")
        response: str = pin(description=_RESPONSE)
        stdout_logs: str = pin(description=_STDOUT)
        stderr_logs: str = pin(description=_STDERR)

    examples = (
        Example(
            input={"setup_code": "price = 20\nprice"}, output=[("sandbox_id", ""), ("response", "20")], match="pins"
        ),
        Example(input={"setup_code": "1 / 0"}, output=[], error="ZeroDivisionError: division by zero"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        journal = Journal(
            inputs.language,
            (inputs.setup_code,),
            tuple(inputs.setup_commands),
            inputs.timeout,
            context.idempotency_key(),
        )
        outcome = await run_job(journal.job(), _bounds(journal.seconds))
        yield "sandbox_id", journal.to_id()
        for emission in _texts(outcome):
            yield emission


#: The sandbox of the example: `price = 20` has run in it.
_EXAMPLE: Final = Journal(Language.PYTHON, ("price = 20",)).to_id()


class ExecuteCodeStep(Block):
    """Run one more step of code in a sandbox: with the variables and files that the steps before it made.

    The sandbox that has this step in it is on the pin `sandbox_id`: link it to the next step. A step that fails leaves
    the sandbox as it was.
    """

    id = "82b59b8e-ea10-4d57-9161-8b169b0adba6"
    name = "ExecuteCodeStepBlock"
    categories = ("DEVELOPER_TOOLS",)
    queue = Queue.SANDBOX
    disabled_reason = staticmethod(why_not)

    class Input(BlockInput):
        credentials: Key = pin(None, description=_KEY)
        sandbox_id: str = pin(description="The sandbox: the pin of this name of the block before.")
        step_code: LongText = pin("", description="The code.", advanced=False)
        language: Language = pin(Language.PYTHON, description="The language, the same as the sandbox's.")
        dispose_sandbox: bool = pin(False, description="Not used: between its steps a sandbox takes nothing.")

    class Output(BlockOutput):
        main_result: dict[str, Any] = pin(description=_MAIN)
        results: list[dict[str, Any]] = pin(description=_RESULTS)
        response: str = pin(description=_RESPONSE)
        stdout_logs: str = pin(description=_STDOUT)
        stderr_logs: str = pin(description=_STDERR)
        sandbox_id: str = pin(description="The sandbox after this step, for the next one.")

    examples = (
        Example(
            input={"sandbox_id": _EXAMPLE, "step_code": "price * 2"},
            output=[
                ("main_result", {"text": "40"}),
                ("results", [{"text": "40", "is_main_result": True}]),
                ("response", "40"),
            ],
            match="subset",
        ),
        Example(input={"sandbox_id": "i4k2", "step_code": "1"}, output=[], error="no sandbox of ours"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        journal = read_id(inputs.sandbox_id)
        if inputs.language is not journal.language:
            raise BlockFailed(
                f"The sandbox runs {journal.language.value}, and the step is {inputs.language.value}: "
                f"set the step's language, or make another sandbox."
            )
        after = journal.then(inputs.step_code)
        outcome = await run_job(after.job(), _bounds(after.seconds))
        for emission in (*_results(outcome), *_texts(outcome)):
            yield emission
        yield "sandbox_id", after.to_id()


class Expression(Block):
    """Evaluate one expression over named values: Python's operators, comprehensions and pure functions, and nothing else.

    It has no files, no network, no clock and no imports; a second and 64 MB are its limits.
    """

    id = "83302009-09cc-4a36-acbd-06532573f5f9"
    name = "ExpressionBlock"
    categories = ("LOGIC", "DATA")
    queue = Queue.CPU

    class Input(BlockInput):
        expression: LongText = pin(
            description="The expression; the names of `values` stand for their values.",
            placeholder="sum(item['price'] for item in items) > budget",
        )
        values: dict[str, Any] = pin(
            default_factory=dict, description="The values, by the names that the expression uses.", advanced=False
        )

    class Output(BlockOutput):
        result: Any = pin(description="The value of the expression.")

    examples = (
        Example(
            input={
                "expression": "sum(item['price'] for item in items) > budget",
                "values": {"items": [{"price": 3}, {"price": 4}], "budget": 5},
            },
            output=[("result", True)],
        ),
        Example(input={"expression": "name.title()", "values": {"name": "ann lee"}}, output=[("result", "Ann Lee")]),
        Example(input={"expression": "9 ** 9 ** 9"}, output=[], error="memory limit exceeded"),
        Example(input={"expression": "open('/etc/passwd').read()"}, output=[], error="PermissionError"),
        Example(input={"expression": "import os"}, output=[], error="not one expression"),
        Example(input={"expression": "price * 2"}, output=[], error="name 'price' is not defined"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "result", await evaluate(inputs.expression, inputs.values)
