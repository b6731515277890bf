"""GitHub's REST API, https://docs.github.com/en/rest, version 2022-11-28; and what its addresses say."""

from __future__ import annotations

import re
from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from schema.errors import InvalidInput, shorten

GITHUB: Final = Provider(
    name="github",
    title="GitHub",
    base_url="https://api.github.com",
    hosts=("github.com",),
    oauth=OAuthEndpoints(
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",
    ),
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    refusals={
        404: "GitHub has no such thing, or the credential may not see it.",
        409: "GitHub refused, because of a conflict: {said}",
        422: "GitHub cannot do that: {said}",
    },
    reset_header="X-RateLimit-Reset",
    webhook_scheme="github",
)
GithubCredentials = Annotated[ApiKey | OAuth2, GITHUB.field("repo")]

_REPOSITORY: Final = re.compile(
    r"(?:https?://)?(?:www\.)?[^/\s]*github[^/\s]*/([\w.-]+)/([\w.-]+?)(?:\.git)?/?(?:[/?#].*)?"
)
_SHORT: Final = re.compile(r"([\w.-]+)/([\w.-]+?)(?:\.git)?")
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
