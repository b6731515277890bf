"""Triggers for Telegram: where what somebody wrote to a bot, or how they reacted, enters an agent; they ask Telegram nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from blocks.providers.telegram import TELEGRAM, TelegramCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Kind, Yield, pin
from blocks.sdk.samples import sample, sample_key
from schema.webhooks import TELEGRAM_CONTENTS

_KEY: Final = sample_key(TELEGRAM)


class MessageEvents(BaseModel):
    """Which messages count; with none of them chosen, all do."""

    text: bool = Field(False, description="Text.")
    photo: bool = Field(False, description="Pictures.")
    voice: bool = Field(False, description="Voice messages.")
    audio: bool = Field(False, description="Music.")
    document: bool = Field(False, description="Files.")
    video: bool = Field(False, description="Films.")
    edited_message: bool = Field(False, description="Messages that were changed.")

    def has(self, content: str, is_edited: bool) -> bool:
        """Say whether a message counts."""
        chosen = {name for name, is_chosen in self.model_dump().items() if is_chosen}
        if not chosen:
            return True
        if is_edited and "edited_message" not in chosen:
            return False
        kinds = chosen - {"edited_message"}
        return content in kinds or (is_edited and not kinds)


class TelegramMessageTrigger(Block):
    """Give on a message that somebody wrote to the bot. One of a kind that was not chosen gives nothing."""

    id = "4435e4e0-df6e-4301-8f35-ad70b12fc9ec"
    name = "TelegramMessageTriggerBlock"
    categories = ("SOCIAL",)
    kind = Kind.WEBHOOK

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        payload: dict[str, Any] = pin(default_factory=dict, description="What Telegram sent; the run has it.")
        events: MessageEvents = pin(description="Which messages count, as {kind: true}.")

    class Output(BlockOutput):
        payload: dict[str, Any] = pin(description="What Telegram sent.")
        chat_id: int = pin(description="The chat's id.")
        message_id: int = pin(description="The message's number within its chat.")
        user_id: int = pin(description="Who wrote it; nobody wrote what stands in a channel.")
        username: str = pin(description="Their name on Telegram, if they have one.")
        first_name: str = pin(description="Their first name.")
        event: str = pin(description="What is in it: text, photo, voice, audio, document, video or other.")
        text: str = pin(description="Its text.")
        photo_file_id: str = pin(description="The picture's id, in its largest size.")
        voice_file_id: str = pin(description="The voice message's id.")
        audio_file_id: str = pin(description="The piece of music's id.")
        file_id: str = pin(description="The id of whatever file it has.")
        file_name: str = pin(description="That file's name.")
        caption: str = pin(description="What stands below it.")
        is_edited: bool = pin(description="Whether it was changed.")

    examples = (
        sample(
            _KEY,
            {
                "events": {"text": True},
                "payload": {
                    "update_id": 1,
                    "message": {
                        "message_id": 7,
                        "from": {"id": 2, "first_name": "Ann", "username": "ann"},
                        "chat": {"id": 1, "type": "private"},
                        "text": "Hello",
                    },
                },
            },
            [
                ("chat_id", 1),
                ("message_id", 7),
                ("user_id", 2),
                ("username", "ann"),
                ("first_name", "Ann"),
                ("event", "text"),
                ("text", "Hello"),
                ("is_edited", False),
            ],
            match="subset",
        ),
        sample(
            _KEY,
            {
                "events": {"voice": True},
                "payload": {"message": {"message_id": 7, "chat": {"id": 1}, "text": "Hello"}},
            },
            [],
            title="A kind that was not chosen",
        ),
        sample(
            _KEY,
            {
                "events": {},
                "payload": {
                    "message": {
                        "message_id": 8,
                        "chat": {"id": 1},
                        "photo": [{"file_id": "small"}, {"file_id": "large"}],
                        "caption": "A wall",
                    }
                },
            },
            [("event", "photo"), ("photo_file_id", "large"), ("file_id", "large"), ("caption", "A wall")],
            match="subset",
            title="A picture",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        is_edited = "edited_message" in inputs.payload
        message = _object(inputs.payload.get("edited_message" if is_edited else "message"))
        content = next((name for name in TELEGRAM_CONTENTS if name in message), "other")
        if not message or not inputs.events.has(content, is_edited):
            context.log("info", f"A message of the kind {content} is not one of those that were chosen.")
            return
        yield "payload", inputs.payload
        for name, value in _of_chat(message, "from").items():
            yield name, value
        yield "event", content
        if "text" in message:
            yield "text", message["text"]
        file = _file_of(message, content)
        if file.get("file_id"):
            if content in ("photo", "voice", "audio"):
                yield f"{content}_file_id", file["file_id"]
            yield "file_id", file["file_id"]
        if file.get("file_name"):
            yield "file_name", file["file_name"]
        if "caption" in message:
            yield "caption", message["caption"]
        yield "is_edited", is_edited


class TelegramMessageReactionTrigger(Block):
    """Give on how somebody reacted to a message. In a group Telegram tells this to administrators only."""

    id = "82525328-9368-4966-8f0c-cd78e80181fd"
    name = "TelegramMessageReactionTriggerBlock"
    categories = ("SOCIAL",)
    kind = Kind.WEBHOOK

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        payload: dict[str, Any] = pin(default_factory=dict, description="What Telegram sent; the run has it.")

    class Output(BlockOutput):
        payload: dict[str, Any] = pin(description="What Telegram sent.")
        chat_id: int = pin(description="The chat's id.")
        message_id: int = pin(description="The message's number within its chat.")
        user_id: int = pin(description="Who reacted, if they are not anonymous.")
        username: str = pin(description="Their name on Telegram, if they have one.")
        new_reactions: list[Any] = pin(description="Their reactions now, each with its type, such as an emoji.")
        old_reactions: list[Any] = pin(description="Their reactions before.")

    examples = (
        sample(
            _KEY,
            {
                "payload": {
                    "message_reaction": {
                        "chat": {"id": 1},
                        "message_id": 7,
                        "user": {"id": 2, "first_name": "Ann", "username": "ann"},
                        "old_reaction": [],
                        "new_reaction": [{"type": "emoji", "emoji": "👍"}],
                    }
                }
            },
            [
                ("chat_id", 1),
                ("message_id", 7),
                ("user_id", 2),
                ("username", "ann"),
                ("new_reactions", [{"type": "emoji", "emoji": "👍"}]),
                ("old_reactions", []),
            ],
            match="subset",
        ),
        sample(_KEY, {"payload": {"message": {"message_id": 7}}}, [], title="Something else"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        reaction = _object(inputs.payload.get("message_reaction"))
        if not reaction:
            context.log("info", "What Telegram sent is no reaction.")
            return
        yield "payload", inputs.payload
        for name, value in _of_chat(reaction, "user").items():
            if name != "first_name":
                yield name, value
        yield "new_reactions", reaction.get("new_reaction") or []
        yield "old_reactions", reaction.get("old_reaction") or []


def _of_chat(told: Mapping[str, Any], who: str) -> dict[str, Any]:
    """Give where it was and who it was, of what is known."""
    person = _object(told.get(who))
    found = {
        "chat_id": _object(told.get("chat")).get("id"),
        "message_id": told.get("message_id"),
        "user_id": person.get("id"),
        "username": person.get("username"),
        "first_name": person.get("first_name"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _file_of(message: Mapping[str, Any], content: str) -> Mapping[str, Any]:
    found = message.get(content)
    # Of a picture there are several sizes, the largest last.
    return _object(found[-1] if isinstance(found, list) and found else found)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
