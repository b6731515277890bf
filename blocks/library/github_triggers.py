"""GitHub's triggers: where what GitHub tells of a repository enters an agent; they wait for nothing, their run began with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from blocks.github.triggers import Actions, GithubTrigger, GithubTriggerInput, GithubTriggerOutput, part, text
from blocks.sdk import Emission, Example, pin

_EVENTS: Final = "Which actions count, as {action: true}; none: all."
_SENDER: Final = {"sender": {"login": "ada"}}


class PullRequestEvents(Actions):
    """Actions of a pull request."""

    opened: bool = False
    edited: bool = False
    closed: bool = False
    reopened: bool = False
    synchronize: bool = False
    assigned: bool = False
    unassigned: bool = False
    labeled: bool = False
    unlabeled: bool = False
    converted_to_draft: bool = False
    locked: bool = False
    unlocked: bool = False
    enqueued: bool = False
    dequeued: bool = False
    milestoned: bool = False
    demilestoned: bool = False
    ready_for_review: bool = False
    review_requested: bool = False
    review_request_removed: bool = False
    auto_merge_enabled: bool = False
    auto_merge_disabled: bool = False


class StarEvents(Actions):
    """Actions of a star."""

    created: bool = False
    deleted: bool = False


class ReleaseEvents(Actions):
    """Actions of a release."""

    published: bool = False
    unpublished: bool = False
    created: bool = False
    edited: bool = False
    deleted: bool = False
    prereleased: bool = False
    released: bool = False


class IssuesEvents(Actions):
    """Actions of an issue."""

    opened: bool = False
    edited: bool = False
    deleted: bool = False
    closed: bool = False
    reopened: bool = False
    assigned: bool = False
    unassigned: bool = False
    labeled: bool = False
    unlabeled: bool = False
    locked: bool = False
    unlocked: bool = False
    transferred: bool = False
    milestoned: bool = False
    demilestoned: bool = False
    pinned: bool = False
    unpinned: bool = False


class DiscussionEvents(Actions):
    """Actions of a discussion."""

    created: bool = False
    edited: bool = False
    deleted: bool = False
    answered: bool = False
    unanswered: bool = False
    labeled: bool = False
    unlabeled: bool = False
    locked: bool = False
    unlocked: bool = False
    category_changed: bool = False
    transferred: bool = False
    pinned: bool = False
    unpinned: bool = False
    closed: bool = False
    reopened: bool = False


class GithubPullRequestTrigger(GithubTrigger):
    """Give on what GitHub told of a pull request. An action that was not chosen gives nothing."""

    id = "6c60ec01-8128-419e-988f-96a063ee2fea"
    name = "GithubPullRequestTriggerBlock"

    class Input(GithubTriggerInput):
        events: PullRequestEvents = pin(description=_EVENTS)

    class Output(GithubTriggerOutput):
        number: int = pin(description="The pull request's number.")
        pull_request: dict[str, Any] = pin(description="The pull request.")
        pull_request_url: str = pin(description="Its page.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"opened": True},
                "payload": {
                    **_SENDER,
                    "action": "opened",
                    "number": 7,
                    "pull_request": {"html_url": "https://example.com/a/b/pull/7"},
                },
            },
            output=[
                ("triggered_by_user", {"login": "ada"}),
                ("event", "opened"),
                ("number", 7),
                ("pull_request", {"html_url": "https://example.com/a/b/pull/7"}),
                ("pull_request_url", "https://example.com/a/b/pull/7"),
            ],
            match="subset",
        ),
        Example(
            input={"repo": "a/b", "events": {"closed": True}, "payload": {"action": "opened", "number": 7}}, output=[]
        ),
    )

    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        request = part(payload, "pull_request")
        yield "number", payload.get("number", 0)
        yield "pull_request", request
        yield "pull_request_url", text(request, "html_url")


class GithubStarTrigger(GithubTrigger):
    """Give on that somebody starred a repository, or no longer does."""

    id = "551e0a35-100b-49b7-89b8-3031322239b6"
    name = "GithubStarTriggerBlock"

    class Input(GithubTriggerInput):
        events: StarEvents = pin(description=_EVENTS)

    class Output(GithubTriggerOutput):
        starred_at: str = pin(description="When; empty where the star was taken away.")
        stargazers_count: int = pin(description="How many starred it now.")
        repository_name: str = pin(description="The repository, as `owner/name`.")
        repository_url: str = pin(description="Its page.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"created": True},
                "payload": {
                    **_SENDER,
                    "action": "created",
                    "starred_at": "2026-01-31T12:00:00Z",
                    "repository": {"full_name": "a/b", "html_url": "https://example.com/a/b", "stargazers_count": 3},
                },
            },
            output=[
                ("triggered_by_user", {"login": "ada"}),
                ("event", "created"),
                ("starred_at", "2026-01-31T12:00:00Z"),
                ("stargazers_count", 3),
                ("repository_name", "a/b"),
                ("repository_url", "https://example.com/a/b"),
            ],
            match="subset",
        ),
        Example(
            input={
                "repo": "a/b",
                "events": {},
                "payload": {"action": "deleted", "starred_at": None},
            },
            output=[
                ("payload", {"action": "deleted", "starred_at": None}),
                ("triggered_by_user", {}),
                ("event", "deleted"),
                ("starred_at", ""),
                ("stargazers_count", 0),
                ("repository_name", ""),
                ("repository_url", ""),
            ],
        ),
    )

    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        repository = part(payload, "repository")
        yield "starred_at", text(payload, "starred_at")
        yield "stargazers_count", repository.get("stargazers_count", 0)
        yield "repository_name", text(repository, "full_name")
        yield "repository_url", text(repository, "html_url")


class GithubReleaseTrigger(GithubTrigger):
    """Give on what GitHub told of a release."""

    id = "2052dd1b-74e1-46ac-9c87-c7a0e057b60b"
    name = "GithubReleaseTriggerBlock"

    class Input(GithubTriggerInput):
        events: ReleaseEvents = pin(description=_EVENTS)

    class Output(GithubTriggerOutput):
        release: dict[str, Any] = pin(description="The release.")
        release_url: str = pin(description="Its page.")
        tag_name: str = pin(description="Its tag.")
        release_name: str = pin(description="Its name.")
        body: str = pin(description="Its text.")
        prerelease: bool = pin(description="Whether it is a pre-release.")
        draft: bool = pin(description="Whether it is a draft.")
        assets: list[Any] = pin(description="Its files, as GitHub describes them.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"published": True},
                "payload": {
                    **_SENDER,
                    "action": "published",
                    "release": {"html_url": "https://example.com/r", "tag_name": "v1", "name": None, "body": "New."},
                },
            },
            output=[
                ("event", "published"),
                ("release_url", "https://example.com/r"),
                ("tag_name", "v1"),
                ("release_name", ""),
                ("body", "New."),
                ("prerelease", False),
                ("draft", False),
                ("assets", []),
            ],
            match="subset",
        ),
    )

    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        release = part(payload, "release")
        yield "release", release
        yield "release_url", text(release, "html_url")
        yield "tag_name", text(release, "tag_name")
        yield "release_name", text(release, "name")
        yield "body", text(release, "body")
        yield "prerelease", bool(release.get("prerelease"))
        yield "draft", bool(release.get("draft"))
        yield "assets", release.get("assets") or []


class GithubIssuesTrigger(GithubTrigger):
    """Give on what GitHub told of an issue."""

    id = "b2605464-e486-4bf4-aad3-d8a213c8a48a"
    name = "GithubIssuesTriggerBlock"

    class Input(GithubTriggerInput):
        events: IssuesEvents = pin(description=_EVENTS)

    class Output(GithubTriggerOutput):
        number: int = pin(description="The issue's number.")
        issue: dict[str, Any] = pin(description="The issue.")
        issue_url: str = pin(description="Its page.")
        issue_title: str = pin(description="Its title.")
        issue_body: str = pin(description="Its text.")
        labels: list[Any] = pin(description="Its labels, as GitHub describes them.")
        assignees: list[Any] = pin(description="Whom it is assigned to, as GitHub describes users.")
        state: str = pin(description="open or closed.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"opened": True},
                "payload": {
                    **_SENDER,
                    "action": "opened",
                    "issue": {
                        "number": 7,
                        "html_url": "https://example.com/a/b/issues/7",
                        "title": "A bug",
                        "body": None,
                        "labels": [{"name": "bug"}],
                        "assignees": [],
                        "state": "open",
                    },
                },
            },
            output=[
                ("number", 7),
                ("issue_url", "https://example.com/a/b/issues/7"),
                ("issue_title", "A bug"),
                ("issue_body", ""),
                ("labels", [{"name": "bug"}]),
                ("assignees", []),
                ("state", "open"),
            ],
            match="subset",
        ),
    )

    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        issue = part(payload, "issue")
        yield "number", issue.get("number", 0)
        yield "issue", issue
        yield "issue_url", text(issue, "html_url")
        yield "issue_title", text(issue, "title")
        yield "issue_body", text(issue, "body")
        yield "labels", issue.get("labels") or []
        yield "assignees", issue.get("assignees") or []
        yield "state", text(issue, "state")


class GithubDiscussionTrigger(GithubTrigger):
    """Give on what GitHub told of a discussion."""

    id = "87f847b3-d81a-424e-8e89-acadb5c9d52b"
    name = "GithubDiscussionTriggerBlock"

    class Input(GithubTriggerInput):
        events: DiscussionEvents = pin(description=_EVENTS)

    class Output(GithubTriggerOutput):
        number: int = pin(description="The discussion's number.")
        discussion: dict[str, Any] = pin(description="The discussion.")
        discussion_url: str = pin(description="Its page.")
        title: str = pin(description="Its title.")
        body: str = pin(description="Its text.")
        category: dict[str, Any] = pin(description="Its category.")
        category_name: str = pin(description="Its category's name.")
        state: str = pin(description="open, closed, locked, or as GitHub says.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"created": True},
                "payload": {
                    **_SENDER,
                    "action": "created",
                    "discussion": {
                        "number": 3,
                        "html_url": "https://example.com/a/b/discussions/3",
                        "title": "An idea",
                        "body": "Walls.",
                        "category": {"name": "Ideas"},
                        "state": "open",
                    },
                },
            },
            output=[
                ("number", 3),
                ("discussion_url", "https://example.com/a/b/discussions/3"),
                ("title", "An idea"),
                ("body", "Walls."),
                ("category", {"name": "Ideas"}),
                ("category_name", "Ideas"),
                ("state", "open"),
            ],
            match="subset",
        ),
    )

    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        discussion = part(payload, "discussion")
        category = part(discussion, "category")
        yield "number", discussion.get("number", 0)
        yield "discussion", discussion
        yield "discussion_url", text(discussion, "html_url")
        yield "title", text(discussion, "title")
        yield "body", text(discussion, "body")
        yield "category", category
        yield "category_name", text(category, "name")
        yield "state", text(discussion, "state")
