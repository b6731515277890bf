"""GitHub's issues as its REST documentation has them: method, path, authentication, body, paging and refusals."""

from __future__ import annotations

import pytest

from blocks.library.github_issues import GithubListIssues, GithubMakeIssue, GithubReadIssue
from blocks.providers.github import GITHUB
from tests.providers.services import Asked, Says, service

REPO = {"repo_url": "https://github.com/owner/repo"}


def as_documented(asked: Asked) -> str | None:
    if asked.headers.get("authorization") != "Bearer the-secret-key":
        return "no bearer token"
    if asked.headers.get("accept") != "application/vnd.github+json":
        return "no Accept header of GitHub's"
    return None if asked.headers.get("x-github-api-version") == "2022-11-28" else "no version"


async def test_a_list_is_read_page_by_page_as_the_link_header_says():
    def answer(asked: Asked) -> Says:
        page = int(asked.query.get("page", "1"))
        link = {"link": f'<https://api.github.com/repositories/1/issues?per_page=100&page={page + 1}>; rel="next"'}
        item = {"title": f"Issue {page}", "html_url": f"https://github.com/owner/repo/issues/{page}"}
        return Says([item], headers=link if page < 3 else {})

    async with service(GITHUB, {("GET", "/repos/owner/repo/issues"): answer}, as_documented) as github:
        outcome = await github.run(GithubListIssues, REPO)
    assert [value["title"] for pin, value in outcome.outputs if pin == "issue"] == ["Issue 1", "Issue 2", "Issue 3"]
    assert len(outcome.outputs[-1][1]) == 3
    assert [asked.query["per_page"] for asked in github.asked] == ["100", "100", "100"]


async def test_an_issue_is_made():
    made = Says({"number": 7, "html_url": "https://github.com/owner/repo/issues/7"}, 201)
    async with service(GITHUB, {("POST", "/repos/owner/repo/issues"): made}, as_documented) as github:
        outcome = await github.run(GithubMakeIssue, {**REPO, "title": "A bug", "body": "It does not work."})
    assert outcome.outputs == [("number", 7), ("url", "https://github.com/owner/repo/issues/7")]
    assert github.asked[0].json == {"title": "A bug", "body": "It does not work."}


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (Says({"message": "Bad credentials"}, 401), "CREDENTIAL_UNUSABLE", "Bad credentials"),
        (Says({"message": "Not Found"}, 404), "BLOCK_FAILED", "no such thing"),
        (Says({"message": "Validation Failed"}, 422), "BLOCK_FAILED", "Validation Failed"),
        (Says({"message": "slow down"}, 429, {"retry-after": "7"}), "RATE_LIMITED", "slow down"),
        (Says({"message": "limit"}, 403, {"x-ratelimit-remaining": "0"}), "RATE_LIMITED", "limit"),
        (Says(b"<html>", 502), "UNAVAILABLE", "502"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(says: Says, code: str, words: str):
    async with service(GITHUB, {("GET", "/repos/owner/repo/issues/1"): says}, as_documented) as github:
        outcome = await github.run(GithubReadIssue, {"issue_url": "https://github.com/owner/repo/issues/1"})
    assert outcome.code == code
    assert words in outcome.error.message
