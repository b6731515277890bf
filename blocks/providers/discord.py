"""Discord's HTTP API, version 10, https://docs.discord.com/developers/reference: by a bot's token, or by access of a person."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey, OAuth2
from blocks.sdk.providers import KeyPlace, OAuthEndpoints, Provider

DISCORD: Final = Provider(
    name="discord",
    title="Discord",
    base_url="https://discord.com/api/v10",
    key=KeyPlace(scheme="Bot"),
    oauth=OAuthEndpoints(
        authorize_url="https://discord.com/oauth2/authorize",
        token_url="https://discord.com/api/oauth2/token",
        revoke_url="https://discord.com/api/oauth2/token/revoke",
    ),
    # It refuses what does not say what it is; https://docs.discord.com/developers/reference#user-agent
    headers={"User-Agent": "DiscordBot (https://github.com/drystone/drystone, 1)"},
    refusals={
        400: "Discord cannot do that: {said}",
        403: "Discord does not let the bot do that: {said}. Check its permissions on that server and channel.",
        404: "Discord has no such thing, or the bot may not see it: {said}",
        413: "Discord does not take a file that large.",
    },
    wait_at=("retry_after",),
)
DiscordBotCredentials = Annotated[ApiKey, DISCORD.field()]
DiscordPersonCredentials = Annotated[OAuth2, DISCORD.field("identify")]
