"""Renewing access that a person granted, just before it is used: its provider is asked for new tokens; it stores nothing."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.oauth import OAuthProvider, Tokens, refresh
from blocks.sdk.context import Http
from schema.errors import CredentialEnded, CredentialUnusable, Unavailable


async def renewed_tokens(
    http: Http, providers: Mapping[str, OAuthProvider], name: str, title: str, renewing: object
) -> Tokens:
    """Ask a provider, by its name, for new tokens in place of one to renew by. Every error names the credential by its title."""
    named = f"The access of the credential {title!r} could not be renewed"
    provider = providers.get(name)
    if provider is None:
        raise CredentialUnusable(f"{named}: the provider {name} is not set up here.")
    if not isinstance(renewing, str):
        raise CredentialEnded(f"{named}: its provider gave nothing to renew it by. Connect it again.")
    try:
        return await refresh(http, provider, renewing)
    except CredentialEnded as error:
        raise CredentialEnded(f"{named}: {error.message} Connect it again.") from error
    except CredentialUnusable as error:
        raise CredentialUnusable(f"{named}: {error.message}") from error
    except Unavailable as error:
        wait = error.retry_after_seconds
        raise Unavailable(f"{named}: {error.message}", retry_after_seconds=wait) from error
