"""Expressions of people, evaluated by Monty, a Python interpreter that has no files, network or clock of ours; never by `eval`.

Monty runs in a process of its own, without our environment, which it replaces when it breaks. Time and memory are limits of
its own; the pool kills what does not heed them.
"""

from __future__ import annotations

import ast
import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final

from schema.errors import BlockFailed, InvalidValue, SandboxUnavailable, ValueTooLarge, shorten
from schema.limits import LIMITS
from schema.values import normalize

#: Expressions at once: each takes a core.
_AT_ONCE: Final = 2
#: Seconds after its limit at which an expression's process is killed.
_GRACE_SECONDS: Final = 0.5
#: Sessions after which a process is replaced: what a break-in left would not stay.
_SESSIONS_MAX: Final = 1_000
#: Nothing that an expression sees changes from one evaluation to the next: no clock, no randomness, no waiting.
_STILL: Final = {"datetime": datetime(2000, 1, 1, tzinfo=UTC), "sleep": "zero", "random_start": {"seed": 0}}

_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="expressions")
_of_thread = threading.local()
#: Monty looks for its program by `sysconfig`, whose tables two threads must not make at once (Python 3.11).
_making = threading.Lock()


async def evaluate(expression: str, values: Mapping[str, Any]) -> Any:
    """Give the value of one expression over named values; raise BlockFailed saying what is wrong with it."""
    if len(expression) > LIMITS.expression_chars_max:
        raise ValueTooLarge(
            f"The expression has {len(expression)} characters; at most {LIMITS.expression_chars_max} are evaluated."
        )
    for name in values:
        if not name.isidentifier():
            raise BlockFailed(f"{shorten(name, 100)!r} is no name that an expression can use.")
    _check_one_expression(expression)
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_threads, _evaluate_apart, expression.strip(), dict(values))
    return _plain(found)


def _check_one_expression(expression: str) -> None:
    """Refuse statements: they would give nothing, and imports are among them."""
    try:
        ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BlockFailed(f"This is not one expression: {what}.") from error


def _evaluate_apart(expression: str, values: dict[str, Any]) -> Any:
    # Here and not above: it is a tenth of a second that a process without expressions need not spend.
    import pydantic_monty as monty

    limits: monty.ResourceLimits = {
        "max_feed_duration_secs": LIMITS.expression_seconds_max,
        "max_memory": LIMITS.expression_memory_bytes_max,
        "max_recursion_depth": 200,
        "max_suspensions": 1,
    }
    try:
        with _pool().checkout(limits=limits, os_policy=_STILL) as session:
            return session.feed_run(expression, inputs=values)
    except monty.MontyCrashedError as error:
        what = "it took too long" if error.timed_out else "it ended its interpreter"
        raise BlockFailed(f"The expression cannot be evaluated: {what}.") from error
    except monty.MontyError as error:
        raise BlockFailed(f"The expression cannot be evaluated: {shorten(str(error), 500)}.") from error


def _pool() -> Any:
    """Give this thread's pool of one process."""
    import pydantic_monty as monty

    found = getattr(_of_thread, "pool", None)
    if found is None:
        with _making:
            found = monty.Monty(
                max_processes=1,
                max_checkouts_per_worker=_SESSIONS_MAX,
                feed_duration_limit_grace=_GRACE_SECONDS,
                request_timeout=LIMITS.expression_seconds_max + 2 * _GRACE_SECONDS,
            )
            try:
                _of_thread.pool = found.__enter__()
            except FileNotFoundError as error:
                raise SandboxUnavailable(
                    "No expression can be evaluated here: the program `monty` is missing. Install pydantic-monty."
                ) from error
    return found


def _plain(value: Any) -> Any:
    """Give a value as JSON has it: tuples and sets are lists; raise BlockFailed for what is no data."""
    try:
        return normalize(sorted(value, key=repr) if isinstance(value, set | frozenset) else value, "the result")
    except InvalidValue as error:
        raise BlockFailed(f"The expression gives what is no data: {error.message}") from error
