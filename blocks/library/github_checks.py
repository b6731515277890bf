"""Blocks that say at GitHub how a commit fares: statuses, which any credential may set, and check runs, which GitHub Apps may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from blocks.github.operations import KEY, REPOSITORY, WEB, GithubBlock
from blocks.providers.github import GithubStatusCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Operation
from blocks.sdk.samples import said, sample
from schema.errors import InvalidInput

CheckStatus = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
CheckConclusion = Literal[
    "success", "failure", "neutral", "cancelled", "timed_out", "action_required", "skipped", "stale"
]
_ACCESS: Final = "Access to GitHub of a GitHub App: others may not make check runs."
_RUN: Final = {"id": 4, "html_url": f"{WEB}/runs/4", "status": "completed"}
_STATUS: Final = {
    "id": 1,
    "url": "https://api.github.com/repos/owner/repo/statuses/6dcb09b",
    "state": "success",
    "context": "walls",
    "description": "It stands.",
    "target_url": "https://example.com",
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}


class GithubCreateStatus(GithubBlock):
    """Set a commit's status under a name; an earlier one of the same name counts no more."""

    id = "3d67f123-a4b5-4c89-9d01-2e34f5c67890"
    name = "GithubCreateStatusBlock"
    operation = Operation(
        "POST",
        "/repos/{owner}/{repo}/statuses/{sha}",
        body={
            "state": "state",
            "target_url": "target_url",
            "description": "description",
            "check_name": "context",
        },
        # It is the last one that counts, so that twice is as well as once.
        is_repeatable=True,
    )

    class Input(BlockInput):
        credentials: GithubStatusCredentials = pin(description="Access to GitHub.")
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        sha: str = pin(description="The commit.")
        state: Literal["error", "failure", "pending", "success"] = pin(description="How it fares.")
        target_url: str | None = pin(None, description="Where there is more about it.")
        description: str | None = pin(None, description="A few words, 140 characters at most.")
        check_name: str | None = pin("AutoGPT Platform Checks", description="The name of what is checked.")

    class Output(BlockOutput):
        status: dict[str, Any] = pin(
            description="The status: its id, url, state, context, description, target_url, created_at and updated_at."
        )

    examples = (
        sample(
            KEY,
            {
                **REPOSITORY,
                "sha": "6dcb09b",
                "state": "success",
                "check_name": "walls",
                "description": "It stands.",
                "target_url": "https://example.com",
            },
            [("status", _STATUS)],
            said(_STATUS, 201),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "status", {name: answer.get(name) for name in _STATUS}


class _CheckRunOutput(BlockOutput):
    check_run: dict[str, Any] = pin(description="The check run: its id, html_url, status and conclusion.")


class GithubCreateCheckRun(GithubBlock):
    """Make a check run of a commit, as a GitHub App."""

    id = "2f45e89a-3b7d-4f22-b89e-6c4f5c7e1234"
    name = "GithubCreateCheckRunBlock"
    operation = Operation("POST", "/repos/{owner}/{repo}/check-runs")

    class Input(BlockInput):
        credentials: GithubStatusCredentials = pin(description=_ACCESS)
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        name: str = pin(description="The name of what is checked.")
        head_sha: str = pin(description="The commit.")
        status: CheckStatus = pin("queued", description="How far it is.", advanced=False)
        conclusion: CheckConclusion | None = pin(None, description="How it ended; with it, it is completed.")
        details_url: str = pin("", description="Where there is more about it.")
        output_title: str = pin("", description="The title of its report; empty: the name.")
        output_summary: str = pin("", description="The summary of its report, in Markdown; empty: no report.")
        output_text: str = pin("", description="The rest of its report, in Markdown.")

    Output = _CheckRunOutput

    examples = (
        sample(
            KEY,
            {**REPOSITORY, "name": "walls", "head_sha": "6dcb09b", "conclusion": "success"},
            [("check_run", {**_RUN, "conclusion": "success"})],
            said({**_RUN, "conclusion": "success"}, 201),
        ),
        sample(
            KEY,
            {**REPOSITORY, "name": "walls", "head_sha": "6dcb09b"},
            [],
            said({"message": "You must authenticate via a GitHub App."}, 403),
            error="You must authenticate via a GitHub App.",
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        found = {
            "name": inputs.name,
            "head_sha": inputs.head_sha,
            "status": "completed" if inputs.conclusion else inputs.status,
            "conclusion": inputs.conclusion,
            "details_url": inputs.details_url or None,
            "output": _report(inputs, inputs.name),
        }
        return {name: value for name, value in found.items() if value is not None}

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "check_run", {name: answer.get(name) for name in (*_RUN, "conclusion")}


class GithubUpdateCheckRun(GithubBlock):
    """Change a check run, as the GitHub App that made it."""

    id = "8a23c567-9d01-4e56-b789-0c12d3e45678"
    name = "GithubUpdateCheckRunBlock"
    operation = Operation("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", is_repeatable=True)

    class Input(BlockInput):
        credentials: GithubStatusCredentials = pin(description=_ACCESS)
        repo_url: str = pin(description="The repository.", placeholder=WEB)
        check_run_id: int = pin(description="The check run's id.")
        status: CheckStatus = pin(description="How far it is.")
        conclusion: CheckConclusion = pin(description="How it ended; it counts where the status is completed.")
        output_title: str | None = pin(None, description="The title of its report.")
        output_summary: str | None = pin(None, description="The summary of its report, in Markdown; none: no report.")
        output_text: str | None = pin(None, description="The rest of its report, in Markdown.")

    Output = _CheckRunOutput

    examples = (
        sample(
            KEY,
            {
                **REPOSITORY,
                "check_run_id": 4,
                "status": "completed",
                "conclusion": "success",
                "output_summary": "It stands.",
            },
            [("check_run", {**_RUN, "conclusion": "success"})],
            said({**_RUN, "conclusion": "success"}),
        ),
        sample(
            KEY,
            {
                **REPOSITORY,
                "check_run_id": 4,
                "status": "completed",
                "conclusion": "success",
                "output_text": "It stands.",
            },
            [],
            error="needs a summary",
        ),
    )

    def body(self, inputs: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"status": inputs.status}
        if inputs.status == "completed":
            found["conclusion"] = inputs.conclusion
        report = _report(inputs, "Report")
        return found if report is None else {**found, "output": report}

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "check_run", {name: answer.get(name) for name in (*_RUN, "conclusion")}


def _report(inputs: Any, title: str) -> dict[str, str] | None:
    """Give a check run's report, which has a title and a summary; None where there is none."""
    if not inputs.output_summary:
        if inputs.output_text or inputs.output_title:
            raise InvalidInput("A report needs a summary: give output_summary.", pin="output_summary")
        return None
    found = {"title": inputs.output_title or title, "summary": inputs.output_summary}
    return {**found, "text": inputs.output_text} if inputs.output_text else found
