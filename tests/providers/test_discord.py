"""Discord's HTTP API v10 as its documentation has it: channels by name, messages that are sent once, and waiting for one."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from blocks.discord.messages import MESSAGE_CHARS_MAX, parts_of
from blocks.discord.places import id_at, moment_of
from blocks.library.discord_messages import (
    ReplyToDiscordMessage,
    SendDiscordDM,
    SendDiscordEmbed,
    SendDiscordFile,
    SendDiscordMessage,
)
from blocks.library.discord_servers import (
    CreateDiscordThread,
    DiscordChannelInfo,
    DiscordGetCurrentUser,
    DiscordUserInfo,
    ReadDiscordMessages,
)
from blocks.providers.discord import DISCORD
from blocks.sdk import OAuth2
from schema.credentials import Reference
from tests.blocks.conftest import NOON
from tests.providers.services import Asked, Says, service

SERVER, CHANNEL, MESSAGE = "1100000000000000000", "1100000000000000001", "1100000000000000009"
ANN = {"id": "80351110224678912", "username": "ann", "global_name": "Ann", "discriminator": "0", "avatar": "a_b1"}
GENERAL = {"id": CHANNEL, "name": "general", "type": 0, "guild_id": SERVER}
MESSAGES = ("POST", f"/channels/{CHANNEL}/messages")
SENT = Says({"id": MESSAGE, "channel_id": CHANNEL})
BY_ID = {("GET", f"/channels/{CHANNEL}"): Says(GENERAL), MESSAGES: SENT}


def as_a_bot(asked: Asked) -> str | None:
    if asked.headers.get("authorization") != "Bot the-secret-key":
        return "no bot's token"
    return None if re.fullmatch(r"DiscordBot \(\S+, \S+\)", asked.headers.get("user-agent", "")) else "no user agent"


async def run(block: Any, inputs: Any, operations: Any, **more: Any) -> tuple[Any, list[Asked]]:
    async with service(DISCORD, operations, as_a_bot) as discord:
        return await discord.run(block, inputs, **more), discord.asked


async def test_a_channel_is_found_by_its_name_on_the_server_that_is_named() -> None:
    other = "1100000000000000999"
    operations = {
        ("GET", "/users/@me/guilds"): Says([{"id": other, "name": "Fences"}, {"id": SERVER, "name": "Walls"}]),
        ("GET", f"/guilds/{SERVER}/channels"): Says([{"id": "1", "name": "general", "type": 4}, GENERAL]),
        MESSAGES: SENT,
    }
    inputs = {"message_content": "Hello", "channel_name": "#general", "server_name": "Walls"}
    outcome, asked = await run(SendDiscordMessage, inputs, operations)
    assert outcome.outputs == [("status", "Message sent"), ("message_id", MESSAGE), ("channel_id", CHANNEL)]
    assert [(one.method, one.path) for one in asked] == list(operations)
    assert asked[0].query == {"limit": "200"}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"channel_name": "general", "server_name": "Nowhere"}, "no server 'Nowhere'"),
        ({"channel_name": "x"}, "no channel 'x'"),
    ],
)
async def test_what_the_bot_does_not_see_is_said(inputs: Any, words: str) -> None:
    operations = {
        ("GET", "/users/@me/guilds"): Says([{"id": SERVER, "name": "Walls"}]),
        ("GET", f"/guilds/{SERVER}/channels"): Says([GENERAL]),
    }
    outcome, _ = await run(SendDiscordMessage, {"message_content": "Hello", **inputs}, operations)
    assert (outcome.code, words in outcome.error.message) == ("INVALID_INPUT", True)


async def test_servers_are_read_page_by_page() -> None:
    def guilds(asked: Asked) -> Says:
        if "after" not in asked.query:
            return Says([{"id": str(number), "name": str(number)} for number in range(200)])
        assert asked.query["after"] == "199"
        return Says([{"id": SERVER, "name": "Walls"}])

    operations = {("GET", "/users/@me/guilds"): guilds, ("GET", f"/guilds/{SERVER}/channels"): Says([GENERAL])}
    outcome, asked = await run(
        DiscordChannelInfo, {"channel_identifier": "general", "server_name": "Walls"}, operations
    )
    assert dict(outcome.outputs)["server_id"] == SERVER
    assert len(asked) == 3


async def test_a_message_that_is_tried_again_carries_the_same_nonce() -> None:
    inputs = {"message_content": "Hello", "channel_name": CHANNEL}
    bodies = [(await run(SendDiscordMessage, inputs, BY_ID, run_id="r"))[1][-1].json for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert bodies[0] == {"content": "Hello", "nonce": bodies[0]["nonce"], "enforce_nonce": True}
    assert len(bodies[0]["nonce"]) == 25


async def test_the_nonce_is_the_same_however_many_requests_it_takes_to_find_the_channel() -> None:
    by_name = {
        ("GET", "/users/@me/guilds"): Says([{"id": SERVER, "name": "Walls"}]),
        ("GET", f"/guilds/{SERVER}/channels"): Says([GENERAL]),
        MESSAGES: SENT,
    }
    named = {"message_content": "Hello", "channel_name": "general"}
    _, asked = await run(SendDiscordMessage, named, by_name, run_id="r")
    _, again = await run(SendDiscordMessage, {**named, "channel_name": CHANNEL}, BY_ID, run_id="r")
    assert asked[-1].json["nonce"] == again[-1].json["nonce"]


async def test_a_long_text_is_several_messages_and_each_is_sent_once() -> None:
    text = "\n".join(["stone " * 100] * 5)
    _, asked = await run(SendDiscordMessage, {"message_content": text, "channel_name": CHANNEL}, BY_ID)
    bodies = [one.json for one in asked if one.method == "POST"]
    assert len({body["nonce"] for body in bodies}) == len(bodies) == 2
    assert "".join(body["content"] for body in bodies).split() == text.split()


def test_a_text_without_a_place_to_cut_is_cut_anyway() -> None:
    assert [len(part) for part in parts_of("x" * 4_500)] == [MESSAGE_CHARS_MAX, MESSAGE_CHARS_MAX, 500]


@pytest.mark.parametrize(("text", "code"), [(" ", "INVALID_INPUT"), ("x" * 50_000, "BLOCK_FAILED")])
async def test_an_empty_text_and_an_endless_one_are_refused(text: str, code: str) -> None:
    outcome, asked = await run(SendDiscordMessage, {"message_content": text, "channel_name": CHANNEL}, BY_ID)
    assert outcome.code == code
    assert [one for one in asked if one.method == "POST"] == []


async def test_a_person_is_written_to() -> None:
    operations = {("POST", "/users/@me/channels"): Says({"id": CHANNEL, "type": 1}), MESSAGES: SENT}
    outcome, asked = await run(SendDiscordDM, {"user_id": ANN["id"], "message_content": "Hello"}, operations)
    assert asked[0].json == {"recipient_id": ANN["id"]}
    assert dict(outcome.outputs)["message_id"] == MESSAGE


async def test_a_card_has_what_was_set() -> None:
    inputs = {
        "channel_identifier": CHANNEL,
        "title": "Wall",
        "thumbnail_url": "https://a.b/c.png",
        "footer_text": "below",
        "fields": [{"name": "Stones", "value": 7, "inline": False}],
    }
    _, asked = await run(SendDiscordEmbed, inputs, BY_ID)
    assert asked[-1].json["embeds"] == [
        {
            "title": "Wall",
            "thumbnail": {"url": "https://a.b/c.png"},
            "footer": {"text": "below"},
            "fields": [{"name": "Stones", "value": "7", "inline": False}],
            "color": 5_793_266,
        }
    ]


async def test_a_file_goes_with_its_message() -> None:
    inputs = {
        "channel_identifier": CHANNEL,
        "file": "data:text/plain;base64,aGVsbG8=",
        "filename": "wall.txt",
        "message_content": "Look",
    }
    _, asked = await run(SendDiscordFile, inputs, BY_ID)
    assert asked[-1].headers["content-type"].startswith("multipart/form-data")
    body = asked[-1].body
    assert b'name="files[0]"; filename="wall.txt"' in body
    assert b"hello" in body
    found = re.search(rb'name="payload_json"\r\n\r\n(.+?)\r\n', body)
    assert found is not None
    assert orjson.loads(found[1])["content"] == "Look"


async def test_a_file_that_is_too_large_is_not_sent() -> None:
    large = "data:text/plain;base64," + "QUFB" * (4 * 1024 * 1024)
    outcome, asked = await run(SendDiscordFile, {"channel_identifier": CHANNEL, "file": large}, BY_ID)
    assert outcome.code == "VALUE_TOO_LARGE"
    assert [one for one in asked if one.method == "POST"] == []


async def test_an_answer_says_what_it_answers_and_whether_its_author_is_told() -> None:
    inputs = {"channel_id": CHANNEL, "message_id": MESSAGE, "reply_content": "Yes.", "mention_author": False}
    outcome, asked = await run(ReplyToDiscordMessage, inputs, {MESSAGES: SENT})
    body = asked[0].json
    assert body["message_reference"] == {"message_id": MESSAGE}
    assert body["allowed_mentions"]["replied_user"] is False
    assert outcome.outputs == [("status", "Reply sent"), ("reply_id", MESSAGE)]


async def test_a_thread_is_made_with_its_first_message() -> None:
    thread = "1100000000000000007"
    operations = {
        ("GET", f"/channels/{CHANNEL}"): Says(GENERAL),
        ("POST", f"/channels/{CHANNEL}/threads"): Says({"id": thread, "name": "Stones"}, 201),
        ("POST", f"/channels/{thread}/messages"): SENT,
    }
    inputs = {
        "channel_name": CHANNEL,
        "thread_name": "Stones",
        "is_private": True,
        "auto_archive_duration": "60",
        "message_content": "Which?",
    }
    outcome, asked = await run(CreateDiscordThread, inputs, operations)
    assert asked[1].json == {"name": "Stones", "type": 12, "auto_archive_duration": 60}
    assert asked[2].json["content"] == "Which?"
    assert dict(outcome.outputs)["thread_id"] == thread


async def test_who_somebody_is() -> None:
    outcome, _ = await run(DiscordUserInfo, {"user_id": ANN["id"]}, {("GET", f"/users/{ANN['id']}"): Says(ANN)})
    found = dict(outcome.outputs)
    assert found["avatar_url"] == "https://cdn.discordapp.com/avatars/80351110224678912/a_b1.gif"
    assert (found["display_name"], found["is_bot"]) == ("Ann", False)


async def test_a_channel_of_an_id_says_its_server() -> None:
    operations = {
        ("GET", f"/channels/{CHANNEL}"): Says({**GENERAL, "type": 15}),
        ("GET", f"/guilds/{SERVER}"): Says({"name": "Walls"}),
    }
    outcome, _ = await run(DiscordChannelInfo, {"channel_identifier": CHANNEL}, operations)
    assert (dict(outcome.outputs)["server_name"], dict(outcome.outputs)["channel_type"]) == ("Walls", "forum")


async def test_a_person_that_granted_access_is_asked_for_as_a_bearer() -> None:
    grant = OAuth2(
        Reference("00000000-0000-4000-8000-00000000000b", "discord", "oauth2", "Mine"), access_token="granted"
    )

    def as_a_person(asked: Asked) -> str | None:
        return None if asked.headers.get("authorization") == "Bearer granted" else "no bearer token"

    said = Says({**ANN, "banner": "b2", "accent_color": 0})
    async with service(DISCORD, {("GET", "/users/@me"): said}, as_a_person) as discord:
        outcome = await discord.run(DiscordGetCurrentUser, {}, grant)
    found = dict(outcome.outputs)
    assert (found["banner_url"], found["accent_color"]) == (
        "https://cdn.discordapp.com/banners/80351110224678912/b2.png",
        0,
    )


def test_an_id_tells_when_it_was_made() -> None:
    # The example of Discord's own documentation.
    assert moment_of("175928847299117063").isoformat() == "2016-04-30T11:18:25.796000+00:00"
    assert moment_of(str(id_at(NOON))) == NOON


def message(moment_id: int, author: str, content: str) -> dict[str, Any]:
    return {"id": str(moment_id), "content": content, "author": {"id": author, "username": author}}


async def test_the_first_message_is_given_that_somebody_else_wrote_after_it_began() -> None:
    began = id_at(NOON)
    quiet, loud = {**GENERAL, "last_message_id": "5"}, {**GENERAL, "last_message_id": str(began + 9)}
    operations = {
        ("GET", "/users/@me/guilds"): Says([{"id": SERVER, "name": "Walls"}]),
        ("GET", f"/guilds/{SERVER}/channels"): [Says([quiet]), Says([loud])],
        ("GET", "/users/@me"): Says({"id": "me"}),
        ("GET", f"/channels/{CHANNEL}/messages"): Says(
            [message(began + 9, "ann", "second"), message(began + 8, "bob", "first"), message(began + 7, "me", "mine")]
        ),
    }
    outcome, asked = await run(ReadDiscordMessages, {}, operations)
    found = dict(outcome.outputs)
    assert (found["message_content"], found["username"], found["channel_name"]) == ("first", "bob", "general")
    assert outcome.slept == pytest.approx([3.0, 3.9])
    assert int(asked[-1].query["after"]) < began
    assert asked[-1].query["limit"] == "100"


async def test_waiting_for_a_message_has_an_end_and_a_bound() -> None:
    many = [{"id": str(number), "name": str(number)} for number in range(21)]
    operations: dict[tuple[str, str], Any] = {("GET", f"/guilds/{number}/channels"): Says([]) for number in range(21)}
    operations[("GET", "/users/@me/guilds")] = Says(many)
    outcome, _ = await run(ReadDiscordMessages, {}, operations)
    assert "more than 20 servers" in outcome.error.message
    began = {"memories": ({"after": "1"},), "step": 1_500}
    operations = {("GET", f"/channels/{CHANNEL}"): Says({**GENERAL, "last_message_id": None})}
    outcome, _ = await run(ReadDiscordMessages, {"channel_identifier": CHANNEL}, operations, **began)
    assert "about a day" in outcome.error.message
