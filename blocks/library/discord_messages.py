"""Blocks for Discord that send: messages, embeds and files into channels, to people, as replies. None of them reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.discord.messages import send, send_file, send_text
from blocks.discord.places import find_channel
from blocks.providers.discord import DISCORD, DiscordBotCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key
from blocks.sdk.texts import MediaFile
from schema.errors import InvalidInput

_KEY: Final = sample_key(DISCORD)
_SENT: Final = "Message sent"
_CHANNEL: Final = {"id": "1100000000000000001", "name": "general", "type": 0, "guild_id": "1100000000000000000"}
_MESSAGE: Final = {"id": "1100000000000000009", "channel_id": "1100000000000000001"}
#: Fields of one embed; https://docs.discord.com/developers/resources/message#embed-object-embed-limits
_FIELDS_MAX: Final = 25
#: Bytes of a file that Discord takes from a bot where nobody pays for more.
_FILE_BYTES_MAX: Final = 10 * 1024 * 1024


class SendDiscordMessage(Block):
    """Send a message into a channel. A text that is longer than Discord's messages are is sent as several."""

    id = "d0822ab5-9f8a-44a3-8971-531dd0178b6b"
    name = "SendDiscordMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        message_content: str = pin(description="The message, in Discord's Markdown.")
        channel_name: str = pin(description="The channel's name or id.", placeholder="general")
        server_name: str = pin("", description="The server's name or id; none: the first that has such a channel.")

    class Output(BlockOutput):
        status: str = pin(description="That it was sent.")
        message_id: str = pin(description="The message's id; of several, the last one's.")
        channel_id: str = pin(description="The channel's id.")

    examples = (
        sample(
            _KEY,
            {"message_content": "Hello", "channel_name": "1100000000000000001"},
            [("status", _SENT), ("message_id", _MESSAGE["id"]), ("channel_id", _CHANNEL["id"])],
            said(_CHANNEL),
            said(_MESSAGE),
        ),
        sample(
            _KEY,
            {"message_content": "Hello", "channel_name": "nowhere"},
            [],
            said([{"id": "1100000000000000000", "name": "Walls"}]),
            said([_CHANNEL]),
            title="No such channel",
            error="no channel 'nowhere'",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, key = Api(DISCORD, inputs.credentials, context), context.idempotency_key()
        channel = await find_channel(api, inputs.channel_name, inputs.server_name, "channel_name")
        message = await send_text(api, channel["id"], inputs.message_content, key)
        yield "status", _SENT
        yield "message_id", message["id"]
        yield "channel_id", channel["id"]


class SendDiscordDM(Block):
    """Send a message to a person, who shares a server with the bot and takes messages from there."""

    id = "40d71a5a-e268-4060-9ee0-38ae6f225682"
    name = "SendDiscordDMBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        user_id: str = pin(description="The person's id.", placeholder="1100000000000000002")
        message_content: str = pin(description="The message, in Discord's Markdown.")

    class Output(BlockOutput):
        status: str = pin(description="That it was sent.")
        message_id: str = pin(description="The message's id; of several, the last one's.")

    examples = (
        sample(
            _KEY,
            {"user_id": "1100000000000000002", "message_content": "Hello"},
            [("status", _SENT), ("message_id", _MESSAGE["id"])],
            said({"id": "1100000000000000005", "type": 1}),
            said(_MESSAGE),
        ),
        sample(
            _KEY,
            {"user_id": "1100000000000000002", "message_content": "Hello"},
            [],
            said({"id": "1100000000000000005", "type": 1}),
            said({"code": 50007, "message": "Cannot send messages to this user"}, 403),
            title="Somebody who takes none",
            error="Cannot send messages to this user",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, key = Api(DISCORD, inputs.credentials, context), context.idempotency_key()
        recipient = {"recipient_id": inputs.user_id.strip()}
        # The same channel is given each time.
        channel = (await api.call("POST", "/users/@me/channels", json=recipient, is_repeatable=True)).content
        message = await send_text(api, channel["id"], inputs.message_content, key)
        yield "status", _SENT
        yield "message_id", message["id"]


class SendDiscordEmbed(Block):
    """Send a card with a title, a text, pictures and fields into a channel."""

    id = "c76293f4-9ae8-454d-a029-0a3f8c5bc499"
    name = "SendDiscordEmbedBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        channel_identifier: str = pin(description="The channel's id or name.", placeholder="general")
        server_name: str = pin("", description="The server's name or id; none: the first that has such a channel.")
        title: str = pin("", description="The title.")
        description: str = pin("", description="The text, in Discord's Markdown.")
        color: int = pin(5_793_266, description="The colour of its edge, as a number: 0xRRGGBB.", ge=0, le=0xFFFFFF)
        thumbnail_url: str = pin("", description="Address of a small picture.")
        image_url: str = pin("", description="Address of a large picture.")
        author_name: str = pin("", description="Whose card it is.")
        footer_text: str = pin("", description="What stands below.")
        fields: list[dict[str, Any]] = pin(
            default=[],
            description="Fields: name and value, and `inline` where they may stand side by side.",
            max_length=_FIELDS_MAX,
        )

    class Output(BlockOutput):
        status: str = pin(description="That it was sent.")
        message_id: str = pin(description="The message's id.")

    examples = (
        sample(
            _KEY,
            {
                "channel_identifier": "1100000000000000001",
                "title": "Wall",
                "fields": [{"name": "Stones", "value": "7"}],
            },
            [("status", "Embed sent"), ("message_id", _MESSAGE["id"])],
            said(_CHANNEL),
            said(_MESSAGE),
        ),
        sample(
            _KEY,
            {"channel_identifier": "1100000000000000001"},
            [],
            title="An empty card",
            error="empty",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, key = Api(DISCORD, inputs.credentials, context), context.idempotency_key()
        embed = _embed_of(inputs)
        channel = await find_channel(api, inputs.channel_identifier, inputs.server_name, "channel_identifier")
        message = await send(api, channel["id"], {"embeds": [embed]}, key)
        yield "status", "Embed sent"
        yield "message_id", message["id"]


def _embed_of(inputs: SendDiscordEmbed.Input) -> dict[str, Any]:
    given = {
        "title": inputs.title,
        "description": inputs.description,
        "thumbnail": inputs.thumbnail_url and {"url": inputs.thumbnail_url},
        "image": inputs.image_url and {"url": inputs.image_url},
        "author": inputs.author_name and {"name": inputs.author_name},
        "footer": inputs.footer_text and {"text": inputs.footer_text},
        "fields": [_field(one) for one in inputs.fields],
    }
    found = {name: value for name, value in given.items() if value}
    if not found:
        raise InvalidInput("The card is empty: give it a title, a description or a field.", pin="title")
    return {**found, "color": inputs.color}


def _field(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": str(one.get("name", "")),
        "value": str(one.get("value", "")),
        "inline": bool(one.get("inline", True)),
    }


class SendDiscordFile(Block):
    """Send a file into a channel, with a message if there is one."""

    id = "b1628cf2-4622-49bf-80cf-10e55826e247"
    name = "SendDiscordFileBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        channel_identifier: str = pin(description="The channel's id or name.", placeholder="general")
        server_name: str = pin("", description="The server's name or id; none: the first that has such a channel.")
        file: MediaFile = pin(description="The file: a data: URI, a web address or a stored file.")
        filename: str = pin("", description="Another name for it.")
        message_content: str = pin("", description="What to say with it.")

    class Output(BlockOutput):
        status: str = pin(description="That it was sent.")
        message_id: str = pin(description="The message's id.")

    examples = (
        sample(
            _KEY,
            {
                "channel_identifier": "1100000000000000001",
                "file": "data:text/plain;base64,aGVsbG8=",
                "filename": "a.txt",
            },
            [("status", "File sent"), ("message_id", _MESSAGE["id"])],
            said(_CHANNEL),
            said(_MESSAGE),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, key = Api(DISCORD, inputs.credentials, context), context.idempotency_key()
        channel = await find_channel(api, inputs.channel_identifier, inputs.server_name, "channel_identifier")
        file = await context.files.open(inputs.file, bytes_max=_FILE_BYTES_MAX)
        body = {"content": inputs.message_content} if inputs.message_content else {}
        message = await send_file(api, channel["id"], body, file, inputs.filename or file.name, key)
        yield "status", "File sent"
        yield "message_id", message["id"]


class ReplyToDiscordMessage(Block):
    """Answer a message in its channel."""

    id = "7226cb99-6e7b-4672-b6b2-acec95336eec"
    name = "ReplyToDiscordMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: DiscordBotCredentials = pin(description="A bot's token.")
        channel_id: str = pin(description="The channel's id.", placeholder="1100000000000000001")
        message_id: str = pin(description="The id of the message.", placeholder="1100000000000000009")
        reply_content: str = pin(description="The answer, in Discord's Markdown.")
        mention_author: bool = pin(True, description="Let its author be told.")

    class Output(BlockOutput):
        status: str = pin(description="That it was sent.")
        reply_id: str = pin(description="The answer's id; of several, the last one's.")

    examples = (
        sample(
            _KEY,
            {"channel_id": "1100000000000000001", "message_id": "1100000000000000008", "reply_content": "Yes."},
            [("status", "Reply sent"), ("reply_id", _MESSAGE["id"])],
            said(_MESSAGE),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, key = Api(DISCORD, inputs.credentials, context), context.idempotency_key()
        more = {
            "message_reference": {"message_id": inputs.message_id.strip()},
            # Who is named in the text is told as ever; the author of what is answered, as is said here.
            "allowed_mentions": {"parse": ["users", "roles", "everyone"], "replied_user": inputs.mention_author},
        }
        message = await send_text(api, inputs.channel_id.strip(), inputs.reply_content, key, more)
        yield "status", "Reply sent"
        yield "reply_id", message["id"]
