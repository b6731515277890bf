"""Blocks for GitHub's repositories: making, forking and starring them, and what is around one: tags, releases, discussions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from blocks.github.graphql import ask
from blocks.github.operations import (
    CATEGORIES,
    KEY,
    PAGE,
    REPOSITORY,
    WEB,
    GithubBlock,
    api_of,
    each_and_all,
    places_of,
    tree_url,
)
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import LinkPaging, Operation
from blocks.sdk.samples import said, sample

#: Discussions that are read at most: what GitHub gives in a page.
DISCUSSIONS_MAX: Final = 100
#: https://docs.github.com/en/graphql/guides/using-the-graphql-api-for-discussions
DISCUSSIONS: Final = """
query($owner: String!, $repo: String!, $count: Int!) {
  repository(owner: $owner, name: $repo) { discussions(first: $count) { nodes { title url } } }
}
"""
_DISCUSSION: Final = {"title": "Ideas", "url": f"{WEB}/discussions/3"}
_RELEASE: Final = {"name": "1.0", "url": f"{WEB}/releases/tag/v1.0"}
_STARGAZER: Final = {"username": "ann", "url": "https://github.com/ann"}
_TAG: Final = {"name": "v1.0", "url": f"{WEB}/tree/v1.0"}


class _RepositoryInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    repo_url: str = pin(description="The repository.", placeholder=WEB)


class GithubCreateRepository(GithubBlock):
    """Make a repository of the credential's user."""

    id = "029ec3b8-1cfd-46d3-b6aa-28e4a706efd1"
    name = "GithubCreateRepositoryBlock"
    operation = Operation("POST", "/user/repos", gives={"url": ("html_url",), "clone_url": ("clone_url",)})

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        name: str = pin(description="Its name.")
        description: str = pin("", description="What it is.", advanced=False)
        private: bool = pin(False, description="Whether only who is invited sees it.", advanced=False)
        auto_init: bool = pin(True, description="Begin it with a README.")
        gitignore_template: str = pin("", description="The language whose .gitignore it gets, such as Python.")

    class Output(BlockOutput):
        url: str = pin(description="Its address.")
        clone_url: str = pin(description="The address for git.")

    examples = (
        sample(
            KEY,
            {"name": "repo"},
            [("url", WEB), ("clone_url", f"{WEB}.git")],
            said({"html_url": WEB, "clone_url": f"{WEB}.git"}, 201),
        ),
        sample(
            KEY,
            {"name": "repo"},
            [],
            said(
                {"message": "Repository creation failed.", "errors": [{"message": "name already exists"}]},
                422,
            ),
            error="name already exists",
            title="A name that is taken",
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        found = inputs.model_dump(mode="json", exclude={"credentials"})
        return {name: value for name, value in found.items() if value != ""}


class GithubGetRepositoryInfo(GithubBlock):
    """Say what is known of a repository."""

    id = "59d4f241-968a-4040-95da-348ac5c5ce27"
    name = "GithubGetRepositoryInfoBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}",
        gives={
            "name": ("name",),
            "full_name": ("full_name",),
            "description": ("description",),
            "default_branch": ("default_branch",),
            "private": ("private",),
            "html_url": ("html_url",),
            "clone_url": ("clone_url",),
            "stars": ("stargazers_count",),
            "forks": ("forks_count",),
            "open_issues": ("open_issues_count",),
        },
    )
    Input = _RepositoryInput

    class Output(BlockOutput):
        name: str = pin(description="Its name.")
        full_name: str = pin(description="Its owner and its name.")
        description: str = pin(description="What it is.")
        default_branch: str = pin(description="The branch that one sees first.")
        private: bool = pin(description="Whether only who is invited sees it.")
        html_url: str = pin(description="Its address.")
        clone_url: str = pin(description="The address for git.")
        stars: int = pin(description="How many starred it.")
        forks: int = pin(description="How many forked it.")
        open_issues: int = pin(description="Its open issues; GitHub counts open pull requests among them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [
                ("name", "repo"),
                ("full_name", "owner/repo"),
                ("description", ""),
                ("default_branch", "main"),
                ("private", False),
                ("html_url", WEB),
                ("clone_url", f"{WEB}.git"),
                ("stars", 3),
                ("forks", 2),
                ("open_issues", 1),
            ],
            said(
                {
                    "name": "repo",
                    "full_name": "owner/repo",
                    "description": None,
                    "default_branch": "main",
                    "private": False,
                    "html_url": WEB,
                    "clone_url": f"{WEB}.git",
                    "stargazers_count": 3,
                    "forks_count": 2,
                    "open_issues_count": 1,
                }
            ),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield from super().emissions({**answer, "description": answer.get("description") or ""}, inputs)


class GithubForkRepository(GithubBlock):
    """Fork a repository, for the credential's user or for an organisation. Its files may be there only a little later."""

    id = "a439f2f4-835f-4dae-ba7b-0205ffa70be6"
    name = "GithubForkRepositoryBlock"
    # There is one fork of a repository for each owner: who asks again is given the one that is there.
    operation = Operation(
        "POST",
        "/repos/{owner}/{repo}/forks",
        gives={"url": ("html_url",), "clone_url": ("clone_url",), "full_name": ("full_name",)},
        is_repeatable=True,
    )

    class Input(_RepositoryInput):
        organization: str = pin("", description="The organisation that is to own it; empty: the credential's user.")

    class Output(BlockOutput):
        url: str = pin(description="The fork's address.")
        clone_url: str = pin(description="The address for git.")
        full_name: str = pin(description="Its owner and its name.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "organization": "wall"},
            [
                ("url", "https://github.com/wall/repo"),
                ("clone_url", "https://github.com/wall/repo.git"),
                ("full_name", "wall/repo"),
            ],
            said(
                {
                    "html_url": "https://github.com/wall/repo",
                    "clone_url": "https://github.com/wall/repo.git",
                    "full_name": "wall/repo",
                },
                202,
            ),
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any] | None:
        return {"organization": inputs.organization} if inputs.organization.strip() else None


class GithubStarRepository(GithubBlock):
    """Star a repository, as the credential's user."""

    id = "bd700764-53e3-44dd-a969-d1854088458f"
    name = "GithubStarRepositoryBlock"
    operation = Operation("PUT", "/user/starred/{owner}/{repo}")
    Input = _RepositoryInput

    class Output(BlockOutput):
        status: str = pin(description="That it was done.")

    examples = (sample(KEY, REPOSITORY, [("status", "The repository is starred.")], said(b"", 204)),)

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "status", "The repository is starred."


class GithubListTags(Block):
    """List the tags of a repository, each by itself and all together."""

    id = "358924e7-9a11-4d1a-a0f2-13c67fe59e2e"
    name = "GithubListTagsBlock"
    categories = CATEGORIES
    Input = _RepositoryInput

    class Output(BlockOutput):
        tag: dict[str, str] = pin(title="Tag", description="A tag: its name, and the url of its files.")
        tags: list[dict[str, str]] = pin(description="All of them.")

    examples = (sample(KEY, REPOSITORY, [("tag", _TAG), ("tags", [_TAG])], said([{"name": "v1.0"}])),)

    async def run(self, inputs: _RepositoryInput, context: Context) -> AsyncIterator[Yield]:
        tags, place = [], places_of(inputs)
        pages = api_of(inputs, context).pages("/repos/{owner}/{repo}/tags", place, LinkPaging(), query=PAGE)
        async for found in pages:
            tags.append({"name": found["name"], "url": tree_url(context, place, found["name"])})
            yield "tag", tags[-1]
        yield "tags", tags


class GithubListReleases(GithubBlock):
    """List the releases of a repository, the newest first, each by itself and all together."""

    id = "3460367a-6ba7-4645-8ce6-47b05d040b92"
    name = "GithubListReleasesBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}/releases",
        constants=PAGE,
        paging=LinkPaging(),
        item_pin="release",
        items_pin="releases",
    )
    Input = _RepositoryInput

    class Output(BlockOutput):
        release: dict[str, str] = pin(title="Release", description="A release: its name and url.")
        releases: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [("release", _RELEASE), ("releases", [_RELEASE])],
            said([{"name": "1.0", "tag_name": "v1.0", "html_url": _RELEASE["url"]}]),
        ),
    )

    def item(self, item: Any) -> Any:
        return {"name": item.get("name") or item["tag_name"], "url": item["html_url"]}


class GithubListStargazers(GithubBlock):
    """List who starred a repository, the earliest first, each by themselves and all together: a thousand at most."""

    id = "e96d01ec-b55e-4a99-8ce8-c8776dce850b"
    name = "GithubListStargazersBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}/stargazers",
        constants=PAGE,
        paging=LinkPaging(),
        item_pin="stargazer",
        items_pin="stargazers",
    )
    Input = _RepositoryInput

    class Output(BlockOutput):
        stargazer: dict[str, str] = pin(title="Stargazer", description="A user: their username and url.")
        stargazers: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [("stargazer", _STARGAZER), ("stargazers", [_STARGAZER])],
            said([{"login": "ann", "html_url": "https://github.com/ann"}]),
        ),
    )

    def item(self, item: Any) -> Any:
        return {"username": item["login"], "url": item["html_url"]}


class GithubListDiscussions(Block):
    """List discussions of a repository, those first in which something happened last, each by itself and all together."""

    id = "3ef1a419-3d76-4e07-b761-de9dad4d51d7"
    name = "GithubListDiscussionsBlock"
    categories = CATEGORIES

    class Input(_RepositoryInput):
        num_discussions: int = pin(5, description=f"How many; at most {DISCUSSIONS_MAX}.", advanced=False)

    class Output(BlockOutput):
        discussion: dict[str, str] = pin(title="Discussion", description="A discussion: its title and url.")
        discussions: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [("discussion", _DISCUSSION), ("discussions", [_DISCUSSION])],
            said({"data": {"repository": {"discussions": {"nodes": [_DISCUSSION]}}}}),
        ),
        sample(
            KEY,
            REPOSITORY,
            [],
            said({"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "No such repository."}]}),
            error="No such repository.",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.num_discussions < 1:
            raise BlockFailed("num_discussions is at least 1.")
        count = min(inputs.num_discussions, DISCUSSIONS_MAX)
        data = await ask(api_of(inputs, context), DISCUSSIONS, {**places_of(inputs), "count": count})
        nodes = ((data.get("repository") or {}).get("discussions") or {}).get("nodes") or []
        found = [{"title": one["title"], "url": one["url"]} for one in nodes]
        for emission in each_and_all("discussion", "discussions", found):
            yield emission
