"""Telegram's Bot API, https://core.telegram.org/bots/api. The bot's token stands in the address: no text of ours has an address."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

TELEGRAM: Final = Provider(
    name="telegram",
    title="Telegram",
    base_url="https://api.telegram.org",
    services={"file": "https://api.telegram.org/file"},
    key=KeyPlace(path_prefix="bot"),
    error_at=("description",),
    refusals={
        400: "Telegram cannot do that: {said}",
        403: "Telegram does not let the bot do that: {said}",
        404: "Telegram knows no such address: the bot's token is no token, or the file is gone.",
        413: "Telegram does not take a file that large.",
    },
    wait_at=("parameters", "retry_after"),
    webhook_scheme="telegram",
)
TelegramCredentials = Annotated[ApiKey, TELEGRAM.field()]
