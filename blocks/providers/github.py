"""GitHub's REST API, https://docs.github.com/en/rest, version 2022-11-28; and what its addresses say. It asks GitHub nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from schema.errors import InvalidInput, shorten


def _is_limit(status: int, content: Any) -> bool:
    """Both kinds of limit may be refused with 403; https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api."""
    said = content.get("message") if isinstance(content, dict) else None
    return status == 403 and isinstance(said, str) and "rate limit" in said.lower()


def _words(content: Mapping[str, Any]) -> str:
    """Give a refusal's message, and what it says of each field that is wrong."""
    errors = content.get("errors")
    said = [str(content.get("message") or ""), *map(_error, errors if isinstance(errors, list) else ())]
    return "; ".join(one for one in said if one)


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or f"{error.get('field') or error.get('resource')}: {error.get('code')}")


GITHUB: Final = Provider(
    name="github",
    title="GitHub",
    base_url="https://api.github.com",
    services={"graphql": "https://api.github.com"},
    hosts=("github.com",),
    oauth=OAuthEndpoints(
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",
    ),
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    words=_words,
    refusals={
        404: "GitHub has no such thing, or the credential may not see it.",
        409: "GitHub refused, because of a conflict: {said}",
        422: "GitHub cannot do that: {said}",
    },
    is_limit=_is_limit,
    reset_header="X-RateLimit-Reset",
    webhook_scheme="github",
)
GithubCredentials = Annotated[ApiKey | OAuth2, GITHUB.field("repo")]
GithubStatusCredentials = Annotated[ApiKey | OAuth2, GITHUB.field("repo:status")]

_REPOSITORY: Final = re.compile(
    r"(?:https?://)?(?:www\.)?[^/\s]*github[^/\s]*/([\w.-]+)/([\w.-]+?)(?:\.git)?/?(?:[/?#].*)?"
)
_SHORT: Final = re.compile(r"([\w.-]+)/([\w.-]+?)(?:\.git)?")
_COMMENT_PAGE: Final = re.compile(
    r"https?://[^/\s]+/([\w.-]+)/([\w.-]+)/(?:issues|pull)/\d{1,10}#issuecomment-(\d{1,19})"
)
_COMMENT: Final = re.compile(r"https?://[^\s]+/repos/([\w.-]+)/([\w.-]+)/issues/comments/(\d{1,19})")
_NUMBERED: Final = re.compile(r".*/([\w.-]+)/([\w.-]+)/(?:issues|pull|pulls)/(\d{1,10})(?:[/?#].*)?", re.DOTALL)


def repository_of(text: str, pin: str = "repo_url") -> dict[str, str]:
    """Give {owner, repo} of a repository's address, or of `owner/name`; raise InvalidInput for what is neither."""
    found = _REPOSITORY.fullmatch(text.strip()) or _SHORT.fullmatch(text.strip())
    if found is None:
        said = shorten(text, 100)
        raise InvalidInput(f"{said!r} is no repository on GitHub: write https://github.com/owner/name.", pin=pin)
    return {"owner": found[1], "repo": found[2]}


def numbered_of(text: str, pin: str = "issue_url") -> dict[str, str]:
    """Give {owner, repo, number} of the address of an issue or a pull request."""
    found = _NUMBERED.fullmatch(text.strip())
    if found is None:
        what = "is no address of an issue or a pull request: write https://github.com/owner/name/issues/1."
        raise InvalidInput(f"{shorten(text, 100)!r} {what}", pin=pin)
    return {"owner": found[1], "repo": found[2], "number": found[3]}


def comment_of(text: str, pin: str = "comment_url") -> dict[str, str]:
    """Give {owner, repo, comment} of the address of a comment on an issue or a pull request, its page's or its API's."""
    found = _COMMENT_PAGE.fullmatch(text.strip()) or _COMMENT.fullmatch(text.strip())
    if found is None:
        what = "is no address of a comment: write https://github.com/owner/name/issues/1#issuecomment-2."
        raise InvalidInput(f"{shorten(text, 100)!r} {what}", pin=pin)
    return {"owner": found[1], "repo": found[2], "comment": found[3]}
