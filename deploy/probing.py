"""The probe at start-up: a worker polls only a Temporal that has what it needs, and says what is missing; it changes nothing there.

Without the namespace or a search attribute no run could be started, so a worker waits, as it waits for servers that are away, until
an operator has done what it says. What only makes things worse is a warning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.fleet.fairness import fairness_findings
from api.fleet.temporal_server import setting_findings, vital_findings
from deploy.roles import Role
from deploy.settings import Settings
from deploy.stack import read_live
from schema.errors import shorten
from schema.findings import Finding, Severity

log = structlog.get_logger()
PAUSE_SECONDS: Final = 5.0
TEXT_CHARS_MAX: Final = 300
_UNANSWERED: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})


async def until_usable(
    client: Client, stopped: asyncio.Event, problems: list[str], pause_seconds: float = PAUSE_SECONDS
) -> bool:
    """Wait until Temporal has what is vital; False: the process is to end. What is missing is logged, and stands in `problems`."""
    said: list[str] = []
    while not stopped.is_set():
        found = await _missing(client)
        if not found:
            return True
        problems[:] = [f"{one} {remedy}" for one, remedy in found]
        if problems != said:
            said = list(problems)
            for what, remedy in found:
                log.error("the worker waits for what Temporal lacks", problem=what, remedy=remedy)
        try:
            async with asyncio.timeout(pause_seconds):
                await stopped.wait()
        except TimeoutError:
            continue
    return False


async def _missing(client: Client) -> list[tuple[str, str]]:
    try:
        return [(one.what, one.remedy) for one in await vital_findings(client)]
    except RPCError as error:
        if error.status in _UNANSWERED:
            return [(f"Temporal does not answer: {error.status.name}.", "Start it; it is waited for.")]
        what = f"Temporal does not say what it has: {error.status.name}: {shorten(error.message, TEXT_CHARS_MAX)}"
        return [
            (what, "Allow this worker DescribeNamespace, GetSystemInfo and ListSearchAttributes; it is waited for.")
        ]


async def warn_of_settings(client: Client, settings: Settings, roles: Iterable[Role]) -> None:
    """Log what of the server's settings makes things worse. Whether tenants take turns is tried out by starters, of which there are
    few, and not in an embedded stack, whose settings are ours."""
    try:
        found = await setting_findings(client)
        if Role.STARTER in roles and read_live(settings.data_dir) is None:
            found += await fairness_findings(client)
    except RPCError as error:
        log.info("Temporal's settings could not be looked at", error=error.message[:200])
        return
    for one in found:
        _warn(one)


def _warn(found: Finding) -> None:
    say = log.info if found.severity is Severity.INFO else log.warning
    say("a setting of Temporal", code=found.code.value, problem=found.what, remedy=found.remedy)
