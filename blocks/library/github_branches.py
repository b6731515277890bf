"""Blocks for the branches of GitHub's repositories: listing, making, deleting and comparing them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from blocks.github.operations import (
    CATEGORIES,
    KEY,
    REPOSITORY,
    WEB,
    api_of,
    each_and_all,
    places_of,
    slashed,
    tree_url,
)
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.samples import said, sample

_REPO: Final = "/repos/{owner}/{repo}"
_DIFF: Final = {"Accept": "application/vnd.github.diff"}
_TOO_LARGE: Final = {406: "GitHub gives no diff of branches as different as these: {said}"}
_BRANCH: Final = {"name": "main", "file_tree_url": f"{WEB}/tree/main"}
_FILE: Final = {
    "filename": "a.py",
    "status": "modified",
    "additions": 1,
    "deletions": 0,
    "changes": 1,
    "patch": "@@ +a",
}


class _RepositoryInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    repo_url: str = pin(description="The repository.", placeholder=WEB)


class GithubListBranches(Block):
    """List branches of a repository, a page of them: each by itself and all together."""

    id = "74243e49-2bec-4916-8bf4-db43d44aead5"
    name = "GithubListBranchesBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        per_page: int = pin(30, description="How many a page has; at most 100.")
        page: int = pin(1, description="Which page.")

    class Output(BlockOutput):
        branch: dict[str, str] = pin(title="Branch", description="A branch: its name, and file_tree_url.")
        branches: list[dict[str, str]] = pin(description="All of them.")

    examples = (sample(KEY, REPOSITORY, [("branch", _BRANCH), ("branches", [_BRANCH])], said([{"name": "main"}])),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        place, page = places_of(inputs), {"per_page": inputs.per_page, "page": inputs.page}
        answer = await api_of(inputs, context).call("GET", f"{_REPO}/branches", place, query=page)
        names = [one["name"] for one in answer.content]
        found = [{"name": name, "file_tree_url": tree_url(context, place, name)} for name in names]
        for emission in each_and_all("branch", "branches", found):
            yield emission


class GithubMakeBranch(Block):
    """Make a branch that begins where another one is."""

    id = "944cc076-95e7-4d1b-b6b6-b15d8ee5448d"
    name = "GithubMakeBranchBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        new_branch: str = pin(description="The new branch's name.")
        source_branch: str = pin(description="The branch where it begins.")

    class Output(BlockOutput):
        status: str = pin(description="That it was done.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "new_branch": "change", "source_branch": "main"},
            [("status", "The branch change is there.")],
            said({"object": {"sha": "aa218f5"}}),
            said({"ref": "refs/heads/change"}, 201),
        ),
        sample(
            KEY,
            {**REPOSITORY, "new_branch": "change", "source_branch": "main"},
            [],
            said({"object": {"sha": "aa218f5"}}),
            said({"message": "Reference already exists"}, 422),
            error="Reference already exists",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), places_of(inputs)
        source, name = slashed(inputs.source_branch, "source_branch"), inputs.new_branch.strip()
        slashed(name, "new_branch")  # what would be no branch's name is refused before anything is asked
        found = await api.call("GET", f"{_REPO}/git/ref/heads/{source}", place)
        body = {"ref": f"refs/heads/{name}", "sha": found.content["object"]["sha"]}
        await api.call("POST", f"{_REPO}/git/refs", place, json=body)
        yield "status", f"The branch {name} is there."


class GithubDeleteBranch(Block):
    """Delete a branch. Its commits that are in no other branch are lost."""

    id = "0d4130f7-e0ab-4d55-adc3-0a40225e80f4"
    name = "GithubDeleteBranchBlock"
    categories = CATEGORIES
    is_sensitive = True

    class Input(_RepositoryInput):
        branch: str = pin(description="The branch.")

    class Output(BlockOutput):
        status: str = pin(description="That it was done.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "branch": "change"},
            [("status", "The branch change is deleted.")],
            said(b"", 204),
        ),
        sample(
            KEY,
            {**REPOSITORY, "branch": "change"},
            [],
            said({"message": "Reference does not exist"}, 422),
            error="does not exist",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        branch = slashed(inputs.branch, "branch")
        await api_of(inputs, context).call("DELETE", f"{_REPO}/git/refs/heads/{branch}", places_of(inputs))
        yield "status", f"The branch {inputs.branch.strip()} is deleted."


class GithubCompareBranches(Block):
    """Compare two branches, tags or commits: how many commits lie between them, and what they change, 300 files at most."""

    id = "2e4faa8c-6086-4546-ba77-172d1d560186"
    name = "GithubCompareBranchesBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        base: str = pin(description="What is compared with.")
        head: str = pin(description="What is compared; of a fork, `user:branch`.")

    class Output(BlockOutput):
        status: str = pin(description="ahead, behind, diverged or identical.")
        ahead_by: int = pin(description="Commits that only the head has.")
        behind_by: int = pin(description="Commits that only the base has.")
        total_commits: int = pin(description="Commits between them.")
        diff: str = pin(description="All changes, as a diff.")
        file: dict[str, Any] = pin(
            title="File", description="A file: its filename, status, additions, deletions, changes and patch."
        )
        files: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "base": "main", "head": "change"},
            [
                ("status", "ahead"),
                ("ahead_by", 1),
                ("behind_by", 0),
                ("total_commits", 1),
                ("file", _FILE),
                ("files", [_FILE]),
                ("diff", "diff --git a/a.py b/a.py\n"),
            ],
            said({"status": "ahead", "ahead_by": 1, "behind_by": 0, "total_commits": 1, "files": [_FILE]}),
            said(b"diff --git a/a.py b/a.py\n"),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), {**places_of(inputs), "base": inputs.base, "head": inputs.head}
        path = f"{_REPO}/compare/{{base}}...{{head}}"
        found = (await api.call("GET", path, place)).content
        for name in ("status", "ahead_by", "behind_by", "total_commits"):
            yield name, found[name]
        files = [{name: one.get(name, "") for name in _FILE} for one in found.get("files") or ()]
        for emission in each_and_all("file", "files", files):
            yield emission
        answer = await api.call("GET", path, place, headers=_DIFF, refusals=_TOO_LARGE)
        yield "diff", answer.body.decode("utf-8", "replace")
