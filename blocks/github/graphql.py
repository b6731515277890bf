"""GitHub's GraphQL API, https://docs.github.com/en/graphql: asking it, and telling its refusals; it makes no query itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from blocks.sdk.rest import Answer, Api
from schema.errors import BlockFailed, CredentialUnusable, RateLimited, shorten

_PATH: Final = "graphql:/graphql"
_WORDS_CHARS_MAX: Final = 500
_NOT_ALLOWED: Final = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})


async def ask(api: Api, query: str, variables: Mapping[str, Any]) -> Any:
    """Give the data that answers a query, or a mutation that may be done twice. A refusal comes with status 200."""
    body = {"query": query, "variables": dict(variables)}
    answer = await api.call("POST", _PATH, json=body, is_repeatable=True)
    content = answer.content if isinstance(answer.content, dict) else {}
    if content.get("errors"):
        raise _refusal(content["errors"], api, answer)
    if not isinstance(content.get("data"), dict):
        raise BlockFailed("GitHub answered a query with no data.")
    return content["data"]


def _refusal(errors: Any, api: Api, answer: Answer) -> Exception:
    rows = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    said = shorten("; ".join(str(one.get("message", "")) for one in rows), _WORDS_CHARS_MAX)
    kinds = {str(one.get("type")) for one in rows}
    if "RATE_LIMITED" in kinds:
        reset = answer.headers.get("x-ratelimit-reset", "")
        wait = max(0.0, float(reset[:12]) - api.context.now().timestamp()) if reset.isdecimal() else None
        return RateLimited(f"GitHub answered: {said}", retry_after_seconds=wait)
    if kinds & _NOT_ALLOWED:
        return CredentialUnusable(f"GitHub does not let the credential do that: {said}")
    return BlockFailed(f"GitHub refused: {said}")
