"""Linear's GraphQL API, https://linear.app/developers/graphql; what it refuses it says under `errors`, whatever the status is."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import KeyPlace, OAuthEndpoints, Provider
from blocks.sdk.rest import found_at
from schema.errors import CredentialUnusable


def _words(content: Any) -> str:
    said = found_at(content, ("errors", "0", "extensions", "userPresentableMessage"))
    return str(said or found_at(content, ("errors", "0", "message")) or "")


def _failure(content: Any) -> str | None:
    if not found_at(content, ("errors",)):
        return None
    if found_at(content, ("errors", "0", "extensions", "code")) in ("AUTHENTICATION_ERROR", "FORBIDDEN"):
        raise CredentialUnusable(f"Linear does not accept the credential: {_words(content)}")
    return _words(content) or "it does not say why"


def _is_limit(_status: int, content: Any) -> bool:
    return bool(found_at(content, ("errors", "0", "extensions", "code")) == "RATELIMITED")


LINEAR: Final = Provider(
    name="linear",
    title="Linear",
    base_url="https://api.linear.app",
    # A key stands by itself, access of a person behind `Bearer`.
    key=KeyPlace(scheme=""),
    oauth=OAuthEndpoints(
        authorize_url="https://linear.app/oauth/authorize",
        token_url="https://api.linear.app/oauth/token",
        revoke_url="https://api.linear.app/oauth/revoke",
    ),
    words=_words,
    failure=_failure,
    is_limit=_is_limit,
)
LinearReadCredentials = Annotated[ApiKey | OAuth2, LINEAR.field("read")]
LinearIssueCredentials = Annotated[ApiKey | OAuth2, LINEAR.field("read", "issues:create")]
LinearCommentCredentials = Annotated[ApiKey | OAuth2, LINEAR.field("read", "comments:create")]
