"""Blocks for GitHub's issues: making, reading, listing, labelling and assigning them; they decide nothing about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from blocks.github.operations import (
    CATEGORIES,
    KEY,
    PAGE,
    REPOSITORY,
    WEB,
    GithubBlock,
    api_of,
    login_of,
    logins,
    name_of,
    places_of,
)
from blocks.providers.github import GithubCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.rest import LinkPaging, Operation
from blocks.sdk.samples import said, sample

_ISSUE: Final = "/repos/{owner}/{repo}/issues/{number}"
_GIVEN: Final = {"issue_url": f"{WEB}/issues/1"}


class GithubListIssues(Block):
    """List the open issues of a repository, each by itself and all together. Pull requests, which GitHub counts among them, are
    left out."""

    id = "c215bfd7-0e57-4573-8f8c-f7d4963dcd74"
    name = "GithubListIssuesBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)

    class Output(BlockOutput):
        issue: dict[str, str] = pin(title="Issue", description="An issue: its title and url.")
        issues: list[dict[str, str]] = pin(description="All of them.")

    examples = (
        sample(
            KEY,
            REPOSITORY,
            [
                ("issue", {"title": "A bug", "url": f"{WEB}/issues/1"}),
                ("issues", [{"title": "A bug", "url": f"{WEB}/issues/1"}]),
            ],
            said(
                [
                    {"title": "A bug", "html_url": f"{WEB}/issues/1"},
                    {"title": "A change", "html_url": f"{WEB}/pull/2", "pull_request": {"html_url": f"{WEB}/pull/2"}},
                ]
            ),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        issues = []
        pages = api_of(inputs, context).pages(
            "/repos/{owner}/{repo}/issues", places_of(inputs), LinkPaging(), query=PAGE
        )
        async for found in pages:
            if "pull_request" not in found:
                issues.append({"title": found["title"], "url": found["html_url"]})
                yield "issue", issues[-1]
        yield "issues", issues


class GithubMakeIssue(GithubBlock):
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
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        title: str = pin(description="The issue's title.")
        body: str = pin(description="The issue's text, in Markdown.")

    class Output(BlockOutput):
        number: int = pin(description="The issue's number.")
        url: str = pin(description="The issue's address.")

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "title": "A bug", "body": "It does not work."},
            [("number", 1), ("url", f"{WEB}/issues/1")],
            said({"number": 1, "html_url": f"{WEB}/issues/1"}, 201),
        ),
    )


class GithubReadIssue(GithubBlock):
    """Read an issue."""

    id = "6443c75d-032a-4772-9c08-230c707c8acc"
    name = "GithubReadIssueBlock"
    operation = Operation("GET", _ISSUE)

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue.", placeholder=f"{WEB}/issues/1")

    class Output(BlockOutput):
        title: str = pin(description="Its title.")
        body: str = pin(description="Its text.")
        user: str = pin(description="Who made it.")

    examples = (
        sample(
            KEY,
            _GIVEN,
            [("title", "A bug"), ("body", "It does not work."), ("user", "ann")],
            said({"title": "A bug", "body": "It does not work.", "user": {"login": "ann"}}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "title", answer["title"]
        yield "body", answer["body"] or ""
        yield "user", login_of(answer)


class _Done(BlockOutput):
    status: str = pin(description="That it was done.")


class GithubAddLabel(GithubBlock):
    """Put a label on an issue or a pull request. One that the repository does not have is made."""

    id = "98bd6b77-9506-43d5-b669-6b9733c4b1f1"
    name = "GithubAddLabelBlock"
    operation = Operation("POST", f"{_ISSUE}/labels", is_repeatable=True)

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue or pull request.", placeholder=f"{WEB}/issues/1")
        label: str = pin(description="The label.")

    Output = _Done

    examples = (sample(KEY, {**_GIVEN, "label": "bug"}, [("status", "The label is on it.")], said([{"name": "bug"}])),)

    def body(self, inputs: Any) -> dict[str, Any]:
        return {"labels": [inputs.label]}

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "status", "The label is on it."


class GithubRemoveLabel(GithubBlock):
    """Take a label off an issue or a pull request."""

    id = "78f050c5-3e3a-48c0-9e5b-ef1ceca5589c"
    name = "GithubRemoveLabelBlock"
    operation = Operation("DELETE", f"{_ISSUE}/labels/{{label}}")

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        issue_url: str = pin(description="The issue or pull request.", placeholder=f"{WEB}/issues/1")
        label: str = pin(description="The label.")

    Output = _Done

    examples = (
        sample(KEY, {**_GIVEN, "label": "bug"}, [("status", "The label is off it.")], said([])),
        sample(
            KEY,
            {**_GIVEN, "label": "bug"},
            [],
            said({"message": "Label does not exist"}, 404),
            error="no such thing",
            title="A label that is not there",
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "status", "The label is off it."


class _AssigneeInput(BlockInput):
    credentials: GithubCredentials = pin(description="Access to GitHub.")
    issue_url: str = pin(description="The issue or pull request.", placeholder=f"{WEB}/issues/1")
    assignee: str = pin(description="The user, by their name at GitHub.")


class GithubAssignIssue(GithubBlock):
    """Assign an issue or a pull request to a user. It fails where GitHub, which says nothing of it, did not assign them."""

    id = "90507c72-b0ff-413a-886a-23bbbd66f542"
    name = "GithubAssignIssueBlock"
    operation = Operation("POST", f"{_ISSUE}/assignees", is_repeatable=True)
    Input, Output = _AssigneeInput, _Done

    examples = (
        sample(
            KEY,
            {**_GIVEN, "assignee": "ann"},
            [("status", "It is assigned to ann.")],
            said({"assignees": [{"login": "ann"}]}, 201),
        ),
        sample(
            KEY, {**_GIVEN, "assignee": "bob"}, [], said({"assignees": []}, 201), error="did not assign it to 'bob'"
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        return {"assignees": [name_of(inputs.assignee)]}

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        name = name_of(inputs.assignee)
        if name.lower() not in [one.lower() for one in logins(answer.get("assignees"))]:
            what = (
                "the user must be able to write to the repository, or have written to the issue, and the credential too"
            )
            raise BlockFailed(f"GitHub did not assign it to {name!r}: {what}.")
        yield "status", f"It is assigned to {name}."


class GithubUnassignIssue(GithubBlock):
    """Take an issue or a pull request off a user."""

    id = "d154002a-38f4-46c2-962d-2488f2b05ece"
    name = "GithubUnassignIssueBlock"
    operation = Operation("DELETE", f"{_ISSUE}/assignees")
    Input, Output = _AssigneeInput, _Done

    examples = (
        sample(
            KEY,
            {**_GIVEN, "assignee": "ann"},
            [("status", "It is not assigned to ann.")],
            said({"assignees": []}),
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        return {"assignees": [name_of(inputs.assignee)]}

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        name = name_of(inputs.assignee)
        if name.lower() in [one.lower() for one in logins(answer.get("assignees"))]:
            raise BlockFailed(f"GitHub did not take it off {name!r}: the credential must be able to write there.")
        yield "status", f"It is not assigned to {name}."
