"""Commands as processes: started as a user starts them, with what they said and how they ended; never looks inside one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import orjson
import psutil

from deploy.stack.processes import find
from deploy.stack.record import read
from tests.tidy.source import ROOT

#: How long a command may take that waits for nothing: two seconds, on a machine that does ten other things.
SECONDS_MAX = 60.0
TEXT_BYTES_MAX = 16 * 1024 * 1024
#: A reader's terminal would change how the commands print.
OWN_SETTINGS = ("DRYSTONE_", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_")


def eventually(condition: Callable[[], Any], *, seconds: float = SECONDS_MAX) -> Any:
    """Give the first true result of `condition`, or fail when its time is over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Answer:
    """How a command ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Give the one JSON document that is on standard output, where nothing else may be."""
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Give the JSON document of each line."""
        return [orjson.loads(line) for line in self.out.splitlines()]


class Running:
    """A command on its way."""

    def __init__(
        self, words: Iterable[str | Path], environment: dict[str, str], root: Path = ROOT, typed: str = ""
    ) -> None:
        # What it says stays open for as long as it is asked about.
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        said = tempfile.TemporaryFile()  # noqa: SIM115
        said.write(typed.encode())
        said.seek(0)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy", *map(str, words)],
            cwd=root,
            env=environment,
            stdin=said,
            stdout=self._out,
            stderr=self._err,
        )

    @property
    def out(self) -> str:
        """Give what it has said until now."""
        return _text(self._out)

    @property
    def err(self) -> str:
        return _text(self._err)

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def until(self, words: str) -> None:
        """Wait until it says this."""
        with self._ended_on_failure():
            eventually(lambda: words in self.out + self.err or self.is_over)
            assert words in self.out + self.err, f"it ended without {words!r}"

    def interrupt(self, how: signal.Signals = signal.SIGINT) -> Answer:
        """Send it a signal, Ctrl+C by default, and give its end."""
        self._process.send_signal(how)
        return self.end()

    def end(self, seconds: float = SECONDS_MAX) -> Answer:
        """Wait for its end."""
        with self._ended_on_failure():
            return Answer(self._process.wait(seconds), self.out, self.err)

    @contextmanager
    def _ended_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._process.kill()
            self._process.wait()
            print(self.out, self.err, sep="\n")
            raise


class CommandLine:
    """`drystone` with a data folder of its own: `drystone("runs", "list")`. What it started ends with its `with` block.

    `root` is the checkout whose code it is: a copy, where the code is to change or must not.
    """

    def __init__(self, data_dir: Path, root: Path = ROOT, **variables: str) -> None:
        self.data_dir, self._root = data_dir, root
        mine = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        self._environment = {**mine, "DRYSTONE_DATA_DIR": str(data_dir), **variables}
        self._started: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        for running in self._started:
            if not running.is_over:
                running.interrupt()

    def __call__(self, *words: str | Path, typed: str = "") -> Answer:
        """Run a command to its end; `typed` is what it can read."""
        return self.start(*words, typed=typed).end()

    def start(self, *words: str | Path, typed: str = "") -> Running:
        running = Running(words, self._environment, self._root, typed)
        self._started.append(running)
        return running

    def each(self, *commands: Iterable[str | Path]) -> list[Answer]:
        """Run commands to their ends, two at a time."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda words: self(*words), commands))

    def pid(self, name: str) -> int:
        """Give the process of a part of the running stack, once there is one."""
        known: Any = eventually(lambda: (found := read(self.data_dir)) and found.children.get(name))
        return int(known.pid)

    def processes(self) -> list[str]:
        """Give the processes that have to do with the data folder, by their command lines."""
        return [" ".join(psutil.Process(one.pid).cmdline()) for one in find(self._is_ours)]

    def _is_ours(self, process: psutil.Process) -> bool:
        folder = str(self.data_dir)
        return any(folder in text for text in (*process.cmdline(), *process.environ().values(), process.cwd()))


def _text(file: IO[bytes]) -> str:
    # The file is the child's standard output, and its position is shared: reading must not move it.
    return os.pread(file.fileno(), TEXT_BYTES_MAX, 0).decode(errors="replace")
