"""Templates with Jinja's syntax, rendered within limits of size, time and memory; they see the given values only.

`{{ name }}`, `{% for %}`, `{% if %}`, filters, macros and methods such as `.items()` and `.upper()` are as in
Jinja, and so is the text of None, True, floats, lists and dictionaries. Differences: `%` does not format, a
list written in the template has no `.append()`, `|random` and `|urlize` do not exist, and floats from 1e16 on
or below 1e-4 are written without an exponent.

Two ways lead to the text. A *plain* template (names, filters that cannot multiply their input, `for` and `if`
over names) of little data is rendered here. Any other goes to a child process that is killed when it takes too long or too
much memory, because MiniJinja has no defence there (see `template_child`).

There are two lanes of children. In the quick one a child serves one thread for many renders, each of which has
a moment; nearly all end there. One that does not is rendered once more, in the slow lane, by a child of its own
and one after another. So hostile templates wait for one another, and the others hardly for them.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
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
#: Seconds of one render in each lane; with the starts of two children they stay below the 2 s that a template may take.
QUICK_SECONDS_MAX: Final = 0.3
SLOW_SECONDS_MAX: Final = 1.0
#: Characters of a template, and characters and items of its values, where it is rendered here. MiniJinja copies a text each time
#: that it is named, without fuel: 5 MB in a loop of 100,000 held this process for 10 s.
_LITTLE_MAX: Final = 20_000
#: MiniJinja's instructions of a render here, so that no render holds the others for more than some 50 ms.
_LITTLE_FUEL: Final = 100_000
_START_SECONDS_MAX: Final = 10.0
#: Children of each lane, so that costly templates cannot take all cores.
_QUICK_CHILDREN_MAX: Final = 2
_SLOW_CHILDREN_MAX: Final = 1

#: Attributes that MiniJinja gives of a list or dictionary beside its keys: a method shows its address, and is rendered apart.
_METHODS = "|".join(sorted({name for kind in (dict, list) for name in dir(kind) if name[0] != "_"} | {"format"}))
# An index counts a text's characters from its start, without fuel: 1,000,000 of them in a loop held this process for minutes.
_NAME = rf"[A-Za-z_]\w*(?:\.(?!(?:{_METHODS})\b)[A-Za-z_]\w*|\[\d{{1,3}}\])*"
_FILTER = r"(?:safe|trim|upper|lower|title|capitalize|length|count|first|last|string|e|escape|int|float|tojson)"
_TERM = rf"{_NAME}(?:\s*\|\s*{_FILTER}\b(?:\(\))?)*"
_TEST = rf"(?:not\s+)?{_TERM}(?:\s+is\s+(?:not\s+)?(?:defined|none|undefined))?"
_STATEMENT = (
    rf"for\s+[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)?\s+in\s+{_NAME}(?:\.items\(\))?"
    rf"|(?:if|elif)\s+{_TEST}|else|endif|endfor"
)
_PLAIN_TAG = re.compile(rf"\{{\{{[-+]?\s*{_TERM}\s*[-+]?\}}\}}|\{{%[-+]?\s*(?:{_STATEMENT})\s*[-+]?%\}}")

_quick_lane = ThreadPoolExecutor(_QUICK_CHILDREN_MAX, thread_name_prefix="templates")
_slow_lane = ThreadPoolExecutor(_SLOW_CHILDREN_MAX, thread_name_prefix="slow-templates")
_of_thread = threading.local()


class _TooSlow(Exception):
    """The child did not end in its time. `is_starved`: most of it went by without a processor."""

    def __init__(self, is_starved: bool = False) -> None:
        super().__init__()
        self.is_starved = is_starved


async def render(source: str, values: Mapping[str, Any], *, escape_html: bool = False) -> str:
    """Render a template; raise BlockFailed saying what is wrong, ValueTooLarge where it or its text is too long."""
    if len(source) > TEMPLATE_CHARS_MAX:
        raise ValueTooLarge(f"The template has {len(source)} characters; at most {TEMPLATE_CHARS_MAX} are rendered.")
    text = None
    if len(source) <= _LITTLE_MAX and is_plain(source) and is_little(values):
        text = _render_here(source, dict(values), escape_html)
    if text is None:
        text = await _render_in_lanes([source, dict(values), escape_html])
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


def is_little(values: Mapping[str, Any]) -> bool:
    """Say whether values have so few characters and items that naming them costs next to nothing."""
    room = _LITTLE_MAX
    waiting: list[Any] = [values]
    while waiting and room >= 0:
        value = waiting.pop()
        if isinstance(value, str | list | dict):
            room -= len(value)
        if isinstance(value, list) and room >= 0:
            waiting += value
        elif isinstance(value, Mapping) and room >= 0:
            waiting += value
            waiting += value.values()
    return room >= 0


def _render_here(source: str, values: dict[str, Any], escape_html: bool) -> str | None:
    """Render in this process; give None where that is too much work for it."""
    try:
        return template_child.render_text(source, values, escape_html, _LITTLE_FUEL)
    except (minijinja.TemplateError, ValueError, TypeError) as error:
        if getattr(error, "kind", None) == "OutOfFuel":
            return None
        raise _failure(template_child.describe(error)) from error


def _failure(what: str) -> BlockFailed:
    return BlockFailed(f"The template cannot be rendered: {what}")


async def _render_in_lanes(request: list[Any]) -> str:
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_quick_lane, _render_quickly, request)
    except _TooSlow:
        pass  # It may be costly, hostile, or the machine is busy: the slow lane finds out.
    try:
        return await loop.run_in_executor(_slow_lane, _render_slowly, request)
    except _TooSlow as error:
        if error.is_starved:
            raise Unavailable("The machine is too busy to render the template in its time.") from error
        raise _failure("it takes too long.") from error


def _render_quickly(request: list[Any]) -> str:
    """Render in this thread's child; start one if it has none, leave none behind that did not answer."""
    child = getattr(_of_thread, "child", None)
    if child is None or child.poll() is not None:
        child = _of_thread.child = _start_child()
    try:
        return _text_of(_ask_within(child, request, QUICK_SECONDS_MAX))
    finally:
        if child.returncode is not None:
            _of_thread.child = None


def _render_slowly(request: list[Any]) -> str:
    """Render in a child of its own."""
    child = _start_child()
    try:
        return _text_of(_ask_within(child, request, SLOW_SECONDS_MAX))
    finally:
        if child.returncode is None:
            _end(child)


def _text_of(answer: list[Any] | None) -> str:
    is_ok, text = answer or (False, "it takes too much memory.")
    if not is_ok:
        raise _failure(text)
    return str(text)


def _ask_within(child: subprocess.Popen[bytes], request: list[Any], seconds: float) -> Any:
    """Give the child's answer, None where it died of the request; raise _TooSlow where it was ended for its time."""
    has_expired = threading.Event()

    def stop() -> None:
        has_expired.set()
        os.kill(child.pid, signal.SIGKILL)

    alarm = threading.Timer(seconds, stop)
    alarm.daemon = True
    alarm.start()
    try:
        answer = _ask(child, request)
    finally:
        alarm.cancel()
        alarm.join()  # so that it kills nobody who has the number after this child
    if answer is None or has_expired.is_set():
        busy_seconds = _end(child)
        if has_expired.is_set():
            raise _TooSlow(is_starved=busy_seconds < seconds / 4)
    return answer


def _start_child() -> subprocess.Popen[bytes]:
    """Start a renderer without our environment: it may hold secrets. It ends when its input is closed."""
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", template_child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
    except OSError as error:
        raise Unavailable(f"The process that renders templates cannot be started: {error}") from error
    # Its first answer says that it has begun: a busy machine's slow start is no template's fault.
    if _ask_within(child, ["", {}, False], _START_SECONDS_MAX) is None:
        raise Unavailable("The process that renders templates ended at once.")
    return child


def _ask(child: subprocess.Popen[bytes], request: list[Any]) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        template_child.write_message(child.stdin, request)
        return template_child.read_message(child.stdout)
    except (OSError, ValueError):
        return None


def _end(child: subprocess.Popen[bytes]) -> float:
    """End a child; give the processor's seconds that it had."""
    if child.returncode is not None:
        return 0.0
    os.kill(child.pid, signal.SIGKILL)
    for stream in (child.stdin, child.stdout):
        assert stream is not None
        try:
            stream.close()
        except OSError:
            pass  # What was still in its buffer cannot be sent to the dead.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime
