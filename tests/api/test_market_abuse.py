"""What a listing must not do: carry secrets, reach other tenants, take an agent's place, change unseen, be more than text."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.graphql.ids import encode_id
from blocks.library.agent import AgentExecutor
from blocks.library.web import SendAuthenticatedWebRequest
from schema.graph import Graph, parse_graph
from schema.ids import new_id
from tests.api.selling import (
    CREATE,
    LISTINGS,
    ONE,
    PROFILE,
    RATE,
    RUN_ENTRY,
    SUBMIT,
    add,
    an_agent_graph,
    decide,
    draft,
    give_profile,
    keep,
    publish,
    submit,
    texts,
)
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.blocks import Pass
from tests.durable.graphs import an_agent, an_input, an_output, make_document, make_graph
from tests.durable.waiting import eventually

CANARY = "canary-5f1c77"
OUTPUTS = "query($id: ID!) { run(id: $id) { status outputs { name values { json } } } }"


async def outputs(client: Client, entry: Json) -> Any:
    made = await client(RUN_ENTRY, input={"entryId": entry["id"]})
    assert not made["errors"], made

    async def done() -> Json | None:
        found = await client(OUTPUTS, id=made["run"]["id"])
        assert found["status"] != "FAILED", found
        return dict(found) if found["status"] == "COMPLETED" else None

    return [value["json"] for output in (await eventually(done))["outputs"] for value in output["values"]]


async def refused(api: Api, author: Organisation, graph: Graph) -> list[Json]:
    """Try to list an agent, and to submit it; give the problems."""
    kept = await keep(api, author.id, graph)
    await give_profile(author)
    asked = {"graphId": encode_id("Graph", kept.id), "slug": f"s-{kept.id[:8]}", "texts": texts()}
    made = await author.owner(CREATE, input=asked)
    if not made["errors"]:
        made = await author.owner(SUBMIT, id=made["listing"]["versions"][0]["id"])
    return list(made["errors"])


# Secrets


async def test_no_secret_of_an_agent_or_of_those_that_it_runs_is_in_its_listing(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    inner = await keep(api, acme.id, _with_secrets("inner"))
    outer = _with_secrets("outer", agent=an_agent(inner))
    listing = await publish(api, acme, reviewers, outer)
    stored = await api.platform.sql("SELECT body::text AS body FROM listing_versions WHERE tenant_id = :id", id=acme.id)
    assert CANARY not in stored[0].body
    assert "webhook_id" not in stored[0].body or '"webhook_id":null' in stored[0].body.replace(" ", "")
    references = [
        node["input_default"]["credentials"]
        for graph in (listing["active"]["document"], *listing["active"]["document"]["sub_graphs"])
        for node in graph["nodes"]
        if "credentials" in node["input_default"]
    ]
    assert references == [{"provider": "http", "type": "host_scoped", "title": "Mine"}] * 2
    await add(other.owner, listing)
    copied = await api.platform.sql("SELECT body::text AS body FROM graph_versions WHERE tenant_id = :id", id=other.id)
    assert len(copied) == 2
    assert not any(CANARY in row.body for row in copied)
    # The control: the author's own version has them all.
    own = await api.platform.sql("SELECT body::text AS body FROM graph_versions WHERE tenant_id = :id", id=acme.id)
    assert all(row.body.count(CANARY) >= 4 for row in own)


def _with_secrets(name: str, **nodes: Any) -> Graph:
    reference = {"id": f"{CANARY}-credential", "provider": "http", "type": "host_scoped", "title": "Mine"}
    document = make_document(
        {
            "code": an_input("code", secret=True, value=f"{CANARY}-code"),
            "web": (
                SendAuthenticatedWebRequest,
                {"url": "https://example.com", "credentials": reference},
                {"webhook_id": f"{CANARY}-hook", "metadata": {"credentials": reference}},
            ),
            "pass": (Pass, {"value": 1}),
            "out": an_output(),
            **nodes,
        },
        ["pass.value -> out.value"],
        name=name,
    )
    return parse_graph(document)


# Agents' ids


@pytest.mark.parametrize("where", ["theirs", "nowhere", "in an agent that it runs", "no id", "by a link"])
async def test_a_listing_reaches_no_agent_that_is_not_its_authors(
    api: Api, acme: Organisation, other: Organisation, where: str
) -> None:
    theirs = await keep(api, other.id, an_agent_graph("their secret"))
    wrong: dict[str, Any] = {"theirs": theirs.id, "nowhere": str(new_id()), "no id": "../../etc/passwd"}
    graph = make_graph({"a": (AgentExecutor, {"graph_id": wrong.get(where, theirs.id), "graph_version": 1})})
    if where == "in an agent that it runs":
        graph = make_graph({"a": an_agent(await keep(api, acme.id, graph))})
    if where == "by a link":
        nodes = {"which": an_input("which", value=theirs.id), "a": (AgentExecutor, {"graph_version": 1})}
        graph = make_graph(nodes, ["which.result -> a.graph_id"])
    problems = await refused(api, acme, graph)
    assert {(each["code"], each["reason"]) for each in problems} == {("INVALID_GRAPH", "AGENT_NOT_LISTABLE")}
    assert (problems[0]["nodeId"], problems[0]["pin"]) == ("a", "graph_id")
    rows = await api.platform.sql("SELECT body::text AS body FROM listing_versions WHERE tenant_id = :id", id=acme.id)
    assert rows == []


@pytest.mark.parametrize("where", ["a link", "a path", "masks", "a link to masks"])
async def test_no_value_of_a_run_says_which_agent_a_listing_runs(api: Api, acme: Organisation, where: str) -> None:
    fine = await keep(api, acme.id, an_agent_graph())
    inner = await keep(api, acme.id, make_graph({"b": an_agent(fine)}))
    constants: dict[str, Any] = {"graph_id": inner.id}
    if where == "a path":
        constants["graph_id_@_x"] = "y"
    if where == "masks":
        constants["nodes_input_masks"] = {"b": {"graph_id": str(new_id())}}
    sink = {"a link": "graph_id", "a link to masks": "nodes_input_masks"}.get(where)
    nodes = {"which": an_input("which", value=str(new_id())), "a": (AgentExecutor, constants)}
    problems = await refused(api, acme, make_graph(nodes, [f"which.result -> a.{sink}"] if sink else []))
    assert [(each["reason"], each["nodeId"]) for each in problems] == [("AGENT_NOT_LISTABLE", "a")]
    # The control: with a plain constant it is listed.
    assert await refused(api, acme, make_graph({"a": an_agent(inner)})) == []


async def test_an_unknown_and_a_foreign_agent_in_a_node_are_told_alike(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    theirs = await keep(api, other.id, an_agent_graph())
    told = [
        await refused(api, acme, make_graph({"a": (AgentExecutor, {"graph_id": graph_id})}))
        for graph_id in (theirs.id, str(new_id()))
    ]
    assert told[0] == told[1]


async def test_what_an_agent_runs_comes_along_and_runs_as_it_was_reviewed(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    inner = await keep(api, acme.id, an_agent_graph("reviewed"))
    # It follows the active version, which the snapshot pins.
    nodes = {"a": (AgentExecutor, {"graph_id": inner.id}), "out": an_output()}
    listing = await publish(api, acme, reviewers, make_graph(nodes, ["a.out -> out.value"]))
    await keep(api, acme.id, an_agent_graph("changed since", id=inner.id, version=2))
    entry = await add(other.owner, listing)
    assert await outputs(other.owner, entry) == ["reviewed"]
    # Nor does another active version of the copy change what was reviewed.
    await keep(api, other.id, an_agent_graph("mine now", id=inner.id, version=9))
    assert await outputs(other.owner, entry) == ["reviewed"]


async def test_a_bundled_agent_with_somebodys_own_id_takes_no_place_of_it(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    own = await keep(api, other.id, an_agent_graph("mine", name="Mine"))
    inner = await keep(api, acme.id, an_agent_graph("planted", id=own.id, name="Planted"))
    nodes = {"a": an_agent(inner), "out": an_output()}
    entry = await add(other.owner, await publish(api, acme, reviewers, make_graph(nodes, ["a.out -> out.value"])))
    rows = await api.platform.sql(
        "SELECT name, active_version FROM graphs WHERE tenant_id = :tenant AND id = :id", tenant=other.id, id=own.id
    )
    assert (rows[0].name, rows[0].active_version) == ("Mine", own.version)
    assert await outputs(other.owner, entry) == ["planted"]
    mine = await other.owner(
        "mutation($id: ID!) { addToLibrary(input: {graphId: $id}) { entry { id } } }", id=encode_id("Graph", own.id)
    )
    assert await outputs(other.owner, mine["entry"]) == ["mine"]


async def test_agents_in_a_circle_are_refused(api: Api, acme: Organisation) -> None:
    itself = make_graph({"a": Pass})
    itself = itself.model_copy(update={"nodes": make_graph({"a": an_agent(itself)}).nodes})
    assert [each["reason"] for each in await refused(api, acme, itself)] == ["AGENT_NOT_LISTABLE"]


async def test_an_agent_that_is_used_in_two_versions_comes_along_in_both(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    first = await keep(api, acme.id, an_agent_graph("first"))
    second = await keep(api, acme.id, an_agent_graph("second", id=first.id, version=2))
    nodes = {
        "a": (AgentExecutor, {"graph_id": first.id, "graph_version": first.version}),
        "b": (AgentExecutor, {"graph_id": first.id, "graph_version": second.version}),
        "out a": an_output("a"),
        "out b": an_output("b"),
    }
    graph = make_graph(nodes, ["a.out -> out a.value", "b.out -> out b.value"])
    entry = await add(other.owner, await publish(api, acme, reviewers, graph))
    assert sorted(await outputs(other.owner, entry)) == ["first", "second"]


# What would not run


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ({"x": (str(new_id()), {})}, "UNKNOWN_BLOCK"),
        ({"x": Pass}, "MISSING_PIN"),
        ({"x": (SendAuthenticatedWebRequest, {"url": "https://example.com", "method": "SPOIL"})}, "WRONG_TYPE"),
        ({}, "NO_START"),
    ],
)
async def test_an_agent_that_would_not_run_is_not_submitted(
    api: Api, acme: Organisation, nodes: dict[str, Any], reason: str
) -> None:
    problems = await refused(api, acme, make_graph(nodes))
    assert {each["code"] for each in problems} == {"INVALID_GRAPH"}
    assert reason in {each["reason"] for each in problems}


async def test_an_agent_with_a_block_that_is_not_installed_is_not_submitted_also_below(
    api: Api, acme: Organisation
) -> None:
    missing = next(spec.id for spec in api.platform.registry.specs.values() if spec.is_placeholder)
    inner = await keep(api, acme.id, make_graph({"x": (missing, {}), "out": an_output()}))
    for graph in (make_graph({"x": (missing, {})}), make_graph({"a": an_agent(inner)})):
        assert "BLOCK_NOT_INSTALLED" in {each["reason"] for each in await refused(api, acme, graph)}


# What was approved


async def test_what_is_shown_and_installed_changes_by_another_review_only(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph("approved")
    listing = await publish(api, acme, reviewers, graph)
    await keep(api, acme.id, an_agent_graph("swapped", id=graph.id, version=2))
    bait = {"listingId": listing["id"], "texts": texts(name="W0rd counter")}
    create = "mutation($input: CreateListingVersionInput!) { createListingVersion(input: $input) { listing { versions { id } } } }"
    made = await acme.owner(create, input=bait)
    await submit(acme, made["listing"])
    seen = await other.owner(ONE, id=listing["id"])
    assert (seen["active"]["name"], seen["active"]["number"]) == ("Word counter", 1)
    assert await outputs(other.owner, await add(other.owner, listing)) == ["approved"]


async def test_a_rejected_version_is_never_installed(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await draft(api, acme)
    await decide(reviewers.owner, await submit(acme, listing), "REJECT", comments="No.")
    for client in (other.owner, acme.owner):
        made = await client(
            "mutation($id: ID!) { addToLibrary(input: {listingId: $id}) { entry { id } errors { code } } }",
            id=listing["id"],
        )
        assert (made["entry"], made["errors"]) == (None, [{"code": "NOT_FOUND"}])


# Texts and links


async def test_markup_stays_the_text_that_it_is(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">[x](javascript:alert(1))'
    await publish(
        api, acme, reviewers, name=evil[:90], subheading=evil, description=evil, instructions=evil, changes=evil
    )
    answer = await other.owner.post(LISTINGS, {"creator": f"h-{acme.id.hex[-20:]}"})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    found = orjson.loads(answer.content)["data"]["listings"]["nodes"][0]["active"]
    assert (found["name"], found["changes"]) == (evil[:90], evil)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "javascript:alert(1)",
        "data:text/html,<script>1</script>",
        "HTTPS://example.com",
        "//example.com",
        "https://",
        "https://user:password@example.com/",
        "https://example.com:8443/",
        "https://localhost/",
        "https://exa mple.com/",
        'https://example.com/"onload="x',
        "https://example.com/\u202egnp.exe",
        "https://example.com/\n",
        "https://[::1/",
        "https://example.com/" + "x" * 2_000,
    ],
)
async def test_a_link_is_a_plain_https_url_or_refused(api: Api, acme: Organisation, url: str) -> None:
    profile = {"handle": f"h-{acme.id.hex[-20:]}", "name": "A"}
    for given, path in (({"avatarUrl": url}, "avatarUrl"), ({"links": ["https://example.com/", url]}, "links")):
        made = await acme.owner(PROFILE, input={**profile, **given})
        assert [(each["code"], each["path"]) for each in made["errors"]] == [("BAD_USER_INPUT", [path])], url
    kept = await keep(api, acme.id, an_agent_graph())
    asked = {"graphId": encode_id("Graph", kept.id), "slug": "aa", "texts": texts(media=[url])}
    assert await acme.owner.refused(CREATE, input=asked) == ["BAD_USER_INPUT"]
    fine = await acme.owner(PROFILE, input={**profile, "links": ["https://example.com/a?b=%20#c"], "avatarUrl": ""})
    assert fine["errors"] == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "Acme\u202eevil"}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "Wo\u200brd"}, "name"),
        ({"subheading": "x" * 201}, "subheading"),
        ({"description": "x" * 20_001}, "description"),
        ({"instructions": "x" * 20_001}, "instructions"),
        ({"changes": "\x1b[31m"}, "changes"),
        ({"media": ["https://example.com/"] * 11}, "media"),
        ({"categories": ["a", "b", "c", "d", "e", "f"]}, "categories"),
        ({"categories": ["x" * 41]}, "categories"),
    ],
)
async def test_texts_have_limits_and_deceive_nobody(api: Api, acme: Organisation, changes: Json, path: str) -> None:
    kept = await keep(api, acme.id, an_agent_graph())
    await give_profile(acme)
    asked = {"graphId": encode_id("Graph", kept.id), "slug": "aa", "texts": texts(**changes)}
    made = await acme.owner(CREATE, input=asked)
    assert [(each["code"], each["path"]) for each in made["errors"]] == [("BAD_USER_INPUT", [path])]
    assert (await acme.owner(CREATE, input={**asked, "texts": texts()}))["errors"] == []


@pytest.mark.parametrize("slug", ["", "a", "A-b", "-a", "a-", "a b", "a/b", "a" * 61, "ä-b", "a\n", "..", "a_b"])
async def test_a_slug_is_small_letters_digits_and_hyphens(api: Api, acme: Organisation, slug: str) -> None:
    kept = await keep(api, acme.id, an_agent_graph())
    asked = {"graphId": encode_id("Graph", kept.id), "slug": slug, "texts": texts()}
    assert await acme.owner.refused(CREATE, input=asked) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(PROFILE, input={"handle": slug, "name": "A"}) == ["BAD_USER_INPUT"]


# The second lock


async def test_row_level_security_shows_others_what_was_approved_and_lets_nobody_write_it(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    shown = await publish(api, acme, reviewers)
    hidden = await draft(api, acme)
    theirs, own = api.services.of(other.id).database, api.services.of(acme.id).database
    where = {"slugs": [shown["slug"], hidden["slug"]]}
    listed = text("SELECT slug FROM listings WHERE slug = ANY(:slugs)")
    states = text("SELECT status FROM listing_versions WHERE tenant_id = :tenant")
    async with theirs.connect() as connection:
        assert (await connection.execute(listed, where)).scalars().all() == [shown["slug"]]
        assert (await connection.execute(states, {"tenant": acme.id})).scalars().all() == ["APPROVED"]
    async with own.connect() as connection:  # The control.
        assert len((await connection.execute(listed, where)).all()) == 2
        assert set((await connection.execute(states, {"tenant": acme.id})).scalars()) == {"APPROVED", "DRAFT"}
    async with theirs.begin() as connection:
        changed = await connection.execute(text("UPDATE listings SET run_count = 99 WHERE slug = ANY(:slugs)"), where)
        assert changed.rowcount == 0
        gone = await connection.execute(
            text("DELETE FROM listing_versions WHERE tenant_id = :tenant"), {"tenant": acme.id}
        )
        assert gone.rowcount == 0
    forged = text(
        "INSERT INTO ratings (id, listing_id, number, person_id, tenant_id, score, comment) SELECT gen_random_uuid(), id, 1, "
        "gen_random_uuid(), :tenant, 5, '' FROM listings WHERE slug = ANY(:slugs)"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with theirs.begin() as connection:
            await connection.execute(forged, {**where, "tenant": acme.id})


async def test_ratings_by_hand_are_refused_before_they_count(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    asked = {"listingId": listing["id"], "score": 5}
    assert await other.owner.refused(RATE, input=asked) == ["FORBIDDEN"]
    await add(other.owner, listing)
    for _ in range(5):
        assert (await other.owner(RATE, input=asked))["listing"]["ratingCount"] == 1
