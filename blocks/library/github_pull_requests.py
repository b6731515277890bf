"""Blocks for GitHub's pull requests: making, reading, listing and merging them, and whom one asks to review them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Literal

from blocks.github.operations import (
    CATEGORIES,
    KEY,
    PAGE,
    REPOSITORY,
    WEB,
    GithubBlock,
    api_of,
    each_and_all,
    login_of,
    logins,
    name_of,
    places_of,
)
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import LinkPaging, Operation, found_at
from blocks.sdk.samples import said, sample

_PULL: Final = "/repos/{owner}/{repo}/pulls/{number}"
_REVIEWERS: Final = f"{_PULL}/requested_reviewers"
_PAGE_OF_IT: Final = f"{WEB}/pull/1"
_GIVEN: Final = {"pr_url": _PAGE_OF_IT}
_DIFF: Final = {"Accept": "application/vnd.github.diff"}
_TOO_LARGE: Final = {406: "GitHub gives no diff of a pull request as large as this one: {said}"}
#: What GitHub answers where a pull request cannot be merged, one that is merged already included.
_NOT_MERGEABLE: Final = 405


class GithubListPullRequests(GithubBlock):
    """List the open pull requests of a repository, each by itself and all together."""

    id = "ffef3c4c-6cd0-48dd-817d-459f975219f4"
    name = "GithubListPullRequestsBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}/pulls",
        constants=PAGE,
        paging=LinkPaging(),
        item_pin="pull_request",
        items_pin="pull_requests",
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)

    class Output(BlockOutput):
        pull_request: dict[str, str] = pin(title="Pull Request", description="A pull request: its title and url.")
        pull_requests: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [
                ("pull_request", {"title": "A change", "url": _PAGE_OF_IT}),
                ("pull_requests", [{"title": "A change", "url": _PAGE_OF_IT}]),
            ],
            said([{"title": "A change", "html_url": _PAGE_OF_IT}]),
        ),
    )

    def item(self, item: Any) -> Any:
        return {"title": item["title"], "url": item["html_url"]}


class GithubMakePullRequest(GithubBlock):
    """Make a pull request: ask for a branch's changes to be merged into another."""

    id = "dfb987f8-f197-4b2e-bf19-111812afd692"
    name = "GithubMakePullRequestBlock"
    operation = Operation(
        "POST",
        "/repos/{owner}/{repo}/pulls",
        body={"title": "title", "body": "body", "head": "head", "base": "base"},
        gives={"number": ("number",), "url": ("html_url",)},
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        title: str = pin(description="Its title.")
        body: str = pin(description="Its text, in Markdown.")
        head: str = pin(description="The branch with the changes; of a fork, `user:branch`.")
        base: str = pin(description="The branch that they are to be merged into.")

    class Output(BlockOutput):
        number: int = pin(description="The pull request's number.")
        url: str = pin(description="Its address.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "title": "A change", "body": "It works.", "head": "change", "base": "main"},
            [("number", 1), ("url", _PAGE_OF_IT)],
            said({"number": 1, "html_url": _PAGE_OF_IT}, 201),
        ),
        sample(
            KEY,
            {**REPOSITORY, "title": "A change", "body": "It works.", "head": "change", "base": "main"},
            [],
            said({"message": "Validation Failed", "errors": [{"message": "A pull request already exists."}]}, 422),
            error="already exists",
            title="One that is there already",
        ),
    )


class GithubReadPullRequest(Block):
    """Read a pull request, and its changes as a diff where they are wanted."""

    id = "bf94b2a4-1a30-4600-a783-a8a44ee31301"
    name = "GithubReadPullRequestBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        pr_url: str = pin(description="The pull request.", placeholder=_PAGE_OF_IT)
        include_pr_changes: bool = pin(False, description="Whether its changes are wanted, too.", advanced=False)

    class Output(BlockOutput):
        title: str = pin(description="Its title.")
        body: str = pin(description="Its text.")
        author: str = pin(description="Who made it.")
        changes: str = pin(description="Its changes, as a diff.")

    examples = (
        sample(
            KEY,
            {**_GIVEN, "include_pr_changes": True},
            [("title", "A change"), ("body", "It works."), ("author", "ann"), ("changes", "diff --git a/a b/a\n")],
            said({"title": "A change", "body": "It works.", "user": {"login": "ann"}}),
            said(b"diff --git a/a b/a\n"),
        ),
        sample(
            KEY,
            _GIVEN,
            [("title", "A change"), ("body", ""), ("author", "ann")],
            said({"title": "A change", "body": None, "user": {"login": "ann"}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), places_of(inputs)
        request = (await api.call("GET", _PULL, place)).content
        yield "title", request["title"]
        yield "body", request["body"] or ""
        yield "author", login_of(request)
        if inputs.include_pr_changes:
            answer = await api.call("GET", _PULL, place, headers=_DIFF, refusals=_TOO_LARGE)
            yield "changes", answer.body.decode("utf-8", "replace")


class _ReviewerInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    pr_url: str = pin(description="The pull request.", placeholder=_PAGE_OF_IT)
    reviewer: str = pin(description="The user, by their name at GitHub.")


class _Done(BlockOutput):
    status: str = pin(description="That it was done.")


class _ReviewerBlock(GithubBlock):
    is_abstract = True

    def body(self, inputs: Any) -> dict[str, Any]:
        return {"reviewers": [name_of(inputs.reviewer)]}


class GithubAssignPRReviewer(_ReviewerBlock):
    """Ask a user to review a pull request."""

    id = "c0d22c5e-e688-43e3-ba43-d5faba7927fd"
    name = "GithubAssignPRReviewerBlock"
    operation = Operation("POST", _REVIEWERS, is_repeatable=True)
    Input, Output = _ReviewerInput, _Done

    examples = (
        sample(
            KEY,
            {**_GIVEN, "reviewer": "ann"},
            [("status", "ann is asked to review it.")],
            said({"requested_reviewers": [{"login": "ann"}]}, 201),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "status", f"{name_of(inputs.reviewer)} is asked to review it."


class GithubUnassignPRReviewer(_ReviewerBlock):
    """Ask a user no longer to review a pull request."""

    id = "9637945d-c602-4875-899a-9c22f8fd30de"
    name = "GithubUnassignPRReviewerBlock"
    operation = Operation("DELETE", _REVIEWERS)
    Input, Output = _ReviewerInput, _Done

    examples = (
        sample(
            KEY,
            {**_GIVEN, "reviewer": "ann"},
            [("status", "ann is not asked to review it.")],
            said({"requested_reviewers": []}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        if name_of(inputs.reviewer).lower() in [one.lower() for one in logins(answer.get("requested_reviewers"))]:
            raise BlockFailed(f"GitHub still asks {name_of(inputs.reviewer)!r} to review it.")
        yield "status", f"{name_of(inputs.reviewer)} is not asked to review it."


class GithubListPRReviewers(GithubBlock):
    """List the users who are asked to review a pull request and have not done so, each by itself and all together."""

    id = "2646956e-96d5-4754-a3df-034017e7ed96"
    name = "GithubListPRReviewersBlock"
    operation = Operation("GET", _REVIEWERS)

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        pr_url: str = pin(description="The pull request.", placeholder=_PAGE_OF_IT)

    class Output(BlockOutput):
        reviewer: dict[str, str] = pin(title="Reviewer", description="A user: their username and url.")
        reviewers: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [
                ("reviewer", {"username": "ann", "url": "https://github.com/ann"}),
                ("reviewers", [{"username": "ann", "url": "https://github.com/ann"}]),
            ],
            said({"users": [{"login": "ann", "html_url": "https://github.com/ann"}], "teams": []}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        found = [{"username": user["login"], "url": user["html_url"]} for user in answer["users"]]
        yield from each_and_all("reviewer", "reviewers", found)


class GithubMergePullRequest(Block):
    """Merge a pull request. One that is merged already counts as merged, so that a repeated attempt does not fail."""

    id = "77456c22-33d8-4fd4-9eef-50b46a35bb48"
    name = "GithubMergePullRequestBlock"
    categories = CATEGORIES
    is_sensitive = True

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        pr_url: str = pin(description="The pull request.", placeholder=_PAGE_OF_IT)
        merge_method: Literal["merge", "squash", "rebase"] = pin("merge", description="How it is merged.")
        commit_title: str = pin("", description="The first line of the commit's message; empty: GitHub's own.")
        commit_message: str = pin("", description="The rest of it; empty: GitHub's own.")

    class Output(BlockOutput):
        sha: str = pin(description="The commit that it became.")
        merged: bool = pin(description="Whether it is merged.")
        message: str = pin(description="What GitHub says of it.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [("sha", "6dcb09b"), ("merged", True), ("message", "Pull Request successfully merged")],
            said({"sha": "6dcb09b", "merged": True, "message": "Pull Request successfully merged"}),
        ),
        sample(
            KEY,
            _GIVEN,
            [("sha", "6dcb09b"), ("merged", True), ("message", "It was merged already.")],
            said({"message": "Pull Request is not mergeable"}, 405),
            said({"merged": True, "merge_commit_sha": "6dcb09b"}),
            title="One that is merged",
        ),
        sample(
            KEY,
            _GIVEN,
            [],
            said({"message": "Pull Request is not mergeable"}, 405),
            said({"merged": False, "merge_commit_sha": None}),
            error="Pull Request is not mergeable",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, place = api_of(inputs, context), places_of(inputs)
        texts = {"commit_title": inputs.commit_title, "commit_message": inputs.commit_message}
        body = {"merge_method": inputs.merge_method, **{name: text for name, text in texts.items() if text}}
        answer = await api.call("PUT", f"{_PULL}/merge", place, json=body, accepts=(_NOT_MERGEABLE,))
        merged = answer.content
        if answer.status == _NOT_MERGEABLE:
            request = (await api.call("GET", _PULL, place)).content
            if not request["merged"]:
                raise BlockFailed(
                    f"GitHub cannot merge it: {found_at(answer.content, ('message',)) or 'it does not say why'}"
                )
            merged = {
                "sha": request["merge_commit_sha"],
                "merged": True,
                "message": "It was merged already.",
            }
        yield "sha", merged["sha"]
        yield "merged", merged["merged"]
        yield "message", merged["message"]
