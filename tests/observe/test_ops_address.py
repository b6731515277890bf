"""The address of operators: it shows our figures and the SDK's, and keeps no process from its end."""

from __future__ import annotations

import asyncio
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import Counter

from deploy.ops import CLOSING_SECONDS, ops_server
from deploy.settings import Settings
from deploy.stack import ports
from deploy.telemetry import Telemetry
from deploy.telemetry_sdk import sdk_page
from tests.durable.waiting import eventually

ENOUGH_SECONDS = CLOSING_SECONDS + 8.0


async def _well() -> list[str]:
    return []


async def _asked(address: str, path: str) -> socket.socket:
    """Ask for a page, and read nothing."""

    def ask() -> socket.socket | None:
        try:
            asking = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
        except OSError:
            return None
        asking.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        return asking

    found = await eventually(ask)
    assert isinstance(found, socket.socket)
    return found


async def test_an_answer_that_never_comes_keeps_no_process_from_its_end() -> None:
    address, is_asked = f"127.0.0.1:{ports.choose()}", asyncio.Event()

    async def ready() -> list[str]:
        is_asked.set()
        await asyncio.Event().wait()
        return []

    async with asyncio.timeout(ENOUGH_SECONDS), ops_server(Settings(ops_address=address), ready, Telemetry()):
        asking = await _asked(address, "/readyz")
        await is_asked.wait()
    asking.close()


async def test_who_does_not_read_the_figures_keeps_no_process_from_its_end() -> None:
    address, telemetry = f"127.0.0.1:{ports.choose()}", Telemetry()
    large = Counter("large", "More than a socket takes.", ["label"], registry=telemetry.registry)
    for number in range(3_000):
        large.labels(f"{number:04}" + "x" * 4_000).inc()
    async with asyncio.timeout(ENOUGH_SECONDS), ops_server(Settings(ops_address=address), _well, telemetry):
        asking = await _asked(address, "/metrics")
        await asyncio.to_thread(asking.recv, 100)
    asking.close()


class _Sdk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(b"temporal_requests 1\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def test_the_page_of_the_sdk_is_got_where_it_is_and_missed_where_it_is_not() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sdk) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert await sdk_page(f"{url}/metrics") == b"temporal_requests 1\n"
        assert await sdk_page(f"{url}/nothing") == b""
        server.shutdown()
    assert await sdk_page(f"{url}/metrics") == b""
    assert await sdk_page(None) == b""
