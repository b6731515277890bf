"""Errors of the edge: the codes that clients may rely on, and how an error of ours becomes one; it logs nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from schema.db.refusals import refusal_of
from schema.errors import DrystoneError, InvalidValue, Unavailable


class ErrorCode(StrEnum):
    """Every code that an error of this API can have. New ones may be added; none changes its meaning."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    INVALID_VALUE = "INVALID_VALUE"
    VALUE_TOO_LARGE = "VALUE_TOO_LARGE"
    INVALID_GRAPH = "INVALID_GRAPH"
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
    INVALID_RUN_INPUT = "INVALID_RUN_INPUT"
    MISSING_CREDENTIALS = "MISSING_CREDENTIALS"
    ACCESS_LOST = "ACCESS_LOST"
    CONTRACT_CHANGED = "CONTRACT_CHANGED"
    CREDENTIAL_UNUSABLE = "CREDENTIAL_UNUSABLE"
    CREDENTIAL_ENDED = "CREDENTIAL_ENDED"
    KEY_MISSING = "KEY_MISSING"
    INVALID_INPUT = "INVALID_INPUT"
    BLOCK_UNKNOWN = "BLOCK_UNKNOWN"
    BLOCK_FAILED = "BLOCK_FAILED"
    EGRESS_REFUSED = "EGRESS_REFUSED"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    FILE_REFUSED = "FILE_REFUSED"
    SCAN_UNAVAILABLE = "SCAN_UNAVAILABLE"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


CODES: Final = frozenset(code.value for code in ErrorCode)


class Unauthenticated(DrystoneError):
    """Sign in first: send a session token or an API key."""

    code = "UNAUTHENTICATED"
    fault = "theirs"


class Forbidden(DrystoneError):
    """Your role, or your key's scopes, do not allow this."""

    code = "FORBIDDEN"
    fault = "theirs"


class BadUserInput(DrystoneError):
    """An argument does not fit."""

    code = "BAD_USER_INPUT"
    fault = "theirs"


class BadCursor(DrystoneError):
    """The cursor is not one that this list gave."""

    code = "BAD_CURSOR"
    fault = "theirs"


class TooComplex(DrystoneError):
    """The query asks for too much at once."""

    code = "QUERY_TOO_COMPLEX"
    fault = "theirs"


class TooManyRequests(DrystoneError):
    """Too many requests; wait a little."""

    code = "RATE_LIMITED"
    fault = "theirs"


class OperationTimedOut(DrystoneError):
    """The operation took too long and was given up."""

    code = "TIMEOUT"
    fault = "world"


def as_known(error: BaseException) -> DrystoneError | None:
    """Give an error as one that may be shown: ours, or the database's of a kind that says something; else None."""
    if isinstance(error, DrystoneError):
        return error if error.fault != "ours" else None
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        if state in ("22021", "22P05"):  # Text that PostgreSQL cannot keep, such as NUL.
            return InvalidValue("A text has a character that cannot be kept.")
        refused = refusal_of(error.orig)
        return Unavailable() if refused is None else Unavailable(f"{refused}; trying again later may help.")
    if isinstance(error, PoolTimeout):
        return Unavailable("No connection to PostgreSQL came free in time; trying again later may help.")
    if isinstance(error, TimeoutError):
        return OperationTimedOut()
    if isinstance(error, RecursionError):
        return TooComplex()  # The parser's, of a query that nests without end.
    return Unavailable() if isinstance(error, SQLAlchemyError | OSError) else None


def code_of(error: DrystoneError) -> ErrorCode:
    """Give the public code of an error of ours."""
    return ErrorCode(error.code) if error.code in CODES else ErrorCode.INTERNAL


def problems_of(error: DrystoneError) -> list[dict[str, Any]]:
    """Give the single problems that an error names, or itself as the only one."""
    named = error.fields.get("problems")
    if not isinstance(named, list) or not named:
        return [{"message": error.message, "path": _path(error.fields)}]
    return [
        {
            "message": str(one.get("message", error.message)),
            "path": _path(one),
            "node_id": one.get("node_id"),
            "pin": one.get("pin") or one.get("input"),
            "link_id": one.get("link_id"),
            "remedy": one.get("remedy"),
            "reason": one.get("code"),
        }
        for one in named
    ]


def _path(fields: Any) -> list[str]:
    where = fields.get("where") or fields.get("input") or fields.get("pin")
    return str(where).split(".") if where else []
