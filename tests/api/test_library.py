"""The library: own agents and copies of listings, their updates, what runs from them, and whose each entry is."""

from __future__ import annotations

import asyncio

from api.graphql.ids import encode_id
from schema.access import Role
from schema.ids import new_id
from tests.api.selling import (
    ADD,
    ENTRY,
    LIBRARY,
    ONE,
    REMOVE,
    RUN_ENTRY,
    TAKE_DOWN,
    TAKE_UPDATE,
    UPDATE_ENTRY,
    add,
    an_agent_graph,
    keep,
    publish,
    publish_again,
)
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.graphs import an_agent, an_output, make_graph
from tests.durable.waiting import eventually

NODE = f"query($id: ID!) {{ node(id: $id) {{ id ... on LibraryEntry {{ {ENTRY} }} }} }}"
OUTPUTS = "query($id: ID!) { run(id: $id) { status createdBy { name } outputs { name values { json } } } }"
NOBODY = new_id()


async def names(client: Client, **wanted: object) -> list[str]:
    return [node["name"] for node in (await client(LIBRARY, **wanted))["nodes"]]


async def add_own(api: Api, organisation: Organisation, client: Client, **fields: object) -> Json:
    kept = await keep(api, organisation.id, an_agent_graph(**fields))  # type: ignore[arg-type]
    made = await client(ADD, input={"graphId": encode_id("Graph", kept.id)})
    assert not made["errors"], made
    return dict(made["entry"])


async def change(client: Client, entry: Json, **changes: object) -> Json:
    made = await client(UPDATE_ENTRY, input={"entryId": entry["id"], **changes})
    assert not made["errors"], made
    return dict(made["entry"])


async def run(client: Client, entry: Json, **more: object) -> Json:
    made = await client(RUN_ENTRY, input={"entryId": entry["id"], **more})
    assert not made["errors"], made
    return dict(made["run"])


async def active_version(api: Api, organisation: Organisation, graph_id: str) -> int:
    rows = await api.platform.sql(
        "SELECT active_version FROM graphs WHERE tenant_id = :tenant AND id = :id",
        tenant=organisation.id, id=graph_id,
    )  # fmt: skip
    return int(rows[0].active_version)


# Own agents


async def test_an_own_agent_is_added_once_and_taken_out(api: Api, acme: Organisation) -> None:
    operator = acme[Role.OPERATOR]
    entry = await add_own(api, acme, operator, name="Mine")
    assert (entry["name"], entry["listing"], entry["graphVersion"], entry["isAutoUpdated"]) == (
        "Mine",
        None,
        None,
        True,
    )
    again = await operator(ADD, input={"graphId": entry["graphId"]})
    assert again["entry"]["id"] == entry["id"]
    assert await names(operator) == ["Mine"]
    assert (await operator(REMOVE, id=entry["id"]))["isDone"] is True
    assert await names(operator) == []
    assert await operator.refused(REMOVE, id=entry["id"]) == ["NOT_FOUND"]


async def test_a_library_is_one_persons(api: Api, acme: Organisation, other: Organisation) -> None:
    entry = await add_own(api, acme, acme.owner, name="Mine")
    for stranger in (acme[Role.OPERATOR], other.owner):
        assert await names(stranger) == []
        assert await stranger(NODE, id=entry["id"]) is None
        assert await stranger.refused(REMOVE, id=entry["id"]) == ["NOT_FOUND"]
        assert await stranger.refused(TAKE_UPDATE, id=entry["id"]) == ["NOT_FOUND"]
        assert await stranger.refused(UPDATE_ENTRY, input={"entryId": entry["id"]}) == ["NOT_FOUND"]
        assert await stranger.refused(RUN_ENTRY, input={"entryId": entry["id"]}) == ["NOT_FOUND"]
    assert (await acme.owner(NODE, id=entry["id"]))["name"] == "Mine"


async def test_another_tenants_agent_cannot_be_added(api: Api, acme: Organisation, other: Organisation) -> None:
    kept = await keep(api, acme.id, an_agent_graph())
    for graph_id in (kept.id, NOBODY):
        assert await other.owner.refused(ADD, input={"graphId": encode_id("Graph", graph_id)}) == ["NOT_FOUND"]
    assert await other.owner.refused(ADD, input={}) == ["BAD_USER_INPUT"]
    both = {"graphId": encode_id("Graph", kept.id), "listingId": encode_id("Listing", NOBODY)}
    assert await other.owner.refused(ADD, input=both) == ["BAD_USER_INPUT"]


async def test_favourites_archive_folders_and_words_find_entries(api: Api, acme: Organisation) -> None:
    client = acme.owner
    bees, ants = await add_own(api, acme, client, name="Bees"), await add_own(api, acme, client, name="Ants")
    folder = new_id()
    await api.platform.sql(
        "INSERT INTO folders (tenant_id, id, name) VALUES (:tenant, :id, 'Insects')", tenant=acme.id, id=folder
    )
    folder_id = encode_id("Folder", folder)
    changed = await change(client, bees, isFavourite=True, folderId=folder_id)
    assert (changed["isFavourite"], changed["folderId"]) == (True, folder_id)
    assert await names(client, isFavourite=True) == ["Bees"]
    assert await names(client, folderId=folder_id) == ["Bees"]
    assert await names(client, search="ants") == ["Ants"]
    await change(client, ants, isArchived=True)
    assert await names(client) == ["Bees"]
    assert await names(client, isArchived=True) == ["Ants"]
    assert (await change(client, bees, isArchived=False))["folderId"] == folder_id
    assert (await change(client, bees, folderId=None))["folderId"] is None
    unknown = {"entryId": bees["id"], "folderId": encode_id("Folder", NOBODY)}
    assert await client.refused(UPDATE_ENTRY, input=unknown) == ["NOT_FOUND"]


async def test_another_tenants_folder_is_not_there(api: Api, acme: Organisation, other: Organisation) -> None:
    folder = new_id()
    await api.platform.sql(
        "INSERT INTO folders (tenant_id, id, name) VALUES (:tenant, :id, 'Theirs')", tenant=other.id, id=folder
    )
    entry = await add_own(api, acme, acme.owner)
    asked = {"entryId": entry["id"], "folderId": encode_id("Folder", folder)}
    assert await acme.owner.refused(UPDATE_ENTRY, input=asked) == ["NOT_FOUND"]


async def test_the_library_is_paged_without_gaps(api: Api, acme: Organisation) -> None:
    made = [(await add_own(api, acme, acme.owner, name=f"Agent {number}"))["name"] for number in range(5)]
    seen, after = [], None
    while True:
        page = await acme.owner(LIBRARY, first=2, after=after)
        seen += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == list(reversed(made))
    assert await acme.owner.refused(LIBRARY, after="nonsense") == ["BAD_CURSOR"]
    assert await acme.owner.refused(LIBRARY, first=101) == ["BAD_USER_INPUT"]


async def test_an_own_agent_is_pinned_to_a_version_or_follows_the_active_one(api: Api, acme: Organisation) -> None:
    entry = await add_own(api, acme, acme.owner)
    graph_id = (await api.platform.sql("SELECT graph_id FROM library_entries WHERE tenant_id = :id", id=acme.id))[0][0]
    await keep(api, acme.id, an_agent_graph("two", id=str(graph_id), version=2))
    assert (await run(acme.owner, entry))["graphVersion"] == 2
    assert (await change(acme.owner, entry, graphVersion=1))["graphVersion"] == 1
    assert (await run(acme.owner, entry))["graphVersion"] == 1
    assert (await change(acme.owner, entry, isAutoUpdated=True))["graphVersion"] is None
    assert (await change(acme.owner, entry, isAutoUpdated=False))["graphVersion"] == 2
    asked = {"entryId": entry["id"], "graphVersion": 7}
    assert await acme.owner.refused(UPDATE_ENTRY, input=asked) == ["NOT_FOUND"]
    assert await acme.owner.refused(TAKE_UPDATE, id=entry["id"]) == ["CONFLICT"]


async def test_a_viewer_reads_a_library_and_changes_nothing(api: Api, acme: Organisation) -> None:
    kept = await keep(api, acme.id, an_agent_graph())
    viewer = acme[Role.VIEWER]
    assert await names(viewer) == []
    assert await viewer.refused(ADD, input={"graphId": encode_id("Graph", kept.id)}) == ["FORBIDDEN"]
    assert await viewer.refused(RUN_ENTRY, input={"entryId": "x"}) == ["FORBIDDEN"]


# From a listing


async def test_a_listing_becomes_an_agent_of_ones_own_that_runs(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph("hello", name="Greeter", version=4)
    listing = await publish(api, acme, reviewers, graph)
    client = other[Role.OPERATOR]
    entry = await add(client, listing)
    assert (entry["name"], entry["listingVersion"], entry["isUpdateAvailable"]) == ("Greeter", 1, False)
    assert (entry["graphId"], entry["graphVersion"]) == (listing["graphId"], 4)
    assert entry["listing"] == {"slug": listing["slug"], "active": {"number": 1}}
    assert (await add(client, listing))["id"] == entry["id"]
    started = await run(client, entry)
    done = await eventually(lambda: completed(client, started["id"]))
    assert done["outputs"] == [{"name": "out", "values": [{"json": "hello"}]}]
    # It is its runner's, and its author sees nothing of it.
    assert done["createdBy"] == {"name": "Operator"}
    rows = await api.platform.sql("SELECT tenant_id FROM runs WHERE graph_id = :id", id=graph.id)
    assert [row.tenant_id for row in rows] == [other.id]
    assert await acme.owner.refused(OUTPUTS, id=started["id"]) == ["NOT_FOUND"]


async def completed(client: Client, run_id: str) -> Json | None:
    found = await client(OUTPUTS, id=run_id)
    return dict(found) if found["status"] == "COMPLETED" else None


async def test_a_newer_approved_version_is_told_of_and_taken_when_asked_for(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph("one", name="Old name")
    listing = await publish(api, acme, reviewers, graph)
    entry = await add(other.owner, listing)
    assert await other.owner.refused(TAKE_UPDATE, id=entry["id"]) == ["CONFLICT"]
    await publish_again(api, acme, reviewers, listing, an_agent_graph("two", id=graph.id, version=2, name="New name"))
    shown = (await other.owner(LIBRARY))["nodes"][0]
    assert (shown["isUpdateAvailable"], shown["graphVersion"], shown["name"]) == (True, 1, "Old name")
    assert (await run(other.owner, entry))["graphVersion"] == 1
    taken = (await other.owner(TAKE_UPDATE, id=entry["id"]))["entry"]
    assert (taken["isUpdateAvailable"], taken["listingVersion"], taken["graphVersion"]) == (False, 2, 2)
    assert taken["name"] == "New name"
    assert (await run(other.owner, entry))["graphVersion"] == 2
    assert await active_version(api, other, graph.id) == 2


async def test_an_entry_that_follows_its_listing_is_updated_when_it_is_run_and_not_when_it_is_read(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph("one")
    listing = await publish(api, acme, reviewers, graph)
    entry = await add(other.owner, listing)
    await change(other.owner, entry, isAutoUpdated=True)
    before = await run(other.owner, entry, idempotencyKey="once")
    await publish_again(api, acme, reviewers, listing, an_agent_graph("two", id=graph.id, version=2))
    for _ in range(2):
        shown = (await other.owner(LIBRARY))["nodes"][0]
        assert (shown["isUpdateAvailable"], shown["graphVersion"], shown["isAutoUpdated"]) == (True, 1, True)
    # A request that is repeated is the same request still.
    assert await run(other.owner, entry, idempotencyKey="once") == before
    assert (await run(other.owner, entry))["graphVersion"] == 2
    shown = (await other.owner(LIBRARY))["nodes"][0]
    assert (shown["isUpdateAvailable"], shown["listingVersion"]) == (False, 2)
    pin = {"entryId": entry["id"], "graphVersion": 1}
    assert await other.owner.refused(UPDATE_ENTRY, input=pin) == ["BAD_USER_INPUT"]


async def test_an_entry_keeps_running_what_it_has_when_its_listing_is_gone(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    entry = await add(other.owner, listing)
    await change(other.owner, entry, isAutoUpdated=True)
    await reviewers.owner(TAKE_DOWN, input={"listingId": listing["id"], "comments": "Enough."})
    shown = (await other.owner(LIBRARY))["nodes"][0]
    assert (shown["listing"], shown["isUpdateAvailable"]) == (None, False)
    assert (await run(other.owner, entry))["graphVersion"] == 1
    assert await acme[Role.OPERATOR].refused(ADD, input={"listingId": listing["id"]}) == ["NOT_FOUND"]


async def test_adding_a_listing_many_times_at_once_makes_one_entry_and_one_version(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph()
    listing = await publish(api, acme, reviewers, graph)
    made = await asyncio.gather(*(add(other.owner, listing) for _ in range(6)), add(other[Role.OPERATOR], listing))
    assert len({entry["id"] for entry in made}) == 2
    versions = "SELECT count(*) FROM graph_versions WHERE tenant_id = :tenant AND graph_id = :id"
    assert (await api.platform.sql(versions, tenant=other.id, id=graph.id))[0][0] == 1


async def test_an_agent_that_is_there_goes_on_as_it_is_when_a_listing_has_its_id(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    own = await keep(api, other.id, an_agent_graph("mine"))
    listing = await publish(api, acme, reviewers, an_agent_graph("theirs", id=own.id))
    entry = await add(other.owner, listing)
    assert (entry["graphVersion"], await active_version(api, other, own.id)) == (2, own.version)
    again = await publish_again(api, acme, reviewers, listing, an_agent_graph("newer", id=own.id, version=2))
    assert (await other.owner(TAKE_UPDATE, id=entry["id"]))["entry"]["graphVersion"] == 3
    assert await active_version(api, other, own.id) == own.version
    # One who has it as their own decides which of the two the library has.
    operator = other[Role.OPERATOR]
    mine = (await operator(ADD, input={"graphId": again["graphId"]}))["entry"]
    assert await operator.refused(ADD, input={"listingId": listing["id"]}) == ["CONFLICT"]
    await operator(REMOVE, id=mine["id"])
    assert (await add(operator, listing))["listingVersion"] == 2


# Counting runs


async def counted(client: Client, listing: Json) -> int:
    return int((await client(ONE, id=listing["id"]))["runCount"])


async def test_each_started_run_counts_once_and_a_repeated_request_does_not(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    entry = await add(other.owner, listing)
    await run(other.owner, entry)
    assert await counted(acme.owner, listing) == 1
    same = await asyncio.gather(*(run(other.owner, entry, idempotencyKey="same") for _ in range(6)))
    assert len({each["id"] for each in same}) == 1
    assert await counted(acme.owner, listing) == 2
    await asyncio.gather(*(run(other.owner, entry) for _ in range(20)))
    assert await counted(acme.owner, listing) == 22
    # Neither a colleague's run of the copy counts, who has it not from the listing, nor the author's own.
    start = "mutation($id: ID!) { startRun(input: {graphId: $id}) { run { id } errors { code } } }"
    assert not (await other[Role.OPERATOR](start, id=entry["graphId"]))["errors"]
    own = await add(acme.owner, listing)
    await run(acme.owner, own)
    assert await counted(acme.owner, listing) == 22


async def test_a_run_that_was_accepted_and_not_counted_is_counted_with_the_next(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    entry = await add(other.owner, listing)
    started = await run(other.owner, entry)
    # As a process that dies between the two leaves it.
    await api.platform.sql(
        "UPDATE runs SET uncounted_listing_id = (SELECT id FROM listings WHERE slug = :slug) "
        "WHERE tenant_id = :tenant", slug=listing["slug"], tenant=other.id,
    )  # fmt: skip
    await api.platform.sql("UPDATE listings SET run_count = 0 WHERE slug = :slug", slug=listing["slug"])
    assert (started["trigger"], await counted(other.owner, listing)) == ("manual", 0)

    async def is_counted() -> bool:
        # One whose row is being written just then is left to the next.
        await run(other.owner, entry)
        left = "SELECT count(*) FROM runs WHERE tenant_id = :tenant AND uncounted_listing_id IS NOT NULL"
        rows = await api.platform.sql(left, tenant=other.id)
        return int(rows[0][0]) == 0

    await eventually(is_counted)
    rows = await api.platform.sql("SELECT count(*) FROM runs WHERE tenant_id = :tenant", tenant=other.id)
    assert await counted(other.owner, listing) == rows[0][0]


async def test_runs_that_an_agent_starts_do_not_count(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    entry = await add(other.owner, listing)
    rows = await api.platform.sql("SELECT graph_id FROM library_entries WHERE tenant_id = :id", id=other.id)
    inner = an_agent_graph(id=str(rows[0].graph_id))
    parent = await keep(
        api, other.id, make_graph({"agent": an_agent(inner), "out": an_output()}, ["agent.out -> out.value"])
    )
    start = "mutation($id: ID!) { startRun(input: {graphId: $id}) { run { id } errors { code message } } }"
    made = await other.owner(start, id=encode_id("Graph", parent.id))
    assert not made["errors"], made
    done = await eventually(lambda: completed(other.owner, made["run"]["id"]))
    assert done["outputs"] == [{"name": "out", "values": [{"json": "one"}]}]
    assert await counted(other.owner, listing) == 0
    await run(other.owner, entry)
    assert await counted(other.owner, listing) == 1


async def test_the_entry_of_an_agent_is_found_by_the_agent_archived_or_not(api: Api, acme: Organisation) -> None:
    entry = await add_own(api, acme, acme.owner, name="Kept")
    await add_own(api, acme, acme.owner, name="Another")
    wanted = "graphId: $graphId, isArchived: $isArchived"
    of_agent = f"query($graphId: ID!, $isArchived: Boolean) {{ library({wanted}) {{ nodes {{ id name }} }} }}"
    shown, any_state = {"id": entry["id"], "name": "Kept"}, {"graphId": entry["graphId"], "isArchived": None}
    assert (await acme.owner(of_agent, **any_state))["nodes"] == [shown]
    await change(acme.owner, entry, isArchived=True)
    assert (await acme.owner(of_agent, **any_state))["nodes"] == [shown]
    assert (await acme.owner(of_agent, graphId=entry["graphId"], isArchived=False))["nodes"] == []
    assert (await acme.owner("{ library { nodes { name } } }"))["nodes"] == [{"name": "Another"}]
    assert (await acme[Role.EDITOR](of_agent, **any_state))["nodes"] == []
    assert (await acme.owner(of_agent, graphId=encode_id("Graph", NOBODY)))["nodes"] == []
