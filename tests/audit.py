"""An audit of who opens sockets and starts processes while blocks are tested: only what is named may; it changes nothing.

Python tells its audit hooks of each connect, each name that is resolved and each process that is started, whatever library asks
for it (PEP 578). Who did it is the innermost file of this checkout in the call's stack; where a task or thread has none in its
own stack (anyio connects in a task of its own, names are resolved in threads), it is who began that task or thread. Code in other
languages that opens sockets by itself is not seen, and is not among what blocks may import (tests/tidy/test_guards.py).
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from tests.tidy.source import PACKAGES, ROOT

NETWORK_EVENTS = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
     "socket.gethostbyaddr", "socket.getnameinfo"}
)  # fmt: skip
PROCESS_EVENTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.spawn"})

#: Who may open sockets, and who may start processes: path below the checkout -> why. A path that ends with `/` is a folder.
MAY_CONNECT = {
    "blocks/sdk/egress.py": "the guarded way out",
    "blocks/sdk/egress_streams.py": "the same, for sockets and an SDK's transport",
    "tests/": "a test's own servers, and the clients that are its controls",
}
MAY_START = {
    "blocks/sdk/templates.py": "the child that renders templates",
    "blocks/readers/": "the children that read feeds and workbooks",
    "blocks/isolation.py": "the process in which one block is tried",
    "blocks/llm/openai_chat.py": "the OpenAI SDK asks `uname -p` what machine this is, once",
    "blocks/llm/openai_responses.py": "the same",
    "blocks/sandbox/": "the sandbox of people's code",
    "tests/": "a test's own servers",
}


@dataclass(frozen=True)
class Act:
    """A socket or a process, and the file that is behind it ("" where none of ours is)."""

    event: str
    what: str
    path: str

    @property
    def is_allowed(self) -> bool:
        allowed = MAY_CONNECT if self.event in NETWORK_EVENTS else MAY_START
        return any(self.path == one or (one.endswith("/") and self.path.startswith(one)) for one in allowed)


_watchers: list[list[Act]] = []
_is_installed = False
_of_task: WeakKeyDictionary[asyncio.Task[Any], str] = WeakKeyDictionary()
_of_thread = threading.local()
_ROOT = f"{ROOT}/"
_OURS = tuple(f"{_ROOT}{name}/" for name in (*PACKAGES, "tests", "bench", "examples"))
_SELF = __file__


@contextmanager
def watched() -> Iterator[list[Act]]:
    """Give the list of what is opened and started meanwhile."""
    _install()
    acts: list[Act] = []
    _watchers.append(acts)
    try:
        yield acts
    finally:
        # By identity: two lists that are still empty are equal.
        _watchers[:] = [one for one in _watchers if one is not acts]


@contextmanager
def only_the_named() -> Iterator[None]:
    """Fail where something that is not named opens a socket or starts a process meanwhile."""
    with watched() as acts:
        yield
    problems = [str(act) for act in acts if not act.is_allowed]
    assert not problems, "what is not the guarded way out did this:\n" + "\n".join(problems)


def _install() -> None:
    """Begin to listen, once: an audit hook stays for the life of its process."""
    global _is_installed
    if _is_installed:
        return
    _is_installed = True
    sys.addaudithook(_hear)
    _follow_tasks()
    _follow_threads()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watchers or (event not in NETWORK_EVENTS and event not in PROCESS_EVENTS):
        return
    if event == "socket.connect" and isinstance(arguments[1], str | bytes):
        return  # A Unix socket leads nowhere outside.
    act = Act(event, repr(arguments[-3:] if event == "subprocess.Popen" else arguments[1:])[:200], _who())
    for acts in _watchers:
        acts.append(act)


def _who() -> str:
    """Give the innermost file of ours that is behind what is done now."""
    return _in_stack(sys._getframe(1)) or _of_current_task() or getattr(_of_thread, "path", "")


def _in_stack(frame: FrameType | None) -> str:
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_OURS) and name != _SELF:
            return name.removeprefix(_ROOT)
        frame = frame.f_back
    return ""


def _of_current_task() -> str:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # No loop runs here.
        return ""
    return _of_task.get(task, "") if task is not None else ""


def _follow_tasks() -> None:
    created = asyncio.BaseEventLoop.create_task

    def create_task(self: Any, *arguments: Any, **options: Any) -> Any:
        task = created(self, *arguments, **options)
        _of_task[task] = _who()
        return task

    asyncio.BaseEventLoop.create_task = create_task  # type: ignore[method-assign]


def _follow_threads() -> None:
    submitted, started = ThreadPoolExecutor.submit, threading.Thread.start

    def submit(self: Any, call: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        return submitted(self, _carrying(_who(), call), *arguments, **options)

    def start(self: threading.Thread) -> None:
        self.run = _carrying(_who(), self.run)  # type: ignore[method-assign]
        started(self)

    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign, assignment]
    threading.Thread.start = start  # type: ignore[method-assign]


def _carrying(path: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def carried(*arguments: Any, **options: Any) -> Any:
        before = getattr(_of_thread, "path", "")
        _of_thread.path = path
        try:
            return call(*arguments, **options)
        finally:
            _of_thread.path = before

    return carried
