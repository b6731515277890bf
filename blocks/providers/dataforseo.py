"""DataForSEO's API v3, https://docs.dataforseo.com/v3: what people search for. One signs in by name and password."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import UserPassword
from blocks.sdk.providers import Provider
from blocks.sdk.rest import found_at

#: What the whole answer, and each task in it, has for success.
OK: Final = 20000


def _failure(answer: Any) -> str | None:
    """A refusal may come with status 200: the answer, and its one task, have codes of their own."""
    for place in ((), ("tasks", "0")):
        found = found_at(answer, place)
        code = found.get("status_code") if isinstance(found, dict) else None
        if code is not None and code != OK:
            return f"{found.get('status_message') or 'no reason is given'} ({code})"
    return None


DATAFORSEO: Final = Provider(
    name="dataforseo",
    title="DataForSEO",
    base_url="https://api.dataforseo.com/v3",
    error_at=("status_message",),
    failure=_failure,
    refusals={402: "DataForSEO's account cannot pay for it: {said}"},
)
DataforseoCredentials = Annotated[UserPassword, DATAFORSEO.field()]
