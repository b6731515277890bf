"""Blocks for Slack: send a message into a channel. They read nothing there."""

from __future__ import annotations

from typing import Any, Final

from blocks.providers.slack import SLACK, SlackCredentials
from blocks.sdk import BlockInput, BlockOutput, pin
from blocks.sdk.rest import Arguments, Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(SLACK)


class SendSlackMessage(RestBlock):
    """Send a message into a channel, or to a person, or as an answer in a thread."""

    id = "50cf5290-ec87-4ca1-b7d7-b8b4ef772f6d"
    name = "SendSlackMessageBlock"
    categories = ("SOCIAL",)
    provider = SLACK
    operation = Operation(
        "POST",
        "/chat.postMessage",
        body={
            "channel": "channel",
            "text": "text",
            "thread_ts": "thread_ts",
            "username": "username",
            "icon_emoji": "icon_emoji",
            "unfurl_links": "unfurl_links",
            "mrkdwn": "mrkdwn",
        },
        gives={"ts": ("ts",), "channel": ("channel",)},
    )

    class Input(BlockInput):
        credentials: SlackCredentials = pin(description="Access to Slack: a bot's token (xoxb-...), say.")
        channel: str = pin(description="The channel's id or name; or a person's id.", placeholder="#general")
        text: str = pin(description="The message, in Slack's own kind of Markdown.")
        thread_ts: str | None = pin(None, description="`ts` of the message that it answers: it goes into its thread.")
        username: str | None = pin(
            None, description="Another name to send it by; needs the scope chat:write.customize."
        )
        icon_emoji: str | None = pin(
            None, description="Another picture for it; needs that scope, too.", placeholder=":robot_face:"
        )
        unfurl_links: bool = pin(True, description="Show what its links lead to.")
        mrkdwn: bool = pin(True, description="Read the text as Markdown.")

    class Output(BlockOutput):
        ts: str = pin(description="What the message is called within its channel: its time.")
        channel: str = pin(description="The channel's id.")

    examples = (
        sample(
            _KEY,
            {"channel": "#general", "text": "Hello"},
            [("ts", "1503435956.000247"), ("channel", "C123ABC456")],
            said({"ok": True, "channel": "C123ABC456", "ts": "1503435956.000247"}),
        ),
        sample(
            _KEY,
            {"channel": "#nowhere", "text": "Hello"},
            [],
            said({"ok": False, "error": "channel_not_found"}),
            title="No such channel",
            error="channel_not_found",
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        # Fields left empty in a form come as empty texts, which Slack refuses.
        body = {name: value for name, value in (found.body or {}).items() if value != ""}
        return Arguments(found.places, found.query, body)
