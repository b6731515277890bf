"""What a sandbox says of a run, read with distrust: the code inside can write any of it; it opens no file of this machine."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

#: What a result may have besides its text, and of which type.
_TEXTS: Final = ("text", "html", "markdown", "svg", "png", "jpeg", "latex")
#: Results of one run: each `display` makes one.
_RESULTS_MAX: Final = 1_000


@dataclass(frozen=True)
class CodeError:
    """An exception in the code, or the end of its process."""

    type: str
    message: str
    trace: str = ""


@dataclass(frozen=True)
class FailedCommand:
    """The set-up command that failed, with the end of what it wrote."""

    command: str
    status: int
    said: str


@dataclass
class Report:
    """What was said. `has_ended` is False where the run was over before the code was."""

    has_ended: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    error: CodeError | None = None
    failed: FailedCommand | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: int = 0


def read_report(data: bytes) -> Report:
    """Read what can be read, and leave out the rest."""
    report = Report()
    for line in data.splitlines():
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(told, dict):
            _take(told, report)
    return report


def _take(told: Mapping[str, Any], report: Report) -> None:
    cell, failed, files = told.get("cell"), told.get("set_up"), told.get("files")
    if isinstance(failed, dict):
        report.failed = FailedCommand(str(failed.get("command")), _int(failed.get("status")), str(failed.get("said")))
    if isinstance(cell, dict):
        report.has_ended = True
        report.results, report.error = _results(cell.get("results")), _error(cell.get("error"))
    if isinstance(files, list):
        report.files = dict(one for one in map(_file, files) if one is not None)
        report.left_out = _int(told.get("left_out"))


def _results(given: Any) -> list[dict[str, Any]]:
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [_result(row) for row in rows[:_RESULTS_MAX]]


def _result(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a result: what it shows itself as, by the names that a notebook's formats have."""
    found: dict[str, Any] = {name: clean(row[name]) for name in _TEXTS if isinstance(row.get(name), str)}
    if isinstance(row.get("json"), dict | list):
        found["json"] = row["json"]
    return {**found, "is_main_result": row.get("is_main_result") is True}


def _error(given: Any) -> CodeError | None:
    if not isinstance(given, dict):
        return None
    return CodeError(*(clean(str(given.get(name) or "")) for name in ("type", "message", "trace")))


def _file(row: Any) -> tuple[str, bytes] | None:
    if not (isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("data"), str)):
        return None
    try:
        return clean(row["name"]), base64.b64decode(row["data"], validate=True)
    except (binascii.Error, ValueError):
        return None


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0


def clean(text: str) -> str:
    """Give text that can be kept: NUL and lone surrogates replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
