"""The corpus on disk: a file for each recorded history, `<case>[-inner][-<number>].json.gz`; it never replaces one.

`-inner` is the child of the case's run, and the number a run's place in its chain of continue-as-new. What a history says of the
machine that it was recorded on (the identities of processes, stack traces) is left out: a replay reads neither.

A history is protobuf as Temporal's own tools show it in JSON, so a person can read it: `zcat FILE | python -m json.tool`.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from temporalio.client import WorkflowHistory

FOLDER: Final = Path(__file__).parent / "histories"
#: A process as Temporal's clients name themselves, and as sticky queues are named after it: pid@host.
PROCESS: Final = re.compile(r"\d+@[\w.-]+")


def names() -> list[str]:
    """Give the name of every history."""
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))


def case_of(name: str) -> str:
    return name.partition("-")[0]


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json.gz"


def text_of(name: str) -> str:
    return gzip.decompress(path_of(name).read_bytes()).decode()


@cache
def read(name: str) -> WorkflowHistory:
    """Give a history as it was fetched from the server; nobody changes it."""
    events = orjson.loads(text_of(name))
    workflow_id = events["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, events)


def write(name: str, history: WorkflowHistory) -> None:
    """Keep a history; raise FileExistsError where there is one of this name: it is a promise to runs that exist."""
    text = orjson.dumps(scrubbed(orjson.loads(history.to_json())), option=orjson.OPT_SORT_KEYS)
    FOLDER.mkdir(exist_ok=True)
    with path_of(name).open("xb") as file:
        file.write(gzip.compress(text, mtime=0))


def scrubbed(part: Any) -> Any:
    """Give a part of a history without processes and stack traces. Payloads are base64, which has no @: they stay as they are."""
    if isinstance(part, dict):
        return {key: scrubbed(value) for key, value in part.items() if key != "stackTrace"}
    if isinstance(part, list):
        return [scrubbed(value) for value in part]
    return PROCESS.sub("worker", part) if isinstance(part, str) else part
