"""Blocks for comments on GitHub's issues and pull requests; those on lines of a pull request are reviews' (github_reviews)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.github.operations import CATEGORIES, KEY, PAGE, WEB, GithubBlock, api_of, login_of
from blocks.providers.github import GithubCredentials, comment_of, numbered_of
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import LinkPaging, Operation
from blocks.sdk.samples import said, sample
from schema.errors import InvalidInput

_ISSUE: Final = f"{WEB}/issues/1"
_PLACE: Final = f"{_ISSUE}#issuecomment-2"


class _CommentOutput(BlockOutput):
    id: int = pin(description="The comment's id.")
    url: str = pin(description="The comment's address.")


class GithubComment(GithubBlock):
    """Comment on an issue or a pull request."""

    id = "a8db4d8d-db1c-4a25-a1b0-416a8c33602b"
    name = "GithubCommentBlock"
    operation = Operation(
        "POST",
        "/repos/{owner}/{repo}/issues/{number}/comments",
        body={"comment": "body"},
        gives={"id": ("id",), "url": ("html_url",)},
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue or pull request.", placeholder=_ISSUE)
        comment: str = pin(description="What to say, in Markdown.")

    Output = _CommentOutput

    examples = (
        sample(
            KEY,
            {"issue_url": _ISSUE, "comment": "Seen."},
            [("id", 2), ("url", _PLACE)],
            said({"id": 2, "html_url": _PLACE}, 201),
        ),
    )


class GithubUpdateComment(Block):
    """Change a comment on an issue or a pull request, by its address or by its id and where it stands."""

    id = "b3f4d747-10e3-4e69-8c51-f2be1d99c9a7"
    name = "GithubUpdateCommentBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        comment_url: str = pin("", description="The comment, by its address.", placeholder=_PLACE, advanced=False)
        issue_url: str = pin("", description="Else: the issue or pull request where it stands.", placeholder=_ISSUE)
        comment_id: str = pin("", description="And the comment's id.")
        comment: str = pin(description="What it is to say, in Markdown.")

    Output = _CommentOutput

    examples = (
        sample(
            KEY,
            {"comment_url": _PLACE, "comment": "Done."},
            [("id", 2), ("url", _PLACE)],
            said({"id": 2, "html_url": _PLACE}),
        ),
        sample(
            KEY,
            {"issue_url": _ISSUE, "comment_id": "2", "comment": "Done."},
            [("id", 2), ("url", _PLACE)],
            said({"id": 2, "html_url": _PLACE}),
        ),
        sample(KEY, {"comment": "Done."}, [], error="which comment"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        answer = await api_of(inputs, context).call(
            "PATCH",
            "/repos/{owner}/{repo}/issues/comments/{comment}",
            _comment(inputs),
            json={"body": inputs.comment},
            is_repeatable=True,
        )
        yield "id", answer.content["id"]
        yield "url", answer.content["html_url"]


class GithubListComments(GithubBlock):
    """List the comments on an issue or a pull request, the oldest first, each by itself and all together."""

    id = "c4b5fb63-0005-4a11-b35a-0c2467bd6b59"
    name = "GithubListCommentsBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}/issues/{number}/comments",
        constants=PAGE,
        paging=LinkPaging(),
        item_pin="comment",
        items_pin="comments",
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue or pull request.", placeholder=_ISSUE)

    class Output(BlockOutput):
        comment: dict[str, Any] = pin(title="Comment", description="A comment: its id, body, user and url.")
        comments: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            {"issue_url": _ISSUE},
            [
                ("comment", {"id": 2, "body": "Seen.", "user": "ann", "url": _PLACE}),
                ("comments", [{"id": 2, "body": "Seen.", "user": "ann", "url": _PLACE}]),
            ],
            said([{"id": 2, "body": "Seen.", "user": {"login": "ann"}, "html_url": _PLACE}]),
        ),
    )

    def item(self, item: Any) -> Any:
        return {
            "id": item["id"],
            "body": item.get("body") or "",
            "user": login_of(item),
            "url": item["html_url"],
        }


def _comment(inputs: Any) -> dict[str, str]:
    """Give {owner, repo, comment}, of the comment's address or of its id and the issue's."""
    if inputs.comment_url.strip():
        return comment_of(inputs.comment_url)
    if not inputs.issue_url.strip() or not inputs.comment_id.strip().isdecimal():
        what = "Say which comment: give comment_url, or issue_url and comment_id, which is a number."
        raise InvalidInput(what, pin="comment_url")
    return {**numbered_of(inputs.issue_url), "comment": inputs.comment_id.strip()}
