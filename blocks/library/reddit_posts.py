"""Blocks for Reddit's posts: find and read them, write, change and delete one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final, Literal

from blocks.providers.reddit import (
    REDDIT,
    RedditEditCredentials,
    RedditHistoryCredentials,
    RedditReadCredentials,
    RedditSubmitCredentials,
    id_of,
    subreddit_of,
    user_of,
)
from blocks.reddit.things import THINGS_MAX, api_of, change, details_of, post_of, thing, things
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.samples import said, sample, sample_grant
from schema.errors import InvalidInput

_KEY: Final = sample_grant(REDDIT)
_DATA: Final = {
    "id": "p1",
    "subreddit": "walls",
    "title": "My wall",
    "selftext": "It stands.",
    "author": "ann",
    "score": 3,
    "num_comments": 1,
    "created_utc": 1769860800.0,
    "url": "https://www.reddit.com/r/walls/comments/p1/my_wall/",
    "permalink": "/r/walls/comments/p1/my_wall/",
}
_POST: Final = post_of(_DATA)
_LIST: Final = said({"data": {"after": None, "children": [{"kind": "t3", "data": _DATA}]}})
_BOTH: Final = [("post", _POST), ("posts", [_POST])]
_Sort = Literal["new", "hot", "top", "controversial"]


class _Posts(BlockOutput):
    post: dict[str, Any] = pin(description="Each post by itself.")
    posts: list[dict[str, Any]] = pin(description="The posts.")


class GetRedditPosts(Block):
    """Read the newest posts of a subreddit: those of the last minutes, or those after one that you know."""

    id = "c6731acb-4285-4ee1-bc9b-03d0766c370f"
    name = "GetRedditPostsBlock"
    categories = ("SOCIAL",)
    Output = _Posts

    class Input(BlockInput):
        subreddit: str = pin("writingprompts", description="The subreddit.")
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        last_minutes: int | None = pin(None, description="Only those of so many minutes.", ge=1)
        last_post: str | None = pin(None, description="Only those after the post with this id.")
        post_limit: int | None = pin(10, description="How many to give at most.", ge=1, le=THINGS_MAX)

    examples = (sample(_KEY, {"subreddit": "r/walls"}, _BOTH, _LIST),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        places = {"subreddit": subreddit_of(inputs.subreddit)}
        since = 0.0
        if inputs.last_minutes is not None:
            since = (context.now() - timedelta(minutes=inputs.last_minutes)).timestamp()
        posts = []
        found = things(api_of(inputs, context), "/r/{subreddit}/new", places, inputs.post_limit or THINGS_MAX)
        async for data in found:
            if data.get("created_utc", 0) < since or data["id"] == (inputs.last_post or "").removeprefix("t3_"):
                break
            posts.append(post_of(data))
            yield "post", posts[-1]
        yield "posts", posts


class GetUserPosts(Block):
    """Read the posts of a user."""

    id = "6fbe6329-d13e-4d2e-bd4d-b4d921b56161"
    name = "GetUserPostsBlock"
    categories = ("SOCIAL",)
    Output = _Posts

    class Input(BlockInput):
        credentials: RedditHistoryCredentials = pin(description="Access to Reddit.")
        username: str = pin(description="The user.")
        post_limit: int = pin(10, description="How many to give at most.", ge=1, le=THINGS_MAX)
        sort: _Sort = pin("new", description="In which order.")

    examples = (sample(_KEY, {"username": "u/ann"}, _BOTH, _LIST),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        async for item in _submitted(inputs, context, user_of(inputs.username)):
            yield item


async def _submitted(inputs: Any, context: Context, user: str) -> AsyncIterator[Yield]:
    posts = []
    path = "/user/{user}/submitted"
    async for data in things(api_of(inputs, context), path, {"user": user}, inputs.post_limit, sort=inputs.sort):
        posts.append(post_of(data))
        yield "post", posts[-1]
    yield "posts", posts


class RedditGetMyPosts(Block):
    """Read one's own posts."""

    id = "4ab3381b-0c07-4201-89b3-fa2ec264f154"
    name = "RedditGetMyPostsBlock"
    categories = ("SOCIAL",)
    Output = _Posts

    class Input(BlockInput):
        credentials: RedditHistoryCredentials = pin(description="Access to Reddit.")
        post_limit: int = pin(10, description="How many to give at most.", ge=1, le=THINGS_MAX)
        sort: _Sort = pin("new", description="In which order.")

    examples = (sample(_KEY, {}, _BOTH, said({"name": "ann"}), _LIST),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        me = await api_of(inputs, context).call("GET", "/api/v1/me")
        async for item in _submitted(inputs, context, str(me.content["name"])):
            yield item


class GetRedditPost(Block):
    """Read a post."""

    id = "36e6a259-168c-4032-83ec-b2935d0e4584"
    name = "GetRedditPostBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        post_id: str = pin(description="The post, by its id or its address.")

    class Output(BlockOutput):
        post: dict[str, Any] = pin(description="The post.")

    examples = (
        sample(_KEY, {"post_id": "t3_p1"}, [("post", details_of(_DATA))], _LIST),
        sample(
            _KEY, {"post_id": "p2"}, [], said({"data": {"children": []}}), title="There is none", error="has no post"
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "post", details_of(await thing(api_of(inputs, context), "t3", id_of(inputs.post_id, "post_id")))


class SearchReddit(Block):
    """Search posts, everywhere or in a subreddit."""

    id = "4a0c975e-807b-4d5e-83c9-1619864a4b1a"
    name = "SearchRedditBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        query: str = pin(description="What to search for.", min_length=1)
        subreddit: str | None = pin(None, description="Only in this subreddit.")
        sort: Literal["relevance", "hot", "top", "new", "comments"] = pin("relevance", description="In which order.")
        time_filter: Literal["hour", "day", "week", "month", "year", "all"] = pin("all", description="Of which time.")
        limit: int = pin(10, description="How many to give at most.", ge=1, le=THINGS_MAX)

    class Output(BlockOutput):
        result: dict[str, Any] = pin(description="Each post by itself.")
        results: list[dict[str, Any]] = pin(description="The posts.")

    examples = (sample(_KEY, {"query": "wall"}, [("result", _POST), ("results", [_POST])], _LIST),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        query = {"q": inputs.query, "sort": inputs.sort, "t": inputs.time_filter, "type": "link"}
        path, places = "/search", {}
        if inputs.subreddit:
            path, places = "/r/{subreddit}/search", {"subreddit": subreddit_of(inputs.subreddit)}
            query["restrict_sr"] = "1"
        results = []
        async for data in things(api_of(inputs, context), path, places, inputs.limit, **query):
            results.append(post_of(data))
            yield "result", results[-1]
        yield "results", results


class CreateRedditPost(Block):
    """Write a post: a text, or a link."""

    id = "f3a2b1c0-8d7e-4f6a-9b5c-1234567890ab"
    name = "CreateRedditPostBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditSubmitCredentials = pin(description="Access to Reddit.")
        subreddit: str = pin(description="Where.")
        title: str = pin(description="Its title.", min_length=1, max_length=300)
        content: str = pin("", description="Its text, in Markdown.", max_length=40_000)
        url: str | None = pin(None, description="The address that it is a link to.")
        flair_id: str | None = pin(None, description="Its flair.")
        flair_text: str | None = pin(None, description="What the flair says, where one may choose.")

    class Output(BlockOutput):
        post_id: str = pin(description="The post's id.")
        post_url: str = pin(description="Its address.")
        subreddit: str = pin(description="Where it is.")

    examples = (
        sample(
            _KEY,
            {"subreddit": "walls", "title": "My wall", "content": "It stands."},
            [("post_id", "p1"), ("post_url", _DATA["url"]), ("subreddit", "walls")],
            said({"json": {"errors": [], "data": {"id": "p1", "name": "t3_p1", "url": _DATA["url"]}}}),
        ),
        sample(
            _KEY,
            {"subreddit": "nowhere", "title": "My wall"},
            [],
            said({"json": {"errors": [["SUBREDDIT_NOEXIST", "Hmm, that community doesn't exist", "sr"]]}}),
            title="There is no such subreddit",
            error="SUBREDDIT_NOEXIST",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.url and inputs.content:
            raise InvalidInput("A post is a text or a link: give content or url.", pin="url")
        subreddit = subreddit_of(inputs.subreddit)
        made = await change(
            api_of(inputs, context),
            "/api/submit",
            sr=subreddit,
            title=inputs.title,
            kind="link" if inputs.url else "self",
            text=None if inputs.url else inputs.content,
            url=inputs.url or None,
            flair_id=inputs.flair_id,
            flair_text=inputs.flair_text,
        )
        yield "post_id", made["id"]
        yield "post_url", made["url"]
        yield "subreddit", subreddit


class EditRedditPost(Block):
    """Change the text of one's own post."""

    id = "cdb9df0f-8b1d-433e-873a-ededc1b6479d"
    name = "EditRedditPostBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditEditCredentials = pin(description="Access to Reddit.")
        post_id: str = pin(description="The post, by its id or its address.")
        new_content: str = pin(description="What it is to say, in Markdown.", max_length=40_000)

    class Output(BlockOutput):
        success: bool = pin(description="That it was changed.")
        post_id: str = pin(description="The post's id.")
        post_url: str = pin(description="Its address.")

    examples = (
        sample(
            _KEY,
            {"post_id": "p1", "new_content": "It fell."},
            [("success", True), ("post_id", "p1"), ("post_url", _DATA["url"])],
            said({"json": {"errors": [], "data": {"things": [{"kind": "t3", "data": _DATA}]}}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        post = id_of(inputs.post_id, "post_id")
        api = api_of(inputs, context)
        changed = await change(api, "/api/editusertext", thing_id=f"t3_{post}", text=inputs.new_content)
        yield "success", True
        yield "post_id", post
        address = post_of(changed)["permalink"] if changed.get("id") else ""
        yield "post_url", address or f"https://www.reddit.com/comments/{post}"


class DeleteRedditPost(Block):
    """Delete one's own post."""

    id = "72e4730a-d66d-4785-8e54-5ab3af450c81"
    name = "DeleteRedditPostBlock"
    categories = ("SOCIAL",)
    is_sensitive = True

    class Input(BlockInput):
        credentials: RedditEditCredentials = pin(description="Access to Reddit.")
        post_id: str = pin(description="The post, by its id or its address.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")
        post_id: str = pin(description="The post's id.")

    examples = (sample(_KEY, {"post_id": "p1"}, [("success", True), ("post_id", "p1")], said({})),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        post = id_of(inputs.post_id, "post_id")
        await change(api_of(inputs, context), "/api/del", id=f"t3_{post}")
        yield "success", True
        yield "post_id", post
