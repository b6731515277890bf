"""Blocks for the commits of GitHub's repositories: listing them, and one that changes several files at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from blocks.github.operations import (
    CATEGORIES,
    KEY,
    REPOSITORY,
    WEB,
    GithubBlock,
    api_of,
    each_and_all,
    login_of,
    places_of,
    slashed,
)
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import Api, Operation
from blocks.sdk.samples import said, sample
from schema.errors import InvalidInput

#: Files of one commit.
FILES_MAX: Final = 500
_REPO: Final = "/repos/{owner}/{repo}"
_NOT_THERE: Final = 404
#: What git calls a file that is no program.
_FILE_MODE: Final = "100644"
_COMMIT: Final = {
    "sha": "7638417",
    "message": "Fix it",
    "author": "Ann",
    "author_login": "ann",
    "date": "2026-01-31T12:00:00Z",
    "url": f"{WEB}/commit/7638417",
}
_GIVEN: Final = {
    **REPOSITORY,
    "branch": "main",
    "commit_message": "Fix it",
    "files": [{"path": "a.py", "content": "a"}, {"path": "b.py", "operation": "delete"}],
}


class GithubListCommits(GithubBlock):
    """List commits of a branch, the newest first, a page of them: each by itself and all together."""

    id = "8b13f579-d8b6-4dc2-a140-f770428805de"
    name = "GithubListCommitsBlock"
    operation = Operation("GET", f"{_REPO}/commits", query={"branch": "sha", "per_page": "per_page", "page": "page"})

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        branch: str = pin("main", description="The branch, tag or commit that they lead to.", advanced=False)
        per_page: int = pin(30, description="How many a page has; at most 100.")
        page: int = pin(1, description="Which page.")

    class Output(BlockOutput):
        commit: dict[str, Any] = pin(
            title="Commit", description="A commit: its sha, message, author, author_login, date and url."
        )
        commits: list[dict[str, Any]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [("commit", _COMMIT), ("commits", [_COMMIT])],
            said(
                [
                    {
                        "sha": "7638417",
                        "html_url": _COMMIT["url"],
                        "author": {"login": "ann"},
                        "commit": {
                            "message": "Fix it",
                            "author": {"name": "Ann", "email": "ann@example.com", "date": "2026-01-31T12:00:00Z"},
                        },
                    }
                ]
            ),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from each_and_all("commit", "commits", [_shown(one) for one in answer])


class FileChange(BaseModel):
    """What becomes of a file."""

    path: str = Field(description="The file.")
    content: str = Field("", description="Its text; of no use to one that is deleted.")
    operation: Literal["upsert", "delete"] = Field(
        "upsert", description="upsert: make it, or put this text in its place; delete: delete it."
    )


class GithubMultiFileCommit(Block):
    """Change several files of a branch in one commit: all of them, or none. Where nothing would change, no commit is made, and the
    branch's last one is given; so an attempt that is repeated makes no second commit."""

    id = "389eee51-a95e-4230-9bed-92167a327802"
    name = "GithubMultiFileCommitBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        branch: str = pin(description="The branch.")
        commit_message: str = pin(description="The commit's message.")
        files: list[FileChange] = pin(description=f"What becomes of which file, {FILES_MAX} at most.")

    class Output(BlockOutput):
        sha: str = pin(description="The commit.")
        url: str = pin(description="Its page.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [("sha", "7638417"), ("url", f"{WEB}/commit/7638417")],
            said({"object": {"sha": "aa218f5"}}),
            said({"sha": "aa218f5", "tree": {"sha": "691272d"}, "html_url": f"{WEB}/commit/aa218f5"}),
            said(b""),
            said({"sha": "cd8274d"}, 201),
            said({"sha": "7638417", "html_url": f"{WEB}/commit/7638417"}, 201),
            said({"object": {"sha": "7638417"}}),
        ),
        sample(
            KEY,
            _GIVEN,
            [("sha", "aa218f5"), ("url", f"{WEB}/commit/aa218f5")],
            said({"object": {"sha": "aa218f5"}}),
            said({"sha": "aa218f5", "tree": {"sha": "691272d"}, "html_url": f"{WEB}/commit/aa218f5"}),
            said(b""),
            said({"sha": "691272d"}, 201),
            title="Nothing would change",
        ),
        sample(KEY, {**_GIVEN, "files": []}, [], error="Name a file"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        changes = _changes(inputs.files)
        api, place = api_of(inputs, context), places_of(inputs)
        branch = slashed(inputs.branch, "branch")
        head = (await api.call("GET", f"{_REPO}/git/ref/heads/{branch}", place)).content["object"]["sha"]
        before = (await api.call("GET", f"{_REPO}/git/commits/{{sha}}", {**place, "sha": head})).content
        # Until the branch is moved nobody sees what is made, so that each step may be repeated.
        tree, made = before["tree"]["sha"], before
        entries = [
            one for one in changes if one.get("content") is not None or await _is_there(api, place, head, one["path"])
        ]
        if entries:
            tree = (await _make(api, f"{_REPO}/git/trees", place, {"base_tree": tree, "tree": entries}))["sha"]
        if tree != before["tree"]["sha"]:
            body = {"message": inputs.commit_message, "tree": tree, "parents": [head]}
            made = await _make(api, f"{_REPO}/git/commits", place, body)
            moved = {"sha": made["sha"], "force": False}
            await api.call("PATCH", f"{_REPO}/git/refs/heads/{branch}", place, json=moved, is_repeatable=True)
        yield "sha", made["sha"]
        yield "url", made["html_url"]


async def _make(api: Api, path: str, place: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    return dict((await api.call("POST", path, place, json=body, is_repeatable=True)).content)


async def _is_there(api: Api, place: Mapping[str, Any], commit: str, path: str) -> bool:
    """Say whether a commit has a file: to delete one that is not there GitHub refuses."""
    where = f"{_REPO}/contents/{slashed(path, 'files')}"
    return (await api.call("HEAD", where, place, query={"ref": commit}, accepts=(_NOT_THERE,))).status != _NOT_THERE


def _changes(files: list[FileChange]) -> list[dict[str, Any]]:
    """Give the entries of git's tree that differ; one whose sha is null is deleted."""
    if not files or len(files) > FILES_MAX:
        raise BlockFailed(f"Name a file, and at most {FILES_MAX}; these are {len(files)}.")
    paths = [one.path.strip().strip("/") for one in files]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise InvalidInput(f"One commit changes a file once; {twice[0]!r} is there twice.", pin="files")
    changes = []
    for path, one in zip(paths, files, strict=True):
        slashed(path, "files")
        entry: dict[str, Any] = {"path": path, "mode": _FILE_MODE, "type": "blob"}
        changes.append(entry | ({"sha": None} if one.operation == "delete" else {"content": one.content}))
    return changes


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    author = item["commit"].get("author") or {}
    return {
        "sha": item["sha"],
        "message": item["commit"]["message"],
        "author": author.get("name", ""),
        "author_login": login_of(item, "author"),
        "date": author.get("date", ""),
        "url": item["html_url"],
    }
