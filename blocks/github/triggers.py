"""GitHub's triggers: which actions of a webhook's payload count, and what of it is given on; they ask GitHub nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel

from blocks.sdk import (
    ApiKey,
    Block,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Emission,
    Kind,
    OAuth2,
    Yield,
    pin,
)


class Actions(BaseModel):
    """Which actions count, each a field; with none of them chosen, all do."""

    def has(self, action: str) -> bool:
        """Say whether an action counts."""
        chosen = {name for name, is_chosen in self.model_dump().items() if is_chosen}
        return not chosen or action in chosen


class GithubTriggerInput(BlockInput):
    """What each of them takes; `events` comes last, of a class of its own."""

    credentials: Annotated[ApiKey | OAuth2 | None, CredentialsField(providers=("github",), scopes=("repo",))] = pin(
        None, description="Accepted for older agents: the webhook itself is registered with a credential."
    )
    repo: str = pin(description="The repository, as `owner/name`.", placeholder="owner/name")
    payload: dict[str, Any] = pin(default_factory=dict, description="What GitHub sent; the run has it.")


class GithubTriggerOutput(BlockOutput):
    """What each of them gives."""

    payload: dict[str, Any] = pin(description="What GitHub sent.")
    triggered_by_user: dict[str, Any] = pin(description="Who did it, as GitHub describes a user.")
    event: str = pin(description="The action, such as `created`.")


class GithubTrigger(Block):
    """A trigger of GitHub's. An action that was not chosen gives nothing."""

    is_abstract = True
    categories = ("DEVELOPER_TOOLS", "INPUT")
    kind = Kind.WEBHOOK

    @abstractmethod
    def facts(self, payload: Mapping[str, Any]) -> Iterator[Emission]:
        """Give what a payload says beside who did what."""

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        action = inputs.payload.get("action")
        if not isinstance(action, str) or not inputs.events.has(action):
            context.log("info", f"The action {action!r} is not one of those that were chosen.")
            return
        yield "payload", inputs.payload
        yield "triggered_by_user", part(inputs.payload, "sender")
        yield "event", action
        for emission in self.facts(inputs.payload):
            yield emission


def part(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give a part of a payload that is an object; empty where it is not there."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def text(item: Mapping[str, Any], name: str) -> str:
    """Give a text of a payload; empty where it is not there, or null."""
    return str(item.get(name) or "")
