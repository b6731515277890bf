"""Rendering one template with MiniJinja, and the loop of the child process that does it; imports nothing of Drystone.

Fuel bounds what MiniJinja itself counts. It does not count what it hands to Python or computes lazily:
doubling a list in a loop hangs, `'{:1000000000000}'.format(1)` aborts the process, a list appended to itself
overflows the stack (MiniJinja 3.1). So `blocks.sdk.templates` renders only plain templates in its own
process, and all others here, where a limit of memory holds and a hang is ended by a kill. This file is run as
a script (`python -I`), hence no imports from the packages around it.

A request is a line `<size>\\n` and so many bytes of JSON [source, values, escape_html]; the answer is the
same, [is_ok, text].
"""

from __future__ import annotations

import html
import json
import resource
import sys
from typing import IO, Any

import minijinja

#: MiniJinja instructions of one render, long texts counting for more: a plain loop over 100,000 rows.
FUEL = 1_500_000
#: Address space of the child. Python and MiniJinja take 30 MB of it; the largest value, copied a few times, the rest.
_MEMORY_BYTES_MAX = 256 * 1024 * 1024
_INDENT_MAX = 64
#: Characters of the margin that `indent` puts before each line; the memory's limit bounds the whole.
_MARGIN_MAX = 200


def render_text(source: str, values: dict[str, Any], escape_html: bool, fuel: int = FUEL) -> str:
    """Render a template; raise minijinja.TemplateError, or what a filter raises."""
    environment = minijinja.Environment(
        fuel=fuel,
        filters=_FILTERS,
        auto_escape_callback=_always if escape_html else _never,
    )
    environment.remove_global("debug")  # It prints every value of the context.
    text = environment.render_str(source, **values)
    return _spell_as_jinja(text) if escape_html else text


def _always(_name: str) -> bool:
    return True


def _never(_name: str) -> bool:
    return False


def _spell_as_jinja(text: str) -> str:
    """Write the escapes as Jinja does: MiniJinja's mean the same in HTML, but it escapes the slash of each address."""
    return text.replace("&#x2f;", "/").replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _escape(value: Any) -> Any:
    if hasattr(value, "__html__"):
        return value
    return _force_escape(value)


def _force_escape(value: Any) -> Any:
    # An undefined variable comes as None; Jinja shows it as nothing.
    text = "" if value is None else str(value)
    return minijinja.safe(html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;"))


def _to_json(value: Any, indent: int | None = None) -> Any:
    """Give JSON as Jinja's filter does: keys sorted, ASCII only, safe inside HTML."""
    if indent is not None and not 0 <= indent <= _INDENT_MAX:
        raise ValueError(f"tojson: the indent must be from 0 to {_INDENT_MAX}.")
    text = json.dumps(value, sort_keys=True, indent=indent)
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return minijinja.safe(text)


def _truncate(value: str, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5) -> str:
    if len(value) <= length + leeway:
        return value
    cut = value[: max(0, length - len(end))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def _center(value: str, width: int = 80) -> str:
    return value.center(min(width, 10_000))


def _indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Indent all lines but the first, and keep the line break at the end, which MiniJinja's own filter drops."""
    margin = width if isinstance(width, str) else " " * width
    if len(margin) > _MARGIN_MAX:
        raise ValueError(f"indent: the width must be at most {_MARGIN_MAX}.")
    lines = f"{value}\n".splitlines()
    indented = [margin + line if line or blank else line for line in lines[1:]]
    return "\n".join([margin + lines[0] if first else lines[0], *indented])


def _count_words(value: str) -> int:
    return len(value.split())


_FILTERS: dict[str, Any] = {
    "e": _escape,
    "escape": _escape,
    "forceescape": _force_escape,
    "tojson": _to_json,
    "truncate": _truncate,
    "center": _center,
    "indent": _indent,
    "wordcount": _count_words,
}


def describe(error: BaseException) -> str:
    """Say in one line what is wrong with a template."""
    first = str(error).partition("\n")[0] or type(error).__name__
    return first.replace(" (in <string>:", " (line ").replace("engine ran out of fuel", "it does too much work")


def main() -> None:
    """Answer requests until the parent closes its end."""
    _limit_memory()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (request := read_message(source)) is not None:
        try:
            answer = [True, render_text(*request)]
        except Exception as error:  # noqa: BLE001 - the parent turns whatever it is into a failure of the block
            answer = [False, describe(error)]
        write_message(sink, answer)


def _limit_memory() -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return  # Some systems have no such limit; the parent's time limit holds there alone.


def read_message(source: IO[bytes]) -> Any:
    """Read one message; None at the end of the stream, even in the middle of a message."""
    size = source.readline()
    if not size.endswith(b"\n"):
        return None
    data = source.read(int(size))
    return json.loads(data) if len(data) == int(size) else None


def write_message(sink: IO[bytes], message: Any) -> None:
    """Write one message and flush it."""
    data = json.dumps(message).encode()
    sink.write(b"%d\n" % len(data))
    sink.write(data)
    sink.flush()


if __name__ == "__main__":
    main()
