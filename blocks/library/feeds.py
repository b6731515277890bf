"""A block that gives what is new in an RSS or Atom feed; it fetches by the guarded way out and waits on the workflow's timer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel

from blocks.readers.apart import Reader, read_apart
from blocks.sdk import (
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    Example,
    RateLimited,
    Sleep,
    Unavailable,
    Yield,
    pin,
)
from blocks.sdk.answers import retry_after_seconds

#: Bytes of a feed: the longest ones that are seen, of podcasts, have 4 MB.
FEED_BYTES_MAX: Final = 5 * 1024 * 1024
#: Seconds between two looks: a feed that changes more often is no feed; and a year.
POLL_SECONDS_MIN: Final = 10
POLL_SECONDS_MAX: Final = 366 * 86_400
#: Minutes that a first look goes back: a hundred years, which is all.
PERIOD_MINUTES_MAX: Final = 100 * 366 * 1440
_MARK_BYTES: Final = 8


class RSSEntry(BaseModel):
    """One entry of a feed."""

    title: str
    link: str
    description: str
    #: ISO 8601 in UTC; the time of the look where the feed does not say.
    pub_date: datetime
    author: str
    categories: list[str]


_FEED: Final = b"""<rss version="2.0"><channel><title>Walls</title>
<item><title>Newer</title><link>https://example.com/2</link><description>Two.</description><author>Ann</author>
<category>stone</category><pubDate>Sat, 31 Jan 2026 11:00:00 GMT</pubDate></item>
<item><title>Older</title><link>https://example.com/1</link><pubDate>Sat, 31 Jan 2026 10:00:00 GMT</pubDate></item>
<item><title>Too old</title><link>https://example.com/0</link><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
_OLDER: Final = {
    "title": "Older",
    "link": "https://example.com/1",
    "description": "",
    "pub_date": "2026-01-31T10:00:00Z",
    "author": "",
    "categories": [],
}
_NEWER: Final = {
    "title": "Newer",
    "link": "https://example.com/2",
    "description": "Two.",
    "pub_date": "2026-01-31T11:00:00Z",
    "author": "Ann",
    "categories": ["stone"],
}


class ReadRSSFeed(Block):
    """Give the entries of a feed, each by itself, the oldest first, then all together.

    The first look goes back by the time period. Continuously, it looks again every so many seconds, for as
    long as the run lasts, and gives each entry once: what was given is kept with the run, so a crash loses none and repeats none.
    A later look at a feed that does not answer finds nothing, and the next one makes up for it.
    """

    id = "5ebe6768-8e5d-41e3-9134-1c7bd89a8d52"
    name = "ReadRSSFeedBlock"
    categories = ("INPUT",)
    is_resumable = True

    class Input(BlockInput):
        rss_url: str = pin(description="The feed's address.", placeholder="https://example.com/feed.xml")
        time_period: int = pin(1440, description="Minutes that the first look goes back.")
        polling_rate: int = pin(description="Seconds between two looks; at least ten.")
        run_continuously: bool = pin(True, description="Look again and again; otherwise once.")

    class Output(BlockOutput):
        entry: RSSEntry = pin(description="One entry.")
        entries: list[RSSEntry] = pin(description="The entries that one look found.")

    examples = (
        Example(
            input={"rss_url": "https://example.com/feed", "polling_rate": 300, "run_continuously": False},
            output=[("entry", _OLDER), ("entry", _NEWER), ("entries", [_OLDER, _NEWER])],
            answers=[(200, {"content-type": "application/rss+xml"}, _FEED)],
        ),
        Example(
            title="Nothing is new",
            input={
                "rss_url": "https://example.com/feed",
                "time_period": 5,
                "polling_rate": 300,
                "run_continuously": False,
            },
            output=[("entries", [])],
            answers=[(200, {}, _FEED)],
        ),
        Example(
            title="It is a page, not a feed",
            input={"rss_url": "https://example.com/", "polling_rate": 300, "run_continuously": False},
            output=[],
            error="no RSS or Atom feed",
            answers=[(200, {"content-type": "text/html"}, b"<html><body>Walls</body></html>")],
        ),
        Example(
            title="Entities are refused",
            input={"rss_url": "https://example.com/feed", "polling_rate": 300, "run_continuously": False},
            output=[],
            error="declares entities",
            answers=[(200, {}, b'<!DOCTYPE rss [<!ENTITY a "aaaa">]>' + _FEED)],
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        pause = _checked_pause(inputs)
        since, given = _recall(context.memories)
        is_first = since is None
        try:
            found = await _look(inputs.rss_url, context)
        except Unavailable as error:
            if is_first or not inputs.run_continuously:
                raise
            context.log("warning", f"{error.message} The next look makes up for it.")
            yield Sleep(pause)
            return
        since = since if since is not None else context.now() - timedelta(minutes=inputs.time_period)
        new = [(mark, entry) for mark, entry in found.items() if mark not in given and _is_since(entry, since)]
        for _, entry in new:
            yield "entry", entry
        if new or not inputs.run_continuously:
            yield "entries", [entry for _, entry in new]
        if inputs.run_continuously:
            marks = [mark for mark, _ in new]
            yield Sleep(pause, {"since": since.isoformat(), "given": marks} if is_first or marks else None)


def _checked_pause(inputs: ReadRSSFeed.Input) -> float:
    if not 0 <= inputs.time_period <= PERIOD_MINUTES_MAX:
        raise BlockFailed(f"time_period must be from 0 to {PERIOD_MINUTES_MAX} minutes, not {inputs.time_period}.")
    if not 0 <= inputs.polling_rate <= POLL_SECONDS_MAX:
        raise BlockFailed(f"polling_rate must be from 0 to {POLL_SECONDS_MAX} seconds, not {inputs.polling_rate}.")
    return float(max(POLL_SECONDS_MIN, inputs.polling_rate))


def _recall(memories: Iterable[Mapping[str, Any]]) -> tuple[datetime | None, set[str]]:
    """Give since when entries are new (None: this is the first look), and the marks of those that were given."""
    since, given = None, set[str]()
    for memory in memories:
        since = since or datetime.fromisoformat(memory["since"])
        given.update(memory["given"])
    return since, given


def _is_since(entry: dict[str, Any], since: datetime) -> bool:
    return bool(datetime.fromisoformat(entry["pub_date"]) >= since)


async def _look(url: str, context: Context) -> dict[str, dict[str, Any]]:
    """Fetch the feed; give its entries by their marks, the oldest first. The order is the same on each attempt."""
    response = await context.http.request(
        "GET",
        url.strip(),
        headers={"Accept": "application/rss+xml, application/atom+xml, application/xml, text/xml, */*;q=0.5"},
        content_bytes_max=FEED_BYTES_MAX,
    )
    now = context.now()
    if response.status == 429 or response.status >= 500:
        kind = RateLimited if response.status == 429 else Unavailable
        wait = retry_after_seconds(response.headers.get("retry-after", ""), now)
        raise kind(f"The feed's server answered {response.status}.", retry_after_seconds=wait)
    if response.status != 200:
        raise BlockFailed(f"The feed's server answered {response.status}; check the address.")
    rows = await read_apart(Reader.FEED, response.content, "The feed")
    # Feeds have the newest first. Those without a time stand where a new one would.
    rows.reverse()
    rows.sort(key=lambda row: now.timestamp() if row["published"] is None else row["published"])
    return {_mark_of(row): _entry_of(row, now) for row in rows}


def _mark_of(row: Mapping[str, Any]) -> str:
    """Give what an entry is known by when it is seen again."""
    said = row["id"] or row["link"] or f"{row['title']}\n{row['published']}"
    return hashlib.sha256(said.encode()).hexdigest()[: 2 * _MARK_BYTES]


def _entry_of(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    published = now if row["published"] is None else datetime.fromtimestamp(row["published"], UTC)
    parts = {name: row[name] for name in ("title", "link", "description", "author", "categories")}
    return RSSEntry(**parts, pub_date=published).model_dump(mode="json")
