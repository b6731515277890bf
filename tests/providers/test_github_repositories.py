"""GitHub's repositories, branches, files, commits and checks as its documentation has them: what is asked, what comes of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from blocks.library.github_repositories import DISCUSSIONS
from tests.providers.github import REPO, URL, talk
from tests.providers.services import Says
from tests.providers.turns import Turn

DIFF = {"accept": "application/vnd.github.diff"}
RAW = {"accept": "application/vnd.github.raw+json"}
OBJECT = {"accept": "application/vnd.github.object+json"}
JSON = {"accept": "application/vnd.github+json"}
R = "/repos/owner/repo"

COMMIT = {"sha": "abc", "message": "M", "author": "", "author_login": "", "date": "", "url": "u"}

#: Block, its inputs, what it asks and is answered, what it gives.
ROWS: list[tuple[str, dict[str, Any], list[Turn], list[tuple[str, Any]]]] = [
    (
        "GithubGetRepositoryInfoBlock",
        REPO,
        [Turn("GET", R, Says({"name": "repo", "description": None, "private": True, "stargazers_count": 0}))],
        [("name", "repo"), ("description", ""), ("private", True), ("stars", 0)],
    ),
    (
        "GithubCreateRepositoryBlock",
        {"name": "repo", "private": True, "gitignore_template": "Python"},
        [
            Turn(
                "POST",
                "/user/repos",
                Says({"html_url": "u", "clone_url": "c"}, 201),
                json={"name": "repo", "private": True, "auto_init": True, "gitignore_template": "Python"},
            )
        ],
        [("url", "u"), ("clone_url", "c")],
    ),
    (
        "GithubForkRepositoryBlock",
        REPO,
        [Turn("POST", f"{R}/forks", Says({"html_url": "u", "clone_url": "c", "full_name": "me/repo"}, 202))],
        [("url", "u"), ("clone_url", "c"), ("full_name", "me/repo")],
    ),
    (
        "GithubStarRepositoryBlock",
        REPO,
        [Turn("PUT", "/user/starred/owner/repo", Says(status=204))],
        [("status", "The repository is starred.")],
    ),
    (
        "GithubListDiscussionsBlock",
        {**REPO, "num_discussions": 1000},
        [
            Turn(
                "POST",
                "/graphql",
                Says({"data": {"repository": {"discussions": {"nodes": [{"title": "T", "url": "u"}]}}}}),
                json={
                    "query": DISCUSSIONS,
                    "variables": {"owner": "owner", "repo": "repo", "count": 100},
                },
            )
        ],
        [("discussion", {"title": "T", "url": "u"}), ("discussions", [{"title": "T", "url": "u"}])],
    ),
    (
        "GithubMakeBranchBlock",
        {**REPO, "new_branch": "fix/it", "source_branch": "release/1"},
        [
            Turn("GET", f"{R}/git/ref/heads/release/1", Says({"object": {"sha": "abc"}})),
            Turn("POST", f"{R}/git/refs", Says({}, 201), json={"ref": "refs/heads/fix/it", "sha": "abc"}),
        ],
        [("status", "The branch fix/it is there.")],
    ),
    (
        "GithubDeleteBranchBlock",
        {**REPO, "branch": "fix/it"},
        [Turn("DELETE", f"{R}/git/refs/heads/fix/it", Says(status=204))],
        [("status", "The branch fix/it is deleted.")],
    ),
    (
        "GithubCompareBranchesBlock",
        {**REPO, "base": "main", "head": "bob:fix/it"},
        [
            Turn(
                "GET",
                f"{R}/compare/main...bob%3Afix%2Fit",
                Says({"status": "behind", "ahead_by": 0, "behind_by": 2, "total_commits": 0, "files": []}),
                headers=JSON,
            ),
            Turn("GET", f"{R}/compare/main...bob%3Afix%2Fit", Says(b"d"), headers=DIFF),
        ],
        [("status", "behind"), ("ahead_by", 0), ("behind_by", 2), ("total_commits", 0), ("files", []), ("diff", "d")],
    ),
    (
        "GithubReadFileBlock",
        {**REPO, "file_path": "/a b/ü.md", "branch": "v1"},
        [
            Turn(
                "GET",
                f"{R}/contents/a%20b/%C3%BC.md",
                Says({"type": "file", "encoding": "base64", "size": 2, "content": "w6k=\n"}),
                query={"ref": "v1"},
                headers=OBJECT,
            )
        ],
        [("text_content", "é"), ("raw_content", "w6k="), ("size", 2)],
    ),
    (
        "GithubReadFileBlock",
        {**REPO, "file_path": "large"},
        [
            Turn(
                "GET",
                f"{R}/contents/large",
                Says({"type": "file", "encoding": "none", "size": 2_000_000, "content": ""}),
                query={"ref": "main"},
                headers=OBJECT,
            ),
            Turn("GET", f"{R}/contents/large", Says(b"[1]"), query={"ref": "main"}, headers=RAW),
        ],
        [("text_content", "[1]"), ("raw_content", base64.b64encode(b"[1]").decode()), ("size", 3)],
    ),
    (
        "GithubReadFolderBlock",
        {**REPO, "folder_path": "/"},
        [
            Turn(
                "GET",
                f"{R}/contents",
                Says([{"type": "dir", "path": "a", "size": 0}, {"type": "symlink", "path": "b", "size": 1}]),
                query={"ref": "main"},
            )
        ],
        [("dir", {"path": "a", "size": 0}), ("file", {"path": "b", "size": 1})],
    ),
    (
        "GithubCreateFileBlock",
        {**REPO, "file_path": "a/b.md", "content": "é", "branch": "fix", "commit_message": "M"},
        [
            Turn(
                "PUT",
                f"{R}/contents/a/b.md",
                Says({"content": {"html_url": "u"}, "commit": {"sha": "abc"}}, 201),
                json={"message": "M", "content": "w6k=", "branch": "fix"},
            )
        ],
        [("url", "u"), ("sha", "abc")],
    ),
    (
        "GithubUpdateFileBlock",
        {**REPO, "file_path": "a.md", "content": "x"},
        [
            Turn(
                "GET",
                f"{R}/contents/a.md",
                Says({"type": "file", "size": 1, "sha": "old", "encoding": "base64", "content": "YQ=="}),
                query={"ref": "main"},
            ),
            Turn(
                "PUT",
                f"{R}/contents/a.md",
                Says({"content": {"html_url": "u"}, "commit": {"sha": "abc"}}),
                json={"message": "Update file", "content": "eA==", "branch": "main", "sha": "old"},
            ),
        ],
        [("url", "u"), ("sha", "abc")],
    ),
    (
        "GithubSearchCodeBlock",
        {"query": "a&b", "repo": URL, "per_page": 5},
        [
            Turn(
                "GET",
                "/search/code",
                Says({"total_count": 0, "items": []}),
                query={"q": "a&b repo:owner/repo", "per_page": "5"},
            )
        ],
        [("results", []), ("total_count", 0)],
    ),
    (
        "GithubGetRepositoryTreeBlock",
        {**REPO, "branch": "fix/it", "recursive": False},
        [
            Turn(
                "GET",
                f"{R}/git/trees/fix%2Fit",
                Says({"tree": [{"path": "a", "mode": "040000", "type": "tree", "sha": "abc"}], "truncated": True}),
            )
        ],
        [
            ("entry", {"path": "a", "type": "tree", "size": 0, "sha": "abc"}),
            ("entries", [{"path": "a", "type": "tree", "size": 0, "sha": "abc"}]),
            ("truncated", True),
        ],
    ),
    (
        "GithubListCommitsBlock",
        {**REPO, "branch": "fix/it"},
        [
            Turn(
                "GET",
                f"{R}/commits",
                Says([{"sha": "abc", "html_url": "u", "author": None, "commit": {"message": "M", "author": None}}]),
                query={"sha": "fix/it", "per_page": "30", "page": "1"},
            )
        ],
        [
            ("commit", COMMIT),
            ("commits", [COMMIT]),
        ],
    ),
    (
        "GithubMultiFileCommitBlock",
        {
            **REPO,
            "branch": "main",
            "commit_message": "M",
            "files": [{"path": "/a.py", "content": "a"}, {"path": "b.py", "operation": "delete"}],
        },
        [
            Turn("GET", f"{R}/git/ref/heads/main", Says({"object": {"sha": "h"}})),
            Turn("GET", f"{R}/git/commits/h", Says({"sha": "h", "tree": {"sha": "t0"}, "html_url": "u0"})),
            Turn("HEAD", f"{R}/contents/b.py", Says(), query={"ref": "h"}),
            Turn(
                "POST",
                f"{R}/git/trees",
                Says({"sha": "t1"}, 201),
                json={
                    "base_tree": "t0",
                    "tree": [
                        {"path": "a.py", "mode": "100644", "type": "blob", "content": "a"},
                        {"path": "b.py", "mode": "100644", "type": "blob", "sha": None},
                    ],
                },
            ),
            Turn(
                "POST",
                f"{R}/git/commits",
                Says({"sha": "c1", "html_url": "u1"}, 201),
                json={"message": "M", "tree": "t1", "parents": ["h"]},
            ),
            Turn("PATCH", f"{R}/git/refs/heads/main", Says({}), json={"sha": "c1", "force": False}),
        ],
        [("sha", "c1"), ("url", "u1")],
    ),
    (
        "GithubCreateStatusBlock",
        {**REPO, "sha": "abc", "state": "pending"},
        [
            Turn(
                "POST",
                f"{R}/statuses/abc",
                Says({"id": 1, "url": "u", "state": "pending", "context": "AutoGPT Platform Checks"}, 201),
                json={"state": "pending", "context": "AutoGPT Platform Checks"},
            )
        ],
        [
            (
                "status",
                {
                    "id": 1,
                    "url": "u",
                    "state": "pending",
                    "context": "AutoGPT Platform Checks",
                    "description": None,
                    "target_url": None,
                    "created_at": None,
                    "updated_at": None,
                },
            )
        ],
    ),
    (
        "GithubCreateCheckRunBlock",
        {
            **REPO,
            "name": "walls",
            "head_sha": "abc",
            "conclusion": "failure",
            "output_summary": "S",
            "details_url": "https://example.com",
        },
        [
            Turn(
                "POST",
                f"{R}/check-runs",
                Says({"id": 4, "html_url": "u", "status": "completed", "conclusion": "failure"}, 201),
                json={
                    "name": "walls",
                    "head_sha": "abc",
                    "status": "completed",
                    "conclusion": "failure",
                    "details_url": "https://example.com",
                    "output": {"title": "walls", "summary": "S"},
                },
            )
        ],
        [("check_run", {"id": 4, "html_url": "u", "status": "completed", "conclusion": "failure"})],
    ),
    (
        "GithubUpdateCheckRunBlock",
        {**REPO, "check_run_id": 4, "status": "in_progress", "conclusion": "success"},
        [
            Turn(
                "PATCH",
                f"{R}/check-runs/4",
                Says({"id": 4, "html_url": "u", "status": "in_progress"}),
                json={"status": "in_progress"},
            )
        ],
        [("check_run", {"id": 4, "html_url": "u", "status": "in_progress", "conclusion": None})],
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
