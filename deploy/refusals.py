"""What the API says no with, as errors of ours: whose fault it is, and where in the graph; it asks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from deploy.place import Address
from schema.errors import DrystoneError

#: Codes of what the API cannot do now; it is asked again.
_AWAY: Final = frozenset({"UNAVAILABLE", "SCAN_UNAVAILABLE", "RATE_LIMITED"})
#: Codes of what it could not do, and would not do if it were asked again.
_FAILED: Final = frozenset({"INTERNAL", "TIMEOUT", "KEY_MISSING"})
_AWAY_STATUSES: Final = frozenset({429, 502, 503, 504})
#: A caller who asked too often may ask again in the next minute.
_RATE_SECONDS: Final = 75.0


class ApiRefused(DrystoneError):
    """The API refused it."""

    code = "API_REFUSED"
    fault = "theirs"

    @property
    def reason(self) -> str:
        """Give the API's own code."""
        return str(self.fields.get("reason", ""))


class ApiFailed(DrystoneError):
    """The API could not do it."""

    code = "API_FAILED"
    fault = "world"


class ApiAway(ApiFailed):
    """The API does not answer."""

    code = "API_AWAY"
    #: For how long it is worth asking again.
    patience_seconds: float = 0.0


def error_of(problems: Sequence[dict[str, Any]]) -> DrystoneError:
    """Give what a payload says of an input that it refused: each problem in a line, with its place and what to do."""
    codes = [str(one["code"]) for one in problems]
    return _made(codes[0], "\n".join(_line(one) for one in problems))


def failure_of(errors: Sequence[dict[str, Any]], address: Address | None = None) -> DrystoneError:
    """Give GraphQL's own errors as one of ours."""
    codes = [str(one.get("extensions", {}).get("code", "INTERNAL")) for one in errors]
    messages = dict.fromkeys(str(one.get("message", "")) for one in errors)
    return _made(codes[0], "\n".join(messages), address)


def refused_status(status: int, content: bytes, address: Address) -> DrystoneError:
    """Give what an answer that is an error says."""
    try:
        errors = orjson.loads(content)["errors"]
        found = failure_of(errors, address)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError):
        said = f"{address.url} does not answer as Drystone's API does: HTTP status {status}."
        found = ApiFailed(said) if status >= 500 else ApiRefused(said, reason="BAD_USER_INPUT")
    if status in _AWAY_STATUSES and not isinstance(found, ApiAway):
        return ApiAway(f"The API at {address.url} cannot answer now: HTTP status {status}.")
    return found


def _made(code: str, message: str, address: Address | None = None) -> DrystoneError:
    if code in _AWAY:
        away = ApiAway(message, reason=code)
        away.patience_seconds = _RATE_SECONDS if code == "RATE_LIMITED" else 0.0
        return away
    if code in _FAILED:
        return ApiFailed(message, reason=code)
    if code == "UNAUTHENTICATED" and address is not None:
        message = f"The API at {address.url} does not know the caller: {message} {address.advice}"
    return ApiRefused(message, reason=code)


def _line(problem: dict[str, Any]) -> str:
    """Give a problem as a line: where, what, and what to do."""
    places = [f"{word} {problem[key]}" for word, key in (("node", "nodeId"), ("pin", "pin")) if problem.get(key)]
    path = problem.get("path")
    if not places and path:
        places = [".".join(path)]
    where = f"{', '.join(places)}: " if places else ""
    remedy = f" {problem['remedy']}" if problem.get("remedy") else ""
    return f"{where}{problem['message']}{remedy}"
