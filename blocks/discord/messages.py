"""Messages to Discord: sent once, however often they are tried, and cut where they are too long; what they say is not judged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from blocks.sdk.files import OpenedFile
from blocks.sdk.rest import Api
from schema.errors import BlockFailed, InvalidInput

#: Characters of one message; https://docs.discord.com/developers/resources/message#create-message
MESSAGE_CHARS_MAX: Final = 2_000
#: Messages into which one text is cut at most.
MESSAGES_MAX: Final = 20
#: Characters of the word by which Discord knows a message that came before, in the last minutes.
_NONCE_CHARS: Final = 25


async def send(api: Api, channel_id: str, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Send a message; give it as Discord has it. One that arrived already under this key is not sent a second time: a block takes
    its key before it looks anything up, so that it is the same however many requests that takes."""
    sent = {**body, **_once(key)}
    path, places = "/channels/{channel}/messages", {"channel": channel_id}
    found: Mapping[str, Any] = (await api.call("POST", path, places, json=sent, is_repeatable=True)).content
    return found


async def send_file(
    api: Api, channel_id: str, body: Mapping[str, Any], file: OpenedFile, name: str, key: str
) -> Mapping[str, Any]:
    """Send a message with a file."""
    data = {"payload_json": orjson.dumps({**body, **_once(key)}).decode()}
    files = [("files[0]", (name, file.content, file.media_type))]
    path, places = "/channels/{channel}/messages", {"channel": channel_id}
    answer = await api.call("POST", path, places, data=data, files=files, is_repeatable=True)
    found: Mapping[str, Any] = answer.content
    return found


async def send_text(
    api: Api, channel_id: str, text: str, key: str, more: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Send a text as one message, or as several where it is long; give the last. `more` goes with the first."""
    found: Mapping[str, Any] = {}
    for number, part in enumerate(parts_of(text)):
        found = await send(api, channel_id, {"content": part, **(more or {} if number == 0 else {})}, f"{key}/{number}")
    return found


def parts_of(text: str) -> list[str]:
    """Cut a text into messages: at the ends of lines where that is possible, else between words, else anywhere."""
    if not text.strip():
        raise InvalidInput("Discord takes no empty message: give it some text.", pin="message_content")
    parts, rest = [], text
    while len(rest) > MESSAGE_CHARS_MAX:
        head = rest[:MESSAGE_CHARS_MAX]
        end = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or MESSAGE_CHARS_MAX
        parts.append(rest[:end])
        rest = rest[end:].lstrip("\n ")
        if len(parts) >= MESSAGES_MAX:
            raise BlockFailed(f"The text would be more than {MESSAGES_MAX} messages of Discord's: send it as a file.")
    return [part for part in [*parts, rest] if part.strip()]


def _once(key: str) -> dict[str, Any]:
    """Give what makes Discord answer with the message that is there, if it came already."""
    return {"nonce": hashlib.sha256(key.encode()).hexdigest()[:_NONCE_CHARS], "enforce_nonce": True}
