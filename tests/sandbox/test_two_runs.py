"""Runs do not see one another, before, beside or after; and what holds them dying takes them along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.durable.waiting import eventually
from tests.sandbox.conftest import Ran, Sandboxed, processes_with

LEAVE = """
import os, time
for folder in ('/home/user', '/tmp', '/dev/shm'):
    open(f'{folder}/secret', 'w').write('mine')
print('left', flush=True)
time.sleep(1.5)
sorted(os.listdir('/tmp'))
"""
LOOK = """
import os
[os.path.exists(f'{folder}/secret') for folder in ('/home/user', '/tmp', '/dev/shm')] + [
    len([one for one in os.listdir('/proc') if one.isdigit()])]
"""
HOLDER = """
import asyncio
from blocks.sandbox.bounds import Bounds
from blocks.sandbox.running import Job, Language, run_job
asyncio.run(run_job(Job(Language.PYTHON, ({code!r},)), Bounds(seconds=60)))
"""


def test_two_runs_at_once_do_not_see_one_another(sandboxed: Sandboxed) -> None:
    ran: list[Ran] = []
    beside = threading.Thread(target=lambda: ran.append(sandboxed(LEAVE)))
    beside.start()
    seen = []
    while beside.is_alive():
        seen.append(sandboxed(LOOK).value)
    beside.join()
    assert ran[0].value == ["secret"]
    assert len(seen) > 3
    assert all(one[:3] == [False, False, False] and one[3] <= 4 for one in seen), seen


def test_a_run_leaves_nothing_for_the_next(sandboxed: Sandboxed) -> None:
    assert sandboxed(LEAVE.replace("time.sleep(1.5)", "")).value == ["secret"]
    assert sandboxed(LOOK).value[:3] == [False, False, False]


async def test_a_worker_that_is_killed_takes_its_runs_along(place) -> None:
    mark = f"of-a-worker-{os.getpid()}"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', '{mark}'])"
    worker = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(code=code)],
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    await eventually(lambda: [one for one in processes_with(mark) if one != worker.pid], seconds=5)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    await eventually(lambda: not processes_with(mark), seconds=3)
