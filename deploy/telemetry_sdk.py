"""What Temporal's SDK measures and logs, from its own threads: the first is shown with ours, the second logged; it keeps neither.

The SDK serves its metrics itself, in Rust, on a port of loopback that this process alone asks: counting them here would cost
Python's time for each task and each request.
"""

from __future__ import annotations

import asyncio
import logging
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from deploy.stack import ports

_TRIES: Final = 5
_ANSWER_SECONDS: Final = 2.0


def begin_sdk(*, has_metrics: bool) -> str | None:
    """Make the SDK's runtime, before anything uses one; give where its metrics are."""
    level = TelemetryFilter(core_level="WARN", other_level="ERROR")
    logs = LoggingConfig(level, LogForwardingConfig(logging.getLogger("temporalio")))
    for _ in range(_TRIES if has_metrics else 0):
        address = f"127.0.0.1:{ports.choose()}"
        metrics = PrometheusConfig(address, counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True)
        try:
            runtime = Runtime(telemetry=TelemetryConfig(logging=logs, metrics=metrics))
        except (RuntimeError, ValueError):
            continue  # Somebody took the port meanwhile.
        Runtime.set_default(runtime, error_if_already_set=False)
        return f"http://{address}/metrics"
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=logs)), error_if_already_set=False)
    return None


async def sdk_page(url: str | None) -> bytes:
    """Give the SDK's metrics; nothing where it does not answer."""
    return b"" if url is None else await asyncio.to_thread(_page, url)


def _page(url: str) -> bytes:
    # By the plainest client: one that could do more makes ready for TLS each time, which holds the loop for tens of milliseconds.
    asked = urlsplit(url)
    connection = HTTPConnection(asked.hostname or "", asked.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", asked.path)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else b""
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()
