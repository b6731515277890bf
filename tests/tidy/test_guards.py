"""What guards us is not gone round: who may open sockets, start processes and render templates, read from the imports (S04, S12).

Beside this, an audit hook sees what is really opened while blocks are tested (tests/audit.py); this sees also what no test runs.
"""

from __future__ import annotations

import ast

import pytest

from tests.tidy.source import Source, package_sources, planted, refuse

#: Packages whose code handles what comes from outside. (`deploy` starts the processes and is the operator's own.)
WATCHED = ("api", "workflows", "activities", "blocks", "schema")

#: What opens sockets, by what is imported.
NETWORK = (
    "socket", "_socket", "ssl", "socketserver", "http.client", "http.server", "urllib.request", "ftplib", "imaplib", "poplib",
    "smtplib", "nntplib", "telnetlib", "xmlrpc", "httpx2", "httpcore2", "requests", "urllib3", "aiohttp", "pycurl", "websockets",
    "websocket", "aiosmtplib", "paramiko", "asyncssh", "pg8000", "pymysql", "psycopg", "redis", "anyio", "trio", "h11", "h2", "mcp",
    "openai", "anthropic", "boto3", "docker", "grpc",
)  # fmt: skip
#: The same, by what is called or taken from asyncio.
NETWORK_CALLS = {
    "asyncio.open_connection", "asyncio.start_server", "asyncio.open_unix_connection", "create_connection",
    "create_datagram_endpoint", "sock_connect", "create_server", "create_unix_connection", "getaddrinfo", "gethostbyname",
}  # fmt: skip
#: What starts a process or reaches past Python.
PROCESS = (
    "subprocess", "_posixsubprocess", "multiprocessing", "pty", "ctypes", "_ctypes", "cffi", "asyncio.subprocess",
    "concurrent.futures.ProcessPoolExecutor",
)  # fmt: skip
PROCESS_CALLS = {
    "os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp", "os.execv", "os.execve", "os.execvp",
    "os.execvpe", "os.execl", "os.execle", "os.execlp", "os.spawnv", "os.spawnl", "os.spawnvp", "os.startfile",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "asyncio.subprocess.create_subprocess_exec",
}  # fmt: skip
#: What makes text from somebody's template.
TEMPLATES = ("jinja2", "minijinja", "mako", "chameleon", "django", "tornado.template", "bottle", "string.Template")

#: Who may, and why. A path that ends with `/` is a folder.
MAY_NETWORK = {
    "blocks/sdk/egress.py": "the guarded way out",
    "blocks/sdk/egress_streams.py": "the guarded way out, for sockets and an SDK's transport",
    "blocks/sdk/context.py": "names the types of what the guarded way out gives",
    "blocks/scanning.py": "speaks to the operator's own scanner, at the address that the operator set",
    "blocks/library/mail.py": "speaks SMTP over a socket that the guarded way out gave",
    "blocks/webshare/tunnel.py": "speaks HTTP under TLS over a socket to a proxy that the guarded way out gave",
    "blocks/readers/database_child.py": "speaks to a database over a socket that the guarded way out gave, in a child",
    "blocks/llm/sdks.py": "gives the providers' SDKs the transport of the guarded way out",
    "blocks/llm/bounded.py": "stands before that transport, and stops at what is too much",
    "api/mcp/server.py": "speaks MCP's server half in answer to the API's own requests, and opens nothing",
    "blocks/mcp/": "gives MCP's client the transport of the guarded way out",
    "blocks/sdk/trial.py": "gives the transport's errors to a block that is tried",
    "api/rest/health.py": "asks the installation's own Temporal whether it answers",
}
MAY_START = {
    "blocks/isolation.py": "the process in which one block is tried",
    "blocks/sdk/templates.py": "the child that renders templates",
    "blocks/readers/apart.py": "the children that read feeds, workbooks and databases",
    "blocks/sandbox/": "the sandbox of people's code",
    "activities/block_loop.py": "ends a thread that a block holds, by the interpreter's own call",
}
MAY_RENDER = {
    "blocks/sdk/templates.py": "the one way by which people's templates are rendered",
    "blocks/sdk/template_child.py": "its child",
}


def network_users(source: Source) -> list[str]:
    """Name what opens sockets without being the guarded way out."""
    return _uses(source, NETWORK, NETWORK_CALLS, MAY_NETWORK)


def process_starters(source: Source) -> list[str]:
    """Name what starts processes without being named for it."""
    return [*_uses(source, PROCESS, PROCESS_CALLS, MAY_START), *_shells(source)]


def template_users(source: Source) -> list[str]:
    """Name what renders templates by itself, Python's own formatting of a text from elsewhere included."""
    return [*_uses(source, TEMPLATES, set(), MAY_RENDER), *_formats(source)]


def _uses(source: Source, modules: tuple[str, ...], calls: set[str], allowed: dict[str, str]) -> list[str]:
    if any(source.path == one or (one.endswith("/") and source.path.startswith(one)) for one in allowed):
        return []
    problems = [
        f"{source.at(node)} imports {target}"
        for node, target in source.imports()
        if any(target == one or target.startswith(f"{one}.") for one in modules)
        and target.rpartition(".")[0] != "typing"
        and not _is_for_types(source, node)
    ]
    for node, name in source.calls():
        last = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        # A loop's methods are called on whatever holds the loop; other names are told by where they come from.
        if name in calls or (last in calls and "." not in last):
            problems.append(f"{source.at(node)} calls {name or last}")
    return problems


def _is_for_types(source: Source, statement: ast.stmt) -> bool:
    """Tell whether an import stands below `if TYPE_CHECKING`: it never happens."""
    return any(
        isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        and statement in node.body
        for node in source.nodes
    )  # fmt: skip


def _shells(source: Source) -> list[str]:
    """Name calls with `shell=True`, wherever they stand: S08."""
    return [
        f"{source.at(node)} starts a shell"
        for node, _ in source.calls()
        for word in node.keywords
        if word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
    ]


#: Formats that are no constants of their module, and why: (path, what is formatted).
MAY_FORMAT = {
    ("deploy/stack/errors.py", "replace()"): "an error's docstring is its message",
}


def _formats(source: Source) -> list[str]:
    """Name `.format` of what is no text of the module's own: a format string reaches attributes ("{0.__class__}")."""
    problems = []
    for node, _ in source.calls():
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("format", "format_map"):
            continue
        if not _is_own_text(node.func.value) and (source.path, _shown(node.func.value)) not in MAY_FORMAT:
            problems.append(f"{source.at(node)} formats {_shown(node.func.value)}")
    return problems


def _is_own_text(value: ast.expr) -> bool:
    if isinstance(value, ast.Subscript):
        value = value.value
    if isinstance(value, ast.Attribute):
        return value.attr.isupper()
    if isinstance(value, ast.Name):
        return value.id.isupper()
    return isinstance(value, ast.Constant | ast.JoinedStr)


def _shown(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        return f"{value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)}()"
    return ast.unparse(value)[:60]


def _watched() -> list[Source]:
    return [source for source in package_sources() if source.package() in WATCHED]


def test_s04_only_the_guarded_way_out_opens_sockets() -> None:
    refuse([problem for source in _watched() for problem in network_users(source)])


def test_s08_only_what_is_named_starts_processes_and_nothing_a_shell() -> None:
    refuse([problem for source in _watched() for problem in process_starters(source)])
    refuse([problem for source in package_sources() for problem in _shells(source)])


def test_s12_only_one_module_renders_templates() -> None:
    refuse([problem for source in package_sources() for problem in template_users(source)])


@pytest.mark.parametrize("table", [MAY_NETWORK, MAY_START, MAY_RENDER])
def test_who_may_exists_and_has_a_reason(table: dict[str, str]) -> None:
    paths = [source.path for source in package_sources()]
    assert [one for one in table if not any(path.startswith(one) for path in paths)] == []
    assert all(len(why.split()) >= 2 for why in table.values())


@pytest.mark.parametrize(
    "text",
    [
        "import socket",
        "def run():\n    from socket import create_connection",
        "import ssl as secure",
        "from urllib import request",
        "import urllib.request",
        "import http.client",
        "import httpx2",
        "from httpcore2 import AsyncHTTPConnection",
        "import aiosmtplib",
        "import openai",
        "from mcp.client import streamable_http",
        "import asyncio\nasync def run():\n    await asyncio.open_connection('a', 1)",
        "from asyncio import open_connection as reach\nasync def run():\n    await reach('a', 1)",
        "import asyncio\nasync def run():\n    await asyncio.get_running_loop().create_connection(None, 'a', 1)",
        "async def run(loop):\n    await loop.getaddrinfo('a', 1)",
    ],
)
def test_s04_control_a_way_past_the_guard_is_seen(text: str) -> None:
    assert network_users(planted(text, "blocks.library.planted"))
    assert not network_users(planted(text, "blocks.sdk.egress"))


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess",
        "from subprocess import run",
        "import os\nos.system('a')",
        "from os import execv as go\ngo('a', [])",
        "import asyncio\nasync def run():\n    await asyncio.create_subprocess_shell('a')",
        "import multiprocessing",
        "import ctypes",
        "from concurrent.futures import ProcessPoolExecutor",
        "run(words, shell=True)",
        "run(words, shell=is_shell)",
    ],
)
def test_s08_control_a_start_of_a_process_is_seen(text: str) -> None:
    assert process_starters(planted(text, "blocks.library.planted"))


@pytest.mark.parametrize(
    "text",
    [
        "import jinja2",
        "from minijinja import Environment",
        "from string import Template",
        "template.format(a=1)",
        "inputs.prompt.format(**values)",
        "'a'.join(rows).format(a)",
        "text.format_map(values)",
    ],
)
def test_s12_control_another_way_to_render_is_seen(text: str) -> None:
    assert template_users(planted(text, "blocks.library.planted"))


@pytest.mark.parametrize(
    "text",
    [
        "from urllib.parse import urlsplit",
        "import asyncio\nasyncio.sleep(0)",
        "TEXT = 'a {b}'\nTEXT.format(b=1)",
        "'{:.1f}'.format(1.0)",
        "_PAGES[1].format(a=1)",
        "import os\nos.fspath('a')",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx2",
    ],
)
def test_what_reaches_nothing_is_fine(text: str) -> None:
    source = planted(text, "blocks.library.planted")
    assert network_users(source) + process_starters(source) + template_users(source) == []
