"""How long the workflow waits for who works for it, and how it tries again; constants only."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

#: A worker's death is noticed after this; workers beat every second.
HEARTBEAT_TIMEOUT: Final = timedelta(seconds=5)
#: Failures of blocks are counted and decided by the activity; what is left is the world's, and is tried for ever.
ACTIVITY_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=15)
)
