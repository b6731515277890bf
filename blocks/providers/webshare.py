"""Webshare's rotating proxies, https://help.webshare.io: a way out by other addresses than this machine's. It is no API."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import UserPassword
from blocks.sdk.providers import Provider

WEBSHARE: Final = Provider(name="webshare_proxy", title="Webshare", base_url="http://p.webshare.io:80")
WebshareCredentials = Annotated[UserPassword, WEBSHARE.field()]
