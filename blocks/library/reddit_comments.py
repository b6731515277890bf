"""Blocks for Reddit's comments: read those of a post and the answers to one, write and delete one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Literal

from blocks.providers.reddit import REDDIT, RedditEditCredentials, RedditReadCredentials, RedditSubmitCredentials, id_of
from blocks.reddit.things import api_of, change, comment_of, thing
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import found_at
from blocks.sdk.samples import said, sample, sample_grant
from schema.errors import BlockFailed

_KEY: Final = sample_grant(REDDIT)
_DATA: Final = {
    "id": "c1",
    "link_id": "t3_p1",
    "parent_id": "t3_p1",
    "author": "bob",
    "body": "Nice.",
    "score": 2,
    "created_utc": 1769860800.0,
    "edited": False,
    "is_submitter": False,
    "permalink": "/r/walls/comments/p1/my_wall/c1/",
}
_COMMENT: Final = comment_of(_DATA)
_REPLY: Final = {**_DATA, "id": "c2", "parent_id": "t1_c1", "body": "Thanks."}
_MADE: Final = said({"json": {"errors": [], "data": {"things": [{"kind": "t1", "data": _DATA}]}}})
#: Comments that one request gives at most.
_COMMENTS_MAX: Final = 500
_TEXT_CHARS_MAX: Final = 10_000


def _listing(*comments: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"children": [{"kind": "t1", "data": comment} for comment in comments]}}


def _comments(listing: Any, limit: int) -> Iterator[dict[str, Any]]:
    """Give the comments of a list; what stands for those that are not given is left out."""
    children = found_at(listing, ("data", "children")) or []
    found = [child["data"] for child in children if child.get("kind") == "t1"]
    for data in found[:limit]:
        yield comment_of(data)


class GetRedditPostComments(Block):
    """Read the comments on a post, without the answers to them."""

    id = "98422b2c-c3b0-4d70-871f-56bd966f46da"
    name = "GetRedditPostCommentsBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        post_id: str = pin(description="The post, by its id or its address.")
        limit: int = pin(25, description="How many to give at most.", ge=1, le=_COMMENTS_MAX)
        sort: Literal["best", "top", "new", "controversial", "old", "qa"] = pin("best", description="In which order.")

    class Output(BlockOutput):
        comment: dict[str, Any] = pin(description="Each comment by itself.")
        comments: list[dict[str, Any]] = pin(description="The comments.")
        post_id: str = pin(description="The post's id.")

    examples = (
        sample(
            _KEY,
            {"post_id": "p1"},
            [("comment", _COMMENT), ("comments", [_COMMENT]), ("post_id", "p1")],
            said([{}, _listing(_DATA)]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        post = id_of(inputs.post_id, "post_id")
        # Reddit's own name of its best order.
        sort = "confidence" if inputs.sort == "best" else inputs.sort
        query = {"limit": inputs.limit, "sort": sort, "depth": 1, "raw_json": 1}
        answer = await api_of(inputs, context).call("GET", "/comments/{post}", {"post": post}, query=query)
        comments = list(_comments(found_at(answer.content, ("1",)), inputs.limit))
        for comment in comments:
            yield "comment", comment
        yield "comments", comments
        yield "post_id", post


class GetRedditCommentReplies(Block):
    """Read the answers to a comment."""

    id = "7fa83965-7289-432f-98a9-1575f5bcc8f1"
    name = "GetRedditCommentRepliesBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        comment_id: str = pin(description="The comment.")
        post_id: str = pin(description="The post that it is on.")
        limit: int = pin(10, description="How many to give at most.", ge=1, le=_COMMENTS_MAX)

    class Output(BlockOutput):
        reply: dict[str, Any] = pin(description="Each answer by itself.")
        replies: list[dict[str, Any]] = pin(description="The answers.")
        comment_id: str = pin(description="The comment's id.")
        post_id: str = pin(description="The post's id.")

    examples = (
        sample(
            _KEY,
            {"post_id": "p1", "comment_id": "t1_c1"},
            [
                ("reply", comment_of(_REPLY)),
                ("replies", [comment_of(_REPLY)]),
                ("comment_id", "c1"),
                ("post_id", "p1"),
            ],
            said([{}, _listing({**_DATA, "replies": _listing(_REPLY)})]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        post, comment = id_of(inputs.post_id, "post_id"), id_of(inputs.comment_id, "comment_id")
        query = {"comment": comment, "limit": inputs.limit + 1, "depth": 2, "raw_json": 1}
        answer = await api_of(inputs, context).call("GET", "/comments/{post}", {"post": post}, query=query)
        found = found_at(answer.content, ("1", "data", "children", "0", "data"))
        if found is None:
            raise BlockFailed(f"The post {post!r} has no comment {comment!r}.")
        replies = list(_comments(found.get("replies") or {}, inputs.limit))
        for reply in replies:
            yield "reply", reply
        yield "replies", replies
        yield "comment_id", comment
        yield "post_id", post


class GetRedditComment(Block):
    """Read a comment."""

    id = "72cb311a-5998-4e0a-9bc4-f1b67a97284e"
    name = "GetRedditCommentBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditReadCredentials = pin(description="Access to Reddit.")
        comment_id: str = pin(description="The comment.")

    class Output(BlockOutput):
        comment: dict[str, Any] = pin(description="The comment.")

    examples = (sample(_KEY, {"comment_id": "c1"}, [("comment", _COMMENT)], said(_listing(_DATA))),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        found = await thing(api_of(inputs, context), "t1", id_of(inputs.comment_id, "comment_id"))
        yield "comment", comment_of(found)


class PostRedditComment(Block):
    """Write a comment on a post."""

    id = "4a92261b-701e-4ffb-8970-675fd28e261f"
    name = "PostRedditCommentBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditSubmitCredentials = pin(description="Access to Reddit.")
        post_id: str = pin(description="The post, by its id or its address.")
        comment: str = pin(description="What it says, in Markdown.", min_length=1, max_length=_TEXT_CHARS_MAX)

    class Output(BlockOutput):
        comment_id: str = pin(description="The comment's id.")
        post_id: str = pin(description="The post's id.")

    examples = (sample(_KEY, {"post_id": "p1", "comment": "Nice."}, [("comment_id", "c1"), ("post_id", "p1")], _MADE),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        post = id_of(inputs.post_id, "post_id")
        made = await change(api_of(inputs, context), "/api/comment", thing_id=f"t3_{post}", text=inputs.comment)
        yield "comment_id", made["id"]
        yield "post_id", post


class ReplyToRedditComment(Block):
    """Write an answer to a comment."""

    id = "7635b059-3a9f-4f7d-b499-1b56c4f76f4f"
    name = "ReplyToRedditCommentBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: RedditSubmitCredentials = pin(description="Access to Reddit.")
        comment_id: str = pin(description="The comment.")
        reply_text: str = pin(description="What it says, in Markdown.", min_length=1, max_length=_TEXT_CHARS_MAX)

    class Output(BlockOutput):
        comment_id: str = pin(description="The answer's id.")
        parent_comment_id: str = pin(description="The comment's id.")

    examples = (
        sample(
            _KEY,
            {"comment_id": "c0", "reply_text": "Nice."},
            [("comment_id", "c1"), ("parent_comment_id", "c0")],
            _MADE,
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        comment = id_of(inputs.comment_id, "comment_id")
        api = api_of(inputs, context)
        made = await change(api, "/api/comment", thing_id=f"t1_{comment}", text=inputs.reply_text)
        yield "comment_id", made["id"]
        yield "parent_comment_id", comment


class DeleteRedditComment(Block):
    """Delete one's own comment."""

    id = "2650584d-434f-46db-81ef-26c8d8d41f81"
    name = "DeleteRedditCommentBlock"
    categories = ("SOCIAL",)
    is_sensitive = True

    class Input(BlockInput):
        credentials: RedditEditCredentials = pin(description="Access to Reddit.")
        comment_id: str = pin(description="The comment.")

    class Output(BlockOutput):
        success: bool = pin(description="That it is gone.")
        comment_id: str = pin(description="The comment's id.")

    examples = (sample(_KEY, {"comment_id": "c1"}, [("success", True), ("comment_id", "c1")], said({})),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        comment = id_of(inputs.comment_id, "comment_id")
        await change(api_of(inputs, context), "/api/del", id=f"t1_{comment}")
        yield "success", True
        yield "comment_id", comment
