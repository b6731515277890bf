"""BlockLoop: the thread in which blocks run, so that a block that hangs cannot hang the worker; it knows no block.

Blocks are coroutines on one event loop of their own. The worker's loop, which heartbeats and talks to Temporal, only waits.
Who ends a block that does not end:

- past its time limit it is cancelled; one that ignores that for `GRACE_SECONDS` is left behind, and its slot is free;
- one that does not yield for `STALL_SECONDS` holds up all others: an exception is raised inside it; where that does not help
  (it stands in C code) the thread is abandoned, a new one takes over, and the others are told to try again.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context
from typing import Any, Final, TypeVar

import structlog

from schema.errors import BlockCrashed, DrystoneError, NodeTimedOut

T = TypeVar("T")
log = structlog.get_logger()

STALL_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 2.0


class BlockStalled(BlockCrashed):
    """The block held its worker without yielding for longer than a block may."""

    code = "BLOCK_STALLED"


class LoopAbandoned(DrystoneError):
    """The thread in which the block ran was given up because another block held it."""

    code = "WORKER_BUSY"
    fault = "world"
    is_transient = True


class _Stall(BaseException):
    """Raised inside a block that does not yield."""


class BlockLoop:
    """The thread for blocks of one worker process, and its watchman."""

    def __init__(self, stall_seconds: float = STALL_SECONDS, grace_seconds: float = GRACE_SECONDS) -> None:
        self._stall_seconds = stall_seconds
        self._grace_seconds = grace_seconds
        self._thread = _LoopThread()
        self._watchman: asyncio.Task[None] | None = None
        self.abandoned_threads = 0
        self.left_behind = 0

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]], timeout_seconds: float, what: str) -> T:
        """Run `work()` on the blocks' loop; raise NodeTimedOut, BlockStalled or LoopAbandoned where it does not end."""
        if self._watchman is None or self._watchman.done():
            # He outlives this run: his lines in the log are not of it.
            self._watchman = asyncio.create_task(self._watch(), context=Context())
        thread = self._thread
        future = thread.submit(work)
        waiting = asyncio.ensure_future(asyncio.wrap_future(future))
        try:
            done, _ = await asyncio.wait([waiting], timeout=timeout_seconds)
            if done:
                return _result_of(waiting)
            await self._end(thread, future, waiting)
            raise NodeTimedOut(f"{what} ran longer than its limit of {timeout_seconds:g} s.")
        except asyncio.CancelledError:
            await self._end(thread, future, waiting)
            raise

    async def _end(self, thread: _LoopThread, future: Future[Any], waiting: asyncio.Future[Any]) -> None:
        """Cancel work; leave it behind where it does not heed that."""
        thread.cancel(future)
        done, _ = await asyncio.wait([waiting], timeout=self._grace_seconds)
        if not done:
            self.left_behind += 1
            log.warning("block left behind", left_behind=self.left_behind)
        elif not waiting.cancelled():
            waiting.exception()

    async def _watch(self) -> None:
        """Look every second whether the loop still turns."""
        while True:
            thread = self._thread
            if await thread.answers_within(self._stall_seconds):
                await asyncio.sleep(min(1.0, self._stall_seconds / 4))
                continue
            log.warning("a block does not yield", seconds=self._stall_seconds)
            thread.interrupt()
            if not await thread.answers_within(self._grace_seconds):
                self._thread = _LoopThread()
                self.abandoned_threads += 1
                log.error("blocks' thread abandoned", abandoned=self.abandoned_threads)
                thread.abandon()

    def close(self) -> None:
        if self._watchman is not None:
            self._watchman.cancel()
        self._thread.stop()


def _result_of(waiting: asyncio.Future[T]) -> T:
    try:
        return waiting.result()
    except _Stall as error:
        raise BlockStalled from error
    except BlockCrashed as error:
        if isinstance(error.__cause__, _Stall):
            raise BlockStalled from error
        raise


class _LoopThread:
    """One thread with one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.work: dict[Future[Any], asyncio.Task[Any] | None] = {}
        self.thread = threading.Thread(target=self._turn, name="blocks", daemon=True)
        self.thread.start()

    def _turn(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
            except _Stall:
                continue
            return

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        future: Future[T] = Future()
        self.work[future] = None
        self.loop.call_soon_threadsafe(self._start, work, future)
        return future

    def _start(self, work: Callable[[], Coroutine[Any, Any, T]], future: Future[T]) -> None:
        if future.cancelled():
            self.work.pop(future, None)
            return
        task = self.loop.create_task(work())
        self.work[future] = task
        task.add_done_callback(lambda ended: self._settle(future, ended))

    def _settle(self, future: Future[Any], task: asyncio.Task[Any]) -> None:
        self.work.pop(future, None)
        if future.done():
            return
        if task.cancelled():
            future.cancel()
            return
        error = task.exception()
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(task.result())

    def cancel(self, future: Future[Any]) -> None:
        task = self.work.get(future)
        if task is not None:
            self.loop.call_soon_threadsafe(task.cancel)

    async def answers_within(self, seconds: float) -> bool:
        answered = asyncio.Event()
        home = asyncio.get_running_loop()
        self.loop.call_soon_threadsafe(home.call_soon_threadsafe, answered.set)
        try:
            async with asyncio.timeout(seconds):
                await answered.wait()
        except TimeoutError:
            return False
        return True

    def interrupt(self) -> None:
        """Raise inside whatever Python code the thread runs now: it is the one that does not yield."""
        if asyncio.current_task(self.loop) is not None and self.thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread.ident), ctypes.py_object(_Stall))

    def abandon(self) -> None:
        """Answer for all work of a thread that is stuck: its holder is to blame, the others may try again."""
        holder = asyncio.current_task(self.loop)
        for future, task in list(self.work.items()):
            if not future.done():
                future.set_exception(BlockStalled() if task is holder else LoopAbandoned())

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
