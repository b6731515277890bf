"""Blocks for Linear: make, find and comment on issues, find projects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from blocks.linear.asking import COMMENT_FIELDS, ISSUE_FIELDS, PROJECT_FIELDS, all_of, ask, id_named
from blocks.providers.linear import LINEAR, LinearCommentCredentials, LinearIssueCredentials, LinearReadCredentials
from blocks.sdk import Block, BlockInput, BlockOutput, Context, Unavailable, Yield, pin
from blocks.sdk.rest import Api, found_at
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(LINEAR)
_ISSUE: Final = {"id": "b1", "identifier": "ENG-1", "title": "A wall leans"}
_PROJECT: Final = {"id": "p1", "name": "Walls"}
#: What one execution gives of a list.
_ITEMS_MAX: Final = 500
_PAGE: Final = "pageInfo { hasNextPage endCursor }"

_COMMENT: Final = (
    "mutation ($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id body } } }"
)
_CREATE: Final = (
    "mutation ($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id identifier title } } }"
)
_SEARCH: Final = (
    "query ($term: String!, $teamId: String, $first: Int, $after: String) "
    f"{{ searchIssues(term: $term, teamId: $teamId, first: $first, after: $after) {{ nodes {{ {ISSUE_FIELDS} }} {_PAGE} }} }}"
)
_PROJECTS: Final = (
    "query ($term: String!, $first: Int, $after: String) "
    f"{{ searchProjects(term: $term, first: $first, after: $after) {{ nodes {{ {PROJECT_FIELDS} }} {_PAGE} }} }}"
)


class LinearCreateComment(Block):
    """Comment on an issue."""

    id = "8f7d3a2e-9b5c-4c6a-8f1d-7c8b3e4a5d6c"
    name = "LinearCreateCommentBlock"
    categories = ("PRODUCTIVITY", "ISSUE_TRACKING")

    class Input(BlockInput):
        credentials: LinearCommentCredentials = pin(description="Access to Linear.")
        issue_id: str = pin(description="The issue's id, or its short name.", placeholder="ENG-1")
        comment: str = pin(description="The comment, in Markdown.")

    class Output(BlockOutput):
        comment_id: str = pin(description="The comment's id.")
        comment_body: str = pin(description="What it says.")

    examples = (
        sample(
            _KEY,
            {"issue_id": "ENG-1", "comment": "Prop it up."},
            [("comment_id", "c1"), ("comment_body", "Prop it up.")],
            said({"data": {"commentCreate": {"success": True, "comment": {"id": "c1", "body": "Prop it up."}}}}),
        ),
        sample(
            _KEY,
            {"issue_id": "ENG-0", "comment": "?"},
            [],
            said({"errors": [{"message": "Entity not found: Issue"}], "data": None}),
            title="No such issue",
            error="Entity not found",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(LINEAR, inputs.credentials, context)
        given = {"issueId": inputs.issue_id.strip(), "body": inputs.comment}
        comment = _made(await ask(api, _COMMENT, {"input": given}, changes=True), "commentCreate", "comment")
        yield "comment_id", comment["id"]
        yield "comment_body", comment["body"]


def _made(data: Any, mutation: str, name: str) -> Mapping[str, Any]:
    found = found_at(data, (mutation, name))
    if not isinstance(found, dict) or not found_at(data, (mutation, "success")):
        raise Unavailable(f"Linear did not say that the {name} was made.")
    return found


class LinearCreateIssue(Block):
    """Make an issue."""

    id = "f9c68f55-dcca-40a8-8771-abf9601680aa"
    name = "LinearCreateIssueBlock"
    categories = ("PRODUCTIVITY", "ISSUE_TRACKING")

    class Input(BlockInput):
        credentials: LinearIssueCredentials = pin(description="Access to Linear.")
        title: str = pin(description="The issue's title.")
        description: str | None = pin(description="What it is about, in Markdown.")
        team_name: str = pin(description="The team whose issue it is.")
        priority: int | None = pin(None, description="0: none, 1: urgent, 2: high, 3: medium, 4: low.", ge=0, le=4)
        project_name: str | None = pin(None, description="The project that it belongs to.")

    class Output(BlockOutput):
        issue_id: str = pin(description="The issue's short name, such as ENG-1.")
        issue_title: str = pin(description="Its title.")

    examples = (
        sample(
            _KEY,
            {"title": "A wall leans", "description": "To the left.", "team_name": "Engineering"},
            [("issue_id", "ENG-1"), ("issue_title", "A wall leans")],
            said({"data": {"teams": {"nodes": [{"id": "t1", "name": "Engineering"}]}}}),
            said({"data": {"issueCreate": {"success": True, "issue": _ISSUE}}}),
        ),
        sample(
            _KEY,
            {"title": "A wall leans", "description": "", "team_name": "Masons"},
            [],
            said({"data": {"teams": {"nodes": []}}}),
            title="No such team",
            error="no team 'Masons'",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(LINEAR, inputs.credentials, context)
        given = {
            "title": inputs.title,
            "description": inputs.description,
            "teamId": await id_named(api, "teams", inputs.team_name, "team_name"),
            "priority": inputs.priority,
        }
        if inputs.project_name:
            given["projectId"] = await id_named(api, "projects", inputs.project_name, "project_name")
        variables = {"input": {name: value for name, value in given.items() if value is not None}}
        issue = _made(await ask(api, _CREATE, variables, changes=True), "issueCreate", "issue")
        yield "issue_id", issue["identifier"]
        yield "issue_title", issue["title"]


class LinearSearchIssues(Block):
    """Find issues by what they say."""

    id = "b5a2a0e6-26b4-4c5b-8a42-bc79e9cb65c2"
    name = "LinearSearchIssuesBlock"
    categories = ("PRODUCTIVITY", "ISSUE_TRACKING")

    class Input(BlockInput):
        term: str = pin(description="What to search for.")
        credentials: LinearReadCredentials = pin(description="Access to Linear.")
        max_results: int = pin(10, description="Issues to give at most.", ge=1, le=_ITEMS_MAX)
        team_name: str | None = pin(None, description="Only this team's.")

    class Output(BlockOutput):
        issues: list[dict[str, Any]] = pin(description="The issues.")

    examples = (
        sample(
            _KEY,
            {"term": "wall"},
            [("issues", [_ISSUE])],
            said({"data": {"searchIssues": {"nodes": [_ISSUE], "pageInfo": {"hasNextPage": False}}}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(LINEAR, inputs.credentials, context)
        team = await id_named(api, "teams", inputs.team_name, "team_name") if inputs.team_name else None
        variables = {"term": inputs.term, "teamId": team}
        yield "issues", await all_of(api, _SEARCH, variables, "searchIssues", inputs.max_results)


class LinearGetProjectIssues(Block):
    """List the issues of a project that have a status: those that somebody has, or those that nobody has."""

    id = "c7d3f1e8-45a9-4b2c-9f81-3e6a8d7c5b1a"
    name = "LinearGetProjectIssuesBlock"
    categories = ("PRODUCTIVITY", "ISSUE_TRACKING")

    class Input(BlockInput):
        credentials: LinearReadCredentials = pin(description="Access to Linear.")
        project: str = pin(description="The project's name.")
        status: str = pin(description="The status's name.", placeholder="In Progress")
        is_assigned: bool = pin(False, description="Those that somebody has; false: those that nobody has.")
        include_comments: bool = pin(False, description="Give their comments, too.")

    class Output(BlockOutput):
        issues: list[dict[str, Any]] = pin(description="The issues.")

    examples = (
        sample(
            _KEY,
            {"project": "Walls", "status": "Todo"},
            [("issues", [_ISSUE])],
            said({"data": {"issues": {"nodes": [_ISSUE], "pageInfo": {"hasNextPage": False}}}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        fields = f"{ISSUE_FIELDS} {COMMENT_FIELDS}" if inputs.include_comments else ISSUE_FIELDS
        text = (
            "query ($filter: IssueFilter, $first: Int, $after: String) "
            f"{{ issues(filter: $filter, first: $first, after: $after) {{ nodes {{ {fields} }} {_PAGE} }} }}"
        )
        chosen = {
            "project": {"name": {"eqIgnoreCase": inputs.project.strip()}},
            "state": {"name": {"eqIgnoreCase": inputs.status.strip()}},
            "assignee": {"null": not inputs.is_assigned},
        }
        api = Api(LINEAR, inputs.credentials, context)
        issues = await all_of(api, text, {"filter": chosen}, "issues", _ITEMS_MAX)
        yield "issues", [_with_comments(issue) for issue in issues]


def _with_comments(issue: dict[str, Any]) -> dict[str, Any]:
    comments = found_at(issue, ("comments", "nodes"))
    return issue if comments is None else {**issue, "comments": comments}


class LinearSearchProjects(Block):
    """Find projects by what they say."""

    id = "446a1d35-9d8f-4ac5-83ea-7684ec50e6af"
    name = "LinearSearchProjectsBlock"
    categories = ("PRODUCTIVITY", "ISSUE_TRACKING")

    class Input(BlockInput):
        credentials: LinearReadCredentials = pin(description="Access to Linear.")
        term: str = pin(description="What to search for.")

    class Output(BlockOutput):
        projects: list[dict[str, Any]] = pin(description="The projects.")

    examples = (
        sample(
            _KEY,
            {"term": "Walls"},
            [("projects", [_PROJECT])],
            said({"data": {"searchProjects": {"nodes": [_PROJECT], "pageInfo": {"hasNextPage": False}}}}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api = Api(LINEAR, inputs.credentials, context)
        yield "projects", await all_of(api, _PROJECTS, {"term": inputs.term}, "searchProjects", _ITEMS_MAX)
