"""Memory of a tree of processes, read from /proc."""

from __future__ import annotations

import os
import subprocess
import sys

from blocks.sandbox.usage import tree, used_bytes
from tests.durable.waiting import eventually

MEGABYTE = 1024 * 1024
SHARE = """
import os, time
kept = bytearray(b"x") * (60 * 1024 * 1024)
for _ in range(3):
    if os.fork() == 0:
        break
print("ready", flush=True)
time.sleep(30)
"""
#: Reads one byte of each two megabytes of 20 GB: no page of it exists, and the kernel keeps a table for each.
READ = """
import mmap
kept = mmap.mmap(-1, 20 << 30, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
for place in range(0, len(kept), 2 << 20):
    kept[place]
print("read", flush=True)
input()
"""


async def test_pages_that_forks_share_count_once_where_it_matters() -> None:
    parent = subprocess.Popen([sys.executable, "-c", SHARE], stdout=subprocess.PIPE)
    try:
        await eventually(lambda: len(list(tree(parent.pid))) >= 4)
        cheap = used_bytes(parent.pid, 10**12, "/nowhere", ())
        exact = used_bytes(parent.pid, 0, "/nowhere", ())
        assert cheap > 240 * MEGABYTE
        assert 60 * MEGABYTE < exact < 120 * MEGABYTE
    finally:
        for one in reversed(list(tree(parent.pid))):
            os.kill(one, 9)
        parent.communicate()


async def test_tables_of_memory_that_is_only_read_count_too() -> None:
    with subprocess.Popen([sys.executable, "-c", READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"read\n"
        for limit in (10**12, 0):
            assert used_bytes(reader.pid, limit, "/nowhere", ()) > 30 * MEGABYTE
        reader.kill()


def test_what_has_ended_takes_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert used_bytes(ended.pid, 0, "/nowhere", ()) == 0
