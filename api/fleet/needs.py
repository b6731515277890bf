"""What Drystone needs of the servers and the Python that it is given; constants only, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from schema.block import Queue
from workflows.names import ENGINE_QUEUE, PLATFORM_QUEUE

#: Every task queue that must have a poller.
QUEUES: Final = (ENGINE_QUEUE, PLATFORM_QUEUE, *(queue.value for queue in Queue))
WORKFLOW_QUEUES: Final = frozenset({ENGINE_QUEUE})

#: Priorities and fairness keys, worker versioning, and problems of workflow tasks as a search attribute: all measured with 1.32.
TEMPORAL_FLOOR: Final = "1.30"
#: `pg_current_xact_id` and what the planner does with our statements; measured with 18.4.
POSTGRESQL_FLOOR: Final = 15
PYTHON_FLOOR: Final = (3, 11)
#: How long Temporal must remember how a workflow ended: the reconciler may be away, with PostgreSQL, for so long.
RETENTION_MIN: Final = timedelta(days=1)
#: Payloads of one message: values of over 1 KB travel as handles, states of regions and plans as themselves.
PAYLOAD_BYTES_MIN: Final = 2 * 1024 * 1024

#: Settings of Temporal's server that a client cannot ask for, by their names in its dynamic configuration.
SETTINGS_UNSEEN: Final = (
    "history.transferProcessorMaxPollRPS",
    "history.maximumBufferedEventsBatch",
    "frontend.keepAliveTime",
    "frontend.keepAliveTimeout",
)

#: Distribution -> (the first version without a known hole, the advisory); security.md 0, and tests/tidy/test_floors.py.
PACKAGE_FLOORS: Final = {
    "strawberry-graphql": ("0.326.1", "CVE-2026-107728"),
    "starlette": ("1.0.1", "CVE-2026-48710, CVE-2025-62727"),
    "python-multipart": ("0.0.27", "CVE-2026-42561, CVE-2026-40347"),
    "cryptography": ("44.0.1", "CVE-2024-12797"),
    "h11": ("0.16.0", "CVE-2025-43859"),
    "temporalio": ("1.35.0", "what Drystone is tested with"),
}


def version_of(text: str) -> tuple[int, ...]:
    """Read the numbers that a version begins with: `1.32.0-rc.1` is (1, 32, 0)."""
    numbers: list[int] = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
