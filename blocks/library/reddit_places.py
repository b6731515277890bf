"""Blocks for Reddit's subreddits and users, and for the messages between users."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

from blocks.providers.reddit import (
    REDDIT,
    RedditFlairCredentials,
    RedditMessageCredentials,
    RedditReadCredentials,
    subreddit_of,
    user_of,
)
from blocks.reddit.things import THINGS_MAX, api_of, change, things
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.samples import said, sample, sample_grant

_KEY: Final = sample_grant(REDDIT)
_WALLS: Final = {"id": "2s", "display_name": "walls", "title": "Walls", "subscribers": 5}
_RULE: Final = {"short_name": "Be kind", "description": "To all.", "kind": "all", "priority": 0}
_MAIL: Final = {"name": "t4_m1", "id": "m1", "author": "bob", "subject": "Hi", "body": "Hello.", "new": True}
_SUBREDDIT: Final = (
    "id", "display_name", "title", "public_description", "description", "subscribers", "active_user_count",
    "created_utc", "over18", "subreddit_type", "url",
)  # fmt: skip
_USER: Final = (
    "id",
    "name",
    "link_karma",
    "comment_karma",
    "total_karma",
    "created_utc",
    "is_gold",
    "is_mod",
    "verified",
)
_ITEM: Final = ("id", "name", "author", "subject", "body", "subreddit", "created_utc", "new", "was_comment", "context")
_FLAIR: Final = ("id", "text", "text_editable", "css_class")
_RULES: Final = ("short_name", "description", "kind", "priority", "violation_reason", "created_utc")


def _facts(data: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data.get(name) for name in names}


class GetSubredditInfo(Block):
    """Read what a subreddit is."""

    id = "5a2d1f0c-01fb-43ea-bad7-2260d269c930"
    name = "GetSubredditInfoBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        subreddit: str = pin(description="The subreddit.")

    class Output(BlockOutput):
        info: dict[str, Any] = pin(description="What it is.")
        subreddit: str = pin(description="Its name.")

    examples = (
        sample(
            _KEY,
            {"subreddit": "walls"},
            [("info", _facts(_WALLS, _SUBREDDIT)), ("subreddit", "walls")],
            said({"kind": "t5", "data": _WALLS}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        name = subreddit_of(inputs.subreddit)
        query = {"raw_json": 1}
        answer = await api_of(inputs, context).call("GET", "/r/{subreddit}/about", {"subreddit": name}, query=query)
        yield "info", _facts(answer.content["data"], _SUBREDDIT)
        yield "subreddit", name


class GetSubredditFlairs(Block):
    """List the flairs that a post in a subreddit may have."""

    id = "ada08f34-a7a9-44aa-869f-0638fa4e0a84"
    name = "GetSubredditFlairsBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditFlairCredentials = pin(description="Access to Reddit.")
        subreddit: str = pin(description="The subreddit.")

    class Output(BlockOutput):
        flair: dict[str, Any] = pin(description="Each flair by itself.")
        flairs: list[dict[str, Any]] = pin(description="The flairs.")
        subreddit: str = pin(description="The subreddit's name.")

    examples = (
        sample(
            _KEY,
            {"subreddit": "walls"},
            [
                ("flair", _facts({"id": "f1", "text": "Dry"}, _FLAIR)),
                ("flairs", [_facts({"id": "f1", "text": "Dry"}, _FLAIR)]),
                ("subreddit", "walls"),
            ],
            said([{"id": "f1", "text": "Dry"}]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        name = subreddit_of(inputs.subreddit)
        answer = await api_of(inputs, context).call("GET", "/r/{subreddit}/api/link_flair_v2", {"subreddit": name})
        flairs = [_facts(flair, _FLAIR) for flair in (answer.content or [])[:THINGS_MAX]]
        for flair in flairs:
            yield "flair", flair
        yield "flairs", flairs
        yield "subreddit", name


class GetSubredditRules(Block):
    """List a subreddit's rules."""

    id = "222aa36c-fa70-4879-8e8a-37d100175f5c"
    name = "GetSubredditRulesBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        subreddit: str = pin(description="The subreddit.")

    class Output(BlockOutput):
        rule: dict[str, Any] = pin(description="Each rule by itself.")
        rules: list[dict[str, Any]] = pin(description="The rules.")
        subreddit: str = pin(description="The subreddit's name.")

    examples = (
        sample(
            _KEY,
            {"subreddit": "walls"},
            [("rule", _facts(_RULE, _RULES)), ("rules", [_facts(_RULE, _RULES)]), ("subreddit", "walls")],
            said({"rules": [_RULE]}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        name = subreddit_of(inputs.subreddit)
        query = {"raw_json": 1}
        answer = await api_of(inputs, context).call("GET", "/r/{name}/about/rules", {"name": name}, query=query)
        rules = [_facts(rule, _RULES) for rule in (answer.content.get("rules") or [])[:THINGS_MAX]]
        for rule in rules:
            yield "rule", rule
        yield "rules", rules
        yield "subreddit", name


class GetRedditUserInfo(Block):
    """Read what is public of a user."""

    id = "1b4c6bd1-4f28-4bad-9ae9-e7034a0f61ff"
    name = "GetRedditUserInfoBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        username: str = pin(description="The user.")

    class Output(BlockOutput):
        user: dict[str, Any] = pin(description="Who it is.")
        username: str = pin(description="The user's name.")

    examples = (
        sample(
            _KEY,
            {"username": "ann"},
            [("user", _facts({"id": "1", "name": "ann"}, _USER)), ("username", "ann")],
            said({"kind": "t2", "data": {"id": "1", "name": "ann"}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        name = user_of(inputs.username)
        answer = await api_of(inputs, context).call("GET", "/user/{name}/about", {"name": name})
        yield "user", _facts(answer.content["data"], _USER)
        yield "username", name


class SendRedditMessage(Block):
    """Write a message to a user."""

    id = "7921101a-0537-4259-82ea-bc186ca6b1b6"
    name = "SendRedditMessageBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditMessageCredentials = pin(description="Access to Reddit.")
        username: str = pin(description="To whom.")
        subject: str = pin(description="What it is about.", min_length=1, max_length=100)
        message: str = pin(description="What it says, in Markdown.", min_length=1, max_length=10_000)

    class Output(BlockOutput):
        success: bool = pin(description="That it was sent.")
        username: str = pin(description="To whom.")

    examples = (
        sample(
            _KEY,
            {"username": "bob", "subject": "Hi", "message": "Hello."},
            [("success", True), ("username", "bob")],
            said({"json": {"errors": []}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        name = user_of(inputs.username)
        api = api_of(inputs, context)
        await change(api, "/api/compose", to=name, subject=inputs.subject, text=inputs.message)
        yield "success", True
        yield "username", name


class GetRedditInbox(Block):
    """Read messages, mentions and answers to one's own."""

    id = "5a91bb34-7ffe-4b9e-957b-9d4f8fe8dbc9"
    name = "GetRedditInboxBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditMessageCredentials = pin(description="Access to Reddit.")
        inbox_type: Literal[
            "all", "unread", "messages", "mentions", "comment_replies", "comments", "selfreply", "sent"
        ] = pin("unread", description="Which of them.")
        limit: int = pin(25, description="How many to give at most.", ge=1, le=THINGS_MAX)
        mark_read: bool = pin(False, description="Have them read.")

    class Output(BlockOutput):
        item: dict[str, Any] = pin(description="Each of them by itself.")
        items: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            _KEY,
            {"mark_read": True},
            [("item", _facts(_MAIL, _ITEM)), ("items", [_facts(_MAIL, _ITEM)])],
            said({"data": {"after": None, "children": [{"kind": "t4", "data": _MAIL}]}}),
            said({}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, where = api_of(inputs, context), _WHERE.get(inputs.inbox_type, inputs.inbox_type)
        items = [_facts(data, _ITEM) async for data in things(api, "/message/{where}", {"where": where}, inputs.limit)]
        if inputs.mark_read and items:
            await change(api, "/api/read_message", id=",".join(item["name"] for item in items))
        for item in items:
            yield "item", item
        yield "items", items


#: {what it is called here: what Reddit calls it}.
_WHERE: Final = {"all": "inbox", "comment_replies": "comments"}
