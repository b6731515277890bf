"""Problems of REST routes: an error as RFC 9457 has it, with the code that GraphQL has; it decides no status but by the code."""

from __future__ import annotations

from math import ceil
from typing import Any, Final

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.errors import ErrorCode, as_known, code_of
from schema.errors import DrystoneError, Unavailable

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
#: What an HTTP client is told by the status alone; every other code is 400.
STATUSES: Final = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.VALUE_TOO_LARGE: 413,
    ErrorCode.INVALID_RUN_INPUT: 422,
    ErrorCode.INVALID_GRAPH: 422,
    ErrorCode.MISSING_CREDENTIALS: 422,
    ErrorCode.FILE_REFUSED: 422,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.SCAN_UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 504,
}
TITLES: Final = {
    400: "The request cannot be understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not there",
    409: "Changed or used meanwhile",
    413: "Too large",
    422: "Understood, and refused",
    429: "Too many requests",
    500: "Our fault",
    503: "Unavailable for now",
    504: "Took too long",
}
#: What a client is told in headers: how to sign in (RFC 9110, 11.6.1), and after how many seconds it may try again.
_HEADERS: Final = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}, 503: {"Retry-After": "5"}}


class ProblemItem(BaseModel):
    """One problem, in the shape of GraphQL's errors."""

    message: str
    extensions: dict[str, Any] = Field(description="`code`, and `path` where it is about a part of the request.")


class ProblemAnswer(BaseModel):
    """What is wrong: RFC 9457, with members of ours."""

    type: str = Field("about:blank", description="No page of its own: `code` says which problem it is.")
    title: str
    status: int
    detail: str = Field(description="What is wrong with this request, for a person.")
    code: ErrorCode = Field(description="Which problem it is, for a program; the codes of GraphQL.")
    message: str = Field(description="The same as `detail`, as the Agent Protocol has it.")
    errors: list[ProblemItem] = Field(description="Each problem, in the shape of GraphQL's errors.")


def answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Give the OpenAPI description of a route's problems, by status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
    return {code: {"description": TITLES[code], "content": content} for code in codes}


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error outside GraphQL, in the shape that GraphQL clients read, too."""
    known = as_known(error)
    if known is None:
        log.error("request failed", method=request.method, path=request.scope["path"], exc_info=error)
        return problem(request, ErrorCode.INTERNAL, 500, "Something went wrong on our side.")
    code = code_of(known)
    if known.fault == "world":
        log.warning("request failed for now", code=code.value, error=type(error).__name__, path=request.scope["path"])
    answer = problem(request, code, STATUSES.get(code, 400), known.message, _items(known, code))
    if isinstance(known, Unavailable) and known.retry_after_seconds is not None and "retry-after" in answer.headers:
        answer.headers["Retry-After"] = str(max(1, ceil(known.retry_after_seconds)))
    return answer


async def answer_fault(request: Request, _error: Exception) -> JSONResponse:
    """Answer what nobody foresaw. The server logs it, with its stack: Starlette raises it again behind this."""
    return problem(request, ErrorCode.INTERNAL, 500, "Something went wrong on our side.")


async def answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose body or path has not the form that its route declares. What was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    found = [(".".join(str(part) for part in one["loc"]), str(one["msg"])) for one in error.errors()[:20]]
    items = [
        ProblemItem(message=message, extensions={"code": ErrorCode.BAD_USER_INPUT.value, "path": path.split(".")})
        for path, message in found
    ]
    detail = " ".join(f"{path}: {message}." for path, message in found)
    return problem(request, ErrorCode.BAD_USER_INPUT, 422, detail[:2_000], items)


def problem(
    request: Request, code: ErrorCode, status: int, detail: str, items: list[ProblemItem] | None = None
) -> JSONResponse:
    """Give the answer that tells a problem."""
    body = ProblemAnswer(
        type="about:blank",
        title=TITLES.get(status, "Refused"),
        status=status,
        detail=detail,
        code=code,
        message=detail,
        errors=items or [ProblemItem(message=detail, extensions={"code": code.value})],
    )
    headers = _HEADERS.get(status, {})
    # GraphQL over HTTP knows no other type for what a gateway or a server refuses before the operation.
    media_type = "application/json" if request.scope["path"] == "/graphql" else MEDIA_TYPE
    return JSONResponse(body.model_dump(mode="json"), status, headers, media_type)


def _items(error: DrystoneError, code: ErrorCode) -> list[ProblemItem]:
    named = error.fields.get("problems")
    if not isinstance(named, list) or not named:
        return [ProblemItem(message=error.message, extensions={"code": code.value})]
    return [
        ProblemItem(
            message=str(one.get("message", error.message)),
            extensions={"code": code.value, "path": [str(one["input"])] if "input" in one else []},
        )
        for one in named
    ]
