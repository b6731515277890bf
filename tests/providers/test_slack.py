"""Slack's chat.postMessage as its documentation has it: a refusal is an answer of status 200 that says `ok: false`."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.slack_messages import SendSlackMessage
from blocks.providers.slack import SLACK
from tests.providers.services import Asked, Says, service
from tests.providers.turns import Turn, converse

SENT = {"ok": True, "channel": "C123ABC456", "ts": "1503435956.000247", "message": {"text": "Hello"}}


def with_token(asked: Asked) -> str | None:
    if asked.headers.get("authorization") != "Bearer the-secret-key":
        return "no bearer token"
    return None if asked.headers.get("content-type") == "application/json" else "no JSON"


async def test_a_message_is_sent_with_what_was_set() -> None:
    body = {
        "channel": "C123ABC456",
        "text": "Hello",
        "thread_ts": "1503435956.000001",
        "unfurl_links": False,
        "mrkdwn": True,
    }
    inputs = {**body, "username": "", "icon_emoji": None}
    outcome = await converse(
        SLACK, SendSlackMessage, inputs, [Turn("POST", "/chat.postMessage", Says(SENT), json=body)], with_token
    )
    assert outcome.outputs == [("ts", "1503435956.000247"), ("channel", "C123ABC456")]


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"ok": False, "error": "channel_not_found"}, "BLOCK_FAILED", "channel_not_found"),
        ({"ok": False, "error": "invalid_auth"}, "CREDENTIAL_UNUSABLE", "invalid_auth"),
        ({"ok": False, "error": "missing_scope", "needed": "chat:write"}, "CREDENTIAL_UNUSABLE", "scope chat:write"),
        ({"ok": False}, "BLOCK_FAILED", "does not say why"),
    ],
)
async def test_what_it_refuses_in_an_answer_of_success_is_a_failure(said: Any, code: str, words: str) -> None:
    async with service(SLACK, {("POST", "/chat.postMessage"): Says(said)}, with_token) as slack:
        outcome = await slack.run(SendSlackMessage, {"channel": "#a", "text": "Hello"})
    assert (outcome.code, outcome.emissions) == (code, [])
    assert words in outcome.error.message
