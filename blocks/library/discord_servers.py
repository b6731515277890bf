"""Blocks for Discord about what is there: people, channels, threads, new messages; they send nothing but a thread's first one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from blocks.discord.messages import send_text
from blocks.discord.places import CHANNEL_KINDS, channels, find_channel, id_at, moment_of, servers, takes_messages
from blocks.providers.discord import DISCORD, DiscordBotCredentials, DiscordPersonCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Sleep, Yield, pin
from blocks.sdk.jobs import Pace
from blocks.sdk.rest import Api, Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_grant, sample_key

_KEY: Final = sample_key(DISCORD)
_GRANT: Final = sample_grant(DISCORD)
_IMAGES: Final = "https://cdn.discordapp.com"
_CHANNEL: Final = {"id": "1100000000000000001", "name": "general", "type": 0, "guild_id": "1100000000000000000"}
_ANN: Final = {"id": "80351110224678912", "username": "ann", "global_name": "Ann", "discriminator": "0", "avatar": None}
#: How new messages are waited for: about a day, and at most so many servers are looked at each time.
_PACE: Final = Pace(first_seconds=3.0, seconds_max=60.0, asks_max=1_500)
_WATCHED_MAX: Final = 20
_MESSAGES_A_PAGE: Final = 100
#: Our clock and Discord's may differ by as much; what was written a little before counts as new.
_CLOCKS: Final = timedelta(seconds=5)


def _avatar_of(person: Mapping[str, Any]) -> str:
    """Give the address of somebody's picture; https://docs.discord.com/developers/reference#image-formatting"""
    found = person.get("avatar")
    if found:
        ending = "gif" if str(found).startswith("a_") else "png"
        return f"{_IMAGES}/avatars/{person['id']}/{found}.{ending}"
    number = person.get("discriminator") or "0"
    index = (int(person["id"]) >> 22) % 6 if number == "0" else int(number) % 5
    return f"{_IMAGES}/embed/avatars/{index}.png"


class DiscordUserInfo(RestBlock):
    """Say who somebody is."""

    id = "9aeed32a-6ebf-49b8-a0a3-e2e509d86120"
    name = "DiscordUserInfoBlock"
    categories = ("SOCIAL",)
    provider = DISCORD
    operation = Operation("GET", "/users/{user_id}")

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        user_id: str = pin(description="The person's id.", placeholder="80351110224678912")

    class Output(BlockOutput):
        user_id: str = pin(description="The person's id.")
        username: str = pin(description="Their name.")
        display_name: str = pin(description="The name that they are shown by.")
        discriminator: str = pin(description="The number behind an old name; 0: there is none.")
        avatar_url: str = pin(description="The address of their picture.")
        is_bot: bool = pin(description="Whether it is a bot.")
        created_at: str = pin(description="When they joined Discord.")

    examples = (
        sample(
            _KEY,
            {"user_id": "80351110224678912"},
            [
                ("user_id", "80351110224678912"),
                ("username", "ann"),
                ("display_name", "Ann"),
                ("discriminator", "0"),
                ("avatar_url", "https://cdn.discordapp.com/embed/avatars/5.png"),
                ("is_bot", False),
                ("created_at", "2015-08-10T17:26:37.529000+00:00"),
            ],
            said(_ANN),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "user_id", answer["id"]
        yield "username", answer["username"]
        yield "display_name", answer.get("global_name") or answer["username"]
        yield "discriminator", answer.get("discriminator") or "0"
        yield "avatar_url", _avatar_of(answer)
        yield "is_bot", bool(answer.get("bot"))
        yield "created_at", moment_of(answer["id"]).isoformat()


class DiscordGetCurrentUser(RestBlock):
    """Say who the person is that granted access."""

    id = "8c7e39b8-4e9d-4f3a-b4e1-2a8c9d5f6e3b"
    name = "DiscordGetCurrentUserBlock"
    categories = ("SOCIAL",)
    provider = DISCORD
    operation = Operation("GET", "/users/@me")

    class Input(BlockInput):
        credentials: DiscordPersonCredentials = pin(description="Access that a person granted.")

    class Output(BlockOutput):
        user_id: str = pin(description="The person's id.")
        username: str = pin(description="Their name.")
        avatar_url: str = pin(description="The address of their picture.")
        banner_url: str = pin(description="The address of their banner, if they have one.")
        accent_color: int = pin(description="The colour of their profile, if they have chosen one.")

    examples = (
        sample(
            _GRANT,
            {},
            [
                ("user_id", "80351110224678912"),
                ("username", "ann"),
                ("avatar_url", "https://cdn.discordapp.com/embed/avatars/5.png"),
                ("accent_color", 255),
            ],
            said({**_ANN, "banner": None, "accent_color": 255}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "user_id", answer["id"]
        yield "username", answer["username"]
        yield "avatar_url", _avatar_of(answer)
        banner = answer.get("banner")
        if banner:
            ending = "gif" if str(banner).startswith("a_") else "png"
            yield "banner_url", f"{_IMAGES}/banners/{answer['id']}/{banner}.{ending}"
        if answer.get("accent_color") is not None:
            yield "accent_color", answer["accent_color"]


class DiscordChannelInfo(Block):
    """Say which channel has a name or an id, and on which server it is."""

    id = "592f815e-35c3-4fed-96cd-a69966b45c8f"
    name = "DiscordChannelInfoBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        channel_identifier: str = pin(description="The channel's id or name.", placeholder="general")
        server_name: str = pin("", description="The server's name or id; none: the first that has such a channel.")

    class Output(BlockOutput):
        channel_id: str = pin(description="The channel's id.")
        channel_name: str = pin(description="Its name.")
        server_id: str = pin(description="The id of its server, if it is on one.")
        server_name: str = pin(description="That server's name.")
        channel_type: str = pin(description="Its kind: text, voice, forum, ...")

    examples = (
        sample(
            _KEY,
            {"channel_identifier": "general"},
            [
                ("channel_id", "1100000000000000001"),
                ("channel_name", "general"),
                ("server_id", "1100000000000000000"),
                ("server_name", "Walls"),
                ("channel_type", "text"),
            ],
            said([{"id": "1100000000000000000", "name": "Walls"}]),
            said([_CHANNEL]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(DISCORD, inputs.credentials, context)
        channel = await find_channel(
            api, inputs.channel_identifier, inputs.server_name, "channel_identifier", for_messages=False
        )
        yield "channel_id", channel["id"]
        yield "channel_name", channel.get("name") or ""
        server = channel.get("guild_id")
        if server:
            name = channel.get("server_name") or (await api.call("GET", "/guilds/{id}", {"id": server})).content["name"]
            yield "server_id", server
            yield "server_name", name
        yield "channel_type", CHANNEL_KINDS.get(channel["type"], str(channel["type"]))


class ThreadArchiveDuration(StrEnum):
    """After how many minutes of silence a thread is put away."""

    HOUR = "60"
    DAY = "1440"
    THREE_DAYS = "4320"
    WEEK = "10080"


class CreateDiscordThread(Block):
    """Make a thread in a channel."""

    id = "e8f3c9a2-7b5d-4f1e-9c6a-3d8e2b4f7a1c"
    name = "CreateDiscordThreadBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        channel_name: str = pin(description="The channel's name or id.", placeholder="general")
        server_name: str = pin("", description="The server's name or id; none: the first that has such a channel.")
        thread_name: str = pin(description="What the thread is called.", max_length=100)
        is_private: bool = pin(False, description="Only who is invited sees it.")
        auto_archive_duration: ThreadArchiveDuration = pin(
            ThreadArchiveDuration.WEEK, description="After how many minutes of silence it is put away."
        )
        message_content: str = pin("", description="The first message in it.")

    class Output(BlockOutput):
        status: str = pin(description="That it was made.")
        thread_id: str = pin(description="The thread's id.")
        thread_name: str = pin(description="What it is called.")

    examples = (
        sample(
            _KEY,
            {"channel_name": "1100000000000000001", "thread_name": "Stones", "message_content": "Which?"},
            [("status", "Thread created"), ("thread_id", "1100000000000000007"), ("thread_name", "Stones")],
            said(_CHANNEL),
            said({"id": "1100000000000000007", "name": "Stones", "type": 11}, 201),
            said({"id": "1100000000000000008"}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(DISCORD, inputs.credentials, context)
        channel = await find_channel(api, inputs.channel_name, inputs.server_name, "channel_name")
        body = {
            "name": inputs.thread_name,
            # Public and private threads; see CHANNEL_KINDS.
            "type": 12 if inputs.is_private else 11,
            "auto_archive_duration": int(inputs.auto_archive_duration.value),
        }
        thread = (await api.call("POST", "/channels/{id}/threads", {"id": channel["id"]}, json=body)).content
        if inputs.message_content.strip():
            await send_text(api, thread["id"], inputs.message_content, context.idempotency_key())
        yield "status", "Thread created"
        yield "thread_id", thread["id"]
        yield "thread_name", thread["name"]


class ReadDiscordMessages(Block):
    """Wait for the next message that somebody writes into a channel which the bot sees. It asks Discord again and again, and
    between two questions only the workflow waits: no message is missed that is written after the node began."""

    id = "df06086a-d5ac-4abb-9996-2ad0acb2eff7"
    name = "ReadDiscordMessagesBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(
            description="A bot's token. To see what messages say it needs the Message Content intent."
        )
        channel_identifier: str = pin("", description="Only this channel: its id or name. None: every one.")
        server_name: str = pin("", description="Only this server: its name or id. None: every one.")

    class Output(BlockOutput):
        message_content: str = pin(description="What the message says.")
        message_id: str = pin(description="The message's id.")
        channel_id: str = pin(description="The id of its channel.")
        channel_name: str = pin(description="That channel's name.")
        user_id: str = pin(description="The id of its author.")
        username: str = pin(description="That author's name.")

    examples = (
        sample(
            _KEY,
            {"channel_identifier": "1100000000000000001"},
            [
                ("message_content", "Hello"),
                ("message_id", "1500000000000000009"),
                ("channel_id", "1100000000000000001"),
                ("channel_name", "general"),
                ("user_id", "80351110224678912"),
                ("username", "ann"),
            ],
            said({**_CHANNEL, "last_message_id": "1500000000000000009"}),
            said({"id": "1100000000000000003"}),
            said([{"id": "1500000000000000009", "content": "Hello", "author": _ANN}]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(DISCORD, inputs.credentials, context)
        if not context.memories:
            yield Sleep(_PACE.wait(0), memory={"after": str(id_at(context.now() - _CLOCKS))})
            return
        after = int(context.memories[0]["after"])
        found = await _first_new(api, await _watched(api, inputs), after)
        if found is None:
            if context.step >= _PACE.asks_max:
                raise BlockFailed("Nobody wrote a message for about a day.")
            yield Sleep(_PACE.wait(context.step))
            return
        channel, message = found
        yield "message_content", message.get("content") or ""
        yield "message_id", message["id"]
        yield "channel_id", channel["id"]
        yield "channel_name", channel.get("name") or ""
        yield "user_id", message["author"]["id"]
        yield "username", message["author"]["username"]


async def _watched(api: Api, inputs: ReadDiscordMessages.Input) -> list[Mapping[str, Any]]:
    """Give the channels that are watched, each with the id of its last message."""
    if inputs.channel_identifier.strip():
        return [await find_channel(api, inputs.channel_identifier, inputs.server_name, "channel_identifier")]
    found: list[Mapping[str, Any]] = []
    count = 0
    async for server in servers(api):
        if inputs.server_name and inputs.server_name not in (server["id"], server["name"]):
            continue
        count += 1
        if count > _WATCHED_MAX:
            raise BlockFailed(f"The bot is on more than {_WATCHED_MAX} servers: name the one to watch, or a channel.")
        found += [channel for channel in await channels(api, server["id"]) if takes_messages(channel)]
    return found


async def _first_new(
    api: Api, watched: list[Mapping[str, Any]], after: int
) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Give the first message that is newer than an id and not the bot's own, with its channel."""
    fresh = [channel for channel in watched if int(channel.get("last_message_id") or 0) > after]
    if not fresh:
        return None
    own = (await api.call("GET", "/users/@me")).content["id"]
    found = []
    for channel in fresh:
        query = {"after": str(after), "limit": _MESSAGES_A_PAGE}
        messages = (await api.call("GET", "/channels/{id}/messages", {"id": channel["id"]}, query=query)).content
        found += [(channel, one) for one in messages if one["author"]["id"] != own]
    return min(found, key=lambda one: int(one[1]["id"])) if found else None
