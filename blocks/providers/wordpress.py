"""WordPress.com's REST API v1.1, https://developer.wordpress.com/docs/api: sites there, and others that Jetpack connects to it."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider

WORDPRESS: Final = Provider(
    name="wordpress",
    title="WordPress.com",
    base_url="https://public-api.wordpress.com/rest/v1.1",
    oauth=OAuthEndpoints(
        authorize_url="https://public-api.wordpress.com/oauth2/authorize",
        token_url="https://public-api.wordpress.com/oauth2/token",
    ),
    refusals={
        400: "WordPress.com cannot do that: {said}",
        404: "WordPress.com knows no such site, or no such thing on it: {said}",
    },
)
WordPressCredentials = Annotated[OAuth2, WORDPRESS.field("posts", "media")]
