"""F25: large values go by reference, those that are too large are refused where they are made, and files at the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import httpx2

from schema.limits import LIMITS
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.invariants import chain_of
from tests.chaos.cases.world import World
from tests.durable.blocks import Large, Pass
from tests.durable.graphs import make_graph

MEGABYTE: Final = 1 << 20
HISTORY_BYTES_MAX: Final = MEGABYTE
REFUSED_SECONDS_MAX: Final = 5.0
FILE_BYTES: Final = 200 * MEGABYTE
#: How long somebody looks for bytes that nobody can reach any more: the collector goes round every 20 s.
COLLECTED_SECONDS_MAX: Final = 60.0


async def large_values(world: World) -> CaseResult:
    """F25: 10 MB through five nodes, 100 values of 1 MB, one that is too large, a file of 200 MB; a worker dies under the first."""
    result = CaseResult("F25", "large values")
    async with world.under_fault():
        deep = await world.start(_chain(10 * MEGABYTE, 5))
        await world.until(lambda: _has_values(world, deep), 60)
        result.prove("a worker died while values travelled", bool(await world.kill("blocks-1")))
        await world.until_ended([deep], 120)
        await _look(world, result, deep, 10 * MEGABYTE, 5)
        count = 100 if world.is_full else 40
        wide = await world.start(_row(MEGABYTE, count))
        await world.until_ended([wide], 180)
        await _look(world, result, wide, MEGABYTE, count)
        await _refuse_value(world, result)
        await _refuse_file(world, result)
        await _collect(world, result)
    return result


def _chain(size: int, count: int) -> Any:
    nodes: dict[str, Any] = {"n0": (Large, {"size": size - 2})}
    nodes |= {f"n{number}": Pass for number in range(1, count + 1)}
    links = [f"n{n}.{'value' if n else 'text'} -> n{n + 1}.value" for n in range(count)]
    return make_graph(nodes, links, name="a large value", on_node_error="fail")


def _row(size: int, count: int) -> Any:
    nodes: dict[str, Any] = {f"n{number}": (Large, {"size": size - 2}) for number in range(count)}
    nodes |= {f"p{number}": Pass for number in range(count)}
    links = [f"n{number}.text -> p{number}.value" for number in range(count)]
    return make_graph(nodes, links, name="many large values", on_node_error="fail")


async def _has_values(world: World, run_id: UUID) -> bool:
    return bool(await world.sql("SELECT 1 FROM emissions WHERE run_id = :id", id=run_id))


async def _look(world: World, result: CaseResult, run_id: UUID, size: int, count: int) -> None:
    """See that each value is there whole, by reference, and that the history has none of it."""
    rows = await world.sql(
        "SELECT (handle ->> 'size')::bigint AS size FROM emissions WHERE run_id = :id AND handle IS NOT NULL", id=run_id
    )
    wrong = [row.size for row in rows if row.size != size]
    expected = 2 * count if count > 5 else count + 1
    result.need(
        not wrong and len(rows) == expected, "lost", f"{len(rows)} of {expected} values, wrong sizes: {wrong[:3]}"
    )
    chain = await chain_of(world, run_id)
    total = sum(event.ByteSize() for history in chain for event in history.events)
    result.measure(f"history with {count} of {size >> 20} MB KB", total >> 10)
    result.need(total < HISTORY_BYTES_MAX, "wrong", f"the history has {total} bytes")


async def _refuse_value(world: World, result: CaseResult) -> None:
    run_id = await world.start(
        make_graph({"n0": (Large, {"size": LIMITS.value_bytes_max})}, name="too large"),
        statuses=["COMPLETED", "FAILED"],
    )
    await world.until_ended([run_id], 60)
    (row,) = await world.sql(
        "SELECT error, extract(epoch FROM ended_at - started_at) AS seconds FROM node_executions WHERE run_id = :id",
        id=run_id,
    )
    result.need((row.error or {}).get("code") == "VALUE_TOO_LARGE", "wrong", f"a value that is too large: {row.error}")
    result.measure("refused after s", float(row.seconds))
    result.need(row.seconds <= REFUSED_SECONDS_MAX, "slow", f"it was refused after {row.seconds} s")


async def _refuse_file(world: World, result: CaseResult) -> None:
    """Send a file of 200 MB, whose length is not said: it is refused at the limit, and nothing of it stays."""
    before = await _files(world)
    sent = 0

    async def content() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.bin"\r\n\r\n'
        while sent < FILE_BYTES:
            sent += MEGABYTE
            yield b"x" * MEGABYTE
        yield b"\r\n--b--\r\n"

    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "multipart/form-data; boundary=b"}
    try:
        answer = await world.http.post(f"{world.url}/files", content=content(), headers=headers)
        said = f"{answer.status_code} {answer.text[:200]}"
        result.need(answer.status_code == 413, "wrong", f"a file of 200 MB: {said}")
    except httpx2.TransportError as error:
        # The answer came, and the connection was closed, while the client still sent.
        said = type(error).__name__
    result.measure("a file of 200 MB", f"{said[:60]}, {sent >> 20} MB sent")
    result.need(await _files(world) == before, "wrong", "a file that was refused is there")


async def _files(world: World) -> int:
    return int((await world.sql("SELECT count(*) AS number FROM files WHERE deleted_at IS NULL"))[0].number)


async def _collect(world: World, result: CaseResult) -> None:
    """Keep a file, delete it, and see its bytes go."""
    headers = {"Authorization": f"Bearer {world.token}"}
    answer = await world.http.post(f"{world.url}/files", files={"file": ("x.txt", b"x" * 70_000)}, headers=headers)
    result.need(
        answer.status_code in (200, 201), "wrong", f"a file was refused: {answer.status_code} {answer.text[:200]}"
    )
    deleted = await world.http.delete(f"{world.url}/files/{answer.json()['id']}", headers=headers)
    result.need(deleted.status_code == 204, "wrong", f"a file was not deleted: {deleted.status_code}")

    async def is_collected() -> bool:
        return not await world.sql("SELECT 1 FROM files WHERE deleted_at IS NOT NULL")

    began = world.clock()
    await world.until(is_collected, COLLECTED_SECONDS_MAX)
    result.measure("collected after s", world.clock() - began)


CASES = (Case("F25", "large values", large_values),)
