"""Logs: every line of a process is one JSON object, whoever wrote it, without the secrets of whoever it was written for.

Our own lines, those of libraries, warnings, what nobody caught, and what Temporal's SDK says in its own threads take the same way:
values are bound in length, searched for the secrets of the execution that the line was written in (`activities.scrubbing`), and
written as ASCII, in which a line break, an escape sequence or any other character is an escape within the line.
"""

from __future__ import annotations

import atexit
import json
import logging
import sys
import threading
from collections.abc import MutableMapping
from math import isfinite
from types import TracebackType
from typing import Any, Final

import structlog

from activities.scrubbing import scrub_for_log
from deploy.settings import Settings
from deploy.telemetry_sink import LogSink

#: Characters of one value; of a traceback the end says most.
VALUE_CHARS_MAX: Final = 8_000
_KEPT: Final = (str, int, float, bool, type(None))
_DELETE: Final = "\x7f"

Event = MutableMapping[str, Any]


def configure_logs(settings: Settings, sink: LogSink | None = None) -> LogSink:
    """Log to standard error: JSON, one object a line, or for a person. Give where the lines go."""
    sink = sink or LogSink()
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    render: Any = render_json if settings.log_json else structlog.dev.ConsoleRenderer()
    end: list[Any] = [structlog.processors.format_exc_info, tidy, render]
    begin: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sink),  # type: ignore[arg-type]
    )
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*begin, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
            keep_exc_info=False,
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    # A line that cannot be formatted is not worth a traceback on an output that may be full.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    # It says so at each span, which is the hot path; what was not sent is counted (`deploy.telemetry_spans`).
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    _log_what_nobody_caught()
    atexit.register(sink.close)
    return sink


def log_end(text: str) -> None:
    """Log why a process ends that should not."""
    structlog.get_logger().critical("the process ends", error=text)


def tidy(_logger: Any, _name: str, event: Event) -> Event:
    """Give a line whose values are plain, of bounded length, and without secrets."""
    plain = {str(key): _plain(value) for key, value in event.items()}
    found: dict[str, Any] = scrub_for_log(plain)
    return {key: _short(value, is_end=key == "exception") for key, value in found.items()}


def render_json(_logger: Any, _name: str, event: Event) -> str:
    """Give a line as one JSON object in ASCII."""
    return json.dumps(event, default=repr, skipkeys=True).replace(_DELETE, "\\u007f")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # JSON has no such number.
    if isinstance(value, _KEPT):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - its __str__ is anybody's code, and a line of the log is worth no failure
        return f"(its text cannot be had: {type(error).__name__})"


def _short(value: Any, *, is_end: bool) -> Any:
    text = json.dumps(value, default=repr) if isinstance(value, list | dict) else value
    if not isinstance(text, str) or len(text) <= VALUE_CHARS_MAX:
        return value
    return f"...{text[-VALUE_CHARS_MAX:]}" if is_end else f"{text[:VALUE_CHARS_MAX]}..."


def _log_what_nobody_caught() -> None:
    """Have the interpreter say in a line of the log what it would print."""
    log = structlog.get_logger()

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("nobody caught an error", exc_info=(kind, error, trace))

    def tell_of_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            log.error("a thread ended with an error", exc_info=(told.exc_type, told.exc_value, told.exc_traceback))

    def tell_of_unraisable(told: Any) -> None:
        log.error("an error could not be raised", where=repr(told.object)[:200], exc_info=told.exc_value)

    sys.excepthook = tell
    threading.excepthook = tell_of_thread
    sys.unraisablehook = tell_of_unraisable
