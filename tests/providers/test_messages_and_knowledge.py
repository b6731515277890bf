"""What holds for each provider of messages and knowledge: its refusals, its hosts, and that its key goes nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from blocks.providers.discord import DISCORD
from blocks.providers.firecrawl import FIRECRAWL
from blocks.providers.hubspot import HUBSPOT
from blocks.providers.linear import LINEAR
from blocks.providers.notion import NOTION
from blocks.providers.slack import SLACK
from blocks.providers.telegram import TELEGRAM
from blocks.providers.wordpress import WORDPRESS
from blocks.sdk.providers import Provider
from blocks.sdk.rest import Api
from schema.errors import CredentialUnusable, DrystoneError
from tests.blocks.conftest import make_context
from tests.providers.services import Says, api_key, service

ALL = [DISCORD, FIRECRAWL, HUBSPOT, LINEAR, NOTION, SLACK, TELEGRAM, WORDPRESS]
HOSTS = {
    "discord": "discord.com",
    "firecrawl": "api.firecrawl.dev",
    "hubspot": "api.hubapi.com",
    "linear": "api.linear.app",
    "notion": "api.notion.com",
    "slack": "slack.com",
    "telegram": "api.telegram.org",
    "wordpress": "public-api.wordpress.com",
}
KEY = "the-secret-key"


def refusal_of(provider: Provider, text: str) -> dict[str, Any]:
    said: dict[str, Any] = {"errors": [{"message": text}]} if provider is LINEAR else {}
    for key in reversed(provider.error_at):
        said = said or {key: text}
    return said


@pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BLOCK_FAILED"),
        (401, "CREDENTIAL_UNUSABLE"),
        (404, "BLOCK_FAILED"),
        (429, "RATE_LIMITED"),
        (503, "UNAVAILABLE"),
    ],
)
async def test_a_refusal_is_told_for_what_it_is_and_never_with_the_key(
    provider: Provider, status: int, code: str
) -> None:
    says = Says(refusal_of(provider, f"No, not with {KEY}."), status, {"retry-after": "7"} if status == 429 else {})
    path = "/botthe-secret-key/x" if provider is TELEGRAM else "/x"
    async with service(provider, {("GET", path): says}) as running:
        with pytest.raises(DrystoneError) as caught:
            await Api(provider, api_key(provider), running.context(None)).call("GET", "/x")
    error: Any = caught.value
    assert error.code == code
    assert KEY not in repr(error.to_wire())
    if status == 429:
        assert error.retry_after_seconds == 7.0
    if status in (400, 401, 503):
        assert "not with ***" in error.message


@pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name)
async def test_it_is_at_its_own_host_and_its_key_goes_to_no_other(provider: Provider) -> None:
    api = Api(provider, api_key(provider), make_context())
    for service_name in ("", *(f"{name}:" for name in provider.services)):
        address = urlsplit(api.url(f"{service_name}/x"))
        assert (address.scheme, address.hostname) == ("https", HOSTS[provider.name])
    others = [one.base_url for one in ALL if one is not provider]
    for url in (*others, f"https://{HOSTS[provider.name]}.example.org/", f"http://{HOSTS[provider.name]}/"):
        with pytest.raises(CredentialUnusable, match="is not sent to"):
            api._check_host(url)
    api._check_host(provider.base_url)
