"""Where on Discord something is: servers and channels, found by their ids or their names; nothing is sent there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from blocks.sdk.rest import Api
from schema.errors import InvalidInput, shorten

#: Servers of a bot that are looked through, and how many of them come in one answer.
SERVERS_MAX: Final = 1_000
_SERVERS_A_PAGE: Final = 200
#: Ids are numbers of 64 bits that tell the time; https://docs.discord.com/developers/reference#snowflakes
_ID: Final = re.compile(r"[0-9]{15,20}")
_EPOCH_MILLISECONDS: Final = 1_420_070_400_000
_TIME_SHIFT: Final = 22
#: Kinds of channel; https://docs.discord.com/developers/resources/channel#channel-object-channel-types
CHANNEL_KINDS: Final[Mapping[int, str]] = {
    0: "text", 1: "private", 2: "voice", 3: "group", 4: "category", 5: "news", 10: "news_thread", 11: "public_thread",
    12: "private_thread", 13: "stage_voice", 14: "directory", 15: "forum", 16: "media",
}  # fmt: skip
#: Those into which messages are written.
_WITH_MESSAGES: Final = frozenset({0, 2, 5, 10, 11, 12, 13})


def is_id(text: str) -> bool:
    """Say whether a text is an id of Discord's, and no name."""
    return _ID.fullmatch(text) is not None


def id_at(moment: datetime) -> int:
    """Give the first id that something made at this moment could have."""
    return (int(moment.timestamp() * 1000) - _EPOCH_MILLISECONDS) << _TIME_SHIFT


def moment_of(an_id: str) -> datetime:
    """Give when what has this id was made."""
    return datetime.fromtimestamp(((int(an_id) >> _TIME_SHIFT) + _EPOCH_MILLISECONDS) / 1000, UTC)


async def servers(api: Api) -> AsyncIterator[Mapping[str, Any]]:
    """Give the servers that the bot is on."""
    after, count = None, 0
    while count < SERVERS_MAX:
        query = {"limit": _SERVERS_A_PAGE, "after": after}
        found = (await api.call("GET", "/users/@me/guilds", query=query)).content
        for server in found:
            yield server
        count += len(found)
        if len(found) < _SERVERS_A_PAGE:
            return
        after = found[-1]["id"]


async def channels(api: Api, server_id: str) -> list[Mapping[str, Any]]:
    """Give a server's channels, without its threads."""
    found = (await api.call("GET", "/guilds/{server}/channels", {"server": server_id})).content
    return list(found)


def takes_messages(channel: Mapping[str, Any]) -> bool:
    """Say whether messages are written into a channel: it is no category, say."""
    return channel.get("type") in _WITH_MESSAGES


async def find_channel(
    api: Api, identifier: str, server_name: str, pin: str, *, for_messages: bool = True
) -> Mapping[str, Any]:
    """Give the channel with an id or a name: on the server with that id or name, or on the first that has such a channel."""
    wanted = identifier.strip().removeprefix("#")
    if is_id(wanted):
        found: Mapping[str, Any] = (await api.call("GET", "/channels/{channel}", {"channel": wanted})).content
        return found
    if not wanted:
        raise InvalidInput("Name a channel, or give its id.", pin=pin)
    knows_server = False
    async for server in servers(api):
        if server_name and server_name not in (server["id"], server["name"]):
            continue
        knows_server = True
        for channel in await channels(api, server["id"]):
            if channel["name"] == wanted and (takes_messages(channel) or not for_messages):
                return {"guild_id": server["id"], "server_name": server["name"], **channel}
    if server_name and not knows_server:
        raise InvalidInput(f"The bot is on no server {shorten(server_name, 100)!r}.", pin="server_name")
    raise InvalidInput(f"The bot sees no channel {shorten(wanted, 100)!r} there.", pin=pin)
