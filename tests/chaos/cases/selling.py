"""F43: an agent is published again and again, and taken away, while others install and run it; each has one version, whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from api.graphql.ids import encode_id
from schema.access import RIGHTS, Role
from schema.db.people import People
from schema.graph import Graph
from schema.ids import new_id
from tests.api.selling import (
    ADD,
    CREATE,
    CREATE_VERSION,
    DELETE,
    PROFILE,
    REMOVE,
    REVIEW,
    RUN_ENTRY,
    SUBMIT,
    texts,
)
from tests.chaos.cases.frame import Case, CaseResult
from tests.chaos.cases.world import Answered, Away, World
from tests.durable.blocks import Pass
from tests.durable.graphs import an_input, an_output, make_graph

INSTALLERS: Final = 3
ABSENT: Final = frozenset({"NOT_FOUND", "CONFLICT", "BAD_USER_INPUT"})


@dataclass(frozen=True)
class Member:
    """An organisation, by its owner's key."""

    tenant: UUID
    token: str


async def install_while_publishing(world: World) -> CaseResult:
    """F43: an author publishes, a reviewer approves, three others install and run, the API dies, and the listing is deleted."""
    result = CaseResult("F43", "an agent is installed while it is published and taken away")
    versions = 20 if world.is_full else 6
    author = await _organisation(world)
    graph_id = str(uuid4())
    listing = await _list(world, author, graph_id)
    stopped = asyncio.Event()
    async with world.under_fault():
        members = [await _organisation(world) for _ in range(INSTALLERS)]
        installing = [asyncio.create_task(_install(world, result, member, listing, stopped)) for member in members]
        for number in range(2, versions + 1):
            await _publish(world, author, graph_id, listing, number)
            if number == versions // 2:
                result.prove("the API died", bool(await world.kill("api")))
                await world.heal()
        await _insist(world, author, DELETE, id=listing)
        stopped.set()
        installed = await asyncio.gather(*installing)
        await world.until_ended([one.run_id for one in world.acknowledged], 120)
    seen = Counter(number for numbers in installed for number in numbers)
    result.measure("versions published", versions)
    result.measure("installed, by version", ", ".join(f"{number}: {count}" for number, count in sorted(seen.items())))
    result.prove("several versions were installed", len(seen) > 1)
    late = await _refusal(world, members[0], listing)
    result.need(late == "NOT_FOUND", "wrong", f"a listing that was deleted is installed: {late}")
    return result


def _agent(graph_id: str, number: int) -> Graph:
    nodes: dict[str, Any] = {"in": an_input("text", value=f"version {number}"), "pass": Pass, "out": an_output()}
    return make_graph(nodes, ["in.result -> pass.value", "pass.value -> out.value"], id=graph_id, name="sold")


async def _organisation(world: World) -> Member:
    people, tenant = People(world.stores.engine), new_id()
    owner = await people.found_organisation(
        tenant, "Other", email=f"{tenant.hex}@example.com", person_name="Owner", password_hash=None
    )
    assert owner is not None
    made = await people.make_key(tenant, owner, "key", sorted(right.value for right in RIGHTS[Role.OWNER]))
    return Member(tenant, made.token)


async def _insist(world: World, member: Member | None, query: str, **variables: Any) -> Any:
    """Ask until there is an answer: what was done already is answered as a conflict, which says as much."""
    token = None if member is None else member.token

    async def ask() -> tuple[Any] | None:
        try:
            return (await world.ask(query, token=token, **variables),)
        except Away:
            return None

    (answer,) = await world.until(ask, 120)
    return answer


async def _list(world: World, author: Member, graph_id: str) -> str:
    """Make a listing that everyone sees, of version 1; give its id."""
    await world.stores.submission.save_graph(author.tenant, _agent(graph_id, 1))
    handle = f"h-{author.tenant.hex[-20:]}"
    await _insist(world, author, PROFILE, input={"handle": handle, "name": "Author"})
    asked = {"graphId": encode_id("Graph", UUID(graph_id)), "slug": f"s-{graph_id[:8]}", "texts": texts()}
    listing = (await _insist(world, author, CREATE, input=asked))["listing"]
    await _approve(world, author, listing["versions"][0]["id"])
    return str(listing["id"])


async def _publish(world: World, author: Member, graph_id: str, listing: str, number: int) -> None:
    await world.stores.submission.save_graph(author.tenant, _agent(graph_id, number))
    asked = {"listingId": listing, "texts": texts(name=f"Sold, {number}")}
    made = await _insist(world, author, CREATE_VERSION, input=asked)
    await _approve(world, author, made["listing"]["versions"][0]["id"])


async def _approve(world: World, author: Member, version: str) -> None:
    """Submit a version, and have the owner of this installation, who reviews, approve it."""
    submitted = (await _insist(world, author, SUBMIT, id=version))["version"]
    decision = {"versionId": version, "decision": "APPROVE", "submittedAt": submitted["submittedAt"]}
    await _insist(world, None, REVIEW, input=decision)


async def _install(world: World, result: CaseResult, member: Member, listing: str, stopped: asyncio.Event) -> list[int]:
    """Install, run and take away, until told to stop; give the versions of the listing that were had."""
    found = []
    while not stopped.is_set():
        try:
            entry = (await _insist(world, member, ADD, input={"listingId": listing}))["entry"]
            run = (await _insist(world, member, RUN_ENTRY, input={"entryId": entry["id"], "inputs": {}}))["run"]
        except Answered as error:
            result.need(set(error.codes) <= ABSENT, "wrong", f"installing: {error}")
            continue
        number = int(entry["listingVersion"])
        # What the entry says that it is, is what runs: texts, graph and outputs are of one version.
        world.note(run["id"], {"out": [f"version {number}"]})
        result.need(run["graphVersion"] == entry["graphVersion"], "wrong", f"{run} is not of {entry}")
        found.append(number)
        try:
            await _insist(world, member, REMOVE, id=entry["id"])
        except Answered as error:
            result.need(set(error.codes) <= ABSENT, "wrong", f"taking away: {error}")
    return found


async def _refusal(world: World, member: Member, listing: str) -> str:
    try:
        await _insist(world, member, ADD, input={"listingId": listing})
    except Answered as error:
        return ", ".join(error.codes)
    return "accepted"


CASES = (Case("F43", "an agent is installed while it is published and taken away", install_while_publishing),)
