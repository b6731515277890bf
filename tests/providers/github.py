"""What the tests of GitHub's blocks share: what each request must have, and a conversation with a block; no test is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from blocks.providers.github import GITHUB
from tests.blocks.conftest import BLOCKS, Outcome
from tests.providers.services import Asked
from tests.providers.turns import Turn, converse

URL: Final = "https://github.com/owner/repo"
REPO: Final = {"repo_url": URL}
ISSUE: Final = {"issue_url": f"{URL}/issues/1"}
PULL: Final = {"pr_url": f"{URL}/pull/1"}
REVIEWED: Final = {"repo": "owner/repo", "pr_number": 1}
_DIFFERENT: Final = (
    "application/vnd.github.diff",
    "application/vnd.github.object+json",
    "application/vnd.github.raw+json",
)


def as_documented(asked: Asked) -> str | None:
    """Say what a request lacks that each must have."""
    if asked.headers.get("authorization") != "Bearer the-secret-key":
        return "no bearer token"
    if asked.headers.get("accept") not in ("application/vnd.github+json", *_DIFFERENT):
        return "no Accept header of GitHub's"
    return None if asked.headers.get("x-github-api-version") == "2022-11-28" else "no version"


async def talk(name: str, inputs: Mapping[str, Any], turns: Sequence[Turn]) -> Outcome:
    """Run a block by its name; it must ask exactly this."""
    return await converse(GITHUB, BLOCKS[name], inputs, turns, as_documented)
