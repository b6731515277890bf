"""Things of Reddit, https://www.reddit.com/dev/api: what a post, a comment or a user is to a block, and lists of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from blocks.providers.reddit import REDDIT
from blocks.sdk import Context
from blocks.sdk.rest import Api, CursorPaging, found_at
from schema.errors import BlockFailed

#: What one request may give, and what one block gives at most.
_PAGE: Final = 100
THINGS_MAX: Final = 1_000
_PAGING: Final = CursorPaging("after", cursor_at=("data", "after"), items_at=("data", "children"))
_SITE: Final = "https://www.reddit.com"


def api_of(inputs: Any, context: Context) -> Api:
    """Give Reddit's API for a node."""
    return Api(REDDIT, inputs.credentials, context)


async def things(api: Api, path: str, places: Mapping[str, Any], limit: int, **query: Any) -> AsyncIterator[Any]:
    """Give the things of a list, the data of each, page by page."""
    asked = {**query, "limit": min(_PAGE, limit), "raw_json": 1}
    async for child in api.pages(path, places, _PAGING, query=asked, items_max=limit):
        yield child["data"]


async def thing(api: Api, kind: str, thing_id: str) -> dict[str, Any]:
    """Give one thing by its kind (t1: a comment, t3: a post) and id. Raises BlockFailed where there is none."""
    answer = await api.call("GET", "/api/info", query={"id": f"{kind}_{thing_id}", "raw_json": 1})
    found = found_at(answer.content, ("data", "children", "0", "data"))
    if found is None:
        raise BlockFailed(f"Reddit has no {'comment' if kind == 't1' else 'post'} {thing_id!r}.")
    return dict(found)


async def change(api: Api, path: str, **values: Any) -> dict[str, Any]:
    """Send a form; give the data of what it made or changed, where Reddit says it."""
    form = {name: str(value) for name, value in values.items() if value is not None}
    answer = await api.call("POST", path, data={**form, "api_type": "json", "raw_json": "1"})
    data = found_at(answer.content, ("json", "data")) or {}
    return dict(found_at(data, ("things", "0", "data")) or data)


def post_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a post as a block gives it."""
    return {
        "post_id": data["id"],
        "subreddit": data.get("subreddit"),
        "title": data.get("title"),
        "body": data.get("selftext") or "",
        "author": data.get("author"),
        "score": data.get("score"),
        "num_comments": data.get("num_comments"),
        "created_utc": data.get("created_utc"),
        "url": data.get("url"),
        "permalink": _address(data),
    }


def details_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that a block says of one post."""
    more = ("upvote_ratio", "is_self", "over_18", "spoiler", "locked", "stickied", "link_flair_text")
    return {**post_of(data), **{name: data.get(name) for name in more}}


def comment_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a comment as a block gives it."""
    return {
        "comment_id": data["id"],
        "post_id": str(data.get("link_id") or "").removeprefix("t3_"),
        "parent_comment_id": _parent(data),
        "author": data.get("author"),
        "body": data.get("body") or "",
        "score": data.get("score"),
        "created_utc": data.get("created_utc"),
        "edited": bool(data.get("edited")),
        "is_submitter": data.get("is_submitter"),
        "permalink": _address(data),
    }


def _parent(data: Mapping[str, Any]) -> str | None:
    kind, _, parent = str(data.get("parent_id") or "").partition("_")
    return parent if kind == "t1" else None


def _address(data: Mapping[str, Any]) -> str:
    return f"{_SITE}{data['permalink']}" if data.get("permalink") else ""
