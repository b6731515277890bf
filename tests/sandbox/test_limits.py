"""What a run may take, and how it ends when it takes more: each limit once met, and once not."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from blocks.sandbox.bounds import MEGABYTE
from blocks.sandbox.process import End
from tests.durable.waiting import eventually
from tests.sandbox.conftest import Ran, Sandboxed, outside, processes_with

FORKS = """
import os, time
count = 0
while count < 120:
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        time.sleep(30)
        os._exit(0)
    count += 1
count
"""
MEMORY_OF_MANY = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        taken = bytearray(b'x') * (30 * 1024 * 1024)
        time.sleep(2)
        os._exit(0)
for _ in range(6):
    os.wait()
"""
DEAF = """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
"""
FULL_SOCKETS = """
import socket, time
kept = []
for _ in range({pairs}):
    kept.append(socket.socketpair())
    for one in kept[-1]:
        one.setblocking(False)
        try:
            while True:
                one.send(bytes(65536))
        except BlockingIOError:
            pass
time.sleep(0.3)
len(kept)
"""
FLOOD_OF_FILES = """
import itertools, os
for number in itertools.count():
    os.close(os.open(f'/tmp/{number}', os.O_CREAT | os.O_WRONLY))
"""
DAEMON = """
import os, subprocess, sys
subprocess.Popen(
    [sys.executable, '-c', 'import time; time.sleep(30)', '{mark}'],
    start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
'left behind'
"""


def wrote(ran: Ran) -> str:
    assert ran.report.error is not None, ran.value
    return f"{ran.report.error.type}: {ran.report.error.message}"


def test_a_fork_bomb_stops_at_the_number_of_processes(sandboxed: Sandboxed) -> None:
    ran = sandboxed(FORKS, processes=20)
    assert 10 <= int(ran.value) < 20
    assert sandboxed(FORKS, processes=200).value == "120"


def test_a_fork_bomb_that_goes_on_ends_with_its_time(sandboxed: Sandboxed) -> None:
    ran = sandboxed("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass", seconds=1)
    assert ran.ended.end is End.TIME
    assert ran.ended.seconds < 3


def test_code_that_sleeps_a_minute_is_ended_at_its_limit(sandboxed: Sandboxed) -> None:
    began = time.monotonic()
    assert sandboxed("import time; time.sleep(60)", seconds=0.5).ended.end is End.TIME
    assert time.monotonic() - began < 2.5


def test_code_that_ignores_every_signal_is_ended_at_its_limit(sandboxed: Sandboxed) -> None:
    ran = sandboxed(DEAF, seconds=0.5)
    assert ran.ended.end is End.TIME
    assert ran.ended.seconds < 2.5


def test_memory_of_one_process(sandboxed: Sandboxed) -> None:
    take = "x = bytearray(200 * 1024 * 1024)\nlen(x)"
    assert "MemoryError" in wrote(sandboxed(take, memory_bytes=64 * MEGABYTE))
    assert sandboxed(take).value == str(200 * MEGABYTE)


def test_memory_of_all_processes_together(sandboxed: Sandboxed) -> None:
    ran = sandboxed(MEMORY_OF_MANY, memory_bytes=100 * MEGABYTE)
    assert ran.ended.end is End.MEMORY
    assert ran.ended.peak_bytes < 250 * MEGABYTE
    assert ran.ended.seconds < 2


@pytest.mark.parametrize("folder", ["/home/user", "/tmp", "/dev/shm"])
def test_a_folder_takes_so_many_bytes(folder: str, sandboxed: Sandboxed) -> None:
    write = f"[open(f'{folder}/{{n}}', 'wb').write(bytes(3 * 1024 * 1024)) for n in range(2)][-1]"
    assert "No space left" in wrote(sandboxed(write, folder_bytes=4 * MEGABYTE))
    assert sandboxed(write, folder_bytes=64 * MEGABYTE).value == str(3 * MEGABYTE)


def test_what_is_written_counts_as_memory(sandboxed: Sandboxed) -> None:
    write = "import time\nfor i in range(8): open(f'{i}', 'wb').write(bytes(8 * 1024 * 1024))\ntime.sleep(3)"
    assert sandboxed(write, memory_bytes=40 * MEGABYTE, seconds=2).ended.end is End.MEMORY


def test_files_without_content_count_as_memory_of_the_kernel(sandboxed: Sandboxed) -> None:
    ran = sandboxed(FLOOD_OF_FILES, memory_bytes=60 * MEGABYTE, seconds=8)
    assert ran.ended.end is End.MEMORY


def test_what_waits_in_sockets_counts_as_memory(sandboxed: Sandboxed) -> None:
    assert sandboxed(FULL_SOCKETS.format(pairs=100), memory_bytes=60 * MEGABYTE, seconds=5).ended.end is End.MEMORY
    assert sandboxed(FULL_SOCKETS.format(pairs=10), memory_bytes=60 * MEGABYTE, seconds=5).value == "10"


def test_a_file_of_holes_is_no_way_round(sandboxed: Sandboxed) -> None:
    assert "File too large" in wrote(sandboxed("open('x', 'wb').truncate(10 ** 12)"))


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_ended(stream: str, sandboxed: Sandboxed) -> None:
    ran = sandboxed(f"import sys\nwhile True: sys.{stream}.write('x' * 1000)", output_bytes=MEGABYTE // 4)
    assert ran.ended.end is End.OUTPUT
    assert len(getattr(ran.ended, stream)) == MEGABYTE // 4
    assert ran.ended.seconds < 5
    few = sandboxed(f"import sys\nsys.{stream}.write('x' * 200_000); None", output_bytes=MEGABYTE // 4)
    assert len(getattr(few.ended, stream)) == 200_000


def test_a_flood_of_results_is_ended(sandboxed: Sandboxed) -> None:
    ran = sandboxed(
        "import os\nfor fd in os.listdir('/proc/self/fd'): print(fd)\nwhile True: display('x' * 100_000)", seconds=5
    )
    assert ran.ended.end in (End.MEMORY, End.REPORT) or ran.report.error is not None


def test_endless_recursion_fails_the_code_alone(sandboxed: Sandboxed) -> None:
    ran = sandboxed("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return f(n + 1) + 1\nf(0)")
    assert ran.report.error is not None or ran.ended.end is End.MEMORY


@pytest.mark.parametrize(
    "code", ["import os\nos._exit(3)", "import os\nos.kill(os.getpid(), 9)", "import ctypes\nctypes.string_at(0)"]
)
def test_code_that_ends_its_process_keeps_nobody_waiting_and_its_files(code: str, sandboxed: Sandboxed) -> None:
    ran = sandboxed(f"open('kept.txt', 'w').write('x')\nopen('kept.txt').close()\n{code}")
    assert ran.report.error is not None
    assert ran.report.error.message.startswith("the code")


@pytest.mark.parametrize("target", ["os.getppid()", "1", "-1"])
def test_code_that_kills_what_runs_it_ends_only_its_own_sandbox(target: str, sandboxed: Sandboxed) -> None:
    ran = sandboxed(
        f"import os, signal\nos.kill({target}, signal.SIGKILL)\nimport time; time.sleep(0.2)\n'alive'", seconds=5
    )
    assert (
        not ran.report.has_ended or ran.value == "alive"
    )  # The first process of a namespace cannot be killed from within.
    assert sandboxed("1 + 1").value == "2"


async def test_a_process_that_is_left_behind_ends_with_the_run(sandboxed: Sandboxed) -> None:
    mark = f"left-behind-{os.getpid()}"
    assert sandboxed(DAEMON.format(mark=mark)).value == "left behind"
    await eventually(lambda: not processes_with(mark), seconds=2)
    assert outside(DAEMON.format(mark=mark)) == "left behind"
    [survivor] = processes_with(mark)  # The control: outside, it stays.
    os.kill(survivor, 9)


async def test_what_was_killed_leaves_no_process_and_no_file(sandboxed: Sandboxed) -> None:
    mark = f"killed-{os.getpid()}"
    before = {path.name for folder in ("/tmp", "/var/tmp", "/dev/shm") for path in Path(folder).iterdir()}
    code = DAEMON.format(mark=mark) + "\nopen('/tmp/trace-of-a-run', 'w').write('x')\nimport time; time.sleep(30)"
    assert sandboxed(code, seconds=0.7).ended.end is End.TIME
    await eventually(lambda: not processes_with(mark), seconds=2)
    after = {path.name for folder in ("/tmp", "/var/tmp", "/dev/shm") for path in Path(folder).iterdir()}
    assert "trace-of-a-run" not in after - before


def test_who_does_not_want_it_any_more_ends_it(sandboxed: Sandboxed) -> None:
    unwanted = threading.Event()
    threading.Timer(0.3, unwanted.set).start()
    ran = sandboxed("import time; time.sleep(30)", unwanted=unwanted)
    assert ran.ended.end is End.UNWANTED
    assert ran.ended.seconds < 2
