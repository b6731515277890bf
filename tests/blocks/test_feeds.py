"""ReadRSSFeed: looks again and again, gives each entry once, whatever dies meanwhile; hostile feeds end with their reader."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from blocks.library.feeds import ReadRSSFeed
from blocks.readers import apart
from blocks.readers.apart import Reader
from blocks.sdk import Context, Sleep
from blocks.sdk.stepping import run_step
from schema.errors import BlockFailed, DrystoneError
from schema.inputs import prepare
from tests.blocks.conftest import NOON, CannedHttp, make_context
from tests.durable.waiting import eventually

INPUTS = {"rss_url": "https://example.com/feed", "polling_rate": 60, "time_period": 60}


def item(number: int, minutes_ago: float | None = 0, **more: str) -> str:
    date = "" if minutes_ago is None else f"{NOON - timedelta(minutes=minutes_ago):%a, %d %b %Y %H:%M:%S} GMT"
    parts = {"title": f"Entry {number}", "guid": f"id-{number}", "pubDate": date, **more}
    return f"<item>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in parts.items() if text)}</item>"


def feed(*items: str) -> tuple[int, Mapping[str, str], bytes]:
    content = f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'
    return 200, {"content-type": "application/rss+xml"}, content.encode()


async def look(context: Context, **inputs: Any) -> tuple[list[str], Sleep | None]:
    """Run one step; give the titles of what was given, and how it ended."""
    titles, end = [], None
    async for said in run_step(ReadRSSFeed, prepare(ReadRSSFeed.spec, {**INPUTS, **inputs}), context):
        if isinstance(said, Sleep):
            end = said
        elif said[0] == "entry":
            titles.append(said[1]["title"].removeprefix("Entry "))
    return titles, end


async def looks(*answers: Any, memories: Sequence[Any] = (), minutes: float = 1) -> list[list[str]]:
    """Look once for each answer, a step each, what was remembered carried on."""
    given, kept = [], list(memories)
    for step, answer in enumerate(answers):
        now = NOON + timedelta(minutes=minutes * step)
        context = make_context(http=CannedHttp([answer]), step=step, memories=tuple(kept), clock=lambda now=now: now)
        titles, end = await look(context)
        given.append(titles)
        assert end is not None
        assert end.seconds == 60
        kept += [] if end.memory is None else [end.memory]
    return given


async def test_each_entry_is_given_once_the_oldest_first() -> None:
    first = feed(item(2, 10), item(1, 20), item(0, 120))
    second = feed(item(4, -1), item(3, -0.5), item(2, 10), item(1, 20), item(0, 120))
    assert await looks(first, first, second, second) == [["1", "2"], [], ["3", "4"], []]


async def test_what_came_while_nobody_looked_is_given_at_the_next_look() -> None:
    late = feed(item(9, -1000), item(8, -30), item(1, 20))
    assert await looks(feed(item(1, 20)), late, minutes=3000) == [["1"], ["8", "9"]]


async def test_an_attempt_that_is_repeated_gives_the_same_in_the_same_order() -> None:
    memory = {"since": (NOON - timedelta(hours=1)).isoformat(), "given": []}
    first = await looks(feed(item(2, 10), item(1, 20)), memories=[memory])
    # Between the two attempts one more came: it stands behind what was given.
    again = await looks(feed(item(3, 0), item(2, 10), item(1, 20)), memories=[memory])
    assert first == [["1", "2"]]
    assert again == [["1", "2", "3"]]


async def test_entries_without_a_time_are_given_once_too() -> None:
    assert await looks(feed(item(1, None)), feed(item(2, None), item(1, None))) == [["1"], ["2"]]


async def test_a_feed_that_is_away_for_a_while_is_looked_at_again() -> None:
    away = (503, {}, b"")
    assert await looks(feed(item(1, 20)), away, feed(item(2, -1), item(1, 20))) == [["1"], [], ["2"]]


async def test_the_first_look_says_that_the_feed_is_away() -> None:
    with pytest.raises(DrystoneError, match="503"):
        await look(make_context(http=CannedHttp([(503, {"retry-after": "9"}, b"")])))


async def test_a_look_is_never_busy() -> None:
    _, end = await look(make_context(http=CannedHttp([feed()])), polling_rate=0)
    assert end is not None
    assert end.seconds == 10


@pytest.mark.parametrize(
    "inputs", [{"polling_rate": -1}, {"time_period": -5}, {"time_period": 10**12}, {"polling_rate": 10**12}]
)
async def test_impossible_times_are_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(BlockFailed, match="must be from 0"):
        await look(make_context(), **inputs)


async def test_atom_has_its_parts_too(run: Any) -> None:
    content = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><id>i</id><link href="https://example.com/1"/>
    <updated>2026-01-31T12:00:00Z</updated><author><name>Ann</name></author><content>C &lt;b&gt;</content>
    <category term="x"/></entry></feed>"""
    outcome = await run(
        "ReadRSSFeedBlock", {**INPUTS, "run_continuously": False}, make_context(http=CannedHttp([(200, {}, content)]))
    )
    assert outcome.outputs[0] == (
        "entry",
        {
            "title": "T",
            "link": "https://example.com/1",
            "description": "C <b>",
            "pub_date": "2026-01-31T12:00:00Z",
            "author": "Ann",
            "categories": ["x"],
        },
    )


HOSTILE = {
    "not a feed": b"\x00\xff" * 1000,
    "an entity": b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel/></rss>',
    "an entity in UTF-16": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"/>'.encode(
        "utf-16"
    ),
    "nothing": b"",
    "a path": b"/etc/passwd",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
async def test_what_is_no_feed_is_refused(run: Any, content: bytes) -> None:
    answer = (200, {"content-type": "application/rss+xml"}, content)
    outcome = await run(
        "ReadRSSFeedBlock", {**INPUTS, "run_continuously": False}, make_context(http=CannedHttp([answer]))
    )
    assert outcome.code == "BLOCK_FAILED"
    assert "The feed cannot be read" in outcome.error.message


async def test_a_feed_that_holds_its_reader_is_ended_with_it(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocks.readers.apart.READ_SECONDS_MAX", 1.0)
    nested = b'<rss version="2.0"><channel>' + b"<a>" * 500_000
    started = time.monotonic()
    outcome = await run(
        "ReadRSSFeedBlock", {**INPUTS, "run_continuously": False}, make_context(http=CannedHttp([(200, {}, nested)]))
    )
    assert "takes longer than 1 seconds" in outcome.error.message
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("reader", Reader)
async def test_a_reader_whose_worker_is_dead_ends_by_itself(reader: Reader) -> None:
    command = [sys.executable, "-I", str(Path(apart.__file__).with_name(reader.value))]
    child = await asyncio.to_thread(subprocess.Popen, command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with child:
        limits = Path(f"/proc/{child.pid}/limits")
        await eventually(lambda: re.search(r"Max cpu time +[0-9]+ +[0-9]+", limits.read_text()))
        child.kill()


async def test_strange_years_and_letters_are_kept_or_left() -> None:
    strange = feed(item(1, 5, pubDate="Mon, 01 Jan 99999 00:00:00 GMT"), item(2, 5, title="Entry \u0416"))
    assert sorted((await looks(strange))[0]) == ["1", "\u0416"]
