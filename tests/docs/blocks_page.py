"""Makes docs/blocks.md: each block of the public catalogue, and whether ours is exact, different (and how) or missing.

    .venv/bin/python -m tests.docs.blocks_page     # writes the page; test_blocks_page.py compares it

What is different is found by comparing (tests/blocks/catalogue.py), and why is said there, in tests/blocks/test_contracts.py
and in BEHAVIOUR below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from blocks.registry import library_blocks
from blocks.sdk import Block
from tests.blocks.catalogue import BY_ID, MEANT, ROWS, differences
from tests.blocks.test_contracts import OPTIONAL_HERE, OURS, OURS_OUT

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "blocks.md"

#: What a block of ours does otherwise than the platform's, where no pin shows it.
BEHAVIOUR: Final = {
    "AgentExecutorBlock": "a child that fails fails the node; constants that the child has no input for are left out",
    "AgentInputBlock": "an input without a default that no run gives is refused before the run starts",
    "CalculatorBlock": "infinity, of a division by zero, travels as the text Infinity; `fails_on_zero` (ours) fails instead",
    "CountdownTimerBlock": "it waits on the run's own timer, so a restart costs nothing",
    "ExtractTextInformationBlock": "patterns are RE2's: no look-around and no back-references",
    "MatchTextPatternBlock": "patterns are RE2's: no look-around and no back-references",
    "FillTextTemplateBlock": "templates are MiniJinja's, within limits of time and memory: no `|random`, no `|urlize`",
    "AgentOutputBlock": "templates are MiniJinja's, within limits of time and memory: no `|random`, no `|urlize`",
    "PrintToConsoleBlock": "it writes to the node's log",
    "AIAdMakerVideoCreatorBlock": "Revid's API v3: music is on or off, which one Revid chooses; it waits on the run's own timer",
    "AIScreenshotToVideoAdBlock": "Revid's API v3: music is on or off, which one Revid chooses; it waits on the run's own timer",
    "AIShortformVideoCreatorBlock": "Revid's API v3: music is on or off, which one Revid chooses; it waits on the run's own timer",
    "AIVideoGeneratorBlock": "it waits on the run's own timer: a restart begins no second job",
    "AddMemoryBlock": "all is kept under one user of the key's account, by run and by agent",
    "AirtableDeleteRecordsBlock": "records are deleted one by one",
    "CreateTalkingAvatarVideoBlock": "it waits on the run's own timer: a restart begins no second job",
    "FirecrawlCrawlBlock": "it waits on the run's own timer: a restart begins no second job",
    "FirecrawlExtractBlock": "Firecrawl ends /extract on 10 December 2026: this asks /agent, which follows it",
    "GithubAssignIssueBlock": "it fails where GitHub, which says nothing of it, did not assign the user",
    "GithubListIssuesBlock": "pull requests, which GitHub counts among issues, are left out",
    "GithubMergePullRequestBlock": "what is merged already counts as merged",
    "GithubMultiFileCommitBlock": "no commit is made where nothing would change",
    "GithubReadFileBlock": "what is no text in UTF-8 is given in base64 only",
    "HubSpotEngagementBlock": "an e-mail that is only put on the record says so (`email_logged`); with `email_id` HubSpot sends it",
    "LinearCreateIssueBlock": "`issue_id` is the issue's short name",
    "NotionReadDatabaseBlock": "entries are plain values by property, with `_id` and `_url`",
    "ReadDiscordMessagesBlock": "it asks for new messages on the run's own timer; a channel or a server may be named",
    "SendDiscordMessageBlock": "a repeated attempt sends no second message",
    "PineconeInsertBlock": "a repeated attempt puts nothing in twice",
    "ReplicateModelBlock": "it waits on the run's own timer: a restart begins no second job",
    "SearchPeopleBlock": "Apollo's search for APIs, which gives no addresses; `enrich_info` gets them",
    "TodoistCreateTaskBlock": "a due time is kept; a repeated attempt makes no second task",
    "TodoistUpdateTaskBlock": "a due time is kept; another project, section or parent moves the task",
    "TranscribeYoutubeVideoBlock": "YouTube documents no way to others' subtitles: this works until YouTube changes its own",
    "MCPToolBlock": "arguments are checked by tool_input_schema before anything is sent; a picture is a data URI; a key or OAuth "
    "access goes to the hosts that the credential names only",
    "SearchStoreAgentsBlock": "by name, the thousand most run agents that match are ordered; updated_at is when it was published",
    "ReadRSSFeedBlock": "each entry is given once also over restarts, the oldest first; a later look at a feed that is away finds "
    "nothing instead of failing; at least 10 seconds lie between two looks",
    "ReadSpreadsheetBlock": "workbooks (.xlsx, .xlsb, .xls, .ods) are read too, within limits",
    "GmailSendBlock": "an e-mail whose fate is not known (a lost answer, 500, 502, 504) is not sent again",
    "GoogleCalendarCreateEventBlock": "a repeated attempt makes no second event",
    "GoogleDocsExportBlock": "a format that is no text is given as a media value",
    "GoogleMapsSearchBlock": "`radius` is checked and not sent: a text search has no centre",
    "SendEmailBlock": "no password goes over a public network without TLS and a verified certificate; "
    "the Message-ID is the same on every attempt",
    "SQLQueryBlock": "read-only is the server's own; one statement; MSSQL is refused by name",
    "XMLParserBlock": "document types and entities are refused; a bare `&` or `<` and text around elements are read as meant",
}

_HEAD = """# Blocks

Each block that an exported agent may name, and what is here of it. *Exact*: the same id, pins, types and defaults, and the
behaviour of the public cases (`./run cases`). *Exact, and more*: pins of ours beside them, none of which is required.
*Different*: how.
*Missing*: the file imports, the node is kept as a placeholder, and the agent runs once the block is installed.

This page is made by `.venv/bin/python -m tests.docs.blocks_page`; a test compares it. `drystone blocks show NAME` prints a
block's contract, and a block of your own comes in by an entry point.
"""

_OPTIONS = """
## What the platform does, and we do otherwise

An imported agent behaves as it did. What is added is off until a node turns it on:

| block | pin | what it adds |
| --- | --- | --- |
"""


def page() -> str:
    """Give the page."""
    ours = {block.id: block for block in library_blocks()}
    general = [row for row in ROWS if "/" not in row["module"]]
    others = [row for row in ROWS if "/" in row["module"]]
    lines = [_HEAD, _summary(ours), "## General blocks\n", *_table(general, ours)]
    lines += [_OPTIONS.rstrip("\n"), *_added(ours), "\n## Blocks of one service or kind\n", *_table(others, ours)]
    alone = sorted((block for block in ours.values() if block.id not in BY_ID), key=lambda block: block.name)
    lines += ["\n## Blocks of ours alone\n", "| block | what it does |", "| --- | --- |"]
    lines += [f"| {block.name} | {_first_sentence(block)} |" for block in alone]
    return "\n".join(lines) + "\n"


def _summary(ours: dict[str, type[Block]]) -> str:
    states = [state_of(row, ours.get(row["id"]))[0] for row in ROWS]
    counts = {state: states.count(state) for state in ("exact", "exact, and more", "different", "missing")}
    return f"Of {len(ROWS)} blocks: " + ", ".join(f"{count} {state}" for state, count in counts.items()) + ".\n"


def _table(rows: Iterable[dict[str, Any]], ours: dict[str, type[Block]]) -> Iterator[str]:
    yield "| block | module | state | how |"
    yield "| --- | --- | --- | --- |"
    for row in sorted(rows, key=lambda row: (row["module"], row["name"])):
        state, how = state_of(row, ours.get(row["id"]))
        yield f"| {row['name']} | {row['module'].removesuffix('.py')} | {state} | {how} |"


def state_of(row: dict[str, Any], block: type[Block] | None) -> tuple[str, str]:
    """Give (exact, exact and more, different or missing; how)."""
    if block is None:
        is_off = row["disabled"] == "True"
        return "missing", "the platform has switched it off, too" if is_off else ""
    meant = [f"{what}: {MEANT[name, what]}" for name, what in _differing(block) if (name, what) in MEANT]
    optional = sorted(OPTIONAL_HERE.get(block.name, ()))
    how = [*meant, *([f"not required here: {_named(optional)}"] if optional else [])]
    how += [BEHAVIOUR[block.name]] if block.name in BEHAVIOUR else []
    more = [*OURS.get(block.name, ()), *sorted(OURS_OUT.get(block.name, ()))]
    also = [f"also: {_named(more)}"] if more else []
    state = "different" if how else "exact, and more" if more else "exact"
    return state, "; ".join([*how, *also])


def _differing(block: type[Block]) -> Iterator[tuple[str, str]]:
    for what, _ in differences(block):
        yield block.name, what


def _named(pins: Iterable[str]) -> str:
    return ", ".join(f"`{pin}`" for pin in pins)


def _added(ours: dict[str, type[Block]]) -> Iterator[str]:
    for block in sorted(ours.values(), key=lambda block: block.name):
        for pin in OURS.get(block.name, ()):
            text = " ".join(str(block.spec.input_pins.get(pin, {}).get("description", "")).split())
            yield f"| {block.name} | `{pin}` | {text.replace('|', '/')} |"


def _first_sentence(block: type[Block]) -> str:
    return " ".join(block.spec.description.split("\n\n")[0].split()).replace("|", "/")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
