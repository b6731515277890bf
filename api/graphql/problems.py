"""Problems: what a mutation's payload says of an input that it refused; every code is from the closed list."""

from __future__ import annotations

import strawberry

from api.errors import ErrorCode, code_of, problems_of
from schema.errors import DrystoneError

ErrorCodeEnum = strawberry.enum(ErrorCode, name="ErrorCode", description="Every code that an error can have.")


@strawberry.type(description="Why a mutation did nothing. Of several, each says where and what to do.")
class Problem:
    code: ErrorCodeEnum  # type: ignore[valid-type]
    message: str
    path: list[str] = strawberry.field(default_factory=list, description="Where in the input.")
    reason: str | None = strawberry.field(default=None, description="A finer code, such as DANGLING_LINK of a graph.")
    node_id: str | None = strawberry.field(default=None, description="The node of the graph, as its file names it.")
    pin: str | None = None
    link_id: str | None = None
    remedy: str | None = strawberry.field(default=None, description="What to do about it.")


@strawberry.interface(description="What every mutation gives: what it made, or why it did not.")
class Payload:
    errors: list[Problem] = strawberry.field(default_factory=list, description="Empty where the mutation was done.")


def problems(error: DrystoneError) -> list[Problem]:
    """Give an error of ours as the problems that a payload has."""
    code = code_of(error)
    return [Problem(code=code, **one) for one in problems_of(error)]
