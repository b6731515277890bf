"""Google's APIs, https://developers.google.com/workspace; one sign-in for all of them, each service at an address of its own."""

from __future__ import annotations

from typing import Final

from blocks.sdk.providers import OAuthEndpoints, Provider

GOOGLE: Final = Provider(
    name="google",
    title="Google",
    base_url="https://www.googleapis.com",
    hosts=("*.googleapis.com",),
    oauth=OAuthEndpoints(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        revoke_url="https://oauth2.googleapis.com/revoke",
        issuer="https://accounts.google.com",
        # Without these Google gives no refresh token, or only at the first time.
        parameters={"access_type": "offline", "prompt": "consent"},
    ),
    error_at=("error", "message"),
)
