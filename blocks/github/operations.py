"""Operations of GitHub's REST API as blocks have them: where their pins lead, how they give lists; they call nobody themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from blocks.providers.github import GITHUB, numbered_of, repository_of
from blocks.sdk import Context, Emission
from blocks.sdk.rest import Api, Arguments, RestBlock
from blocks.sdk.samples import sample_key
from schema.errors import InvalidInput, shorten

CATEGORIES: Final = ("DEVELOPER_TOOLS",)
#: Items of a page: the most that GitHub gives.
PAGE: Final[Mapping[str, Any]] = {"per_page": 100}
#: What the examples run with, and are about.
KEY: Final = sample_key(GITHUB)
REPOSITORY: Final = {"repo_url": "https://github.com/owner/repo"}
WEB: Final = "https://github.com/owner/repo"


class GithubBlock(RestBlock):
    """A block that is one operation on a repository, an issue or a pull request."""

    is_abstract = True
    provider = GITHUB
    categories = CATEGORIES

    def body(self, _inputs: Any) -> dict[str, Any] | None:
        """Give the body of the request, where its operation does not say it; None: it does."""
        return None

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments({**found.places, **places_of(inputs)}, found.query, self.body(inputs) or found.body)


def places_of(inputs: Any) -> dict[str, Any]:
    """Give {owner, repo}, and {number} of an issue or a pull request, by whichever pins say it; empty where none does."""
    for pin in ("issue_url", "pr_url"):
        if hasattr(inputs, pin):
            return numbered_of(getattr(inputs, pin), pin)
    if hasattr(inputs, "repo_url"):
        return repository_of(inputs.repo_url)
    if hasattr(inputs, "pr_number"):
        return {**repository_of(inputs.repo, "repo"), "number": inputs.pr_number}
    return {}


def api_of(inputs: Any, context: Context) -> Api:
    """Give the API for a node execution."""
    return Api(GITHUB, inputs.credentials, context)


def each_and_all(one: str, every: str, items: Sequence[Any]) -> Iterator[Emission]:
    """Give each item on a pin, and then all of them on another."""
    for item in items:
        yield one, item
    yield every, list(items)


def slashed(text: str, pin: str) -> str:
    """Give a path or a branch's name as a part of an operation's path, where its slashes stay; raise InvalidInput for what
    would lead out of it."""
    path = text.strip().strip("/")
    if not path or any(part in ("", ".", "..") for part in path.split("/")):
        raise InvalidInput(f"{shorten(text, 100)!r} is no path: write it as `folder/name`.", pin=pin)
    return quote(path, safe="/")


def web_url(context: Context) -> str:
    """Give where GitHub's pages are: those of an enterprise's own server stand before its API."""
    moved = context.base_urls.get(GITHUB.name)
    return "https://github.com" if moved is None else moved.rstrip("/").removesuffix("/api/v3")


def tree_url(context: Context, place: Mapping[str, Any], name: str) -> str:
    """Give the page of a branch's or a tag's files."""
    return f"{web_url(context)}/{place['owner']}/{place['repo']}/tree/{quote(name, safe='/')}"


def logins(users: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Give the names of users."""
    return [str(user.get("login", "")) for user in users or ()]


def name_of(user: str) -> str:
    """Give a user's name, as it is entered: with an @ before it or without."""
    return user.strip().removeprefix("@")


def login_of(item: Mapping[str, Any], field: str = "user") -> str:
    """Give who made something; empty where GitHub no longer knows, because the account is gone."""
    return str((item.get(field) or {}).get("login", ""))
