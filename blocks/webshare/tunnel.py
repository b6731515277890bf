"""Tunnel: a site, asked over TLS through a proxy of Webshare's (RFC 9110, 9.3.6); it asks no site but the one that it was made for.

The socket to the proxy is the guarded way out's. What goes through it is encrypted to the site, whose certificate is verified; the
proxy sees its name only. The credential goes to the proxy, and as HTTP proxies have it, that is in clear.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from blocks.providers.webshare import WEBSHARE
from blocks.sdk.context import Context
from blocks.sdk.credentials import UserPassword
from schema.errors import CredentialUnusable, RateLimited, Unavailable

_SECONDS: Final = 30.0
#: Bytes of the proxy's answer to CONNECT.
_HEAD_BYTES_MAX: Final = 8 * 1024
CONTENT_BYTES_MAX: Final = 10 * 1024 * 1024


@dataclass(frozen=True)
class Tunnel:
    """A way to one site."""

    site: str
    credential: UserPassword = field(repr=False)
    context: Context

    async def ask(
        self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request; give the answer's status and content. Raises CredentialUnusable, RateLimited, Unavailable."""
        proxy = urlsplit(self.context.base_urls.get(WEBSHARE.name) or WEBSHARE.base_url)
        port = proxy.port or 80
        raw = await self.context.http.connect(str(proxy.hostname), port, ports=frozenset({port}))
        try:
            return await asyncio.to_thread(self._ask, raw, method, path, content, dict(headers or {}))
        except (OSError, ssl.SSLError, http.client.HTTPException) as error:
            raise Unavailable(f"{self.site} was not reached through Webshare: {type(error).__name__}.") from error

    def _ask(
        self, raw: socket.socket, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        raw.settimeout(_SECONDS)
        with raw:
            self._open(raw)
            with ssl.create_default_context().wrap_socket(raw, server_hostname=self.site) as secured:
                connection = http.client.HTTPConnection(self.site)
                connection.sock = secured
                connection.request(method, path, body=content or None, headers={"Connection": "close", **headers})
                answer = connection.getresponse()
                found = answer.read(CONTENT_BYTES_MAX + 1)
                if len(found) > CONTENT_BYTES_MAX:
                    raise Unavailable(f"{self.site} answered with more than {CONTENT_BYTES_MAX} bytes.")
                return answer.status, found

    def _open(self, raw: socket.socket) -> None:
        """Have the proxy connect; its name for a new address each time is the user's with `-rotate`."""
        named = f"{self.credential.username.removesuffix('-rotate')}-rotate:{self.credential.password}"
        key = base64.b64encode(named.encode()).decode()
        target = f"{self.site}:443"
        raw.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {key}\r\n\r\n".encode())
        status = _status_of(_head(raw))
        if status in (401, 403, 407):
            raise CredentialUnusable("Webshare does not accept the credential: check the proxy's user and password.")
        if status == 429:
            raise RateLimited("Webshare answered 429.", status=status)
        if status // 100 != 2:
            raise Unavailable(f"Webshare answered {status} instead of connecting.", status=status)


def _head(raw: socket.socket) -> bytes:
    """Give the head of the proxy's answer, and not a byte more: what follows is the site's."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = raw.recv(1)
        if not byte or len(head) >= _HEAD_BYTES_MAX:
            raise Unavailable("Webshare's proxy did not answer as one does.")
        head += byte
    return head


def _status_of(head: bytes) -> int:
    parts = head.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
