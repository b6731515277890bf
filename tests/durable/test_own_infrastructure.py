"""S06: a block of a running agent reaches nothing of the installation that it runs in, by whatever name."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import pytest

from blocks.library.web import SendWebRequest
from blocks.sdk.addresses import PORTS_DEFAULT, EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.errors import EgressRefused
from tests.containers.chosen import servers
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform, outputs_of

PARTS = ("postgres", "temporal", "temporal-ui")
#: How the same place can be spelt.
HOSTS = (
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "{name}",
    "{address}",
)


def place_of(platform: Platform, part: str) -> tuple[str, int]:
    """Give where a part of the stack answers."""
    if part == "temporal-ui" and servers() is not None:
        pytest.skip("no container has Temporal's UI")
    settings = platform.settings
    url = {
        "postgres": str(settings.database_url),
        "temporal": f"//{settings.temporal_address}",
        "temporal-ui": str(settings.temporal_ui_url),
    }[part]
    found = urlsplit(url)
    assert found.hostname is not None
    assert found.port is not None
    return found.hostname, found.port


def spelt(port: int) -> list[str]:
    """Give each spelling of this machine, with a port."""
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        address = "127.0.0.1"
    return [f"http://{host.format(name=name, address=address)}:{port}/" for host in HOSTS]


@pytest.mark.parametrize("part", PARTS)
async def test_s06_a_node_that_asks_for_a_part_of_the_stack_fails_and_says_why(platform: Platform, part: str) -> None:
    _, port = place_of(platform, part)
    nodes = {"ask": (SendWebRequest, {"url": f"http://127.0.0.1:{port}/", "method": "GET"}), "out": an_output()}
    record = await platform.run(make_graph(nodes, ["ask.error -> out.value"]))
    (said,) = record["outputs"].values()
    assert "may not be reached" in said[0] or "not one that may be reached" in said[0], said
    assert outputs_of(record, "ask")[0].keys() == {"error"}


@pytest.mark.parametrize("part", PARTS)
async def test_s06_no_spelling_leads_there_even_where_the_port_is_open(platform: Platform, part: str) -> None:
    _, port = place_of(platform, part)
    http = GuardedHttp(EgressPolicy(ports=PORTS_DEFAULT | {port}))
    for url in spelt(port):
        with pytest.raises(EgressRefused):
            await http.request("GET", url, timeout_seconds=5)


@pytest.mark.parametrize("part", PARTS)
async def test_s06_control_each_part_takes_the_connection_of_who_is_not_guarded(platform: Platform, part: str) -> None:
    host, port = place_of(platform, part)
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
