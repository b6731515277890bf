"""Triggers: where what came from outside, a webhook's payload, enters an agent; they wait for nothing, their run began with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import BaseModel

from blocks.sdk import (
    ApiKey,
    Block,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    Kind,
    OAuth2,
    Yield,
    pin,
)


class GenericWebhookTrigger(Block):
    """Give on what a webhook received, from anyone who can send a request."""

    id = "8fa8c167-2002-47ce-aba8-97572fc5d387"
    name = "GenericWebhookTriggerBlock"
    categories = ("INPUT",)
    kind = Kind.WEBHOOK
    is_pure = True

    class Input(BlockInput):
        payload: dict[str, Any] = pin(default_factory=dict, description="What came; the run has it.")
        constants: dict[str, Any] = pin(default_factory=dict, description="Values that are given on beside it.")

    class Output(BlockOutput):
        payload: dict[str, Any] = pin(description="What came, as an object.")
        constants: dict[str, Any] = pin(description="The constants of the node.")

    examples = (
        Example(
            input={"payload": {"a": 1}, "constants": {"b": 2}}, output=[("payload", {"a": 1}), ("constants", {"b": 2})]
        ),
        Example(input={"payload": {"a": 1}}, output=[("payload", {"a": 1}), ("constants", {})]),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "payload", inputs.payload
        yield "constants", inputs.constants


class PullRequestEvents(BaseModel):
    """Which actions of a pull request count; with none of them chosen, all do."""

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

    def has(self, action: str) -> bool:
        """Say whether an action counts."""
        chosen = {name for name, is_chosen in self.model_dump().items() if is_chosen}
        return not chosen or action in chosen


class GithubPullRequestTrigger(Block):
    """Give on what GitHub told of a pull request. An action that was not chosen gives nothing."""

    id = "6c60ec01-8128-419e-988f-96a063ee2fea"
    name = "GithubPullRequestTriggerBlock"
    categories = ("DEVELOPER_TOOLS", "INPUT")
    kind = Kind.WEBHOOK

    class Input(BlockInput):
        credentials: Annotated[ApiKey | OAuth2 | None, CredentialsField(providers=("github",), scopes=("repo",))] = pin(
            None, description="Accepted for older agents: the webhook itself is registered with a credential."
        )
        repo: str = pin(description="The repository, as `owner/name`.", placeholder="owner/name")
        payload: dict[str, Any] = pin(default_factory=dict, description="What GitHub sent; the run has it.")
        events: PullRequestEvents = pin(description="Which actions count, as {action: true}.")

    class Output(BlockOutput):
        payload: dict[str, Any] = pin(description="What GitHub sent.")
        triggered_by_user: dict[str, Any] = pin(description="Who did it, as GitHub describes a user.")
        event: str = pin(description="The action, such as `opened`.")
        number: int = pin(description="The pull request's number.")
        pull_request: dict[str, Any] = pin(description="The pull request.")
        pull_request_url: str = pin(description="Its page.")

    examples = (
        Example(
            input={
                "repo": "a/b",
                "events": {"opened": True},
                "payload": {
                    "action": "opened",
                    "number": 7,
                    "sender": {"login": "ada"},
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

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        payload = inputs.payload
        action = payload.get("action")
        if not isinstance(action, str) or not inputs.events.has(action):
            context.log("info", f"The action {action!r} is not one of those that were chosen.")
            return
        request = payload.get("pull_request")
        request = request if isinstance(request, dict) else {}
        yield "payload", payload
        yield "triggered_by_user", payload.get("sender") or {}
        yield "event", action
        yield "number", payload.get("number", 0)
        yield "pull_request", request
        yield "pull_request_url", str(request.get("html_url", ""))
