"""Methods of the Bot API as blocks call them: what is empty is left out, files go with the request; it keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import orjson

from blocks.sdk.files import OpenedFile
from blocks.sdk.rest import Api
from schema.errors import InvalidInput, Unavailable

#: Seconds for a file to get there.
_UPLOAD_SECONDS: Final = 300.0


class ParseMode(StrEnum):
    """How a text is written; https://core.telegram.org/bots/api#formatting-options"""

    NONE = "none"
    MARKDOWN = "Markdown"
    MARKDOWN_V2 = "MarkdownV2"
    HTML = "HTML"


def text_arguments(parse_mode: ParseMode = ParseMode.NONE, reply_to: int | None = None, **more: Any) -> dict[str, Any]:
    """Give a method's arguments, without those that are empty."""
    given = {
        "parse_mode": None if parse_mode is ParseMode.NONE else parse_mode.value,
        "reply_parameters": None if reply_to is None else {"message_id": reply_to},
        **more,
    }
    return {name: value for name, value in given.items() if value not in (None, "", False)}


async def call(api: Api, method: str, arguments: Mapping[str, Any], *, is_repeatable: bool = False) -> Any:
    """Call a method; give its result."""
    answer = await api.call("POST", f"/{method}", json=dict(arguments), is_repeatable=is_repeatable)
    return _result(answer.content)


async def upload(api: Api, method: str, kind: str, file: OpenedFile, name: str, arguments: Mapping[str, Any]) -> Any:
    """Call a method that sends a file of a kind; give its result."""
    if not file.content:
        raise InvalidInput("Telegram takes no empty file.", pin=kind)
    answer = await api.call(
        "POST",
        f"/{method}",
        data={
            key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in arguments.items()
        },
        files=[(kind, (name, file.content, file.media_type))],
        timeout_seconds=_UPLOAD_SECONDS,
    )
    return _result(answer.content)


def _result(content: Any) -> Any:
    if not isinstance(content, dict) or "result" not in content:
        raise Unavailable("Telegram answered without a result.")
    return content["result"]
