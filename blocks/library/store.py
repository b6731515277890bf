"""Blocks for the marketplace and the library: agents find agents, and add them for their owner; they run none and publish none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Final

from blocks.sdk import Block, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.market import Kept, Listed, MarketOrder, Stall

#: Agents of one page, and the highest number of a page.
_AGENTS_MAX: Final = 100
_PAGE_MAX: Final = 10_000

_COUNTER: Final = Listed(
    version_id="0193d1a0-0000-7000-8000-000000000001",
    slug="word-counter",
    name="Word counter",
    description="Counts words.",
    creator="ann",
    categories=("writing",),
    runs=12,
    rating=4.5,
)
_STALL: Final = Stall(
    listed=(_COUNTER,),
    kept=(
        Kept(
            entry_id="0193d1a0-0000-7000-8000-000000000002",
            graph_id="0193d1a0-0000-7000-8000-000000000003",
            graph_version=2,
            name="Word counter",
            description="Counts words.",
            creator="ann",
            categories=("writing",),
        ),
    ),
)
_SHOWN: Final[dict[str, Any]] = {
    "slug": "word-counter",
    "name": "Word counter",
    "description": "Counts words.",
    "creator": "ann",
    "rating": 4.5,
    "runs": 12,
}
_KEPT: Final[dict[str, Any]] = {
    "library_agent_id": "0193d1a0-0000-7000-8000-000000000002",
    "agent_id": "0193d1a0-0000-7000-8000-000000000003",
    "agent_version": 2,
    "agent_name": "Word counter",
    "description": "Counts words.",
    "creator": "ann",
    "is_archived": False,
    "categories": ["writing"],
}


class StoreAgent(BlockOutput):
    """An agent on the marketplace."""

    slug: str
    name: str
    description: str
    creator: str
    rating: float
    runs: int


class LibraryAgent(BlockOutput):
    """An agent in the library."""

    library_agent_id: str
    agent_id: str
    agent_version: int
    agent_name: str
    description: str
    creator: str
    is_archived: bool
    categories: list[str]


class GetStoreAgentDetails(Block):
    """Give what the marketplace says of an agent, by its creator and its short name.

    Where there is none, `found` is false and all else is empty.
    """

    id = "b604f0ec-6e0d-40a7-bf55-9fd09997cced"
    name = "GetStoreAgentDetailsBlock"
    categories = ("BASIC", "DATA")
    static_output = True

    class Input(BlockInput):
        creator: str = pin(description="The creator's name on the marketplace.")
        slug: str = pin(description="The agent's short name.")

    class Output(BlockOutput):
        found: bool = pin(description="Whether there is such an agent.")
        store_listing_version_id: str = pin(description="The id of its version, by which it is added to a library.")
        agent_name: str = pin(description="What it is called.")
        description: str = pin(description="What it does.")
        creator: str = pin(description="Who made it.")
        categories: list[str] = pin(description="Its categories.")
        runs: int = pin(description="How often it was run.")
        rating: float = pin(description="Its average rating, from 1 to 5; 0: nobody rated it.")

    examples = (
        Example(
            input={"creator": "ann", "slug": "word-counter"},
            output=[
                ("found", True),
                ("store_listing_version_id", "0193d1a0-0000-7000-8000-000000000001"),
                ("agent_name", "Word counter"),
                ("description", "Counts words."),
                ("creator", "ann"),
                ("categories", ["writing"]),
                ("runs", 12),
                ("rating", 4.5),
            ],
            surroundings={"market": _STALL},
        ),
        Example(
            title="There is none",
            input={"creator": "ann", "slug": "nothing"},
            output=[("found", False), ("store_listing_version_id", ""), ("rating", 0.0)],
            match="subset",
            surroundings={"market": _STALL},
        ),
        Example(
            title="Run by itself",
            input={"creator": "ann", "slug": "x"},
            output=[],
            error="runs in a graph only",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        one = await context.market.find(inputs.creator.strip(), inputs.slug.strip())
        yield "found", one is not None
        one = one or Listed("", "", "", "", "", (), 0, 0.0)
        yield "store_listing_version_id", one.version_id
        yield "agent_name", one.name
        yield "description", one.description
        yield "creator", one.creator
        yield "categories", list(one.categories)
        yield "runs", one.runs
        yield "rating", one.rating


class SearchStoreAgents(Block):
    """Search the marketplace. By name, the thousand most run agents that match are ordered."""

    id = "39524701-026c-4328-87cc-1b88c8e2cb4c"
    name = "SearchStoreAgentsBlock"
    categories = ("BASIC", "DATA")

    class Input(BlockInput):
        query: str | None = pin(None, description="Words to look for; none: all agents.")
        category: str | None = pin(None, description="Only agents of this category.")
        sort_by: MarketOrder = pin(
            MarketOrder.RATING, description="The best rated, most run, last updated, or by name."
        )
        limit: int = pin(10, ge=1, le=_AGENTS_MAX, description="How many agents to give.")

    class Output(BlockOutput):
        agents: list[StoreAgent] = pin(description="The agents that were found.")
        agent: StoreAgent = pin(description="Each of them.")
        total_count: int = pin(description="How many there are in all; 10,000: that many or more.")

    examples = (
        Example(
            input={"query": "words"},
            output=[("agents", [_SHOWN]), ("total_count", 1), ("agent", _SHOWN)],
            surroundings={"market": _STALL},
        ),
        Example(
            title="Nothing is found",
            input={"query": "words", "category": "cooking"},
            output=[("agents", []), ("total_count", 0)],
            surroundings={"market": _STALL},
        ),
        Example(input={"limit": 1_000}, output=[], error="limit", surroundings={"market": _STALL}),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        words, category = (inputs.query or "").strip() or None, (inputs.category or "").strip() or None
        found, count = await context.market.search(words, category, inputs.sort_by, inputs.limit)
        agents = [_shown(one) for one in found]
        yield "agents", agents
        yield "total_count", count
        for agent in agents:
            yield "agent", agent


class AddToLibraryFromStore(Block):
    """Add an agent of the marketplace to the library of the run's owner, who needs the right to do so.

    What is added is the approved version that everyone sees. An agent that is there already stays as it is.
    """

    id = "2602a7b1-3f4d-4e5f-9c8b-1a2b3c4d5e6f"
    name = "AddToLibraryFromStoreBlock"
    categories = ("BASIC",)

    class Input(BlockInput):
        store_listing_version_id: str = pin(description="The id of the agent's version on the marketplace.")
        agent_name: str | None = pin(None, description="What to call it in the message; it keeps its own name.")

    class Output(BlockOutput):
        success: bool = pin(description="Whether it is in the library.")
        library_agent_id: str = pin(description="The id of its entry in the library.")
        agent_id: str = pin(description="The agent's id, by which it is run.")
        agent_version: int = pin(description="The version that the entry runs.")
        agent_name: str = pin(description="What it is called.")
        message: str = pin(description="What was done, for a person.")

    examples = (
        Example(
            input={"store_listing_version_id": "0193d1a0-0000-7000-8000-000000000001"},
            output=[
                ("success", True),
                ("library_agent_id", "entry of word-counter"),
                ("agent_id", "agent of word-counter"),
                ("agent_version", 1),
                ("agent_name", "Word counter"),
                ("message", "Word counter is in the library."),
            ],
            surroundings={"library": _STALL},
        ),
        Example(
            title="There is no such agent",
            input={"store_listing_version_id": "nothing"},
            output=[],
            error="There is no such",
            surroundings={"library": _STALL},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        kept = await context.library.add(inputs.store_listing_version_id.strip())
        yield "success", True
        yield "library_agent_id", kept.entry_id
        yield "agent_id", kept.graph_id
        yield "agent_version", kept.graph_version
        yield "agent_name", kept.name
        yield "message", f"{inputs.agent_name or kept.name} is in the library."


class ListLibraryAgents(Block):
    """List the agents in the library of the run's owner, those that were changed last first; archived ones are left out."""

    id = "082602d3-a74d-4600-9e9c-15b3af7eae98"
    name = "ListLibraryAgentsBlock"
    categories = ("BASIC", "DATA")

    class Input(BlockInput):
        search_query: str | None = pin(None, description="Words to look for; none: all agents.")
        limit: int = pin(50, ge=1, le=_AGENTS_MAX, description="How many agents to give.")
        page: int = pin(1, ge=1, le=_PAGE_MAX, description="Which page of them, from 1.")

    class Output(BlockOutput):
        agents: list[LibraryAgent] = pin(description="The agents of the page.")
        agent: LibraryAgent = pin(description="Each of them.")
        total_count: int = pin(description="How many there are in all.")
        page: int = pin(description="The page that this is.")
        total_pages: int = pin(description="How many pages there are.")

    examples = (
        Example(
            input={},
            output=[("agents", [_KEPT]), ("total_count", 1), ("page", 1), ("total_pages", 1), ("agent", _KEPT)],
            surroundings={"library": _STALL},
        ),
        Example(
            title="Nothing is found",
            input={"search_query": "bees"},
            output=[("agents", []), ("total_count", 0), ("page", 1), ("total_pages", 0)],
            surroundings={"library": _STALL},
        ),
        Example(input={"page": 0}, output=[], error="page", surroundings={"library": _STALL}),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        words = (inputs.search_query or "").strip() or None
        found, count = await context.library.page(words, inputs.limit, inputs.page)
        agents = [_kept(one) for one in found]
        yield "agents", agents
        yield "total_count", count
        yield "page", inputs.page
        yield "total_pages", -(-count // inputs.limit)
        for agent in agents:
            yield "agent", agent


def _shown(one: Listed) -> dict[str, Any]:
    fields = ("slug", "name", "description", "creator", "rating", "runs")
    return {name: value for name, value in asdict(one).items() if name in fields}


def _kept(one: Kept) -> dict[str, Any]:
    return {
        "library_agent_id": one.entry_id,
        "agent_id": one.graph_id,
        "agent_version": one.graph_version,
        "agent_name": one.name,
        "description": one.description,
        "creator": one.creator,
        "is_archived": one.is_archived,
        "categories": list(one.categories),
    }
