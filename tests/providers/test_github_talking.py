"""GitHub's issues, pull requests and reviews as its documentation has them: method, path, query, body, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.github import ISSUE, PULL, REPO, URL, talk
from tests.providers.services import Says
from tests.providers.turns import Turn

DIFF = {"accept": "application/vnd.github.diff"}
JSON = {"accept": "application/vnd.github+json"}
R = "/repos/owner/repo"

#: Block, its inputs, what it asks and is answered, what it gives.
ROWS: list[tuple[str, dict[str, Any], list[Turn], list[tuple[str, Any]]]] = [
    (
        "GithubMakeIssueBlock",
        {**REPO, "title": "A bug", "body": "It does not work."},
        [
            Turn(
                "POST",
                f"{R}/issues",
                Says({"number": 7, "html_url": "u"}, 201),
                json={"title": "A bug", "body": "It does not work."},
            )
        ],
        [("number", 7), ("url", "u")],
    ),
    (
        "GithubReadIssueBlock",
        ISSUE,
        [Turn("GET", f"{R}/issues/1", Says({"title": "T", "body": None, "user": {"login": "ann"}}))],
        [("title", "T"), ("body", ""), ("user", "ann")],
    ),
    (
        "GithubCommentBlock",
        {**ISSUE, "comment": "Seen."},
        [Turn("POST", f"{R}/issues/1/comments", Says({"id": 2, "html_url": "u"}, 201), json={"body": "Seen."})],
        [("id", 2), ("url", "u")],
    ),
    (
        "GithubCommentBlock",
        {"issue_url": f"{URL}/pull/1#discussion", "comment": "Seen."},
        [Turn("POST", f"{R}/issues/1/comments", Says({"id": 2, "html_url": "u"}, 201), json={"body": "Seen."})],
        [("id", 2), ("url", "u")],
    ),
    (
        "GithubUpdateCommentBlock",
        {"comment_url": f"{URL}/pull/1#issuecomment-22", "comment": "Done."},
        [Turn("PATCH", f"{R}/issues/comments/22", Says({"id": 22, "html_url": "u"}), json={"body": "Done."})],
        [("id", 22), ("url", "u")],
    ),
    (
        "GithubUpdateCommentBlock",
        {"comment_url": "https://api.github.com/repos/owner/repo/issues/comments/22", "comment": "Done."},
        [Turn("PATCH", f"{R}/issues/comments/22", Says({"id": 22, "html_url": "u"}), json={"body": "Done."})],
        [("id", 22), ("url", "u")],
    ),
    (
        "GithubUpdateCommentBlock",
        {**ISSUE, "comment_id": "22", "comment": "Done."},
        [Turn("PATCH", f"{R}/issues/comments/22", Says({"id": 22, "html_url": "u"}), json={"body": "Done."})],
        [("id", 22), ("url", "u")],
    ),
    (
        "GithubAddLabelBlock",
        {**ISSUE, "label": "good first issue"},
        [Turn("POST", f"{R}/issues/1/labels", Says([]), json={"labels": ["good first issue"]})],
        [("status", "The label is on it.")],
    ),
    (
        "GithubRemoveLabelBlock",
        {**ISSUE, "label": "a/b c"},
        [Turn("DELETE", f"{R}/issues/1/labels/a%2Fb%20c", Says([]))],
        [("status", "The label is off it.")],
    ),
    (
        "GithubAssignIssueBlock",
        {**ISSUE, "assignee": "@Ann"},
        [
            Turn(
                "POST",
                f"{R}/issues/1/assignees",
                Says({"assignees": [{"login": "ann"}]}, 201),
                json={"assignees": ["Ann"]},
            )
        ],
        [("status", "It is assigned to Ann.")],
    ),
    (
        "GithubUnassignIssueBlock",
        {**ISSUE, "assignee": "ann"},
        [Turn("DELETE", f"{R}/issues/1/assignees", Says({"assignees": []}), json={"assignees": ["ann"]})],
        [("status", "It is not assigned to ann.")],
    ),
    (
        "GithubMakePullRequestBlock",
        {**REPO, "title": "T", "body": "B", "head": "bob:change", "base": "main"},
        [
            Turn(
                "POST",
                f"{R}/pulls",
                Says({"number": 3, "html_url": "u"}, 201),
                json={"title": "T", "body": "B", "head": "bob:change", "base": "main"},
            )
        ],
        [("number", 3), ("url", "u")],
    ),
    (
        "GithubReadPullRequestBlock",
        {**PULL, "include_pr_changes": True},
        [
            Turn("GET", f"{R}/pulls/1", Says({"title": "T", "body": None, "user": None}), headers=JSON),
            Turn("GET", f"{R}/pulls/1", Says("diff --git é".encode()), headers=DIFF),
        ],
        [("title", "T"), ("body", ""), ("author", ""), ("changes", "diff --git é")],
    ),
    (
        "GithubAssignPRReviewerBlock",
        {**PULL, "reviewer": "ann"},
        [Turn("POST", f"{R}/pulls/1/requested_reviewers", Says({}, 201), json={"reviewers": ["ann"]})],
        [("status", "ann is asked to review it.")],
    ),
    (
        "GithubUnassignPRReviewerBlock",
        {**PULL, "reviewer": "ann"},
        [Turn("DELETE", f"{R}/pulls/1/requested_reviewers", Says({}), json={"reviewers": ["ann"]})],
        [("status", "ann is not asked to review it.")],
    ),
    (
        "GithubListPRReviewersBlock",
        PULL,
        [Turn("GET", f"{R}/pulls/1/requested_reviewers", Says({"users": [{"login": "ann", "html_url": "u"}]}))],
        [("reviewer", {"username": "ann", "url": "u"}), ("reviewers", [{"username": "ann", "url": "u"}])],
    ),
    (
        "GithubMergePullRequestBlock",
        {**PULL, "merge_method": "squash", "commit_title": "T"},
        [
            Turn(
                "PUT",
                f"{R}/pulls/1/merge",
                Says({"sha": "abc", "merged": True, "message": "merged"}),
                json={"merge_method": "squash", "commit_title": "T"},
            )
        ],
        [("sha", "abc"), ("merged", True), ("message", "merged")],
    ),
    (
        "GithubCreatePRReviewBlock",
        {
            "repo": "owner/repo",
            "pr_number": 1,
            "body": "B",
            "event": "REQUEST_CHANGES",
            "comments": [
                {"path": "a.py", "body": "Why?", "line": 5, "start_line": 3, "start_side": "RIGHT"},
                {"path": "b.py", "body": "How?", "position": 2},
            ],
        },
        [
            Turn(
                "POST",
                f"{R}/pulls/1/reviews",
                Says({"id": 9, "state": "CHANGES_REQUESTED", "html_url": "u"}),
                json={
                    "body": "B",
                    "event": "REQUEST_CHANGES",
                    "comments": [
                        {
                            "path": "a.py",
                            "body": "Why?",
                            "line": 5,
                            "side": "RIGHT",
                            "start_line": 3,
                            "start_side": "RIGHT",
                        },
                        {"path": "b.py", "body": "How?", "position": 2},
                    ],
                },
            )
        ],
        [("review_id", 9), ("state", "CHANGES_REQUESTED"), ("html_url", "u")],
    ),
    (
        "GithubCreatePRReviewBlock",
        {"repo": f"{URL}.git", "pr_number": 1, "body": "B", "create_as_draft": True},
        [
            Turn(
                "POST", f"{R}/pulls/1/reviews", Says({"id": 9, "state": "PENDING", "html_url": "u"}), json={"body": "B"}
            )
        ],
        [("review_id", 9), ("state", "PENDING"), ("html_url", "u")],
    ),
    (
        "GithubSubmitPendingReviewBlock",
        {"repo": "owner/repo", "pr_number": 1, "review_id": 9, "event": "APPROVE"},
        [
            Turn(
                "POST",
                f"{R}/pulls/1/reviews/9/events",
                Says({"state": "APPROVED", "html_url": "u"}),
                json={"event": "APPROVE"},
            )
        ],
        [("state", "APPROVED"), ("html_url", "u")],
    ),
    (
        "GithubGetPRReviewCommentsBlock",
        {"repo": "owner/repo", "pr_number": 1, "review_id": 9},
        [Turn("GET", f"{R}/pulls/1/reviews/9/comments", Says([]), query={"per_page": "100"})],
        [("comments", [])],
    ),
]


@pytest.mark.parametrize(
    ("name", "inputs", "turns", "outputs"), ROWS, ids=[f"{row[0]}-{i}" for i, row in enumerate(ROWS)]
)
async def test_an_operation_asks_and_gives_what_is_documented(
    name: str, inputs: dict[str, Any], turns: list[Turn], outputs: list[tuple[str, Any]]
) -> None:
    outcome = await talk(name, inputs, turns)
    assert outcome.outputs == outputs
