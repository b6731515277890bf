"""Templates with Jinja's syntax, rendered within limits of size, time and memory; they see the given values only.

`{{ name }}`, `{% for %}`, `{% if %}`, filters, macros and methods such as `.items()` and `.upper()` are as in
Jinja, and so is the text of None, True, floats, lists and dictionaries. Differences: `%` does not format, a
list written in the template has no `.append()`, `|random` and `|urlize` do not exist, and floats from 1e16 on
or below 1e-4 are written without an exponent.

Two ways lead to the text. A *plain* template (names, filters that cannot multiply their input, `for` and `if`
over names) is rendered here. Any other goes to a child process that is killed when it takes too long or too
much memory, because MiniJinja has no defence there (see `template_child`). A child serves one thread for many
renders and ends with this process.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import minijinja

from blocks.sdk import template_child
from schema.errors import BlockFailed, Unavailable, ValueTooLarge
from schema.limits import LIMITS

#: Characters of a template: a long prompt is 100,000.
TEMPLATE_CHARS_MAX: Final = 1_000_000
#: Seconds that the child may take for one render.
_RENDER_SECONDS_MAX: Final = 5.0
#: Children at a time, so that costly templates cannot take all cores.
_CHILDREN_MAX: Final = 2

_NAME = r"[A-Za-z_]\w*(?:\.(?!format\b)[A-Za-z_]\w*|\[\d{1,6}\])*"
_FILTER = r"(?:safe|trim|upper|lower|title|capitalize|length|count|first|last|string|e|escape|int|float|tojson)"
_TERM = rf"{_NAME}(?:\s*\|\s*{_FILTER}\b(?:\(\))?)*"
_TEST = rf"(?:not\s+)?{_TERM}(?:\s+is\s+(?:not\s+)?(?:defined|none|undefined))?"
_STATEMENT = (
    rf"for\s+[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)?\s+in\s+{_NAME}(?:\.items\(\))?"
    rf"|(?:if|elif)\s+{_TEST}|else|endif|endfor"
)
_PLAIN_TAG = re.compile(rf"\{{\{{[-+]?\s*{_TERM}\s*[-+]?\}}\}}|\{{%[-+]?\s*(?:{_STATEMENT})\s*[-+]?%\}}")

_threads = ThreadPoolExecutor(_CHILDREN_MAX, thread_name_prefix="templates")
_of_thread = threading.local()


async def render(source: str, values: Mapping[str, Any], *, escape_html: bool = False) -> str:
    """Render a template; raise BlockFailed saying what is wrong, ValueTooLarge where it or its text is too long."""
    if len(source) > TEMPLATE_CHARS_MAX:
        raise ValueTooLarge(f"The template has {len(source)} characters; at most {TEMPLATE_CHARS_MAX} are rendered.")
    if is_plain(source):
        text = _render_here(source, dict(values), escape_html)
    else:
        loop = asyncio.get_running_loop()
        text = await loop.run_in_executor(_threads, _render_apart, source, dict(values), escape_html)
    if len(text) > LIMITS.value_bytes_max:
        raise ValueTooLarge(
            f"The rendered text has {len(text)} characters; at most {LIMITS.value_bytes_max} may travel."
        )
    return text


def is_plain(source: str) -> bool:
    """Say whether each tag is one that fuel bounds for certain."""
    if "tojson" in source and "{%" in source:
        return False  # Fuel counts the text that tojson gives, not its work: a second of it in a loop.
    rest = _PLAIN_TAG.sub("", source)
    return not any(mark in rest for mark in ("{{", "{%", "{#"))


def _render_here(source: str, values: dict[str, Any], escape_html: bool) -> str:
    try:
        return template_child.render_text(source, values, escape_html)
    except (minijinja.TemplateError, ValueError, TypeError) as error:
        raise _failure(template_child.describe(error)) from error


def _failure(what: str) -> BlockFailed:
    return BlockFailed(f"The template cannot be rendered: {what}")


def _render_apart(source: str, values: dict[str, Any], escape_html: bool) -> str:
    """Render in this thread's child; start one if it has none, leave none behind that did not answer."""
    child = getattr(_of_thread, "child", None)
    if child is None or child.poll() is not None:
        child = _of_thread.child = _start_child()
    has_expired = threading.Event()

    def stop() -> None:
        has_expired.set()
        child.kill()

    alarm = threading.Timer(_RENDER_SECONDS_MAX, stop)
    alarm.daemon = True
    alarm.start()
    try:
        answer = _ask(child, [source, values, escape_html])
    finally:
        alarm.cancel()
    if answer is None:
        _of_thread.child = None
        _end(child)
        raise _failure(
            f"it took longer than {_RENDER_SECONDS_MAX:g} seconds."
            if has_expired.is_set()
            else "it takes too much memory."
        )
    is_ok, text = answer
    if not is_ok:
        raise _failure(text)
    return str(text)


def _start_child() -> subprocess.Popen[bytes]:
    """Start a renderer without our environment: it may hold secrets. It ends when its input is closed."""
    try:
        return subprocess.Popen(
            [sys.executable, "-I", template_child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
    except OSError as error:
        raise Unavailable(f"The process that renders templates cannot be started: {error}") from error


def _ask(child: subprocess.Popen[bytes], request: list[Any]) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        template_child.write_message(child.stdin, request)
        return template_child.read_message(child.stdout)
    except (OSError, ValueError):
        return None


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        assert stream is not None
        try:
            stream.close()
        except OSError:
            pass  # What was still in its buffer cannot be sent to the dead.
    child.wait()
