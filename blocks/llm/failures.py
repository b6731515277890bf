"""What a provider's refusal means, as one of our errors; its words are told, a secret never is.

Both SDKs have the same tree of errors, so it is read by its fields and this imports neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from blocks.llm.endpoints import Endpoint
from blocks.sdk.addresses import parse_url
from blocks.sdk.answers import retry_after_seconds
from schema.errors import (
    BlockFailed,
    CredentialUnusable,
    DrystoneError,
    EgressRefused,
    RateLimited,
    Unavailable,
    shorten,
)

#: Characters of a provider's own words that an error repeats.
_WORDS_CHARS_MAX: Final = 500
#: Statuses of a world that is busy: what was asked may be asked again. 409 is a lock of the provider's.
_BUSY: Final = frozenset({408, 409, 425})
#: What reading an answer raises that is made otherwise than its provider's documentation says.
_NOT_OF_THE_PROTOCOL: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
#: A quota that is used up answers 429, too; waiting does not help.
_QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_error"})


def failure_of(error: Exception, endpoint: Endpoint, now: datetime) -> DrystoneError:
    """Give our error for what an SDK raised."""
    provider, secret = endpoint.provider, endpoint.key
    ours = _cause(error)
    if isinstance(ours, EgressRefused):
        authority = parse_url(endpoint.base_url).authority
        return EgressRefused(
            f"{ours.message} To let models be asked there, the operator adds {authority} to DRYSTONE_EGRESS_ALLOW."
        )
    if ours is not None:
        return ours
    response = getattr(error, "response", None)
    if response is None or response.status_code < 400:
        return _of_stream(error, provider, secret)
    status, words = int(response.status_code), _words(error, secret)
    wait = retry_after_seconds(response.headers.get("retry-after", ""), now)
    if status == 429 and not _is_quota(error):
        return RateLimited(f"{provider} asks to be called less often{words}", retry_after_seconds=wait, status=status)
    if status >= 500 or status in _BUSY:
        return Unavailable(f"{provider} answered {status}{words}", retry_after_seconds=wait, status=status)
    if status in (401, 403):
        return CredentialUnusable(
            f"{provider} does not accept the credential{words} Check that its key is valid and may use the model."
        )
    return BlockFailed(f"{provider} refused the request ({status}){words}")


def no_answer(made: Mapping[str, Any], endpoint: Endpoint) -> Unavailable:
    """Give the error for an answer that was none: some say in it why."""
    said = _inner(made).get("message")
    words = f": {_safe(said, endpoint.key)}" if isinstance(said, str) and said.strip() else "."
    return Unavailable(f"{endpoint.provider} gave an answer without a message{words}")


def _cause(error: BaseException | None) -> DrystoneError | None:
    """Find what the guarded way out said: an SDK raises it as a connection error of its own."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, DrystoneError):
            return error
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def _of_stream(error: Exception, provider: str, secret: str) -> DrystoneError:
    """Judge an error without a response: the connection's, or one that came in the middle of a stream."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping):
        kind = str(_inner(body).get("type") or _inner(body).get("code") or "")
        if "rate_limit" in kind:
            return RateLimited(f"{provider} asks to be called less often{_words(error, secret)}")
        if "invalid" in kind:
            return BlockFailed(f"{provider} stopped its answer{_words(error, secret)}")
        return Unavailable(f"{provider} broke off its answer{_words(error, secret)}")
    if isinstance(error, _NOT_OF_THE_PROTOCOL):
        return Unavailable(f"{provider} answered what is not of its protocol.")
    what = str(error.__cause__ or error) or type(error).__name__
    return Unavailable(f"{provider} could not be asked: {_safe(what, secret)}")


def _is_quota(error: Exception) -> bool:
    inner = _inner(getattr(error, "body", None))
    return bool(_QUOTA & {str(inner.get("code")), str(inner.get("type"))})


def _inner(body: Any) -> Mapping[str, Any]:
    """Give the error itself: `{"error": {...}}` and the bare form are both about."""
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _words(error: Exception, secret: str) -> str:
    """Give what a provider says of a refusal, as the end of a sentence."""
    body = getattr(error, "body", None)
    said = _inner(body).get("message") or (body.get("error") if isinstance(body, Mapping) else None)
    return f": {_safe(said, secret).rstrip('.')}." if isinstance(said, str) and said.strip() else "."


def _safe(text: str, secret: str) -> str:
    """Cut a text, without the key: a provider that refuses one likes to repeat it."""
    clean = text.replace(secret, "***") if secret else text
    return shorten(clean.strip(), _WORDS_CHARS_MAX)
