"""A change at a provider that may have been made is not sent again by itself, whatever broke off."""

from __future__ import annotations

import pytest

from blocks.library.github_issues import GithubMakeIssue
from blocks.providers.github import GITHUB
from tests.providers.services import Says, service

ISSUE = {"repo_url": "https://github.com/owner/repo", "title": "A bug", "body": "It does not work."}


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "BLOCK_FAILED"), (502, "BLOCK_FAILED"), (504, "BLOCK_FAILED"), (503, "UNAVAILABLE"), (429, "RATE_LIMITED")],
)
async def test_a_change_that_may_have_been_made_is_not_sent_again_by_itself(status: int, code: str) -> None:
    async with service(GITHUB, {("POST", "/repos/owner/repo/issues"): Says(b"<html>", status)}) as github:
        outcome = await github.run(GithubMakeIssue, ISSUE)
    assert outcome.code == code
    assert outcome.error is not None
    assert ("is not known" in outcome.error.message) == (code == "BLOCK_FAILED")
