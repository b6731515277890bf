"""Todoist's API v1, https://developer.todoist.com/api/v1: tasks, projects, sections, labels, comments; REST v2 is gone (410)."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider

TODOIST: Final = Provider(
    name="todoist",
    title="Todoist",
    base_url="https://api.todoist.com/api/v1",
    oauth=OAuthEndpoints(
        authorize_url="https://app.todoist.com/oauth/authorize",
        token_url="https://api.todoist.com/oauth/access_token",
        scope_separator=",",
    ),
    # A request that comes twice under one id is done once.
    idempotency_header="X-Request-Id",
    error_at=("error",),
    refusals={
        400: "Todoist cannot do that: {said}",
        404: "Todoist has no such thing, or the credential may not see it.",
    },
)
TodoistCredentials = Annotated[ApiKey | OAuth2 | None, TODOIST.field("data:read_write", "data:delete")]
