"""Blocks for Telegram's files: send pictures, sounds, films and documents, and get what was sent to a bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote

from blocks.providers.telegram import TELEGRAM, TelegramCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Unavailable, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key
from blocks.sdk.texts import MediaFile
from blocks.telegram.methods import ParseMode, call, text_arguments, upload
from schema.limits import LIMITS

_KEY: Final = sample_key(TELEGRAM)
_MESSAGE: Final = {"ok": True, "result": {"message_id": 7, "chat": {"id": 1}}}
_PIXEL: Final = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_SOUND: Final = "data:audio/ogg;base64,T2dnUwACAAAAAAAAAAAAAAAAAAAAAA=="
_TEXT: Final = "data:text/plain;base64,aGVsbG8="
#: What a bot may send of a picture, of anything else, and get; https://core.telegram.org/bots/api#sending-files
_PHOTO_BYTES_MAX: Final = 10 * 1024 * 1024
_FILE_BYTES_MAX: Final = min(50 * 1024 * 1024, LIMITS.opened_file_bytes_max)
_GET_BYTES_MAX: Final = 20 * 1024 * 1024


class _Sent(BlockOutput):
    message_id: int = pin(description="The message's number within its chat.")
    status: str = pin(description="That it was sent.")


class _SendFile(Block):
    """A block that sends a file of one kind."""

    is_abstract = True
    categories = ("SOCIAL",)
    #: The kind is what the pin and Telegram's argument are called; the method that sends it.
    file_kind: ClassVar[str]
    method: ClassVar[str]
    bytes_max: ClassVar[int] = _FILE_BYTES_MAX
    #: Pins that are arguments of the method, by the same names.
    passed: ClassVar[tuple[str, ...]] = ()

    Output = _Sent

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        file = await context.files.open(getattr(inputs, self.file_kind), bytes_max=self.bytes_max)
        more = {name: getattr(inputs, name) for name in self.passed}
        arguments = text_arguments(
            getattr(inputs, "parse_mode", ParseMode.NONE),
            inputs.reply_to_message_id,
            chat_id=inputs.chat_id,
            caption=inputs.caption,
            **more,
        )
        name = getattr(inputs, "filename", "") or file.name
        message: Mapping[str, Any] = await upload(api, self.method, self.file_kind, file, name, arguments)
        yield "message_id", message["message_id"]
        yield "status", f"{self.file_kind.capitalize()} sent"


class SendTelegramPhoto(_SendFile):
    """Send a picture into a chat."""

    id = "ceb9fd95-fd95-49ff-b57b-278957255716"
    name = "SendTelegramPhotoBlock"
    file_kind, method, bytes_max = "photo", "sendPhoto", _PHOTO_BYTES_MAX

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        photo: MediaFile = pin(description="The picture: a data: URI, a web address or a stored file.")
        caption: str = pin("", description="What stands below it; Telegram takes 1,024 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How that is written.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")

    examples = (
        sample(_KEY, {"chat_id": 1, "photo": _PIXEL}, [("message_id", 7), ("status", "Photo sent")], said(_MESSAGE)),
    )


class SendTelegramVoice(_SendFile):
    """Send a voice message into a chat: a sound file of the kind OGG with OPUS, or MP3, or M4A."""

    id = "7a0ef660-1a5b-4951-8642-c13a0c8d6d93"
    name = "SendTelegramVoiceBlock"
    file_kind, method, passed = "voice", "sendVoice", ("duration",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        voice: MediaFile = pin(description="The sound: a data: URI, a web address or a stored file.")
        caption: str = pin("", description="What stands below it; Telegram takes 1,024 characters.")
        duration: int | None = pin(None, description="How long it is, in seconds.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")

    examples = (
        sample(_KEY, {"chat_id": 1, "voice": _SOUND}, [("message_id", 7), ("status", "Voice sent")], said(_MESSAGE)),
    )


class SendTelegramAudio(_SendFile):
    """Send music into a chat."""

    id = "9044829a-7915-4ab4-a50f-89922ba3679f"
    name = "SendTelegramAudioBlock"
    file_kind, method, passed = "audio", "sendAudio", ("title", "performer", "duration")

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        audio: MediaFile = pin(description="The sound, MP3 or M4A: a data: URI, a web address or a stored file.")
        caption: str = pin("", description="What stands below it; Telegram takes 1,024 characters.")
        title: str = pin("", description="The piece's title.")
        performer: str = pin("", description="Who plays it.")
        duration: int | None = pin(None, description="How long it is, in seconds.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "audio": _SOUND, "title": "Wall"},
            [("message_id", 7), ("status", "Audio sent")],
            said(_MESSAGE),
        ),
    )


class SendTelegramDocument(_SendFile):
    """Send a file into a chat, as it is."""

    id = "554f4bad-4c99-48ba-9d1c-75840b71c5ad"
    name = "SendTelegramDocumentBlock"
    file_kind, method = "document", "sendDocument"

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        document: MediaFile = pin(description="The file: a data: URI, a web address or a stored file.")
        filename: str = pin("", description="Another name for it.")
        caption: str = pin("", description="What stands below it; Telegram takes 1,024 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How that is written.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "document": _TEXT, "filename": "a.txt"},
            [("message_id", 7), ("status", "Document sent")],
            said(_MESSAGE),
        ),
    )


class SendTelegramVideo(_SendFile):
    """Send a film into a chat."""

    id = "cda075af-3f31-47b0-baa9-0050b3bd78bd"
    name = "SendTelegramVideoBlock"
    file_kind, method, passed = "video", "sendVideo", ("duration",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        video: MediaFile = pin(description="The film, MPEG4: a data: URI, a web address or a stored file.")
        caption: str = pin("", description="What stands below it; Telegram takes 1,024 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How that is written.")
        duration: int | None = pin(None, description="How long it is, in seconds.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "video": "data:video/mp4;base64,AAAAGGZ0eXBtcDQy"},
            [("message_id", 7), ("status", "Video sent")],
            said(_MESSAGE),
        ),
    )


class GetTelegramFile(Block):
    """Get a file that somebody sent to the bot."""

    id = "b600aaf2-6272-40c6-b973-c3984747c5bd"
    name = "GetTelegramFileBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        file_id: str = pin(description="The file's id, as a trigger gives it.")

    class Output(BlockOutput):
        file: MediaFile = pin(description="The file.")
        status: str = pin(description="That it is here.")

    examples = (
        sample(
            _KEY,
            {"file_id": "AgAD"},
            [("file", "data:text/plain;base64,aGVsbG8="), ("status", "File downloaded")],
            said({"ok": True, "result": {"file_id": "AgAD", "file_path": "documents/file_1.txt"}}),
            said(b"hello", content_type="text/plain"),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        found = await call(api, "getFile", {"file_id": inputs.file_id}, is_repeatable=True)
        parts = str(found.get("file_path") or "").split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise Unavailable("Telegram did not say where the file is.")
        path = "/".join(quote(part, safe="") for part in parts)
        answer = await api.call("GET", f"file:/{path}", content_bytes_max=_GET_BYTES_MAX)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip() or "application/octet-stream"
        yield "file", await context.files.give(answer.body, parts[-1], kind)
        yield "status", "File downloaded"
