"""A block that says how the checks of a commit or a pull request at GitHub fared, and finds lines in their logs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from blocks.github.operations import CATEGORIES, KEY, PAGE, WEB, api_of, each_and_all
from blocks.providers.github import GithubCredentials, repository_of
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, CredentialUnusable, Yield, pin
from blocks.sdk.patterns import compile_pattern
from blocks.sdk.rest import Api, LinkPaging, found_at
from blocks.sdk.samples import said, sample
from schema.errors import ValueTooLarge, shorten

#: Check runs that are given, those of them whose annotations are asked for, and annotations of each.
CHECKS_MAX: Final = 300
ANNOTATED_MAX: Final = 30
ANNOTATIONS_MAX: Final = 50
#: Logs that are searched, bytes of one, lines that are found, and characters of a line.
LOGS_MAX: Final = 20
LOG_BYTES_MAX: Final = 4 * 1024 * 1024
MATCHES_MAX: Final = 200
LINE_CHARS_MAX: Final = 1_000
#: Lines before and behind one that is found.
CONTEXT_LINES: Final = 2
_REPO: Final = "/repos/{owner}/{repo}"
_PASSED: Final = frozenset({"success", "neutral", "skipped"})
#: GitHub's own App for CI: the ids of its check runs are those of the jobs that have logs.
_ACTIONS: Final = "github-actions"
_CHECK: Final = {
    "id": 4,
    "name": "test",
    "status": "completed",
    "conclusion": "failure",
    "started_at": "2026-01-31T12:00:00Z",
    "completed_at": "2026-01-31T12:01:00Z",
    "html_url": f"{WEB}/runs/4",
    "details_url": f"{WEB}/runs/4",
    "output_title": "It fell",
    "output_summary": None,
    "output_text": None,
    "annotations": [],
}
_CHECK_SAID: Final = {
    **{name: _CHECK[name] for name in list(_CHECK)[:8]},
    "output": {"title": "It fell", "summary": None, "text": None, "annotations_count": 0},
    "app": {"slug": _ACTIONS},
}
_MATCH: Final = {
    "check_name": "test",
    "line_number": 2,
    "line": "Error: it fell",
    "context": ["begin", "Error: it fell", "end"],
}


class GithubGetCIResults(Block):
    """Say how the checks of a commit or a pull request fared, each by itself and all together; with a pattern, which lines of
    their logs and reports match it."""

    id = "8ad9e103-78f2-4fdb-ba12-3571f2c95e98"
    name = "GithubGetCIResultsBlock"
    categories = CATEGORIES

    class Input(BlockInput):
        credentials: GithubCredentials = pin(description="Access to GitHub.")
        repo: str = pin(description="The repository, as `owner/name` or by its address.", placeholder="owner/name")
        target: str | int = pin(description="A pull request's number; or a commit, branch or tag.")
        search_pattern: str | None = pin(None, description="A pattern (RE2) that lines of logs are to match.")
        check_name_filter: str | None = pin(None, description="Names of checks; * stands for anything.")

    class Output(BlockOutput):
        check_run: dict[str, Any] = pin(
            title="Check Run", description="A check: its name, status, conclusion and report."
        )
        check_runs: list[dict[str, Any]] = pin(description="All of them.")
        matched_line: dict[str, Any] = pin(
            title="Matched Line", description="A line: its check_name, line_number, line, and context around it."
        )
        matched_lines: list[dict[str, Any]] = pin(description=f"All of them, {MATCHES_MAX} at most.")
        overall_status: str = pin(description="completed, in_progress, or no_checks.")
        overall_conclusion: str = pin(description="success, failure, pending, or no_checks.")
        total_checks: int = pin(description="How many there are.")
        passed_checks: int = pin(description="How many passed; a check that was skipped counts as passed.")
        failed_checks: int = pin(description="How many failed.")

    examples = (
        sample(
            KEY,
            {"repo": "owner/repo", "target": 1, "search_pattern": "^Error"},
            [
                ("check_run", _CHECK),
                ("check_runs", [_CHECK]),
                ("matched_line", _MATCH),
                ("matched_lines", [_MATCH]),
                ("overall_status", "completed"),
                ("overall_conclusion", "failure"),
                ("total_checks", 1),
                ("passed_checks", 0),
                ("failed_checks", 1),
            ],
            said({"head": {"sha": "6dcb09b"}}),
            said({"total_count": 1, "check_runs": [_CHECK_SAID]}),
            said(b"begin\nError: it fell\nend\n"),
        ),
        sample(
            KEY,
            {"repo": "owner/repo", "target": "main"},
            [
                ("check_runs", []),
                ("overall_status", "no_checks"),
                ("overall_conclusion", "no_checks"),
                ("total_checks", 0),
                ("passed_checks", 0),
                ("failed_checks", 0),
            ],
            said({"total_count": 0, "check_runs": []}),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        pattern = compile_pattern(inputs.search_pattern) if inputs.search_pattern else None
        api, place = api_of(inputs, context), repository_of(inputs.repo, "repo")
        said_of = await _checks(
            api, {**place, "ref": await _commit(api, place, inputs.target)}, inputs.check_name_filter
        )
        checks = []
        for number, one in enumerate(said_of):
            checks.append(_shown(one, await _annotations(api, place, one) if number < ANNOTATED_MAX else []))
            yield "check_run", checks[-1]
        yield "check_runs", checks
        if pattern is not None:
            lines = await _search(api, place, said_of, pattern, context)
            for emission in each_and_all("matched_line", "matched_lines", lines):
                yield emission
        for pin_name, value in _overall(checks):
            yield pin_name, value


async def _commit(api: Api, place: Mapping[str, Any], target: str | int) -> str:
    """Give what is asked about: the last commit of a pull request, or what the target itself names."""
    text = str(target).strip().removeprefix("#")
    # Forty digits and letters are a commit, though they might all be digits.
    if text.isdecimal() and len(text) <= 10:
        answer = await api.call("GET", f"{_REPO}/pulls/{{number}}", {**place, "number": text})
        return str(answer.content["head"]["sha"])
    return text


async def _checks(api: Api, place: Mapping[str, Any], names: str | None) -> list[Mapping[str, Any]]:
    """Give the newest check run of each check, those whose name is wanted."""
    wanted = compile_pattern(_named(names), case_sensitive=False) if names else None
    path, paging = f"{_REPO}/commits/{{ref}}/check-runs", LinkPaging(items_at=("check_runs",))
    pages = api.pages(path, place, paging, query={**PAGE, "filter": "latest"}, items_max=CHECKS_MAX)
    return [one async for one in pages if wanted is None or wanted.fullmatch(str(one["name"]))]


def _named(names: str) -> str:
    """Give the pattern of names in which * stands for any text and ? for any character."""
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in names.strip())


async def _annotations(api: Api, place: Mapping[str, Any], check: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if not found_at(check, ("output", "annotations_count")):
        return []
    path, query = f"{_REPO}/check-runs/{{check}}/annotations", {"per_page": ANNOTATIONS_MAX}
    answer = await api.call("GET", path, {**place, "check": check["id"]}, query=query)
    return list(answer.content)


def _shown(check: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    output = check.get("output") or {}
    facts = {name: check.get(name) for name in list(_CHECK)[:8]}
    report = {f"output_{name}": output.get(name) for name in ("title", "summary", "text")}
    return {**facts, **report, "annotations": list(annotations)}


async def _search(
    api: Api, place: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], pattern: Any, context: Context
) -> list[dict[str, Any]]:
    """Give the lines that match, of the logs of GitHub's own CI, and of what others report."""
    found: list[dict[str, Any]] = []
    logs = 0
    for check in checks:
        is_action = found_at(check, ("app", "slug")) == _ACTIONS and logs < LOGS_MAX
        logs += is_action
        text = await _log(api, place, check, context) if is_action else _report(check)
        # In a thread: some tenths of a second for a large log, which would keep others waiting.
        found += await asyncio.to_thread(_matches, str(check["name"]), text, pattern, MATCHES_MAX - len(found))
        if len(found) >= MATCHES_MAX:
            break
    return found


async def _log(api: Api, place: Mapping[str, Any], check: Mapping[str, Any], context: Context) -> str:
    """Give a job's log. GitHub keeps it elsewhere, where the request is sent on to without the credential."""
    path = f"{_REPO}/actions/jobs/{{job}}/logs"
    try:
        answer = await api.call("GET", path, {**place, "job": check["id"]}, content_bytes_max=LOG_BYTES_MAX)
    except (
        BlockFailed,
        CredentialUnusable,
        ValueTooLarge,
    ) as error:  # it may be gone, or not there yet; others are there
        context.log("warning", f"The log of {shorten(str(check['name']), 100)} cannot be read: {error.message}")
        return _report(check)
    return answer.body.decode("utf-8", "replace").removeprefix("\ufeff")


def _report(check: Mapping[str, Any]) -> str:
    output = check.get("output") or {}
    return "\n".join(str(output.get(name) or "") for name in ("title", "summary", "text"))


def _matches(name: str, text: str, pattern: Any, count: int) -> list[dict[str, Any]]:
    """Give the first lines that match, each with those around it."""
    lines = [shorten(line, LINE_CHARS_MAX) for line in text.splitlines()]
    numbers = islice((number for number, line in enumerate(lines) if pattern.search(line) is not None), count)
    return [
        {
            "check_name": name,
            "line_number": number + 1,
            "line": lines[number],
            "context": lines[max(0, number - CONTEXT_LINES) : number + CONTEXT_LINES + 1],
        }
        for number in numbers
    ]


def _overall(checks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    ended = [check["conclusion"] for check in checks if check["status"] == "completed"]
    failed = [one for one in ended if one not in _PASSED]
    is_over = len(ended) == len(checks)
    yield "overall_status", ("completed" if is_over else "in_progress") if checks else "no_checks"
    conclusion = "failure" if failed else "success" if is_over else "pending"
    yield "overall_conclusion", conclusion if checks else "no_checks"
    yield "total_checks", len(checks)
    yield "passed_checks", len(ended) - len(failed)
    yield "failed_checks", len(failed)
