"""Blocks for the files of GitHub's repositories: reading and writing them, folders, trees, and searching code."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
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
)
from blocks.providers.github import GithubCredentials, repository_of
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample
from schema.errors import ValueTooLarge

#: Bytes of a file that is read: in base64 and as text it is given twice. GitHub itself gives up to 100 MB.
FILE_BYTES_MAX: Final = 10 * 1024 * 1024
#: Entries of a tree that are given; GitHub itself gives up to 100,000.
TREE_ENTRIES_MAX: Final = 10_000
_CONTENTS: Final = "/repos/{owner}/{repo}/contents"
#: With these, a file over 1 MB is answered, too: the first without its content.
_OBJECT: Final = {"Accept": "application/vnd.github.object+json"}
_RAW: Final = {"Accept": "application/vnd.github.raw+json"}
_THERE_ALREADY: Final = {
    422: "GitHub did not make the file; one that is there already is changed by another block: {said}"
}
_README: Final = {"file_path": "README.md", **REPOSITORY}
_WRITTEN: Final = {"content": {"html_url": f"{WEB}/blob/main/README.md"}, "commit": {"sha": "7638417"}}
_WRITTEN_GIVES: Final = [("url", f"{WEB}/blob/main/README.md"), ("sha", "7638417")]
_SHOWN: Final = {"type": "file", "encoding": "base64", "size": 3, "content": "YWJj\n", "sha": "3d21ec5"}
_RESULT: Final = {
    "name": "a.py",
    "path": "src/a.py",
    "repository": "owner/repo",
    "url": f"{WEB}/blob/main/src/a.py",
    "score": 1.0,
}
_ENTRY: Final = {"path": "src/a.py", "type": "blob", "size": 3, "sha": "3d21ec5"}


class _RepositoryInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    repo_url: str = pin(description="The repository.", placeholder=WEB)


class GithubReadFile(Block):
    """Read a file, of up to 10 MiB. What is no text is given in base64 only."""

    id = "87ce6c27-5752-4bbc-8e26-6da40a3dcfd3"
    name = "GithubReadFileBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        file_path: str = pin(description="The file.", placeholder="folder/name.md")
        branch: str = pin("main", description="The branch, tag or commit.", advanced=False)

    class Output(BlockOutput):
        text_content: str = pin(description="The file's text, if it is text in UTF-8.")
        raw_content: str = pin(description="The file in base64.")
        size: int = pin(description="Its bytes.")

    examples = (
        sample(KEY, _README, [("text_content", "abc"), ("raw_content", "YWJj"), ("size", 3)], said(_SHOWN)),
        sample(
            KEY,
            _README,
            [("raw_content", "/w=="), ("size", 1)],
            said({**_SHOWN, "content": "/w==\n", "size": 1}),
            title="What is no text",
        ),
        sample(KEY, _README, [], said({"type": "dir", "entries": []}), error="is of the type dir"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), places_of(inputs)
        path, query = f"{_CONTENTS}/{slashed(inputs.file_path, 'file_path')}", {"ref": inputs.branch}
        shown = await _file(api, path, place, query)
        if shown.get("encoding") == "base64":
            content = base64.b64decode(shown["content"])
        else:
            raw = await api.call("GET", path, place, query=query, headers=_RAW, content_bytes_max=FILE_BYTES_MAX)
            content = raw.body
        try:
            yield "text_content", content.decode("utf-8")
        except UnicodeDecodeError:
            context.log("info", "The file is no text in UTF-8, so that it is given in base64 only.")
        yield "raw_content", base64.b64encode(content).decode()
        yield "size", len(content)


class GithubReadFolder(Block):
    """List a folder: its files and the folders in it, each by itself. GitHub lists a thousand at most."""

    id = "1355f863-2db3-4d75-9fba-f91e8a8ca400"
    name = "GithubReadFolderBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        folder_path: str = pin(description="The folder; empty: all the repository's.", placeholder="folder")
        branch: str = pin("main", description="The branch, tag or commit.", advanced=False)

    class Output(BlockOutput):
        file: dict[str, Any] = pin(description="A file: its path, and its size in bytes.")
        dir: dict[str, Any] = pin(description="A folder: its path, and its size, which is 0.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "folder_path": "src"},
            [("file", {"path": "src/a.py", "size": 3}), ("dir", {"path": "src/b", "size": 0})],
            said([{"type": "file", "path": "src/a.py", "size": 3}, {"type": "dir", "path": "src/b", "size": 0}]),
        ),
        sample(KEY, {**REPOSITORY, "folder_path": "a.py"}, [], said(_SHOWN), error="is no folder"),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        is_root = not inputs.folder_path.strip().strip("/")
        path = _CONTENTS if is_root else f"{_CONTENTS}/{slashed(inputs.folder_path, 'folder_path')}"
        answer = await api_of(inputs, context).call("GET", path, places_of(inputs), query={"ref": inputs.branch})
        if not isinstance(answer.content, list):
            raise BlockFailed(f"{inputs.folder_path!r} is no folder; read it as a file.")
        for one in answer.content:
            # A link or a module of another repository is listed like a file.
            yield "dir" if one["type"] == "dir" else "file", {"path": one["path"], "size": one["size"]}


class GithubCreateFile(Block):
    """Make a file with a text, in a commit of its own. A file that is there already stays as it is, and the block fails."""

    id = "8fd132ac-b917-428a-8159-d62893e8a3fe"
    name = "GithubCreateFileBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        file_path: str = pin(description="The file.", placeholder="folder/name.md")
        content: str = pin(description="Its text.")
        branch: str = pin("main", description="The branch.", advanced=False)
        commit_message: str = pin("Create new file", description="The commit's message.", advanced=False)

    class Output(BlockOutput):
        url: str = pin(description="The file's page.")
        sha: str = pin(description="The commit.")

    examples = (
        sample(KEY, {**_README, "content": "abc"}, _WRITTEN_GIVES, said(_WRITTEN, 201)),
        sample(
            KEY,
            {**_README, "content": "abc"},
            [],
            said({"message": 'Invalid request.\n\n"sha" wasn\'t supplied.'}, 422),
            error="is there already",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        path = f"{_CONTENTS}/{slashed(inputs.file_path, 'file_path')}"
        api, body = api_of(inputs, context), _commit(inputs)
        answer = await api.call("PUT", path, places_of(inputs), json=body, refusals=_THERE_ALREADY)
        yield "url", answer.content["content"]["html_url"]
        yield "sha", answer.content["commit"]["sha"]


class GithubUpdateFile(Block):
    """Put a text in the place of a file's, in a commit of its own. A change that comes in between is not lost: the block fails."""

    id = "30be12a4-57cb-4aa4-baf5-fcc68d136076"
    name = "GithubUpdateFileBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        file_path: str = pin(description="The file.", placeholder="folder/name.md")
        content: str = pin(description="Its new text.")
        branch: str = pin("main", description="The branch.", advanced=False)
        commit_message: str = pin("Update file", description="The commit's message.", advanced=False)

    class Output(BlockOutput):
        url: str = pin(description="The file's page.")
        sha: str = pin(description="The commit.")

    examples = (sample(KEY, {**_README, "content": "abcd"}, _WRITTEN_GIVES, said(_SHOWN), said(_WRITTEN)),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), places_of(inputs)
        path = f"{_CONTENTS}/{slashed(inputs.file_path, 'file_path')}"
        shown = await _file(api, path, place, {"ref": inputs.branch})
        answer = await api.call("PUT", path, place, json={**_commit(inputs), "sha": shown["sha"]})
        yield "url", answer.content["content"]["html_url"]
        yield "sha", answer.content["commit"]["sha"]


class GithubSearchCode(Block):
    """Search code at GitHub, in one repository or in all that the credential sees: the first page of what is found."""

    id = "47f94891-a2b1-4f1c-b5f2-573c043f721e"
    name = "GithubSearchCodeBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        query: str = pin(
            description="What to search for, with GitHub's qualifiers if wanted.",
            placeholder="def main language:python",
        )
        repo: str = pin("", description="The repository, as `owner/name`; empty: all.", advanced=False)
        per_page: int = pin(30, description="How many results; at most 100.")

    class Output(BlockOutput):
        result: dict[str, Any] = pin(title="Result", description="A file: its name, path, repository, url and score.")
        results: list[dict[str, Any]] = pin(description="All of them.")
        total_count: int = pin(description="How many there are.")

    examples = (
        sample(
            KEY,
            {"query": "def main", "repo": "owner/repo"},
            [("result", _RESULT), ("results", [_RESULT]), ("total_count", 1)],
            said(
                {
                    "total_count": 1,
                    "items": [
                        {
                            "name": "a.py",
                            "path": "src/a.py",
                            "html_url": _RESULT["url"],
                            "repository": {"full_name": "owner/repo"},
                            "score": 1.0,
                        }
                    ],
                }
            ),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        words = inputs.query
        if inputs.repo.strip():
            place = repository_of(inputs.repo, "repo")
            words += f" repo:{place['owner']}/{place['repo']}"
        answer = await api_of(inputs, context).call(
            "GET", "/search/code", query={"q": words, "per_page": inputs.per_page}
        )
        for emission in each_and_all("result", "results", [_found(one) for one in answer.content["items"]]):
            yield emission
        yield "total_count", answer.content["total_count"]


class GithubGetRepositoryTree(Block):
    """List the files and folders of a repository, with those in its folders: each by itself and all together."""

    id = "89c5c0ec-172e-4001-a32c-bdfe4d0c9e81"
    name = "GithubGetRepositoryTreeBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        branch: str = pin("main", description="The branch, tag or commit.", advanced=False)
        recursive: bool = pin(True, description="List what is in folders, too.", advanced=False)

    class Output(BlockOutput):
        entry: dict[str, Any] = pin(title="Entry", description="A file or folder: its path, type, size and sha.")
        entries: list[dict[str, Any]] = pin(description="All of them.")
        truncated: bool = pin(description=f"Whether there are more: {TREE_ENTRIES_MAX} are given at most.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [("entry", _ENTRY), ("entries", [_ENTRY]), ("truncated", False)],
            said({"tree": [{**_ENTRY, "mode": "100644"}], "truncated": False}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        place = {**places_of(inputs), "branch": inputs.branch}
        # Whatever stands there, even 0, makes it recursive.
        query = {"recursive": "1"} if inputs.recursive else {}
        answer = await api_of(inputs, context).call(
            "GET", "/repos/{owner}/{repo}/git/trees/{branch}", place, query=query
        )
        tree = answer.content["tree"]
        entries = [{**{name: one.get(name) for name in _ENTRY}, "size": one.get("size", 0)} for one in tree]
        for emission in each_and_all("entry", "entries", entries[:TREE_ENTRIES_MAX]):
            yield emission
        yield "truncated", bool(answer.content["truncated"]) or len(entries) > TREE_ENTRIES_MAX


async def _file(api: Api, path: str, place: Mapping[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """Give what GitHub says of a file, with its content where that is small; raise BlockFailed for what is none."""
    shown = (await api.call("GET", path, place, query=query, headers=_OBJECT)).content
    kind = shown.get("type") if isinstance(shown, dict) else "dir"
    if kind != "file":
        raise BlockFailed(f"It is no file: it is of the type {kind}.")
    if shown["size"] > FILE_BYTES_MAX:
        raise ValueTooLarge(f"The file has {shown['size']} bytes; at most {FILE_BYTES_MAX} are read.")
    return dict(shown)


def _commit(inputs: Any) -> dict[str, Any]:
    content = base64.b64encode(inputs.content.encode("utf-8")).decode()
    return {"message": inputs.commit_message, "content": content, "branch": inputs.branch}


def _found(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["name"],
        "path": item["path"],
        "repository": item["repository"]["full_name"],
        "url": item["html_url"],
        "score": item["score"],
    }
