"""Blocks for Telegram's messages of text: send, answer, change, delete. They read none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.providers.telegram import TELEGRAM, TelegramCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key
from blocks.telegram.methods import ParseMode, call, text_arguments

_KEY: Final = sample_key(TELEGRAM)
_MESSAGE: Final = {"ok": True, "result": {"message_id": 7, "chat": {"id": 1}}}
#: What it says of a change that is made already.
_SAME: Final = "message is not modified"


class _Sent(BlockOutput):
    message_id: int = pin(description="The message's number within its chat.")
    status: str = pin(description="That it was done.")


class SendTelegramMessage(Block):
    """Send a message into a chat."""

    id = "787678ad-1f47-4efc-89df-643f9908621a"
    name = "SendTelegramMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.", placeholder="123456789")
        text: str = pin(description="The message; Telegram takes 4,096 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How the text is written.")
        reply_to_message_id: int | None = pin(None, description="The message that it answers.")
        disable_notification: bool = pin(False, description="Let it arrive without a sound.")

    class Output(_Sent):
        pass

    examples = (
        sample(_KEY, {"chat_id": 1, "text": "Hello"}, [("message_id", 7), ("status", "Message sent")], said(_MESSAGE)),
        sample(
            _KEY,
            {"chat_id": 1, "text": "Hello"},
            [],
            said({"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, 400),
            title="No such chat",
            error="chat not found",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        arguments = text_arguments(
            inputs.parse_mode,
            inputs.reply_to_message_id,
            chat_id=inputs.chat_id,
            text=inputs.text,
            disable_notification=inputs.disable_notification,
        )
        yield "message_id", (await call(api, "sendMessage", arguments))["message_id"]
        yield "status", "Message sent"


class ReplyToTelegramMessage(Block):
    """Answer a message in its chat."""

    id = "c2b1c976-844f-4b6c-ab21-4973d2ceab15"
    name = "ReplyToTelegramMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        reply_to_message_id: int = pin(description="The message that it answers.")
        text: str = pin(description="The answer; Telegram takes 4,096 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How the text is written.")

    class Output(_Sent):
        pass

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "reply_to_message_id": 6, "text": "Yes."},
            [("message_id", 7), ("status", "Reply sent")],
            said(_MESSAGE),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        arguments = text_arguments(
            inputs.parse_mode, inputs.reply_to_message_id, chat_id=inputs.chat_id, text=inputs.text
        )
        yield "message_id", (await call(api, "sendMessage", arguments))["message_id"]
        yield "status", "Reply sent"


class EditTelegramMessage(Block):
    """Change the text of a message that the bot sent."""

    id = "c55816a2-37af-4901-ba19-36edcf2acfc1"
    name = "EditTelegramMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        message_id: int = pin(description="The message.")
        text: str = pin(description="Its new text; Telegram takes 4,096 characters.")
        parse_mode: ParseMode = pin(ParseMode.NONE, description="How the text is written.")

    class Output(_Sent):
        pass

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "message_id": 7, "text": "Bye"},
            [("message_id", 7), ("status", "Message edited")],
            said(_MESSAGE),
        ),
        sample(
            _KEY,
            {"chat_id": 1, "message_id": 7, "text": "Bye"},
            [("message_id", 7), ("status", "Message edited")],
            said({"ok": False, "error_code": 400, "description": f"Bad Request: {_SAME}: ..."}, 400),
            title="It says so already",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        arguments = text_arguments(
            inputs.parse_mode, chat_id=inputs.chat_id, message_id=inputs.message_id, text=inputs.text
        )
        try:
            await call(api, "editMessageText", arguments, is_repeatable=True)
        except BlockFailed as error:
            if _SAME not in error.message:
                raise
        yield "message_id", inputs.message_id
        yield "status", "Message edited"


class DeleteTelegramMessage(Block):
    """Delete a message."""

    id = "bb4fd91a-883e-4d29-9879-b06c4bb79d30"
    name = "DeleteTelegramMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: TelegramCredentials = pin(description="The bot's token.")
        chat_id: int = pin(description="The chat's id.")
        message_id: int = pin(description="The message.")

    class Output(BlockOutput):
        status: str = pin(description="That it was deleted.")

    examples = (
        sample(
            _KEY,
            {"chat_id": 1, "message_id": 7},
            [("status", "Message deleted")],
            said({"ok": True, "result": True}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(TELEGRAM, inputs.credentials, context)
        arguments: dict[str, Any] = {"chat_id": inputs.chat_id, "message_id": inputs.message_id}
        await call(api, "deleteMessage", arguments)
        yield "status", "Message deleted"
