"""The marketplace: listings from a draft to everyone's eyes, reviews, orders, search, and who sees what."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from api.graphql.ids import encode_id
from schema.access import Role
from schema.ids import new_id
from tests.api.selling import (
    CREATE,
    CREATE_VERSION,
    DELETE,
    FEATURE,
    LISTINGS,
    ONE,
    OWN,
    PENDING,
    PROFILE,
    REVIEW,
    SUBMIT,
    TAKE_DOWN,
    UPDATE_VERSION,
    WITHDRAW,
    an_agent_graph,
    decide,
    draft,
    give_profile,
    keep,
    publish,
    publish_again,
    submit,
    texts,
)
from tests.api.serving import Api, Client, Json, Organisation

NODE = "query($id: ID!) { node(id: $id) { id } }"
NOBODY = new_id()


async def slugs(client: Client, **wanted: Any) -> list[str]:
    return [node["slug"] for node in (await client(LISTINGS, first=100, **wanted))["nodes"]]


async def pending(reviewers: Organisation) -> dict[str, Json]:
    return {node["id"]: node for node in (await reviewers.owner(PENDING))["nodes"]}


# The way of a listing


async def test_a_listing_goes_from_draft_over_pending_to_everyones_eyes(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await draft(api, acme, categories=["Text", "text"], media=["https://example.com/a.png"])
    assert (listing["active"], listing["isOwn"], listing["versions"][0]["status"]) == (None, True, "DRAFT")
    assert listing["versions"][0]["categories"] == ["text"]
    version = await submit(acme, listing)
    waiting = (await pending(reviewers))[version["id"]]
    assert waiting["listing"] == {"slug": listing["slug"], "creator": {"handle": f"h-{acme.id.hex[-20:]}"}}
    done = await decide(reviewers.owner, version, comments="Fine.", internalComments="A good one.")
    assert (done["version"]["status"], done["version"]["internalComments"]) == ("APPROVED", "A good one.")
    assert version["id"] not in await pending(reviewers)
    seen = await other.owner(ONE, creator=f"h-{acme.id.hex[-20:]}", slug=listing["slug"])
    assert (seen["active"]["name"], seen["active"]["number"], seen["isOwn"]) == ("Word counter", 1, False)
    assert seen["publishedAt"] is not None
    assert seen["active"]["document"]["nodes"]
    assert [each["status"] for each in seen["versions"]] == ["APPROVED"]
    assert listing["slug"] in await slugs(other.owner, creator=f"h-{acme.id.hex[-20:]}")


async def test_a_rejected_version_tells_the_author_why_and_a_new_one_is_submitted(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await draft(api, acme)
    version = await submit(acme, listing)
    silent = await decide(reviewers.owner, version, "REJECT")
    assert (silent["errors"][0]["code"], silent["errors"][0]["path"]) == ("BAD_USER_INPUT", ["comments"])
    await decide(reviewers.owner, version, "REJECT", comments="Say more.", internalComments="Spam?")
    mine = await acme.owner(ONE, id=listing["id"])
    assert (mine["versions"][0]["reviewComments"], mine["versions"][0]["internalComments"]) == ("Say more.", None)
    assert await other.owner(ONE, id=listing["id"]) is None
    assert await acme.owner.refused(SUBMIT, id=version["id"]) == ["CONFLICT"]
    again = await acme.owner(CREATE_VERSION, input={"listingId": listing["id"], "texts": texts(changes="More said.")})
    second = await submit(acme, again["listing"])
    assert (second["number"], (await decide(reviewers.owner, second))["version"]["status"]) == (2, "APPROVED")
    seen = await other.owner(ONE, id=listing["id"])
    assert [(each["number"], each["changes"]) for each in seen["versions"]] == [(2, "More said.")]


async def test_a_version_changes_while_it_is_a_draft_and_never_after(
    api: Api, acme: Organisation, reviewers: Organisation
) -> None:
    listing = await draft(api, acme)
    version = listing["versions"][0]
    await keep(api, acme.id, an_agent_graph("two", id=_graph_id(version), version=2))
    change = {"versionId": version["id"], "name": "New name", "graphVersion": 2}
    changed = (await acme.owner(UPDATE_VERSION, input=change))["version"]
    assert (changed["name"], changed["graphVersion"]) == ("New name", 2)
    assert changed["document"] != version["document"]
    assert (await acme.owner(ONE, id=listing["id"]))["versions"][0]["categories"] == []
    submitted = await submit(acme, listing)
    assert await acme.owner.refused(UPDATE_VERSION, input=change) == ["CONFLICT"]
    assert (await acme.owner(WITHDRAW, id=version["id"]))["version"]["status"] == "DRAFT"
    assert (await acme.owner(UPDATE_VERSION, input={**change, "name": "Newer"}))["version"]["name"] == "Newer"
    unseen = await decide(reviewers.owner, submitted)
    assert unseen["errors"][0]["code"] == "NOT_FOUND"
    await submit(acme, listing)
    stale = await decide(reviewers.owner, submitted)
    assert stale["errors"][0]["code"] == "CONFLICT"
    assert "read it again" in stale["errors"][0]["message"]
    done = await decide(reviewers.owner, (await pending(reviewers))[version["id"]])
    assert done["version"]["name"] == "Newer"
    assert await acme.owner.refused(UPDATE_VERSION, input=change) == ["CONFLICT"]
    assert await acme.owner.refused(WITHDRAW, id=version["id"]) == ["CONFLICT"]


def _graph_id(version: Json) -> str:
    return str(version["document"]["id"])


async def test_a_listing_has_one_undecided_version_at_a_time(api: Api, acme: Organisation) -> None:
    listing = await draft(api, acme)
    asked = {"listingId": listing["id"], "texts": texts()}
    assert await acme.owner.refused(CREATE_VERSION, input=asked) == ["CONFLICT"]
    await submit(acme, listing)
    assert await acme.owner.refused(CREATE_VERSION, input=asked) == ["CONFLICT"]


async def test_two_versions_made_at_once_are_one(api: Api, acme: Organisation, reviewers: Organisation) -> None:
    listing = await publish(api, acme, reviewers)
    asked = {"listingId": listing["id"], "texts": texts()}
    made = await asyncio.gather(*(acme.owner(CREATE_VERSION, input=asked) for _ in range(4)))
    assert sorted(len(each["errors"]) for each in made) == [0, 1, 1, 1]
    assert {error["code"] for each in made for error in each["errors"]} == {"CONFLICT"}


# Reviews


async def test_of_two_decisions_at_once_the_second_hears_who_decided_and_when(
    api: Api, acme: Organisation, reviewers: Organisation
) -> None:
    second = (await api.organisation("More reviewers", is_platform_admin=True)).owner
    version = await submit(acme, await draft(api, acme))
    done = await asyncio.gather(
        decide(reviewers.owner, version, "APPROVE"), decide(second, version, "REJECT", comments="No.")
    )
    refused = [each for each in done if each["errors"]]
    taken = [each for each in done if not each["errors"]]
    assert len(refused) == len(taken) == 1
    status = taken[0]["version"]["status"]
    assert refused[0]["errors"][0]["code"] == "CONFLICT"
    assert refused[0]["errors"][0]["message"].startswith(f"Owner {status.lower()} it already, at 20")
    assert (await acme.owner(OWN))["nodes"][0]["versions"][0]["status"] == status


async def test_only_reviewers_review_and_never_their_own(api: Api, acme: Organisation, reviewers: Organisation) -> None:
    version = await submit(acme, await draft(api, acme))
    for role in Role:
        assert await acme[role].refused(PENDING) == ["FORBIDDEN"]
        asked = {"versionId": version["id"], "decision": "APPROVE", "submittedAt": version["submittedAt"]}
        assert await acme[role].refused(REVIEW, input=asked) == ["FORBIDDEN"]
    own = await submit(reviewers, await draft(api, reviewers))
    asked = {"versionId": own["id"], "decision": "APPROVE", "submittedAt": own["submittedAt"]}
    assert await reviewers.owner.refused(REVIEW, input=asked) == ["FORBIDDEN"]
    # Also not from another organisation that the reviewer belongs to.
    made = await api.people.make_organisation("Elsewhere", reviewers.owner.person)  # type: ignore[arg-type]
    key = await api.people.make_key(made, reviewers.owner.person, "k", ["listings:review"])  # type: ignore[arg-type]
    assert await api.client(key.token).refused(REVIEW, input=asked) == ["FORBIDDEN"]
    assert (await decide(reviewers.owner, version))["version"]["status"] == "APPROVED"


async def test_a_listing_that_was_taken_down_is_gone_until_another_version_is_approved(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    asked = {"listingId": listing["id"], "comments": "It spams."}
    assert await acme.owner.refused(TAKE_DOWN, input=asked) == ["FORBIDDEN"]
    assert await reviewers.owner.refused(TAKE_DOWN, input={**asked, "comments": " "}) == ["BAD_USER_INPUT"]
    assert (await reviewers.owner(TAKE_DOWN, input=asked))["listing"]["active"] is None
    assert await reviewers.owner.refused(TAKE_DOWN, input=asked) == ["NOT_FOUND"]
    assert await other.owner(ONE, id=listing["id"]) is None
    assert (await acme.owner(ONE, id=listing["id"]))["versions"][0]["reviewComments"] == "It spams."
    back = await publish_again(api, acme, reviewers, listing, an_agent_graph("new", id=_graph_id(listing["active"])))
    assert back["active"]["number"] == 2
    assert (await other.owner(ONE, id=listing["id"]))["active"]["number"] == 2


async def test_reviewers_feature_a_listing(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    handle = f"h-{acme.id.hex[-20:]}"
    assert await slugs(other.owner, creator=handle, isFeatured=True) == []
    asked = {"listingId": listing["id"]}
    assert await acme.owner.refused(FEATURE, input=asked) == ["FORBIDDEN"]
    assert (await reviewers.owner(FEATURE, input=asked))["listing"]["isFeatured"] is True
    assert await slugs(other.owner, creator=handle, isFeatured=True) == [listing["slug"]]
    await reviewers.owner(FEATURE, input={**asked, "isFeatured": False})
    assert await slugs(other.owner, creator=handle, isFeatured=True) == []


async def test_a_deleted_listing_is_gone_and_its_slug_stays_taken(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    assert await other.owner.refused(DELETE, id=listing["id"]) == ["NOT_FOUND"]
    assert (await acme.owner(DELETE, id=listing["id"]))["isDone"] is True
    assert await acme.owner.refused(DELETE, id=listing["id"]) == ["NOT_FOUND"]
    assert await other.owner(ONE, id=listing["id"]) is None
    assert (await acme.owner(OWN))["nodes"] == []
    kept = await keep(api, acme.id, an_agent_graph())
    asked = {"graphId": encode_id("Graph", kept.id), "slug": listing["slug"], "texts": texts()}
    assert await acme.owner.refused(CREATE, input=asked) == ["CONFLICT"]


# Finding


async def test_each_order_is_paged_without_gaps_and_doubles(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    made = [await publish(api, acme, reviewers) for _ in range(5)]
    handle = f"h-{acme.id.hex[-20:]}"
    for number, listing in enumerate(made):
        # Ties in each order: the id decides.
        counts = {"runs": number // 2, "sum": (number // 2) * 4, "count": number // 2, "slug": listing["slug"]}
        await api.platform.sql(
            "UPDATE listings SET run_count = :runs, rating_sum = :sum, rating_count = :count WHERE slug = :slug",
            **counts,
        )
    for sort in ("RUNS", "RATING", "NEWEST"):
        seen: list[Json] = []
        after = None
        while True:
            page = await other.owner(LISTINGS, first=2, after=after, sort=sort, creator=handle)
            seen += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(each["slug"] for each in seen) == sorted(each["slug"] for each in made), sort
        if sort == "NEWEST":
            assert [each["slug"] for each in seen] == [each["slug"] for each in reversed(made)]
        else:
            counts_seen = [each["runCount"] for each in seen]
            assert counts_seen == sorted(counts_seen, reverse=True), sort
        wrong = "RUNS" if sort == "NEWEST" else "NEWEST"
        assert await other.owner.refused(LISTINGS, after=after, sort=wrong) == ["BAD_CURSOR"]


async def test_one_rating_does_not_outrank_a_hundred(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    lucky, loved = [await publish(api, acme, reviewers) for _ in range(2)]
    for listing, total, count in ((lucky, 5, 1), (loved, 480, 100)):
        await api.platform.sql(
            "UPDATE listings SET rating_sum = :sum, rating_count = :count WHERE slug = :slug",
            sum=total, count=count, slug=listing["slug"],
        )  # fmt: skip
    found = await slugs(other.owner, creator=f"h-{acme.id.hex[-20:]}", sort="RATING")
    assert found == [loved["slug"], lucky["slug"]]


async def test_words_and_categories_find_listings(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    handle = f"h-{acme.id.hex[-20:]}"
    bees = await publish(api, acme, reviewers, name="Bee watcher", description="Counts bees.", categories=["Nature"])
    ants = await publish(
        api, acme, reviewers, name="Ant farm", description="Feeds ants.", categories=["nature", "pets"]
    )
    for sort in ("RUNS", "RATING", "NEWEST"):
        assert await slugs(other.owner, creator=handle, search="counting bee", sort=sort) == [bees["slug"]]
    assert await slugs(other.owner, creator=handle, category="Pets") == [ants["slug"]]
    assert set(await slugs(other.owner, creator=handle, category="nature")) == {bees["slug"], ants["slug"]}
    for strange in ("'; DROP TABLE listings; --", "a & | ! b", "%", '"', "(((", "\\", "<->", ":*"):
        assert await slugs(other.owner, creator=handle, search=strange) == []
    assert await slugs(other.owner, creator="nobody-at-all") == []
    assert await other.owner.refused(LISTINGS, search="x" * 201) == ["BAD_USER_INPUT"]


async def test_categories_are_told_with_how_many_listings_everyone_sees_in_them(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    mark = acme.id.hex[-8:]
    common, rare, unseen = f"common {mark}", f"rare {mark}", f"unseen {mark}"
    await publish(api, acme, reviewers, name="Bee watcher", categories=[common])
    gone = await publish(api, acme, reviewers, name="Ant farm", categories=[common, rare])
    await draft(api, acme, an_agent_graph(), categories=[unseen])
    told = "{ listingCategories { name count } }"

    async def found() -> dict[str, int]:
        return {row["name"]: row["count"] for row in await other[Role.VIEWER](told) if mark in row["name"]}

    assert await found() == {common: 2, rare: 1}
    await acme.owner(DELETE, id=gone["id"])
    assert await found() == {common: 1}


async def test_a_list_of_listings_takes_the_same_statements_whatever_its_length(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    for _ in range(3):
        await publish(api, acme, reviewers)
    assert await api_statements(api, other.owner, first=1) == await api_statements(api, other.owner, first=3) == 4


async def api_statements(api: Api, client: Client, first: int) -> int:
    """Count the statements of one list of listings, with what each shows; the stack's own loops read no such table."""
    count = 0

    def tell(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal count
        count += any(table in statement for table in ("listings", "listing_versions", "profiles"))

    engine = api.services.engine.sync_engine
    event.listen(engine, "before_cursor_execute", tell)
    try:
        assert len((await client(LISTINGS, first=first, sort="NEWEST"))["nodes"]) == first
    finally:
        event.remove(engine, "before_cursor_execute", tell)
    return count


# Who sees what


@pytest.mark.parametrize("state", ["DRAFT", "PENDING", "REJECTED"])
async def test_a_version_that_is_not_approved_is_invisible_to_others_by_every_query(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation, state: str
) -> None:
    listing = await draft(api, acme, name="Zyzzyva secret")
    version = listing["versions"][0]
    if state != "DRAFT":
        version = await submit(acme, listing)
    if state == "REJECTED":
        await decide(reviewers.owner, version, "REJECT", comments="No.")
    handle = f"h-{acme.id.hex[-20:]}"
    for client in (other.owner, other[Role.VIEWER]):
        assert await client(NODE, id=listing["id"]) is None
        assert await client(NODE, id=version["id"]) is None
        assert await client(ONE, id=listing["id"]) is None
        assert await client(ONE, creator=handle, slug=listing["slug"]) is None
        assert await slugs(client, search="Zyzzyva") == []
        assert await slugs(client, creator=handle) == []
    assert await other.owner(OWN) == {"nodes": []}
    change = {"versionId": version["id"], "name": "Mine"}
    for operation, variables in (
        (SUBMIT, {"id": version["id"]}),
        (WITHDRAW, {"id": version["id"]}),
        (UPDATE_VERSION, {"input": change}),
        (CREATE_VERSION, {"input": {"listingId": listing["id"], "texts": texts()}}),
        (DELETE, {"id": listing["id"]}),
        ("query($id: ID!) { ratings(listingId: $id) { nodes { id } } }", {"id": listing["id"]}),
        ("mutation($id: ID!) { addToLibrary(input: {listingId: $id}) { errors { code } } }", {"id": listing["id"]}),
        (
            "mutation($id: ID!) { rateListing(input: {listingId: $id, score: 5}) { errors { code } } }",
            {"id": listing["id"]},
        ),
    ):
        assert await other.owner.refused(operation, **variables) == ["NOT_FOUND"], operation
    # The controls: the author sees it, and a reviewer what was submitted.
    assert (await acme.owner(NODE, id=version["id"]))["id"] == version["id"]
    is_reviewable = await reviewers.owner(NODE, id=version["id"]) is not None
    assert is_reviewable is (state != "DRAFT")


async def test_an_unapproved_version_stays_unseen_beside_an_approved_one(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    made = await acme.owner(CREATE_VERSION, input={"listingId": listing["id"], "texts": texts(name="Bait")})
    version = await submit(acme, made["listing"])
    assert len((await acme.owner(ONE, id=listing["id"]))["versions"]) == 2
    seen = await other.owner(ONE, id=listing["id"])
    assert (seen["active"]["name"], [each["number"] for each in seen["versions"]]) == ("Word counter", [1])
    assert seen["active"]["reviewComments"] is None
    assert await other.owner(NODE, id=version["id"]) is None
    assert await slugs(other.owner, search="bait", creator=f"h-{acme.id.hex[-20:]}") == []


async def test_unknown_and_foreign_ids_answer_alike(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await draft(api, acme)
    version = await submit(acme, listing)
    for operation, kind, foreign in (
        (SUBMIT, "ListingVersion", version["id"]),
        (WITHDRAW, "ListingVersion", version["id"]),
        (DELETE, "Listing", listing["id"]),
    ):
        answers = [
            (await other.owner.post(operation, {"id": id_})).json()
            for id_ in (foreign, encode_id(kind, NOBODY), encode_id("Run", NOBODY), "nonsense")
        ]
        assert all(answer == answers[0] for answer in answers), answers
    # The control: the author's own works.
    assert (await acme.owner(WITHDRAW, id=version["id"]))["version"]["status"] == "DRAFT"
    unknown = {
        "versionId": encode_id("ListingVersion", NOBODY),
        "decision": "APPROVE",
        "submittedAt": version["submittedAt"],
    }
    assert await reviewers.owner.refused(REVIEW, input=unknown) == ["NOT_FOUND"]
    assert await reviewers.owner.refused(REVIEW, input={**unknown, "versionId": version["id"]}) == ["NOT_FOUND"]


async def test_roles_that_may_not_write_listings_are_refused(api: Api, acme: Organisation) -> None:
    listing = await draft(api, acme)
    version = listing["versions"][0]["id"]
    for role in (Role.OPERATOR, Role.VIEWER, Role.AUDITOR):
        assert await acme[role].refused(SUBMIT, id=version) == ["FORBIDDEN"]
        assert await acme[role].refused(DELETE, id=listing["id"]) == ["FORBIDDEN"]
        assert await acme[role].refused(PROFILE, input={"handle": "aa", "name": "A"}) == ["FORBIDDEN"]
        assert await acme[role].refused(OWN) == ["FORBIDDEN"]
    assert (await acme[Role.EDITOR](SUBMIT, id=version))["version"]["status"] == "PENDING"
    assert await api.client().refused(LISTINGS) == ["UNAUTHENTICATED"]


# Profiles


async def test_a_profile_is_made_changed_and_seen_and_its_handle_is_nobody_elses(
    acme: Organisation, other: Organisation
) -> None:
    links = ["https://example.com/", "https://example.org/about?x=1#y"]
    handle = await give_profile(acme, description="# We **make**", avatarUrl="https://example.com/a.png", links=links)
    query = "query($handle: String!) { profile(handle: $handle) { handle name description avatarUrl links } }"
    seen = await other.owner(query, handle=handle.upper())
    assert (seen["handle"], seen["links"], seen["description"]) == (handle, links, "# We **make**")
    assert await other.owner(query, handle="nobody-here") is None
    assert await other.owner("{ ownProfile { handle } }") is None
    taken = await other.owner(PROFILE, input={"handle": handle, "name": "Other"})
    assert (taken["errors"][0]["code"], taken["errors"][0]["path"]) == ("CONFLICT", ["handle"])
    changed = await acme.owner(PROFILE, input={"handle": handle + "x", "name": "New"})
    assert (changed["profile"]["handle"], changed["profile"]["links"]) == (handle + "x", [])
    assert await acme.owner("{ ownProfile { name } }") == {"name": "New"}


async def test_a_listing_needs_a_profile_an_own_agent_and_a_slug_of_its_own(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    kept = await keep(api, acme.id, an_agent_graph())
    asked = {"graphId": encode_id("Graph", kept.id), "slug": "word-counter", "texts": texts()}
    assert await acme.owner.refused(CREATE, input=asked) == ["CONFLICT"]
    await give_profile(acme)
    await give_profile(other)
    for graph_id in (kept.id, str(NOBODY)):
        assert await other.owner.refused(CREATE, input={**asked, "graphId": encode_id("Graph", graph_id)}) == [
            "NOT_FOUND"
        ]
    assert await acme.owner.refused(CREATE, input={**asked, "graphVersion": 99}) == ["NOT_FOUND"]
    assert (await acme.owner(CREATE, input=asked))["listing"]["slug"] == "word-counter"
    assert await acme.owner.refused(CREATE, input={**asked, "slug": "another"}) == ["CONFLICT"]
    second = await keep(api, acme.id, an_agent_graph())
    taken = await acme.owner(CREATE, input={**asked, "graphId": encode_id("Graph", second.id)})
    assert (taken["errors"][0]["code"], taken["errors"][0]["path"]) == ("CONFLICT", ["slug"])
