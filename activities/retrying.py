"""The retry table: which errors are tried again, by whose count, and after how long; it calls nothing.

| what failed | tried again | counts as |
|---|---|---|
| a block, with an error that `is_transient` | by the node's policy, or after Retry-After | an attempt of the node |
| a block, with any other error | no | the node fails |
| the world under the worker: PostgreSQL, the object store, Temporal's frontend | for ever, 0.5 s to 15 s apart | nothing |
| the worker (killed, or silent for five seconds) | at once | a death; the node is blamed after ten |
| an attempt that a newer one outbid | no | nothing: the newer one answers |

Temporal waits for an execution that has a dispatch of its own. One of several that share a dispatch is handed back, so that it
keeps none of them waiting, and is dispatched by itself; what is then left of its wait (`wait_left`) Temporal waits for, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from schema.errors import DrystoneError, Fenced, Unavailable
from schema.graph import Retry as RetryPolicy

#: Failures of the world: none of them says anything about the node.
WORLD_ERRORS: Final = (SQLAlchemyError, OSError, RPCError, Unavailable, PoolTimeout, TimeoutError)


class Retry(Exception):
    """The node is to be tried again by its policy."""

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.seconds = seconds


def wait_seconds(policy: RetryPolicy, failures: int, error: DrystoneError) -> float:
    """Give how long to wait after so many failures: what the service asked for, else the policy's growing wait."""
    asked = getattr(error, "retry_after_seconds", None)
    if asked is not None:
        return float(min(asked, 3600.0))
    return float(min(policy.first_wait_seconds * policy.backoff**failures, policy.longest_wait_seconds))


def wait_left(attempt: Mapping[str, Any] | None) -> Retry | None:
    """Give the wait that is left after an attempt that failed, as the ledger has it; None: it is over, or there is none.

    By the clock of whoever asks: a clock that is behind makes it no longer than it was.
    """
    if attempt is None or not attempt.get("wait_seconds"):
        return None
    seconds = float(attempt["wait_seconds"])
    left = min(seconds, seconds - (datetime.now(UTC) - datetime.fromisoformat(attempt["ended_at"])).total_seconds())
    return Retry(attempt["error"]["code"], attempt["error"]["message"], left) if left > 0 else None


def as_failure(error: BaseException) -> ApplicationError:
    """Give the failure that tells Temporal what to do about an error of an activity."""
    if isinstance(error, Retry):
        return ApplicationError(
            error.message,
            type=error.code,
            next_retry_delay=timedelta(seconds=max(0.001, error.seconds)),
        )
    if isinstance(error, Fenced):
        return ApplicationError(error.message, type=error.code, non_retryable=True)
    if is_final_database_error(error):
        return ApplicationError(
            f"The database refused a row: {type(error).__name__}", type="INTERNAL", non_retryable=True
        )
    code = error.code if isinstance(error, Unavailable) else Unavailable.code
    return ApplicationError(f"{type(error).__name__}: {str(error)[:500]}", type=code)


def is_final_database_error(error: BaseException) -> bool:
    """Say whether the database refused the data itself (SQLSTATE 22 and 23): trying again would give the same. A refused
    statement (42) is a fault of ours or of a half-done upgrade: what waits for its mend loses nothing."""
    is_answer = isinstance(error, DBAPIError) and not isinstance(error, OperationalError | InterfaceError)
    state = str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")
    return is_answer and state[:2] in ("22", "23")


def is_workflow_unknown(error: RPCError) -> bool:
    """Say whether Temporal answered that it does not have this workflow. NOT_FOUND alone does not say so: a namespace that is
    not there, or not yet, gives the same status."""
    details = error.grpc_status.details
    is_namespace = any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
    return error.status is RPCStatusCode.NOT_FOUND and not is_namespace
