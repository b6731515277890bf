"""Ratings: who may rate, what is counted however many do so at once, and what nobody learns."""

from __future__ import annotations

import asyncio

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from schema.ids import new_id
from tests.api.selling import (
    ONE,
    RATE,
    RATINGS,
    TAKE_DOWN,
    TAKE_UPDATE,
    add,
    an_agent_graph,
    give_profile,
    publish,
    publish_again,
)
from tests.api.serving import Api, Client, Json, Organisation


async def rate(client: Client, listing: Json, score: int, comment: str = "") -> Json:
    return dict(await client(RATE, input={"listingId": listing["id"], "score": score, "comment": comment}))


async def test_a_rating_is_one_a_person_and_version_and_the_average_is_exact(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    graph = an_agent_graph()
    listing = await publish(api, acme, reviewers, graph)
    entry = await add(other.owner, listing)
    await add(other[Role.OPERATOR], listing)
    first = await rate(other.owner, listing, 5, "Good.")
    assert (first["listing"], first["rating"]["isOwn"]) == ({"ratingCount": 1, "ratingAverage": 5.0}, True)
    again = await rate(other.owner, listing, 2, "Not so good.")
    assert again["listing"] == {"ratingCount": 1, "ratingAverage": 2.0}
    assert (await rate(other[Role.OPERATOR], listing, 3))["listing"] == {"ratingCount": 2, "ratingAverage": 2.5}
    await publish_again(api, acme, reviewers, listing, an_agent_graph("two", id=graph.id, version=2))
    assert (await rate(other.owner, listing, 2))["rating"]["number"] == 1
    await other.owner(TAKE_UPDATE, id=entry["id"])
    newer = await rate(other.owner, listing, 5)
    assert (newer["rating"]["number"], newer["listing"]["ratingCount"]) == (2, 3)
    assert newer["listing"]["ratingAverage"] == pytest.approx(10 / 3)


async def test_thirty_ratings_at_once_are_counted_to_the_last(
    api: Api, acme: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    clients = await many(api, 10)
    for client in clients:
        await add(client, listing)
    # Each rates three times at once: of each person the last that came counts.
    await asyncio.gather(
        *(rate(client, listing, 1 + (n + turn) % 5) for n, client in enumerate(clients) for turn in (0, 1, 2))
    )
    final = await asyncio.gather(*(rate(client, listing, 1 + n % 5) for n, client in enumerate(clients)))
    assert not any(each["errors"] for each in final)
    seen = await acme.owner(ONE, id=listing["id"])
    scores = [1 + n % 5 for n in range(len(clients))]
    assert (seen["ratingCount"], seen["ratingAverage"]) == (len(clients), sum(scores) / len(scores))


async def many(api: Api, count: int) -> list[Client]:
    """Give people of an organisation, each with a key."""
    crowd = await api.organisation("Crowd")
    scopes = ["library:write", "listings:read", "ratings:write", "library:read"]
    found = []
    for number in range(count):
        person = new_id()
        await api.platform.sql(
            "INSERT INTO people (id, email, name) VALUES (:id, :email, 'One of many')",
            id=person, email=f"{number}-{person.hex}@example.com",
        )  # fmt: skip
        await api.platform.sql(
            "INSERT INTO memberships (tenant_id, person_id, role) VALUES (:tenant, :id, 'OPERATOR')",
            tenant=crowd.id, id=person,
        )  # fmt: skip
        found.append(api.client((await api.people.make_key(crowd.id, person, "k", scopes)).token, person))
    return found


async def test_only_people_whose_library_has_it_rate_it_and_never_its_author(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    asked = {"listingId": listing["id"], "score": 5}
    assert await other.owner.refused(RATE, input=asked) == ["FORBIDDEN"]
    await add(acme.owner, listing)
    assert await acme.owner.refused(RATE, input=asked) == ["FORBIDDEN"]
    # Neither from another organisation of the author's.
    elsewhere = await api.people.make_organisation("Elsewhere", acme.owner.person)  # type: ignore[arg-type]
    key = await api.people.make_key(elsewhere, acme.owner.person, "k", ["ratings:write", "library:write"])  # type: ignore[arg-type]
    shill = api.client(key.token)
    await shill("mutation($id: ID!) { addToLibrary(input: {listingId: $id}) { errors { code } } }", id=listing["id"])
    assert await shill.refused(RATE, input=asked) == ["FORBIDDEN"]
    assert await other[Role.VIEWER].refused(RATE, input=asked) == ["FORBIDDEN"]
    await add(other.owner, listing)
    for score in (0, 6, -1, 2**31 - 1):
        assert await other.owner.refused(RATE, input={**asked, "score": score}) == ["BAD_USER_INPUT"]
    assert await other.owner.refused(RATE, input={**asked, "comment": "x" * 2_001}) == ["BAD_USER_INPUT"]
    assert (await acme.owner(ONE, id=listing["id"]))["ratingCount"] == 0
    assert not (await rate(other.owner, listing, 4))["errors"]


async def test_a_rating_shows_a_public_profile_and_nobodys_name_or_address(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    secretive = await api.organisation("Secretive Ltd")
    handle = await give_profile(other)
    for client in (other.owner, secretive.owner):
        await add(client, listing)
        await rate(client, listing, 4, "<script>alert(1)</script>")
    answer = (await acme.owner.post(RATINGS, {"id": listing["id"]})).text
    for word in ("@example.com", "Secretive", "Owner", str(other.id), str(other.owner.person)):
        assert word not in answer
    nodes = (await acme.owner(RATINGS, id=listing["id"]))["nodes"]
    assert [node["rater"] for node in nodes] == [None, {"handle": handle}]
    assert nodes[0]["comment"] == "<script>alert(1)</script>"
    assert not any(node["isOwn"] for node in nodes)


async def test_ratings_are_paged_without_gaps(api: Api, acme: Organisation, reviewers: Organisation) -> None:
    listing = await publish(api, acme, reviewers)
    for client in await many(api, 5):
        await add(client, listing)
        await rate(client, listing, 3)
    seen, after = [], None
    while True:
        page = await acme.owner(RATINGS, id=listing["id"], first=2, after=after)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_a_listing_that_is_not_public_is_not_rated(
    api: Api, acme: Organisation, other: Organisation, reviewers: Organisation
) -> None:
    listing = await publish(api, acme, reviewers)
    await add(other.owner, listing)
    await reviewers.owner(TAKE_DOWN, input={"listingId": listing["id"], "comments": "No."})
    for id_ in (listing["id"], encode_id("Listing", new_id())):
        assert await other.owner.refused(RATE, input={"listingId": id_, "score": 3}) == ["NOT_FOUND"]
        assert await other.owner.refused(RATINGS, id=id_) == ["NOT_FOUND"]
