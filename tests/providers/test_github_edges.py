"""GitHub's edges: what it refuses and how that is told, what is repeated safely, what is refused before it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.github_ci import LOG_BYTES_MAX, MATCHES_MAX
from blocks.library.github_files import FILE_BYTES_MAX, TREE_ENTRIES_MAX
from blocks.providers.github import GITHUB, comment_of, numbered_of, repository_of
from blocks.sdk import Context
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.direct import run_directly
from blocks.sdk.egress import GuardedHttp
from schema.errors import InvalidInput
from tests.blocks.conftest import BLOCKS, NOON
from tests.egress.servers import Seen, reply, serve
from tests.providers.github import ISSUE, PULL, REPO, REVIEWED, as_documented, talk
from tests.providers.services import Asked, Says, api_key, service
from tests.providers.turns import Turn

R = "/repos/owner/repo"
FILES = [{"path": "a.py", "content": "a"}]
HEAD = Turn("GET", f"{R}/git/ref/heads/main", Says({"object": {"sha": "h"}}))
BEFORE = Turn("GET", f"{R}/git/commits/h", Says({"sha": "h", "tree": {"sha": "t0"}, "html_url": "u0"}))


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (Says({"message": "Bad credentials"}, 401), "CREDENTIAL_UNUSABLE", "Bad credentials"),
        (Says({"message": "Resource not accessible by integration"}, 403), "CREDENTIAL_UNUSABLE", "not accessible"),
        (Says({"message": "Not Found"}, 404), "BLOCK_FAILED", "no such thing"),
        (Says({"message": "Validation Failed"}, 422), "BLOCK_FAILED", "Validation Failed"),
        (
            Says(
                {"message": "Validation Failed", "errors": [{"field": "title", "code": "missing_field"}, "more"]}, 422
            ),
            "BLOCK_FAILED",
            "Validation Failed; title: missing_field; more",
        ),
        (Says({"message": "slow down"}, 429, {"retry-after": "7"}), "RATE_LIMITED", "slow down"),
        (Says({"message": "limit"}, 403, {"x-ratelimit-remaining": "0"}), "RATE_LIMITED", "limit"),
        (Says({"message": "You have exceeded a secondary rate limit."}, 403), "RATE_LIMITED", "secondary"),
        (Says(b"<html>", 502), "UNAVAILABLE", "502"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(says: Says, code: str, words: str) -> None:
    async with service(GITHUB, {("GET", f"{R}/issues/1"): says}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubReadIssueBlock"], ISSUE)
    assert outcome.code == code
    assert words in outcome.error.message
    assert "the-secret-key" not in outcome.error.message


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"type": "NOT_FOUND", "message": "Could not resolve to a Repository."}], "BLOCK_FAILED"),
        ([{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}], "RATE_LIMITED"),
        ([{"type": "FORBIDDEN", "message": "Resource not accessible."}], "CREDENTIAL_UNUSABLE"),
    ],
)
async def test_a_refusal_of_graphql_comes_with_status_200(errors: list[dict[str, str]], code: str) -> None:
    reset = {"x-ratelimit-reset": str(int(NOON.timestamp()) + 60)}
    says = Says({"data": {"repository": None}, "errors": errors}, 200, reset)
    async with service(GITHUB, {("POST", "/graphql"): says}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubListDiscussionsBlock"], REPO)
    assert outcome.code == code
    assert errors[0]["message"] in outcome.error.message
    if code == "RATE_LIMITED":
        assert 59 <= outcome.error.retry_after_seconds <= 61


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("GithubReadIssueBlock", {"issue_url": "https://github.com/owner/repo"}),
        ("GithubListTagsBlock", {"repo_url": "https://gitlab.example/owner/repo"}),
        ("GithubListTagsBlock", {"repo_url": "../.."}),
        ("GithubReadFileBlock", {**REPO, "file_path": "../../user"}),
        ("GithubReadFileBlock", {**REPO, "file_path": "a//b"}),
        ("GithubReadFileBlock", {**REPO, "file_path": ""}),
        ("GithubDeleteBranchBlock", {**REPO, "branch": "../tags/v1"}),
        ("GithubMakeBranchBlock", {**REPO, "new_branch": "", "source_branch": "main"}),
        ("GithubUpdateCommentBlock", {"comment": "Done."}),
        ("GithubUpdateCommentBlock", {**ISSUE, "comment_id": "1/../../2", "comment": "Done."}),
        (
            "GithubMultiFileCommitBlock",
            {**REPO, "branch": "main", "commit_message": "M", "files": [{"path": "a"}, {"path": "/a"}]},
        ),
        ("GithubCreateCheckRunBlock", {**REPO, "name": "n", "head_sha": "abc", "output_text": "t"}),
    ],
)
async def test_what_names_nothing_there_is_refused_before_it_is_asked(name: str, inputs: dict[str, Any]) -> None:
    outcome = await talk(name, inputs, [])
    assert outcome.code == "INVALID_INPUT"


@pytest.mark.parametrize(
    "text",
    ["owner/repo", "https://github.com/owner/repo", "github.com/owner/repo.git", "https://www.github.com/owner/repo/"],
)
def test_a_repository_has_several_addresses(text: str) -> None:
    assert repository_of(text) == {"owner": "owner", "repo": "repo"}


def test_addresses_of_what_is_numbered_and_of_comments() -> None:
    assert numbered_of("https://github.com/a/b/pull/12/files")["number"] == "12"
    assert comment_of("https://github.com/a/b/issues/1#issuecomment-5")["comment"] == "5"
    with pytest.raises(InvalidInput, match="no address of a comment"):
        comment_of("https://github.com/a/b/pull/1#discussion_r5")


async def test_a_credential_goes_to_github_and_to_nobody_else() -> None:
    seen: list[Seen] = []

    async def answer(one: Seen, _writer: Any) -> bytes:
        seen.append(one)
        return reply(200, b"[]")

    key = api_key(GITHUB)
    async with serve(answer) as server:
        http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        context = Context(
            http=http, clock=lambda: NOON, credentials={"credentials": key}, base_urls={"other": server.url}
        )
        given = {"repo_url": f"{server.url}owner/repo", "credentials": key.reference.to_wire()}
        result = await run_directly(BLOCKS["GithubListTagsBlock"], given, context)
    assert result.error is not None
    assert seen == []


async def test_a_log_is_fetched_elsewhere_without_the_credential() -> None:
    seen: list[Seen] = []

    async def log(one: Seen, _writer: Any) -> bytes:
        seen.append(one)
        return reply(200, b"2026-01-31T12:00:00Z begin\nError: one\nError: two\n")

    check = {
        "id": 4,
        "name": "test (a)",
        "status": "completed",
        "conclusion": "failure",
        "app": {"slug": "github-actions"},
    }
    other = {**check, "id": 5, "name": "lint", "conclusion": "success"}
    async with serve(log) as store:
        operations = {
            ("GET", f"{R}/pulls/7"): Says({"head": {"sha": "abc"}}),
            ("GET", f"{R}/commits/abc/check-runs"): Says({"total_count": 2, "check_runs": [check, other]}),
            ("GET", f"{R}/actions/jobs/4/logs"): Says(b"", 302, {"location": f"{store.url}log?signed=1"}),
        }
        async with service(GITHUB, operations, as_documented) as github:
            http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({github.host, store.host})))
            context = github.context(api_key(GITHUB))
            context.http = http
            inputs = {
                "repo": "owner/repo",
                "target": "#7",
                "search_pattern": "Error: (one|two)",
                "check_name_filter": "TEST (*",
                "credentials": api_key(GITHUB).reference.to_wire(),
            }
            result = await run_directly(BLOCKS["GithubGetCIResultsBlock"], inputs, context)
    assert result.error is None
    found = dict(result.emissions)
    assert [line["line_number"] for line in found["matched_lines"]] == [2, 3]
    assert (found["overall_conclusion"], found["total_checks"], found["failed_checks"]) == ("failure", 1, 1)
    assert github.asked[1].query == {"per_page": "100", "filter": "latest"}
    assert [name for name in seen[0].headers if name.lower() == "authorization"] == []


async def test_a_log_that_is_gone_or_too_large_leaves_the_others() -> None:
    checks = [
        {
            "id": number,
            "name": f"test {number}",
            "status": status,
            "conclusion": None,
            "app": {"slug": "github-actions"},
        }
        for number, status in ((1, "completed"), (2, "in_progress"), (3, "queued"))
    ]
    operations = {
        ("GET", f"{R}/commits/main/check-runs"): Says({"check_runs": checks}),
        ("GET", f"{R}/actions/jobs/1/logs"): Says({"message": "Gone"}, 410),
        ("GET", f"{R}/actions/jobs/2/logs"): Says(b"x" * (LOG_BYTES_MAX + 1)),
        ("GET", f"{R}/actions/jobs/3/logs"): Says(b"hit\n" * (MATCHES_MAX + 5)),
    }
    lines: list[str] = []
    async with service(GITHUB, operations, as_documented) as github:
        inputs = {"repo": "owner/repo", "target": "main", "search_pattern": "hit"}
        outcome = await github.run(
            BLOCKS["GithubGetCIResultsBlock"], inputs, log=lambda _level, text: lines.append(text)
        )
    found = dict(outcome.outputs)
    assert len(found["matched_lines"]) == MATCHES_MAX
    assert (found["overall_status"], found["overall_conclusion"]) == ("in_progress", "failure")
    assert [line.split(" cannot")[0] for line in lines] == ["The log of test 1", "The log of test 2"]


async def test_annotations_are_asked_for_where_there_are_some() -> None:
    check = {
        "id": 4,
        "name": "lint",
        "status": "completed",
        "conclusion": "success",
        "output": {"annotations_count": 1},
    }
    note = {"path": "a.py", "start_line": 1, "message": "Too long."}
    turns = [
        Turn(
            "GET",
            f"{R}/commits/abc/check-runs",
            Says({"check_runs": [check]}),
            query={"per_page": "100", "filter": "latest"},
        ),
        Turn("GET", f"{R}/check-runs/4/annotations", Says([note]), query={"per_page": "50"}),
    ]
    outcome = await talk("GithubGetCIResultsBlock", {"repo": "owner/repo", "target": "abc"}, turns)
    assert outcome.outputs[0][1]["annotations"] == [note]
    assert ("passed_checks", 1) in outcome.outputs


async def test_a_commit_that_changes_nothing_is_not_made() -> None:
    tree = Turn(
        "POST",
        f"{R}/git/trees",
        Says({"sha": "t0"}, 201),
        json={"base_tree": "t0", "tree": [{"path": "a.py", "mode": "100644", "type": "blob", "content": "a"}]},
    )
    given = {**REPO, "branch": "main", "commit_message": "M", "files": FILES}
    outcome = await talk("GithubMultiFileCommitBlock", given, [HEAD, BEFORE, tree])
    assert outcome.outputs == [("sha", "h"), ("url", "u0")]


async def test_a_file_that_is_gone_already_is_not_deleted_again() -> None:
    gone = Turn("HEAD", f"{R}/contents/a/b.py", Says(status=404), query={"ref": "h"})
    given = {**REPO, "branch": "main", "commit_message": "M", "files": [{"path": "a/b.py", "operation": "delete"}]}
    outcome = await talk("GithubMultiFileCommitBlock", given, [HEAD, BEFORE, gone])
    assert outcome.outputs == [("sha", "h"), ("url", "u0")]


async def test_a_branch_that_moved_meanwhile_is_not_overwritten() -> None:
    operations = {
        ("GET", HEAD.path): HEAD.says,
        ("GET", BEFORE.path): BEFORE.says,
        ("POST", f"{R}/git/trees"): Says({"sha": "t1"}, 201),
        ("POST", f"{R}/git/commits"): Says({"sha": "c1", "html_url": "u1"}, 201),
        ("PATCH", f"{R}/git/refs/heads/main"): Says({"message": "Update is not a fast forward"}, 422),
    }
    async with service(GITHUB, operations, as_documented) as github:
        given = {**REPO, "branch": "main", "commit_message": "M", "files": FILES}
        outcome = await github.run(BLOCKS["GithubMultiFileCommitBlock"], given)
    assert "not a fast forward" in outcome.error.message
    assert github.asked[-1].json["force"] is False


async def test_what_is_merged_already_is_merged_and_what_cannot_be_is_not() -> None:
    refused = Turn("PUT", f"{R}/pulls/1/merge", Says({"message": "Not mergeable"}, 405), json={"merge_method": "merge"})
    merged = Turn("GET", f"{R}/pulls/1", Says({"merged": True, "merge_commit_sha": "abc"}))
    outcome = await talk("GithubMergePullRequestBlock", PULL, [refused, merged])
    assert outcome.outputs[:2] == [("sha", "abc"), ("merged", True)]
    still = Turn("GET", f"{R}/pulls/1", Says({"merged": False, "merge_commit_sha": "abc"}))
    outcome = await talk("GithubMergePullRequestBlock", PULL, [refused, still])
    assert (outcome.code, outcome.emissions) == ("BLOCK_FAILED", [])


def threads(asked: Asked) -> Says:
    """Answer as GraphQL does: two pages of discussions, and that one is ended."""
    variables = asked.json["variables"]
    if "thread" in variables:
        name = "resolveReviewThread" if "unresolve" not in asked.json["query"] else "unresolveReviewThread"
        return Says({"data": {name: {"thread": {"isResolved": name == "resolveReviewThread"}}}})
    is_last = variables["after"] == "C1"
    number = "8" if is_last else "7"
    thread = {"id": f"T{number}", "isResolved": False, "comments": {"nodes": [{"fullDatabaseId": number}]}}
    found = {"pageInfo": {"hasNextPage": not is_last, "endCursor": "C1"}, "nodes": [thread]}
    return Says({"data": {"repository": {"pullRequest": {"reviewThreads": found}}}})


async def test_a_discussion_is_found_by_its_comment_and_ended() -> None:
    async with service(GITHUB, {("POST", "/graphql"): threads}, as_documented) as github:
        outcome = await github.run(BLOCKS["GithubResolveReviewDiscussionBlock"], {**REVIEWED, "comment_id": 8})
        assert outcome.outputs == [("success", True)]
        assert [asked.json["variables"].get("thread") for asked in github.asked] == [None, None, "T8"]
        assert github.asked[0].json["variables"] == {"owner": "owner", "repo": "repo", "number": 1, "after": None}
        opened = await github.run(
            BLOCKS["GithubResolveReviewDiscussionBlock"], {**REVIEWED, "comment_id": 7, "resolve": False}
        )
        assert opened.outputs == [("success", True)]
        unknown = await github.run(BLOCKS["GithubResolveReviewDiscussionBlock"], {**REVIEWED, "comment_id": 9})
        assert "no discussion with the comment 9" in unknown.error.message


async def test_a_file_that_is_too_large_and_a_tree_that_is_are_bounded() -> None:
    large = Turn(
        "GET",
        f"{R}/contents/large",
        Says({"type": "file", "encoding": "none", "size": FILE_BYTES_MAX + 1}),
        query={"ref": "main"},
    )
    outcome = await talk("GithubReadFileBlock", {**REPO, "file_path": "large"}, [large])
    assert outcome.code == "VALUE_TOO_LARGE"
    entry = {"path": "a", "type": "blob", "size": 1, "sha": "abc"}
    tree = Turn(
        "GET",
        f"{R}/git/trees/main",
        Says({"tree": [entry] * (TREE_ENTRIES_MAX + 1), "truncated": False}),
        query={"recursive": "1"},
    )
    outcome = await talk("GithubGetRepositoryTreeBlock", REPO, [tree])
    assert outcome.outputs[-1] == ("truncated", True)
    assert len(outcome.outputs[-2][1]) == TREE_ENTRIES_MAX


async def test_whom_github_silently_did_not_assign_fails_it() -> None:
    turn = Turn("POST", f"{R}/issues/1/assignees", Says({"assignees": []}, 201), json={"assignees": ["bob"]})
    outcome = await talk("GithubAssignIssueBlock", {**ISSUE, "assignee": "bob"}, [turn])
    assert "did not assign it to 'bob'" in outcome.error.message
