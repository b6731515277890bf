"""DeepL as a provider: where it is, how a key is sent and what its refusals mean; it calls nobody.

The facts are of https://developers.deepl.com/api-reference and .../docs/best-practices/error-handling, as read in November 2026.
"""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

#: Keys of the free plan end so, and have a host of their own.
FREE_SUFFIX: Final = ":fx"

DEEPL: Final = Provider(
    name="deepl",
    title="DeepL",
    base_url="https://api.deepl.com",
    services={"free": "https://api-free.deepl.com"},
    key=KeyPlace(scheme="DeepL-Auth-Key"),
    refusals={
        413: "The text is too large for one request of DeepL; split it.",
        456: "The quota of this DeepL key is used up: wait for its next period, or raise its limit in the account.",
    },
)
DeepLKey = Annotated[ApiKey, DEEPL.field()]


def path_for(key: ApiKey, path: str) -> str:
    """Give an operation's path at the host of the plan that a key is of."""
    return f"free:{path}" if key.key.endswith(FREE_SUFFIX) else path
