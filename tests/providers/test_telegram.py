"""Telegram's Bot API as its documentation has it: the token is in the path, and in nothing that is said or given."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from blocks.library.telegram_files import (
    GetTelegramFile,
    SendTelegramAudio,
    SendTelegramDocument,
    SendTelegramPhoto,
    SendTelegramVideo,
    SendTelegramVoice,
)
from blocks.library.telegram_messages import (
    DeleteTelegramMessage,
    EditTelegramMessage,
    ReplyToTelegramMessage,
    SendTelegramMessage,
)
from blocks.library.telegram_triggers import TelegramMessageReactionTrigger, TelegramMessageTrigger
from blocks.providers.telegram import TELEGRAM
from blocks.sdk import Unavailable
from blocks.sdk.rest import Api
from tests.blocks.conftest import make_context
from tests.providers.services import Says, api_key, service
from tests.providers.turns import Turn, converse

#: As tokens are: with a colon, which is no other letter in the path.
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
KEY = api_key(TELEGRAM, TOKEN)
SENT = Says({"ok": True, "result": {"message_id": 7, "chat": {"id": 1}}})
TEXT = "data:text/plain;base64,aGVsbG8="


def at(method: str) -> tuple[str, str]:
    return "POST", f"/bot{TOKEN}/{method}"


async def ask(block: Any, method: str, inputs: Any, body: Any, says: Says = SENT) -> Any:
    async with service(TELEGRAM, {at(method): says}) as telegram:
        outcome = await telegram.run(block, inputs, KEY)
    assert telegram.asked[0].json == body
    assert "authorization" not in telegram.asked[0].headers
    return outcome


async def test_a_message_has_what_was_set_and_nothing_else() -> None:
    outcome = await ask(SendTelegramMessage, "sendMessage", {"chat_id": 1, "text": "Hi"}, {"chat_id": 1, "text": "Hi"})
    assert outcome.outputs == [("message_id", 7), ("status", "Message sent")]
    inputs = {
        "chat_id": -100,
        "text": "*Hi*",
        "parse_mode": "MarkdownV2",
        "disable_notification": True,
        "reply_to_message_id": 6,
    }
    body = {
        "chat_id": -100,
        "text": "*Hi*",
        "parse_mode": "MarkdownV2",
        "disable_notification": True,
        "reply_parameters": {"message_id": 6},
    }
    await ask(SendTelegramMessage, "sendMessage", inputs, body)


async def test_a_message_is_answered_changed_and_deleted() -> None:
    reply = {"chat_id": 1, "text": "Yes.", "reply_parameters": {"message_id": 6}}
    await ask(ReplyToTelegramMessage, "sendMessage", {"chat_id": 1, "reply_to_message_id": 6, "text": "Yes."}, reply)
    edit = {"chat_id": 1, "message_id": 7, "text": "No."}
    await ask(EditTelegramMessage, "editMessageText", edit, edit)
    delete = {"chat_id": 1, "message_id": 7}
    outcome = await ask(DeleteTelegramMessage, "deleteMessage", delete, delete, Says({"ok": True, "result": True}))
    assert outcome.outputs == [("status", "Message deleted")]


@pytest.mark.parametrize(
    ("block", "kind", "method"),
    [
        (SendTelegramPhoto, "photo", "sendPhoto"),
        (SendTelegramVoice, "voice", "sendVoice"),
        (SendTelegramAudio, "audio", "sendAudio"),
        (SendTelegramDocument, "document", "sendDocument"),
        (SendTelegramVideo, "video", "sendVideo"),
    ],
)
async def test_a_file_goes_with_the_request(block: Any, kind: str, method: str) -> None:
    async with service(TELEGRAM, {at(method): SENT}) as telegram:
        inputs = {"chat_id": 1, kind: TEXT, "caption": "A wall", "reply_to_message_id": 6}
        outcome = await telegram.run(block, inputs, KEY)
    body = telegram.asked[0].body
    assert telegram.asked[0].headers["content-type"].startswith("multipart/form-data")
    assert f'name="{kind}"; filename="'.encode() in body
    assert b"hello" in body
    assert b'name="chat_id"\r\n\r\n1\r\n' in body
    assert b'name="caption"\r\n\r\nA wall\r\n' in body
    assert b'name="reply_parameters"\r\n\r\n' + orjson.dumps({"message_id": 6}) in body
    assert outcome.outputs == [("message_id", 7), ("status", f"{kind.capitalize()} sent")]


async def test_a_document_may_have_another_name_and_a_photo_is_not_larger_than_telegram_takes() -> None:
    async with service(TELEGRAM, {at("sendDocument"): SENT}) as telegram:
        await telegram.run(SendTelegramDocument, {"chat_id": 1, "document": TEXT, "filename": "wall.txt"}, KEY)
        large = "data:image/png;base64," + "QUFB" * (4 * 1024 * 1024)
        outcome = await telegram.run(SendTelegramPhoto, {"chat_id": 1, "photo": large}, KEY)
        empty = await telegram.run(SendTelegramDocument, {"chat_id": 1, "document": "data:text/plain,"}, KEY)
    assert b'filename="wall.txt"' in telegram.asked[0].body
    assert (outcome.code, empty.code, len(telegram.asked)) == ("VALUE_TOO_LARGE", "INVALID_INPUT", 1)


async def test_a_file_is_fetched_from_where_telegram_says() -> None:
    operations = {
        at("getFile"): Says({"ok": True, "result": {"file_id": "AgAD", "file_path": "photos/file 1.txt"}}),
        ("GET", f"/bot{TOKEN}/photos/file%201.txt"): Says(b"hello", headers={"content-type": "text/plain"}),
    }
    async with service(TELEGRAM, operations) as telegram:
        outcome = await telegram.run(GetTelegramFile, {"file_id": "AgAD"}, KEY)
    assert outcome.outputs == [("file", TEXT), ("status", "File downloaded")]


@pytest.mark.parametrize("path", ["../../botOTHER/getMe", "/etc/passwd", "", "a//b", "a/./b"])
async def test_a_path_that_leaves_the_files_is_not_followed(path: str) -> None:
    async with service(TELEGRAM, {at("getFile"): Says({"ok": True, "result": {"file_path": path}})}) as telegram:
        outcome = await telegram.run(GetTelegramFile, {"file_id": "AgAD"}, KEY)
    assert (outcome.code, len(telegram.asked)) == ("UNAVAILABLE", 1)


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (
            Says({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401),
            "CREDENTIAL_UNUSABLE",
            "Unauthorized",
        ),
        (Says({"ok": False, "error_code": 404, "description": "Not Found"}, 404), "BLOCK_FAILED", "no token"),
        (Says({"ok": False, "description": "Forbidden: bot was blocked by the user"}, 403), "BLOCK_FAILED", "blocked"),
        (Says({"ok": False, "description": f"Bad Request: {TOKEN} is odd"}, 400), "BLOCK_FAILED", "*** is odd"),
        (Says({}, 503), "UNAVAILABLE", "503"),
        (Says({}, 502), "BLOCK_FAILED", "is not known"),
        (Says({"ok": True}), "UNAVAILABLE", "without a result"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is_and_never_with_the_token(says: Says, code: str, words: str) -> None:
    async with service(TELEGRAM, {at("sendMessage"): says}) as telegram:
        outcome = await telegram.run(SendTelegramMessage, {"chat_id": 1, "text": "Hi"}, KEY)
    assert (outcome.code, words in outcome.error.message) == (code, True)
    assert TOKEN not in repr(outcome.error.to_wire())


async def test_how_long_to_wait_stands_in_the_answer() -> None:
    said = Says(
        {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 35}}, 429
    )
    async with service(TELEGRAM, {at("sendMessage"): said}) as telegram:
        outcome = await telegram.run(SendTelegramMessage, {"chat_id": 1, "text": "Hi"}, KEY)
    assert (outcome.code, outcome.error.retry_after_seconds) == ("RATE_LIMITED", 35.0)


async def test_a_network_that_fails_does_not_say_the_token() -> None:
    class Gone:
        async def request(self, _method: str, url: str, **_options: Any) -> Any:
            assert TOKEN in url
            raise Unavailable("api.telegram.org did not answer within 60 seconds.")

    api = Api(TELEGRAM, KEY, make_context(http=Gone()))
    with pytest.raises(Exception, match="whether it did what was asked is not known") as caught:
        await api.call("POST", "/sendMessage", json={})
    assert TOKEN not in str(caught.value)


async def test_the_files_are_at_an_address_of_their_own() -> None:
    api = Api(TELEGRAM, KEY, make_context())
    assert api.url("/getMe") == f"https://api.telegram.org/bot{TOKEN}/getMe"
    assert api.url("file:/a/b.txt") == f"https://api.telegram.org/file/bot{TOKEN}/a/b.txt"


FROM_ANN = {"message_id": 7, "from": {"id": 2, "first_name": "Ann"}, "chat": {"id": 1}}


@pytest.mark.parametrize(
    ("events", "update", "given"),
    [
        ({}, {"message": {**FROM_ANN, "text": "Hi"}}, {"event": "text", "is_edited": False}),
        ({}, {"edited_message": {**FROM_ANN, "text": "Hi"}}, {"event": "text", "is_edited": True}),
        ({"text": True}, {"edited_message": {**FROM_ANN, "text": "Hi"}}, None),
        ({"edited_message": True}, {"edited_message": {**FROM_ANN, "text": "Hi"}}, {"is_edited": True}),
        ({"edited_message": True}, {"message": {**FROM_ANN, "text": "Hi"}}, None),
        ({"edited_message": True, "photo": True}, {"edited_message": {**FROM_ANN, "text": "Hi"}}, None),
        ({"voice": True}, {"message": {**FROM_ANN, "voice": {"file_id": "v"}}}, {"voice_file_id": "v", "file_id": "v"}),
        ({}, {"message": {**FROM_ANN, "document": {"file_id": "d", "file_name": "a.pdf"}}}, {"file_name": "a.pdf"}),
        ({}, {"message": {**FROM_ANN, "sticker": {"file_id": "s"}}}, {"event": "other"}),
        ({}, {"message": {**FROM_ANN, "photo": []}}, {"event": "photo"}),
        ({}, {"poll": {"id": "1"}}, None),
        ({}, {"message": "none"}, None),
    ],
)
async def test_a_message_counts_if_its_kind_was_chosen(events: Any, update: Any, given: Any) -> None:
    inputs = {"events": events, "payload": update}
    async with service(TELEGRAM, {}) as telegram:
        outcome = await telegram.run(TelegramMessageTrigger, inputs, KEY)
    found = dict(outcome.outputs)
    assert {name: found.get(name) for name in given or {}} == (given or {})
    assert (found == {}) is (given is None)
    assert telegram.asked == []


async def test_who_reacted_anonymously_is_not_named() -> None:
    told = {
        "chat": {"id": 1},
        "message_id": 7,
        "actor_chat": {"id": 1},
        "old_reaction": [],
        "new_reaction": [{"type": "paid"}],
    }
    async with service(TELEGRAM, {}) as telegram:
        outcome = await telegram.run(TelegramMessageReactionTrigger, {"payload": {"message_reaction": told}}, KEY)
    assert "user_id" not in dict(outcome.outputs)
    assert dict(outcome.outputs)["new_reactions"] == [{"type": "paid"}]


async def test_the_conversation_of_a_change_that_was_made_already_is_a_success() -> None:
    said = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: message is not modified: specified new content",
    }
    turn = Turn(
        "POST", "/botthe-secret-key/editMessageText", Says(said, 400), json={"chat_id": 1, "message_id": 7, "text": "A"}
    )
    inputs = {"chat_id": 1, "message_id": 7, "text": "A"}
    outcome = await converse(TELEGRAM, EditTelegramMessage, inputs, [turn], lambda _: None)
    assert outcome.outputs == [("message_id", 7), ("status", "Message edited")]
