"""Slack's Web API, https://docs.slack.dev/apis/web-api; what it refuses it says in an answer of status 200."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from schema.errors import CredentialUnusable

#: Its words for a credential that is no good; https://docs.slack.dev/reference/methods/chat.postMessage#errors
_NO_ACCESS: Final = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "missing_scope",
        "no_permission",
    }
)


def _failure(content: Any) -> str | None:
    if not isinstance(content, dict) or content.get("ok") is True:
        return None
    said = str(content.get("error") or "it does not say why")
    if said in _NO_ACCESS:
        needed = f" It needs the scope {content['needed']}." if content.get("needed") else ""
        raise CredentialUnusable(f"Slack does not accept the credential ({said}).{needed}")
    return said


SLACK: Final = Provider(
    name="slack",
    title="Slack",
    base_url="https://slack.com/api",
    oauth=OAuthEndpoints(
        authorize_url="https://slack.com/oauth/v2/authorize", token_url="https://slack.com/api/oauth.v2.access"
    ),
    error_at=("error",),
    failure=_failure,
    webhook_scheme="slack",
)
SlackCredentials = Annotated[ApiKey | OAuth2, SLACK.field("chat:write")]
