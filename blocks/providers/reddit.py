"""Reddit's API, https://www.reddit.com/dev/api, with access that a person granted; and what its names and ids say."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from blocks.sdk.credentials import OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from blocks.sdk.rest import found_at
from schema.errors import InvalidInput, shorten


def _failure(answer: Any) -> str | None:
    """A refusal may come with status 200: {"json": {"errors": [["CODE", "words", "field"]]}}."""
    errors = found_at(answer, ("json", "errors")) if isinstance(answer, dict) else None
    return "; ".join(f"{error[1]} ({error[0]})" for error in errors) if errors else None


REDDIT: Final = Provider(
    name="reddit",
    title="Reddit",
    base_url="https://oauth.reddit.com",
    oauth=OAuthEndpoints(
        authorize_url="https://www.reddit.com/api/v1/authorize",
        token_url="https://www.reddit.com/api/v1/access_token",
        revoke_url="https://www.reddit.com/api/v1/revoke_token",
        # Without it a grant ends after an hour.
        parameters={"duration": "permanent"},
        client_in="header",
    ),
    # It refuses what does not say what it is; https://github.com/reddit-archive/reddit/wiki/API.
    headers={"User-Agent": "linux:drystone:v1 (by /u/drystone)"},
    failure=_failure,
    refusals={
        403: "Reddit does not let this account do that: {said}",
        404: "Reddit has no such thing, or the account may not see it.",
    },
)

RedditReadCredentials = Annotated[OAuth2, REDDIT.field("identity", "read")]
RedditHistoryCredentials = Annotated[OAuth2, REDDIT.field("identity", "read", "history")]
RedditSubmitCredentials = Annotated[OAuth2, REDDIT.field("identity", "read", "submit")]
RedditEditCredentials = Annotated[OAuth2, REDDIT.field("identity", "read", "edit")]
RedditMessageCredentials = Annotated[OAuth2, REDDIT.field("identity", "privatemessages")]
RedditFlairCredentials = Annotated[OAuth2, REDDIT.field("identity", "read", "flair")]

_NAME: Final = re.compile(r"(?:/?r/)?([A-Za-z0-9][A-Za-z0-9_]{1,20})/?")
_USER: Final = re.compile(r"(?:/?u(?:ser)?/)?([A-Za-z0-9_-]{3,20})/?")
_ID: Final = re.compile(r"(?:t[1-6]_)?([a-z0-9]{1,13})")
_POST_ADDRESS: Final = re.compile(r"https?://(?:www\.|old\.)?reddit\.com/r/\w+/comments/([a-z0-9]{1,13})(?:[/?#].*)?")


def subreddit_of(text: str) -> str:
    """Give a subreddit's name, with or without `r/` in front of it."""
    return _part(_NAME, text, "subreddit")


def user_of(text: str) -> str:
    """Give a user's name, with or without `u/` in front of it."""
    return _part(_USER, text, "username")


def id_of(text: str, pin: str) -> str:
    """Give the id of a post or a comment, without the kind in front of it; a post's address will do."""
    address = _POST_ADDRESS.fullmatch(text.strip())
    return address[1] if address else _part(_ID, text, pin)


def _part(pattern: re.Pattern[str], text: str, pin: str) -> str:
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"{shorten(text, 100)!r} is no name that Reddit could have.", pin=pin)
    return found[1]
