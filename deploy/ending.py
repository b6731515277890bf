"""Ending a process: at a signal in good order, and at once when its work is done; it starts nothing."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn

from schema.errors import DrystoneError

#: What a shell says of a program that Ctrl+C ended: 128 and the signal's number.
INTERRUPTED: Final = 130
#: The signal that ends the process where it stands: whoever insists so often has a reason.
LAST_SIGNAL: Final = 3
REFUSED: Final = 2
FAILED: Final = 1


def run_until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its end and give what it gives. The first SIGINT or SIGTERM cancels it, and it may clean up; then it
    gives 130. A second one changes nothing, a third ends the process."""
    return asyncio.run(_with_signals(work))


async def _with_signals(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    signals = 0

    def interrupt() -> None:
        nonlocal signals
        signals += 1
        if signals == 1:
            task.cancel()
        elif signals < LAST_SIGNAL:
            print("Stopping already. Once more ends it at once; nothing is lost by that either.", file=sys.stderr)
        else:
            os._exit(INTERRUPTED)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if signals:
            return INTERRUPTED
        raise


def say_plainly(text: str) -> None:
    """Say it on standard error, for a person."""
    print(text, file=sys.stderr)


def status_of(
    work: Callable[[], int | None],
    worldly: tuple[type[Exception], ...] = (OSError,),
    say: Callable[[str], None] = say_plainly,
) -> int:
    """Do a program's work and give its exit status; what is not as it should be is said on standard error, or by `say`.

    `worldly` are what a service behind the program raises where it does not do as it should.
    """
    try:
        return work() or 0
    except DrystoneError as error:
        say(error.message)
        return REFUSED if error.fault == "theirs" else FAILED
    except worldly as error:
        say(f"{type(error).__name__}: {error}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def leave(status: int) -> NoReturn:
    """Run the exit functions, flush, and end the process with this status, without tearing the interpreter down: the SDK's
    threads crash some interpreters at exit (sdk-python issue 300)."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            continue
    os._exit(status)
