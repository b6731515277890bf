"""Blocks for reviews of GitHub's pull requests: writing, submitting and listing them, their comments, and ending a discussion."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from blocks.github.graphql import ask
from blocks.github.operations import CATEGORIES, KEY, PAGE, WEB, GithubBlock, api_of, login_of, places_of
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.rest import Api, LinkPaging, Operation
from blocks.sdk.samples import said, sample
from schema.errors import InvalidInput

ReviewEvent = Literal["COMMENT", "APPROVE", "REQUEST_CHANGES"]
_REVIEWS: Final = "/repos/{owner}/{repo}/pulls/{number}/reviews"
_GIVEN: Final = {"repo": "owner/repo", "pr_number": 1}
_REVIEW: Final = f"{WEB}/pull/1#pullrequestreview-5"
#: Pages of a hundred discussions that are looked through for one.
THREAD_PAGES_MAX: Final = 20
_THREADS: Final = """
query($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved comments(first: 100) { nodes { fullDatabaseId } } }
      }
    }
  }
}
"""
_RESOLVE: Final = """
mutation($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { isResolved } } }
"""
_UNRESOLVE: Final = """
mutation($thread: ID!) { unresolveReviewThread(input: {threadId: $thread}) { thread { isResolved } } }
"""
#: What the examples are answered.
_ROW: Final = {
    "id": 5,
    "user": "ann",
    "state": "APPROVED",
    "body": "Good.",
    "html_url": _REVIEW,
    "submitted_at": "2026-01-31T12:00:00Z",
}
_COMMENT_ROW: Final = {
    "id": 7,
    "user": "ann",
    "body": "Why?",
    "path": "a.py",
    "line": 3,
    "side": "RIGHT",
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
    "in_reply_to_id": None,
    "html_url": f"{WEB}/pull/1#discussion_r7",
}
_THREAD: Final = {"id": "T1", "isResolved": False, "comments": {"nodes": [{"fullDatabaseId": "7"}]}}
_THREADS_FOUND: Final = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [_THREAD]}
_THREADS_SAID: Final = {"data": {"repository": {"pullRequest": {"reviewThreads": _THREADS_FOUND}}}}


class ReviewComment(BaseModel):
    """A comment on a line of a file, or by an older way of counting on a position in its diff."""

    path: str = Field(description="The file.")
    body: str = Field(description="What to say, in Markdown.")
    position: int | None = Field(None, description="Where in the file's diff, counted from its first @@ line.")
    line: int | None = Field(None, description="Else: the line, or the last of several.")
    side: str | None = Field("RIGHT", description="RIGHT: the line after the change; LEFT: before it.")
    start_line: int | None = Field(None, description="The first of several lines.")
    start_side: str | None = Field(None, description="The side of that one.")

    def to_wire(self) -> dict[str, Any]:
        """Give it as GitHub takes it: a position has no side."""
        if self.position is None and self.line is None:
            raise InvalidInput(f"A comment on {self.path!r} needs a line.", pin="comments")
        kept = {"path", "body", "position"} if self.position is not None else None
        return self.model_dump(include=kept, exclude_none=True)


class _PullRequestInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    repo: str = pin(description="The repository, as `owner/name` or by its address.", placeholder="owner/name")
    pr_number: int = pin(description="The pull request's number.")


class GithubCreatePRReview(GithubBlock):
    """Review a pull request: a text, comments on its lines, and a decision. As a draft it is seen by nobody else until it is
    submitted."""

    id = "84754b30-97d2-4c37-a3b8-eb39f268275b"
    name = "GithubCreatePRReviewBlock"
    operation = Operation(
        "POST", _REVIEWS, gives={"review_id": ("id",), "state": ("state",), "html_url": ("html_url",)}
    )

    class Input(_PullRequestInput):
        body: str = pin(description="The review's text, in Markdown.")
        event: ReviewEvent = pin("COMMENT", description="What it decides.", advanced=False)
        create_as_draft: bool = pin(False, description="Keep it as a draft: the decision comes with submitting it.")
        comments: list[ReviewComment] | None = pin(None, description="Comments on lines.")

    class Output(BlockOutput):
        review_id: int = pin(description="The review's id.")
        state: str = pin(description="Its state, such as APPROVED or PENDING.")
        html_url: str = pin(description="Its address.")

    examples = (
        sample(
            KEY,
            {**_GIVEN, "body": "Good.", "event": "APPROVE", "comments": [{"path": "a.py", "body": "Why?", "line": 3}]},
            [("review_id", 5), ("state", "APPROVED"), ("html_url", _REVIEW)],
            said({"id": 5, "state": "APPROVED", "html_url": _REVIEW}),
        ),
        sample(
            KEY,
            {**_GIVEN, "body": "Good.", "comments": [{"path": "a.py", "body": "Why?"}]},
            [],
            error="needs a line",
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"body": inputs.body}
        if not inputs.create_as_draft:
            found["event"] = inputs.event
        if inputs.comments:
            found["comments"] = [comment.to_wire() for comment in inputs.comments]
        return found


class GithubListPRReviews(GithubBlock):
    """List the reviews of a pull request, the oldest first, each by itself and all together."""

    id = "f79bc6eb-33c0-4099-9c0f-d664ae1ba4d0"
    name = "GithubListPRReviewsBlock"
    operation = Operation("GET", _REVIEWS, constants=PAGE, paging=LinkPaging(), item_pin="review", items_pin="reviews")
    Input = _PullRequestInput

    class Output(BlockOutput):
        review: dict[str, Any] = pin(
            title="Review", description="A review: its id, user, state, body, html_url and submitted_at."
        )
        reviews: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [("review", _ROW), ("reviews", [_ROW])],
            said([{**_ROW, "user": {"login": "ann"}}]),
        ),
    )

    def item(self, item: Any) -> Any:
        return {
            "id": item["id"],
            "user": login_of(item),
            "state": item["state"],
            "body": item.get("body") or "",
            "html_url": item["html_url"],
            "submitted_at": item.get("submitted_at"),
        }


class GithubSubmitPendingReview(GithubBlock):
    """Submit a review that is a draft."""

    id = "2e468217-7ca0-4201-9553-36e93eb9357a"
    name = "GithubSubmitPendingReviewBlock"
    operation = Operation(
        "POST",
        f"{_REVIEWS}/{{review_id}}/events",
        body={"event": "event"},
        gives={"state": ("state",), "html_url": ("html_url",)},
    )

    class Input(_PullRequestInput):
        review_id: int = pin(description="The review's id.")
        event: ReviewEvent = pin("COMMENT", description="What it decides.", advanced=False)

    class Output(BlockOutput):
        state: str = pin(description="The review's state.")
        html_url: str = pin(description="Its address.")

    examples = (
        sample(
            KEY,
            {**_GIVEN, "review_id": 5, "event": "APPROVE"},
            [("state", "APPROVED"), ("html_url", _REVIEW)],
            said({"state": "APPROVED", "html_url": _REVIEW}),
        ),
    )


class GithubResolveReviewDiscussion(Block):
    """End the discussion that a comment on a line of a pull request is of, or open it again."""

    id = "b4b8a38c-95ae-4c91-9ef8-c2cffaf2b5d1"
    name = "GithubResolveReviewDiscussionBlock"
    categories = CATEGORIES

    class Input(_PullRequestInput):
        comment_id: int = pin(description="The id of a comment of the discussion.")
        resolve: bool = pin(True, description="End it; else open it again.", advanced=False)

    class Output(BlockOutput):
        success: bool = pin(description="Whether it is as it was to be.")

    examples = (
        sample(
            KEY,
            {**_GIVEN, "comment_id": 7},
            [("success", True)],
            said(_THREADS_SAID),
            said({"data": {"resolveReviewThread": {"thread": {"isResolved": True}}}}),
        ),
        sample(KEY, {**_GIVEN, "comment_id": 8}, [], said(_THREADS_SAID), error="no discussion with the comment 8"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = api_of(inputs, context)
        thread = await _thread_of(api, places_of(inputs), str(inputs.comment_id))
        is_resolved = bool(thread["isResolved"])
        if is_resolved is not inputs.resolve:
            data = await ask(api, _RESOLVE if inputs.resolve else _UNRESOLVE, {"thread": thread["id"]})
            (answer,) = data.values()
            is_resolved = bool(answer["thread"]["isResolved"])
        yield "success", is_resolved is inputs.resolve


async def _thread_of(api: Api, place: Mapping[str, Any], comment: str) -> Mapping[str, Any]:
    """Give the discussion with a comment; which one it is only GitHub's GraphQL API tells, by looking through all."""
    after = None
    for _ in range(THREAD_PAGES_MAX):
        data = await ask(api, _THREADS, {**place, "after": after})
        found = ((data.get("repository") or {}).get("pullRequest") or {}).get("reviewThreads") or {}
        for thread in found.get("nodes") or ():
            if any(str(one.get("fullDatabaseId")) == comment for one in thread["comments"]["nodes"]):
                return dict(thread)
        following = found.get("pageInfo") or {}
        if not following.get("hasNextPage"):
            break
        after = following.get("endCursor")
    raise BlockFailed(f"The pull request has no discussion with the comment {comment}; take its id from its address.")


class GithubGetPRReviewComments(Block):
    """List the comments on lines of a pull request, or those of one review, each by itself and all together."""

    id = "1d34db7f-10c1-45c1-9d43-749f743c8bd4"
    name = "GithubGetPRReviewCommentsBlock"
    categories = CATEGORIES

    class Input(_PullRequestInput):
        review_id: int | None = pin(None, description="The review; none: all comments.")

    class Output(BlockOutput):
        comment: dict[str, Any] = pin(
            title="Comment",
            description="A comment: its id, user, body, path, line, side, created_at, updated_at, in_reply_to_id, html_url.",
        )
        comments: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [("comment", _COMMENT_ROW), ("comments", [_COMMENT_ROW])],
            said([{**_COMMENT_ROW, "user": {"login": "ann"}}]),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        path, place = "/repos/{owner}/{repo}/pulls/{number}/comments", places_of(inputs)
        if inputs.review_id is not None:
            path, place = f"{_REVIEWS}/{{review_id}}/comments", {**place, "review_id": inputs.review_id}
        comments = []
        async for found in api_of(inputs, context).pages(path, place, LinkPaging(), query=PAGE):
            comments.append({name: found.get(name) for name in _COMMENT_ROW} | {"user": login_of(found)})
            yield "comment", comments[-1]
        yield "comments", comments


class GithubCreateCommentObject(Block):
    """Make a comment on a line for a review, from its parts."""

    id = "b7d5e4f2-8c3a-4e6b-9f1d-7a8b9c5e4d3f"
    name = "GithubCreateCommentObjectBlock"
    categories = CATEGORIES
    is_pure = True

    class Input(BlockInput):
        path: str = pin(description="The file.")
        body: str = pin(description="What to say, in Markdown.")
        position: int | None = pin(None, description="Where in the file's diff; better: a line.")
        line: int | None = pin(None, description="The line, or the last of several.", advanced=False)
        side: str | None = pin("RIGHT", description="RIGHT: the line after the change; LEFT: before it.")
        start_line: int | None = pin(None, description="The first of several lines.")
        start_side: str | None = pin(None, description="The side of that one.")

    class Output(BlockOutput):
        comment_object: dict[str, Any] = pin(description="The comment, for the pin `comments` of a review.")

    examples = (
        Example(
            input={"path": "a.py", "body": "Why?", "line": 3},
            output=[("comment_object", {"path": "a.py", "body": "Why?", "line": 3, "side": "RIGHT"})],
        ),
        Example(
            input={"path": "a.py", "body": "Why?", "position": 4},
            output=[("comment_object", {"path": "a.py", "body": "Why?", "position": 4})],
        ),
        Example(input={"path": "a.py", "body": "Why?"}, output=[], error="needs a line"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "comment_object", ReviewComment(**inputs.model_dump()).to_wire()
