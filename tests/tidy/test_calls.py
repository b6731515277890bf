"""What our code does not do, seen call by call and import by import.

It does not make code from data, sleep where a condition belongs, read the environment outside `deploy`,
hide an import in a function, or catch everything in silence.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, aside_sources, package_sources, planted, refuse

BUILTINS_BANNED = {"eval", "exec", "compile", "__import__"}
MODULES_BANNED = {
    "pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "code", "codeop", "numexpr", "asteval",
    "simpleeval", "RestrictedPython",
}  # fmt: skip
CALLS_BANNED = {
    "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "ast.literal_eval", "pandas.eval", "pandas.read_pickle",
    "numpy.load", "builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__", "runpy.run_path",
}  # fmt: skip
#: What of it is right where it is: (path, name) -> why.
CODE_FROM_DATA: dict[tuple[str, str], str] = {}
SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep"}

#: The one place that may sleep: a named loop that asks for a condition until a deadline.
POLLING_FUNCTION = "eventually"

#: Imports inside functions that are right where they are: (module, what it imports) -> why.
LAZY_IMPORTS: dict[tuple[str, str], str] = {
    (
        "blocks.sandbox.syscalls",
        "pyseccomp",
    ): "it looks for libseccomp when it is imported; without it all other blocks work",
    ("api.mcp.serving", "api.mcp.server"): "it loads the MCP SDK, which takes a second; only a client of MCP needs it",
    (
        "blocks.mcp.asking",
        "blocks.mcp.session",
    ): "it loads the MCP SDK, which takes a second; only who asks a server needs it",
    ("blocks.sandbox.expressions", "pydantic_monty"): "heavy; only processes that evaluate an expression need it",
    ("blocks.library.markup", "defusedxml.common.DefusedXmlException"): "a parser that few workers ever need",
    ("blocks.library.markup", "defusedxml.ElementTree.fromstring"): "a parser that few workers ever need",
    ("blocks.library.mail", "aiosmtplib"): "heavy; only processes that send mail need it",
    ("blocks.readers.database_child", "pg8000.native"): "the child asks one kind of database",
    ("blocks.readers.database_child", "pymysql.cursors"): "the child asks one kind of database",
    ("blocks.readers.database_child", "pymysql.err"): "the child asks one kind of database",
}

#: Sleeps in tests that stand for work and not for waiting: (path, function) -> why.
SLEEPS_ALLOWED: dict[tuple[str, str], str] = {
    ("tests/durable/blocks.py", "run"): "a block that holds its worker is what the test is about",
    ("tests/chaos/blocks.py", "run"): "a node that takes time is what is struck",
    ("tests/containers/blocks/slow_blocks.py", "run"): "a node that takes time is what containers are killed under",
    ("bench/blocks.py", "run"): "a node that takes time is what is measured",
    ("bench/peers/speaking.py", "node"): "a node that takes time is what is measured",
}

#: The one place that makes code of data, and why.
CODE_RUN_HERE = {
    "blocks/sandbox/inside.py": "it is the program that runs people's code, inside the sandbox and nowhere else"
}

BROAD = {"Exception", "BaseException"}


def banned_calls(source: Source) -> list[str]:
    """Name what makes code out of data: eval and its kin, pickle and its kin, YAML with constructors."""
    problems = []
    for node, name in source.calls():
        is_builtin = isinstance(node.func, ast.Name) and name not in source.definitions
        if is_builtin and name in BUILTINS_BANNED and source.path in CODE_RUN_HERE:
            continue
        is_banned = (is_builtin and name in BUILTINS_BANNED) or name in CALLS_BANNED
        if is_banned and (source.path, name) not in CODE_FROM_DATA:
            problems.append(f"{source.at(node)} calls {name}")
    for statement, target in source.imports():
        if target.split(".")[0] in MODULES_BANNED and (source.path, target) not in CODE_FROM_DATA:
            problems.append(f"{source.at(statement)} imports {target}")
    return problems


def sleeping(source: Source) -> list[str]:
    """Name the sleeps that block a worker (packages) or stand for a condition (tests)."""
    is_aside = source.package() in ("tests", "bench", "examples")
    problems = []
    owners = source.owners()
    for node, name in source.calls():
        owner = owners.get(node, "")
        if name not in SLEEPS or owner == POLLING_FUNCTION or (source.path, owner) in SLEEPS_ALLOWED:
            continue
        if not is_aside and name != "time.sleep":
            continue
        if not _is_zero(node):  # asyncio.sleep(0) gives way and waits for nothing
            problems.append(f"{source.at(node)} sleeps; wait for a condition in `{POLLING_FUNCTION}`")
    return problems


def environment(source: Source) -> list[str]:
    """Name the places outside `deploy` that read the environment."""
    if source.package() == "deploy":
        return []
    found = set()
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and source.dotted(node) in (
            "os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv",
        ):  # fmt: skip
            found.add(f"{source.at(node)} reads the environment")
    return sorted(found)


def hidden_imports(source: Source) -> list[str]:
    """Name the imports inside functions that the list above does not explain."""
    owners = source.owners()
    return [
        f"{source.at(node)} imports {target} inside {owners[node]}"
        for node, target in source.imports()
        if node in owners and (source.name, target) not in LAZY_IMPORTS
    ]


def silent_catches(source: Source) -> list[str]:
    """Name each `except Exception` that has no comment in words beside it, unless it raises again."""
    comments = dict(_comments(source))
    problems = []
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler) or not _is_broad(node) or _raises_again(node):
            continue
        # The comment may also stand on the block's first line or above the catching `except`.
        near = " ".join(comments.get(line, "") for line in (node.lineno - 1, node.lineno, node.lineno + 1))
        if len(re.sub(r"noqa(: ?[A-Z0-9, ]+)?|type: ignore\S*|pragma: \w+ \w+", "", near).split()) < 3:
            problems.append(f"{source.at(node)} catches everything and does not say why")
    return problems


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: -")


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_zero(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def _all(check, *groups) -> list[str]:
    return [problem for group in groups for source in group for problem in check(source)]


def test_no_code_is_made_from_data() -> None:
    refuse(_all(banned_calls, package_sources()))


def test_nothing_sleeps_where_a_condition_belongs() -> None:
    refuse(_all(sleeping, package_sources(), aside_sources()))


def test_only_deploy_reads_the_environment() -> None:
    refuse(_all(environment, package_sources()))


def test_no_import_hides_in_a_function() -> None:
    refuse(_all(hidden_imports, package_sources()))


def test_a_lazy_import_that_is_allowed_exists() -> None:
    known = {(source.name, target) for source in package_sources() for _, target in source.imports()}
    assert set(LAZY_IMPORTS) - known == set()


def test_catching_everything_says_why() -> None:
    refuse(_all(silent_catches, package_sources()))


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec(code)",
        "compile(code, '', 'eval')",
        "import builtins\nbuiltins.eval('1')",
        "import pickle",
        "from marshal import loads",
        "import shelve as shelf",
        "import yaml\nyaml.load(text)",
        "from yaml import load\nload(text)",
        "__import__(name)",
        "import builtins\nbuiltins.compile(text, '', 'exec')",
        "import ast\nast.literal_eval(text)",
        "from ast import literal_eval as read\nread(text)",
        "import pandas as pd\npd.eval('a')",
        "import jsonpickle",
        "def run():\n    import _pickle",
    ],
)
def test_code_from_data_is_seen(text: str) -> None:
    assert banned_calls(planted(text))


@pytest.mark.parametrize(
    "text",
    [
        "import re\nre.compile('a')",
        "from workflows.engine.plan import compile\ncompile(graph)",
        "def compile(graph): ...\ncompile(1)",
        "import yaml\nyaml.safe_load(text)",
    ],
)
def test_a_namesake_is_not_code_from_data(text: str) -> None:
    assert not banned_calls(planted(text))


@pytest.mark.parametrize(
    ("name", "text", "is_seen"),
    [
        ("api.planted", "import time\ntime.sleep(1)", True),
        ("api.planted", "from time import sleep\nsleep(1)", True),
        ("deploy.stack.planted", "import time\ndef start():\n    time.sleep(1)", True),
        ("deploy.stack.planted", "import time\ndef eventually():\n    time.sleep(1)", False),
        ("activities.planted", "import asyncio\nasync def beat():\n    await asyncio.sleep(10)", False),
        ("tests.planted", "import asyncio\nasync def test_it():\n    await asyncio.sleep(1)", True),
        ("tests.planted", "import asyncio\nasync def test_it():\n    await asyncio.sleep(0)", False),
        ("tests.planted", "import asyncio\nasync def eventually():\n    await asyncio.sleep(0.05)", False),
    ],
)
def test_sleeping_is_seen(name: str, text: str, is_seen: bool) -> None:
    assert bool(sleeping(planted(text, name))) is is_seen


@pytest.mark.parametrize(
    "text",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ\nenviron.get('A')"],
)
def test_reading_the_environment_is_seen(text: str) -> None:
    assert environment(planted(text, "blocks.planted"))
    assert not environment(planted(text, "deploy.planted"))


def test_a_hidden_import_is_seen() -> None:
    assert hidden_imports(planted("def run():\n    if True:\n        from json import loads"))
    assert not hidden_imports(planted("if TYPE_CHECKING:\n    import json\nclass A:\n    import re"))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    a()\nexcept Exception:\n    pass",
        "try:\n    a()\nexcept (ValueError, BaseException):\n    pass",
        "try:\n    a()\nexcept:\n    pass",
        "try:\n    a()\nexcept Exception:  # noqa: BLE001\n    pass",
    ],
)
def test_a_silent_catch_is_seen(text: str) -> None:
    assert silent_catches(planted(text))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    a()\nexcept Exception:  # noqa: BLE001 - the edge of the process: log and go on\n    pass",
        "try:\n    a()\n# The edge of the process: log and go on.\nexcept Exception:\n    pass",
        "try:\n    a()\nexcept BaseException:\n    clean()\n    raise",
        "try:\n    a()\nexcept ValueError:\n    pass",
    ],
)
def test_an_explained_or_narrow_catch_is_fine(text: str) -> None:
    assert not silent_catches(planted(text))
