"""Linear's GraphQL API as its documentation has it: one address, a key without `Bearer`, errors in an answer of any status."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.linear_issues import (
    LinearCreateComment,
    LinearCreateIssue,
    LinearGetProjectIssues,
    LinearSearchIssues,
    LinearSearchProjects,
)
from blocks.providers.linear import LINEAR
from blocks.sdk import OAuth2
from schema.credentials import Reference
from tests.providers.services import Asked, Says, service

GRAPHQL = ("POST", "/graphql")
ISSUE = {"id": "b1", "identifier": "ENG-1", "title": "A wall leans"}


def with_key(asked: Asked) -> str | None:
    return None if asked.headers.get("authorization") == "the-secret-key" else "no key, or something in front of it"


async def run(block: Any, inputs: Any, *answers: Says) -> tuple[Any, list[Any]]:
    async with service(LINEAR, {GRAPHQL: list(answers)}, with_key) as linear:
        return await linear.run(block, inputs), [asked.json for asked in linear.asked]


def data(**content: Any) -> Says:
    return Says({"data": content})


def nodes(*items: Any, after: str | None = None) -> dict[str, Any]:
    return {"nodes": list(items), "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}


async def test_a_comment_is_made() -> None:
    made = data(commentCreate={"success": True, "comment": {"id": "c1", "body": "Prop it up."}})
    outcome, asked = await run(LinearCreateComment, {"issue_id": "ENG-1", "comment": "Prop it up."}, made)
    assert asked[0]["variables"] == {"input": {"issueId": "ENG-1", "body": "Prop it up."}}
    assert "commentCreate(input: $input)" in asked[0]["query"]
    assert outcome.outputs == [("comment_id", "c1"), ("comment_body", "Prop it up.")]


async def test_an_issue_is_made_for_the_team_and_the_project_of_these_names() -> None:
    inputs = {
        "title": "A wall leans",
        "description": "Left.",
        "team_name": "eng",
        "priority": 2,
        "project_name": "Walls",
    }
    outcome, asked = await run(
        LinearCreateIssue,
        inputs,
        data(teams=nodes({"id": "t1", "name": "Eng"})),
        data(projects=nodes({"id": "p1", "name": "Walls"})),
        data(issueCreate={"success": True, "issue": ISSUE}),
    )
    assert asked[0]["variables"] == {"filter": {"name": {"eqIgnoreCase": "eng"}}}
    given = {"title": "A wall leans", "description": "Left.", "teamId": "t1", "priority": 2, "projectId": "p1"}
    assert asked[2]["variables"] == {"input": given}
    assert outcome.outputs == [("issue_id", "ENG-1"), ("issue_title", "A wall leans")]


async def test_a_search_is_read_page_by_page_until_there_are_enough() -> None:
    pages = [data(searchIssues=nodes(*[ISSUE] * 50, after="c1")), data(searchIssues=nodes(*[ISSUE] * 20, after="c2"))]
    outcome, asked = await run(LinearSearchIssues, {"term": "wall", "max_results": 60}, *pages)
    assert [(one["variables"]["first"], one["variables"]["after"]) for one in asked] == [(50, None), (10, "c1")]
    assert len(outcome.outputs[0][1]) == 60


async def test_a_search_within_a_team_names_its_id() -> None:
    outcome, asked = await run(
        LinearSearchIssues,
        {"term": "wall", "team_name": "Eng"},
        data(teams=nodes({"id": "t1"})),
        data(searchIssues=nodes(ISSUE)),
    )
    assert asked[1]["variables"] == {"term": "wall", "teamId": "t1", "first": 10, "after": None}
    assert outcome.outputs == [("issues", [ISSUE])]


async def test_the_issues_of_a_project_are_chosen_by_status_and_by_whether_somebody_has_them() -> None:
    comments = {"comments": {"nodes": [{"id": "c1", "body": "?"}]}}
    inputs = {"project": "Walls", "status": "Todo", "is_assigned": True, "include_comments": True}
    outcome, asked = await run(LinearGetProjectIssues, inputs, data(issues=nodes({**ISSUE, **comments})))
    assert asked[0]["variables"]["filter"] == {
        "project": {"name": {"eqIgnoreCase": "Walls"}},
        "state": {"name": {"eqIgnoreCase": "Todo"}},
        "assignee": {"null": False},
    }
    assert "comments(first: 50)" in asked[0]["query"]
    assert outcome.outputs == [("issues", [{**ISSUE, "comments": [{"id": "c1", "body": "?"}]}])]


async def test_projects_are_found() -> None:
    outcome, asked = await run(LinearSearchProjects, {"term": "Walls"}, data(searchProjects=nodes({"id": "p1"})))
    assert asked[0]["variables"]["term"] == "Walls"
    assert outcome.outputs == [("projects", [{"id": "p1"}])]


async def test_access_that_a_person_granted_stands_behind_bearer() -> None:
    grant = OAuth2(
        Reference("00000000-0000-4000-8000-00000000000b", "linear", "oauth2", "Mine"), access_token="granted"
    )

    def as_a_person(asked: Asked) -> str | None:
        return None if asked.headers.get("authorization") == "Bearer granted" else "no bearer token"

    async with service(LINEAR, {GRAPHQL: data(searchProjects=nodes())}, as_a_person) as linear:
        assert (await linear.run(LinearSearchProjects, {"term": "x"}, grant)).outputs == [("projects", [])]


def error(message: str, code: str = "INVALID_INPUT", status: int = 200) -> Says:
    return Says({"errors": [{"message": message, "extensions": {"code": code}}], "data": None}, status)


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (error("Entity not found"), "BLOCK_FAILED", "Entity not found"),
        (error("Argument Validation Error", status=400), "BLOCK_FAILED", "Argument Validation Error"),
        (
            error("Authentication required", "AUTHENTICATION_ERROR", 401),
            "CREDENTIAL_UNUSABLE",
            "Authentication required",
        ),
        (error("Not allowed", "FORBIDDEN"), "CREDENTIAL_UNUSABLE", "Not allowed"),
        (error("Rate limit exceeded", "RATELIMITED", 400), "RATE_LIMITED", "Rate limit exceeded"),
        (Says({"data": None}), "UNAVAILABLE", "without data"),
        (Says(b"<html>", 502), "UNAVAILABLE", "502"),
    ],
)
async def test_an_error_is_told_for_what_it_is(says: Says, code: str, words: str) -> None:
    outcome, _ = await run(LinearSearchProjects, {"term": "x"}, says)
    assert (outcome.code, words in outcome.error.message) == (code, True)
