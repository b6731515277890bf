"""S04: during the tests of blocks only the guarded way out opens sockets, and the audit sees whatever else would."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from blocks.library.web import SendWebRequest
from blocks.sdk.direct import run_directly
from tests.audit import Act, only_the_named, watched
from tests.blocks.conftest import make_context
from tests.egress.servers import guarded, serve

#: Each way past the guard that Python offers, as a block's module would have it. They are compiled under the name of a file of
#: blocks/library: what tells them from a test's own clients is where they stand.
PAST = {
    "a plain socket": "import socket\nasync def go(host, port):\n    socket.create_connection((host, port)).close()",
    "asyncio's streams": "import asyncio\nasync def go(host, port):\n    (await asyncio.open_connection(host, port))[1].close()",
    "another client": "import httpx2\nasync def go(host, port):\n"
    "    async with httpx2.AsyncClient(trust_env=False) as client:\n        await client.get(f'http://{host}:{port}/')",
    "a blocking client in a thread": "import asyncio, urllib.request\nasync def go(host, port):\n"
    "    await asyncio.to_thread(urllib.request.urlopen, f'http://{host}:{port}/')",
    "a task of its own": "import asyncio\nasync def go(host, port):\n"
    "    await asyncio.create_task(asyncio.open_connection(host, port))",
    "a thread of its own": "import socket, threading\nasync def go(host, port):\n"
    "    one = threading.Thread(target=socket.create_connection, args=((host, port),))\n    one.start()\n    one.join()",
    "a datagram": "import socket\nasync def go(host, port):\n"
    "    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (host, port))",
    "a name": "import asyncio\nasync def go(host, port):\n    await asyncio.get_running_loop().getaddrinfo('localhost', port)",
    "a listener": "import socket\nasync def go(host, port):\n    socket.create_server((host, 0)).close()",
    "a program": "import subprocess\nasync def go(host, port):\n    subprocess.run(['true'])",
    "a program, by asyncio": "import asyncio\nasync def go(host, port):\n"
    "    await (await asyncio.create_subprocess_exec('true')).wait()",
    "a shell": "import os\nasync def go(host, port):\n    os.system('true')",
}  # fmt: skip
LIBRARY = Path(sys.modules[SendWebRequest.__module__].__file__ or "").parent


def planted(text: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(text, str(LIBRARY / "planted.py"), "exec"), names)
    return names["go"]


@pytest.mark.parametrize("text", PAST.values(), ids=list(PAST))
async def test_s04_control_each_way_past_the_guard_is_seen_with_its_file(text: str) -> None:
    go = planted(text)
    async with serve() as server:
        with pytest.raises(AssertionError, match=r"blocks/library/planted\.py"), only_the_named():
            await go("127.0.0.1", server.port)


@pytest.fixture(autouse=True)
def _only_egress_opens_sockets() -> None:
    """Take the place of the folder's fixture: here is opened what must not be."""


async def test_s04_the_guarded_way_out_is_told_by_its_own_file_and_a_test_by_its_own() -> None:
    async with serve() as server:
        with watched() as acts:
            result = await run_directly(
                SendWebRequest, {"url": server.url, "method": "GET"}, make_context(http=guarded(server))
            )
            assert result.error is None
        assert [act.path for act in acts] == ["blocks/sdk/egress.py"]
        assert all(act.is_allowed for act in acts)
        with watched() as acts:
            async with httpx2.AsyncClient(trust_env=False) as client:
                await client.get(server.url)
        assert {act.path for act in acts} == {"tests/blocks/test_audit.py"}


async def test_s04_a_name_that_the_guard_has_resolved_is_its_own() -> None:
    with watched() as acts:
        await run_directly(SendWebRequest, {"url": "http://localhost/", "method": "GET"}, make_context(http=guarded()))
    assert [(act.event, act.path) for act in acts] == [("socket.getaddrinfo", "blocks/sdk/egress.py")]


def test_s04_what_none_of_our_files_is_behind_is_not_allowed() -> None:
    assert not Act("socket.connect", "", "").is_allowed
    assert not Act("socket.connect", "", "blocks/sandbox/child.py").is_allowed
    assert Act("subprocess.Popen", "", "blocks/sandbox/child.py").is_allowed
    assert not Act("subprocess.Popen", "", "blocks/sandboxed.py").is_allowed


def test_s04_nothing_is_kept_of_what_is_done_while_nobody_watches() -> None:
    with watched() as acts:
        pass
    socket.create_server(("127.0.0.1", 0)).close()
    subprocess.run(["true"], check=True)
    threading.Thread(target=int).start()
    assert acts == []
