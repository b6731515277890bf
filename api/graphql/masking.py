"""Masking: what a client is told of an error, and the one line that the log has of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from api.call import Call
from api.errors import ErrorCode, as_known, code_of

log = structlog.get_logger()

#: Where GraphQL's own messages repeat what was sent, which may be a secret at the wrong place.
_VALUE: Final = re.compile(r"((?:represent [^:\n]{0,100}value|found):) .*", re.DOTALL)


class Masking(SchemaExtension):
    """Shows errors that are meant to be seen, with their code; of any other says only under which id the log has it."""

    def __init__(self) -> None:
        self._is_streamed = False

    def on_operation(self) -> Iterator[None]:
        self._is_streamed = False
        yield
        if not self._is_streamed:
            self._mask(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        self._is_streamed = True
        self._mask(result)
        yield

    def _mask(self, result: Any) -> None:
        errors = getattr(result, "errors", None)
        if errors:
            call: Call = self.execution_context.context
            result.errors = [shown(error, call.request_id) for error in errors]


def shown(error: GraphQLError, request_id: str) -> GraphQLError:
    """Give an error as the client may see it."""
    original = _cause(error)
    if original is None:
        # GraphQL's own, about the query; or one that was made to be seen.
        code = error.extensions.get("code", ErrorCode.BAD_USER_INPUT.value) if error.extensions else "BAD_USER_INPUT"
        message, fields = _VALUE.sub(r"\1 ...", error.message)[:2_000], {}
    else:
        known = as_known(original)
        code = ErrorCode.INTERNAL.value if known is None else code_of(known).value
        message = "Something went wrong on our side." if known is None else known.message
        fields = {} if known is None else {"problems": known.fields["problems"]} if "problems" in known.fields else {}
    extensions = {"code": code, "requestId": request_id, **fields}
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)


def log_errors(errors: list[GraphQLError], call: Any) -> None:
    """Write one line for an operation that failed, however many errors it has: no query, no arguments."""
    causes = [_cause(one) for one in errors]
    strange = [cause for cause in causes if cause is not None and as_known(cause) is None]
    codes = sorted({_code(one) for one in errors})
    request_id = getattr(call, "request_id", None)
    if strange:
        log.error("operation failed", request=request_id, codes=codes, errors=len(errors), exc_info=strange[0])
    else:
        log.info("operation refused", request=request_id, codes=codes, errors=len(errors))


def _cause(error: GraphQLError) -> Exception | None:
    """Give what was raised by our code; None where it is GraphQL's own, as of an argument that does not fit."""
    cause = error.original_error
    return None if isinstance(cause, GraphQLError) else cause


def _code(error: GraphQLError) -> str:
    cause = _cause(error)
    if cause is None:
        return str((error.extensions or {}).get("code", "BAD_USER_INPUT"))
    known = as_known(cause)
    return ErrorCode.INTERNAL.value if known is None else code_of(known).value
