"""LangGraph with its PostgreSQL checkpointer: a checkpoint after each step, as it is by default; it measures nothing itself.

A run is a thread. What a death interrupts stands in its last checkpoint, and goes on when somebody invokes the thread again.
"""

from __future__ import annotations

import asyncio
import operator
import os
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from speaking import Work, node, serve

CONNECTIONS = 20


class State(TypedDict, total=False):
    """What the nodes of a graph share."""

    value: Any
    gathered: Annotated[list[Any], operator.add]
    count: int


def build(work: Work) -> Any:
    """Build the graph of a workload."""
    return {"chain": _chain, "fan_out": _fan_out, "stream": _stream}[work.kind](work)


def _chain(work: Work) -> Any:
    async def step(state: State) -> State:
        return {"value": await node(state["value"], work.node_ms)}

    graph = StateGraph(State)
    for number in range(work.size):
        graph.add_node(f"n{number}", step)
        graph.add_edge(START if number == 0 else f"n{number - 1}", f"n{number}")
    graph.add_edge(f"n{work.size - 1}", END)
    return graph


def _fan_out(work: Work) -> Any:
    async def source(state: State) -> State:
        return {"value": await node(state["value"], 0)}

    async def step(state: State) -> State:
        return {"gathered": [await node(state["value"], 0)]}

    graph = StateGraph(State)
    graph.add_node("source", source)
    graph.add_node("count", _count)
    graph.add_edge(START, "source")
    names = [f"n{number}" for number in range(work.size)]
    for name in names:
        graph.add_node(name, step)
        graph.add_edge("source", name)
    graph.add_edge(names, "count")
    graph.add_edge("count", END)
    return graph


def _stream(work: Work) -> Any:
    graph = StateGraph(State)
    graph.add_node("count", _count)

    async def source(state: State) -> Command[Any]:
        return Command(goto=[Send("n0", {"value": number}) for number in range(work.size)])

    def step_of(number: int) -> Any:
        async def step(state: State) -> Command[Any] | State:
            value = await node(state["value"], 0)
            is_last = number == work.depth - 1
            return {"gathered": [value]} if is_last else Command(goto=Send(f"n{number + 1}", {"value": value}))

        return step

    graph.add_node("source", source)
    graph.add_edge(START, "source")
    for number in range(work.depth):
        graph.add_node(f"n{number}", step_of(number))
    graph.add_edge(f"n{work.depth - 1}", "count")
    graph.add_edge("count", END)
    return graph


async def _count(state: State) -> State:
    return {"count": len(state["gathered"])}


class LangGraph:
    """The peer."""

    def __init__(self) -> None:
        self.graphs: dict[Work, Any] = {}
        self.under_way: set[asyncio.Task[Any]] = set()

    async def start(self, database: str, folder: str, works: list[Work]) -> None:
        # What the saver's own documentation asks of its connections.
        settings = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        self.pool = AsyncConnectionPool(database, max_size=CONNECTIONS, kwargs=settings, open=False)
        await self.pool.open()
        self.saver = AsyncPostgresSaver(self.pool)
        await self.saver.setup()

    async def run(self, work: Work, key: str) -> Any:
        return await self._invoke(work, key, {"value": work.first()})

    async def begin(self, work: Work, key: str) -> list[int]:
        self.under_way.add(asyncio.create_task(self.run(work, key)))
        return [os.getpid()]

    async def finish(self, work: Work, key: str) -> str:
        work.check(await self._invoke(work, key, None))
        return "must be invoked again"

    async def end(self) -> None:
        await self.pool.close()

    async def _invoke(self, work: Work, key: str, given: State | None) -> Any:
        if work not in self.graphs:
            self.graphs[work] = build(work).compile(checkpointer=self.saver)
        config = {"configurable": {"thread_id": key}, "recursion_limit": work.size + work.depth + 10}
        state = await self.graphs[work].ainvoke(given, config)
        return state["value"] if work.kind == "chain" else state["count"]


if __name__ == "__main__":
    serve(LangGraph())
