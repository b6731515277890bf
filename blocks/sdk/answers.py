"""What a service's answer means: its JSON, or the error that its status stands for; no text of ours has a secret or a URL in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from blocks.sdk.context import HttpResponse
from schema.errors import BlockFailed, CredentialUnusable, RateLimited, Unavailable, shorten

#: Longest wait that a server's Retry-After is believed, in seconds: no node may run longer anyway.
RETRY_AFTER_SECONDS_MAX: Final = 24 * 3600.0
#: Characters of a service's own words that an error repeats.
_WORDS_CHARS_MAX: Final = 300


def json_answer(response: HttpResponse, service: str, now: datetime, refusals: Mapping[int, str] | None = None) -> Any:
    """Give the JSON of an answer of success.

    Raises RateLimited (429), Unavailable (5xx, or no JSON), CredentialUnusable (401, 403), BlockFailed for what else it
    refuses; `refusals` has what a status means here.
    """
    if response.status // 100 == 2:
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise Unavailable(f"{service} answered with what is no JSON.") from error
    if response.status == 429 or response.status >= 500:
        kind = RateLimited if response.status == 429 else Unavailable
        wait = retry_after_seconds(response.headers.get("retry-after", ""), now)
        raise kind(f"{service} answered {response.status}.", retry_after_seconds=wait, status=response.status)
    if refusals and response.status in refusals:
        raise BlockFailed(refusals[response.status])
    if response.status in (401, 403):
        raise CredentialUnusable(f"{service} does not accept the credential: check that it is valid and may do this.")
    raise BlockFailed(f"{service} refused the request ({response.status}){_words_of(response)}")


def _words_of(response: HttpResponse) -> str:
    """Give what a service says of a refusal, as the end of a sentence."""
    try:
        said = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return "."
    errors = said.get("errors") if isinstance(said, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else said
    words = first.get("message") or first.get("error") if isinstance(first, dict) else None
    return f": {shorten(words, _WORDS_CHARS_MAX)}" if isinstance(words, str) else "."


def retry_after_seconds(text: str, now: datetime) -> float | None:
    """Read a Retry-After header, a number of seconds or an HTTP date; None: it says nothing that can be read."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), RETRY_AFTER_SECONDS_MAX)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    if until.tzinfo is None:  # "-0000" is UTC, too
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), RETRY_AFTER_SECONDS_MAX)
