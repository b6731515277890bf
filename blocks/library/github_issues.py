"""Blocks for GitHub's issues and their comments; each is an operation of its REST API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from blocks.providers.github import GITHUB, GithubCredentials, numbered_of, repository_of
from blocks.sdk import ApiKey, BlockInput, BlockOutput, Emission, Example, pin
from blocks.sdk.rest import Arguments, LinkPaging, Operation, RestBlock
from schema.credentials import Reference

#: What the examples run with.
EXAMPLE: Final = ApiKey(Reference("00000000-0000-4000-8000-000000000002", "github", "api_key", "Example"), key="example")
_WITH: Final = {"credentials": EXAMPLE}
_REPO: Final = {"repo_url": "https://github.com/owner/repo", "credentials": EXAMPLE.reference.to_wire()}


class RepositoryBlock(RestBlock):
    """A block about a repository."""

    is_abstract = True
    provider = GITHUB
    categories = ("DEVELOPER_TOOLS",)

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments({**found.places, **repository_of(inputs.repo_url)}, found.query, found.body)


class NumberedBlock(RestBlock):
    """A block about an issue or a pull request."""

    is_abstract = True
    provider = GITHUB
    categories = ("DEVELOPER_TOOLS",)

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments({**found.places, **numbered_of(inputs.issue_url)}, found.query, found.body)


class GithubListIssues(RepositoryBlock):
    """List the issues of a repository, each by itself and all together. Pull requests, which GitHub counts among them, are left
    out."""

    id = "c215bfd7-0e57-4573-8f8c-f7d4963dcd74"
    name = "GithubListIssuesBlock"
    operation = Operation(
        "GET",
        "/repos/{owner}/{repo}/issues",
        constants={"per_page": 100},
        paging=LinkPaging(),
        item_pin="issue",
        items_pin="issues",
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder="https://github.com/owner/repo")

    class Output(BlockOutput):
        issue: dict[str, str] = pin(title="Issue", description="An issue: its title and url.")
        issues: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        Example(
            input=_REPO,
            output=[
                ("issue", {"title": "A bug", "url": "https://github.com/owner/repo/issues/1"}),
                ("issues", [{"title": "A bug", "url": "https://github.com/owner/repo/issues/1"}]),
            ],
            answers=[(200, {}, b'[{"title": "A bug", "html_url": "https://github.com/owner/repo/issues/1"}]')],
            credentials=_WITH,
        ),
    )

    def item(self, item: Any) -> Any:
        return {"title": item["title"], "url": item["html_url"]}


class GithubMakeIssue(RepositoryBlock):
    """Make an issue."""

    id = "691dad47-f494-44c3-a1e8-05b7990f2dab"
    name = "GithubMakeIssueBlock"
    operation = Operation(
        "POST",
        "/repos/{owner}/{repo}/issues",
        body={"title": "title", "body": "body"},
        gives={"number": ("number",), "url": ("html_url",)},
    )

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder="https://github.com/owner/repo")
        title: str = pin(description="The issue's title.")
        body: str = pin(description="The issue's text, in Markdown.")

    class Output(BlockOutput):
        number: int = pin(description="The issue's number.")
        url: str = pin(description="The issue's address.")

    examples = (
        Example(
            input={**_REPO, "title": "A bug", "body": "It does not work."},
            output=[("number", 1), ("url", "https://github.com/owner/repo/issues/1")],
            answers=[(201, {}, b'{"number": 1, "html_url": "https://github.com/owner/repo/issues/1"}')],
            credentials=_WITH,
        ),
    )


class GithubReadIssue(NumberedBlock):
    """Read an issue."""

    id = "6443c75d-032a-4772-9c08-230c707c8acc"
    name = "GithubReadIssueBlock"
    operation = Operation("GET", "/repos/{owner}/{repo}/issues/{number}", gives={"title": ("title",)})

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue.", placeholder="https://github.com/owner/repo/issues/1")

    class Output(BlockOutput):
        title: str = pin(description="Its title.")
        body: str = pin(description="Its text.")
        user: str = pin(description="Who made it.")

    examples = (
        Example(
            input={
                "issue_url": "https://github.com/owner/repo/issues/1",
                "credentials": EXAMPLE.reference.to_wire(),
            },
            output=[("title", "A bug"), ("body", "It does not work."), ("user", "ann")],
            answers=[(200, {}, b'{"title": "A bug", "body": "It does not work.", "user": {"login": "ann"}}')],
            credentials=_WITH,
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "title", answer["title"]
        yield "body", answer["body"] or ""
        yield "user", answer["user"]["login"]
