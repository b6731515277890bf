"""GitHub's lists: read page by page as the Link header says, with an end, each item by itself and all together."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.providers.github import GITHUB
from blocks.sdk.rest import ITEMS_MAX
from tests.blocks.conftest import BLOCKS
from tests.providers.github import ISSUE, PULL, REPO, REVIEWED, as_documented
from tests.providers.services import Asked, Says, service

R = "/repos/owner/repo"
#: Block, its inputs, where it asks, an item there, what it gives of it on which pins. {web} is where GitHub's pages are.
LISTS: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    (
        "GithubListIssuesBlock",
        REPO,
        f"{R}/issues",
        {"title": "T", "html_url": "u"},
        {"title": "T", "url": "u"},
        ("issue", "issues"),
    ),
    (
        "GithubListPullRequestsBlock",
        REPO,
        f"{R}/pulls",
        {"title": "T", "html_url": "u"},
        {"title": "T", "url": "u"},
        ("pull_request", "pull_requests"),
    ),
    (
        "GithubListCommentsBlock",
        ISSUE,
        f"{R}/issues/1/comments",
        {"id": 2, "body": None, "user": None, "html_url": "u"},
        {"id": 2, "body": "", "user": "", "url": "u"},
        ("comment", "comments"),
    ),
    (
        "GithubListTagsBlock",
        REPO,
        f"{R}/tags",
        {"name": "v1"},
        {"name": "v1", "url": "{web}/owner/repo/tree/v1"},
        ("tag", "tags"),
    ),
    (
        "GithubListReleasesBlock",
        REPO,
        f"{R}/releases",
        {"name": None, "tag_name": "v1", "html_url": "u"},
        {"name": "v1", "url": "u"},
        ("release", "releases"),
    ),
    (
        "GithubListStargazersBlock",
        REPO,
        f"{R}/stargazers",
        {"login": "ann", "html_url": "u"},
        {"username": "ann", "url": "u"},
        ("stargazer", "stargazers"),
    ),
    (
        "GithubListPRReviewsBlock",
        REVIEWED,
        f"{R}/pulls/1/reviews",
        {"id": 5, "user": {"login": "ann"}, "state": "APPROVED", "body": "", "html_url": "u", "submitted_at": "s"},
        {"id": 5, "user": "ann", "state": "APPROVED", "body": "", "html_url": "u", "submitted_at": "s"},
        ("review", "reviews"),
    ),
    (
        "GithubGetPRReviewCommentsBlock",
        REVIEWED,
        f"{R}/pulls/1/comments",
        {"id": 7, "user": {"login": "ann"}, "body": "B", "path": "a", "line": 3, "html_url": "u", "more": 1},
        {
            "id": 7,
            "user": "ann",
            "body": "B",
            "path": "a",
            "line": 3,
            "side": None,
            "created_at": None,
            "updated_at": None,
            "in_reply_to_id": None,
            "html_url": "u",
        },
        ("comment", "comments"),
    ),
]


def pages(item: dict[str, Any], path: str, count: int, size: int = 1) -> Any:
    def answer(asked: Asked) -> Says:
        page = int(asked.query.get("page", "1"))
        following = f'<https://api.github.com{path}?per_page=100&page={page + 1}>; rel="next", <https://x>; rel="last"'
        return Says([item] * size, headers={"link": following} if page < count else {})

    return answer


@pytest.mark.parametrize(("name", "inputs", "path", "item", "given", "pins"), LISTS, ids=[row[0] for row in LISTS])
async def test_a_list_is_read_to_its_end(
    name: str,
    inputs: dict[str, Any],
    path: str,
    item: dict[str, Any],
    given: dict[str, Any],
    pins: tuple[str, str],
) -> None:
    async with service(GITHUB, {("GET", path): pages(item, path, 3)}, as_documented) as github:
        outcome = await github.run(BLOCKS[name], inputs)
        web = github.url.rstrip("/")
    row = {key: value.replace("{web}", web) if isinstance(value, str) else value for key, value in given.items()}
    assert outcome.outputs == [(pins[0], row)] * 3 + [(pins[1], [row] * 3)]
    assert [(asked.query.get("per_page"), asked.query.get("page")) for asked in github.asked] == [
        ("100", None),
        ("100", "2"),
        ("100", "3"),
    ]


async def test_a_list_without_an_end_has_one_here() -> None:
    path, item = f"{R}/stargazers", {"login": "ann", "html_url": "u"}
    async with service(GITHUB, {("GET", path): pages(item, path, 1000, size=100)}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubListStargazersBlock"], REPO)
    assert len(outcome.outputs[-1][1]) == ITEMS_MAX
    assert len(github.asked) == ITEMS_MAX // 100


async def test_pull_requests_are_no_issues() -> None:
    rows = [{"title": "T", "html_url": "u"}, {"title": "P", "html_url": "p", "pull_request": {"url": "p"}}]
    async with service(GITHUB, {("GET", f"{R}/issues"): Says(rows)}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubListIssuesBlock"], REPO)
    assert outcome.outputs == [("issue", {"title": "T", "url": "u"}), ("issues", [{"title": "T", "url": "u"}])]


async def test_branches_are_one_page_with_their_addresses() -> None:
    async with service(GITHUB, {("GET", f"{R}/branches"): Says([{"name": "fix/it"}])}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubListBranchesBlock"], {**REPO, "per_page": 2, "page": 3})
    branch = {"name": "fix/it", "file_tree_url": f"{github.url.rstrip('/')}/owner/repo/tree/fix/it"}
    assert outcome.outputs == [("branch", branch), ("branches", [branch])]
    assert github.asked[0].query == {"per_page": "2", "page": "3"}


@pytest.mark.parametrize("name", [row[0] for row in LISTS])
async def test_an_empty_list_is_given_as_one(name: str) -> None:
    row = next(row for row in LISTS if row[0] == name)
    async with service(GITHUB, {("GET", row[2]): Says([])}, as_documented) as github:
        outcome = await github.run(BLOCKS[name], row[1])
    assert outcome.outputs == [(row[5][1], [])]


async def test_reviewers_who_are_asked_are_no_pages() -> None:
    path = f"{R}/pulls/1/requested_reviewers"
    async with service(GITHUB, {("GET", path): Says({"users": [], "teams": []})}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubListPRReviewersBlock"], PULL)
    assert outcome.outputs == [("reviewers", [])]
