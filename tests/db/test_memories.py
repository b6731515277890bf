"""What agents remember: kept once by each write, per person and agent, within its limits, and gone when it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from schema.db import memories as memories_module
from schema.db.memories import Memories, Place
from schema.db.tenancy import TenantDatabase
from schema.errors import BlockFailed, InvalidValue, LimitExceeded, NotFound, ValueTooLarge
from schema.limits import LIMITS
from tests.db.stores import Stores


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(stores: Stores) -> UUID:
    await stores.do("INSERT INTO organisations (id, name) VALUES (:id, 'Acme')", id=stores.tenant)
    return stores.tenant


@pytest.fixture
def memories(stores: Stores) -> Memories:
    return Memories(stores.engine, stores.values)


@pytest.fixture
def place(tenant: UUID) -> Place:
    return Place(tenant, uuid4(), str(uuid4()))


async def keep(stores: Stores, place: Place, key: str, value: Any, write_key: str = "w") -> None:
    run = await stores.accept()
    await Memories(stores.engine, stores.values).keep(place, key, value, run.id, write_key)


@pytest.mark.parametrize("value", [None, 0, "text", {"a": [1, 2.5, None]}, "x" * 5_000, ["y" * 1_000] * 100])
async def test_what_is_kept_is_recalled(stores: Stores, memories: Memories, place: Place, value: Any) -> None:
    await keep(stores, place, "key", value)
    assert await memories.recall(place, "key") == value
    assert await memories.recall(place, "another") is None


async def test_a_later_value_takes_the_place_of_an_earlier_one(
    stores: Stores, memories: Memories, place: Place
) -> None:
    await keep(stores, place, "key", 1)
    await keep(stores, place, "key", 2)
    assert await memories.recall(place, "key") == 2


async def test_a_repeated_write_does_not_undo_a_later_one(stores: Stores, memories: Memories, place: Place) -> None:
    run = await stores.accept()
    await memories.keep(place, "key", "first", run.id, "step 1")
    await keep(stores, place, "key", "of a later run")
    await memories.keep(place, "key", "first", run.id, "step 1")
    assert await memories.recall(place, "key") == "of a later run"
    # The control: another write of the same run does.
    await memories.keep(place, "key", "second", run.id, "step 2")
    assert await memories.recall(place, "key") == "second"


async def test_each_agent_person_and_organisation_has_its_own(
    stores: Stores, memories: Memories, place: Place, tenant: UUID
) -> None:
    await keep(stores, place, "key", "mine")
    for other in (replace(place, graph_id=""), replace(place, owner=uuid4()), replace(place, tenant=uuid4())):
        assert await memories.recall(other, "key") is None


async def test_the_second_lock_shows_nothing_of_another_tenant(stores: Stores, place: Place) -> None:
    await keep(stores, place, "key", "mine")
    own = Memories(TenantDatabase(stores.engine, place.tenant), stores.values)
    assert await own.recall(place, "key") == "mine"
    foreign = Memories(TenantDatabase(stores.engine, uuid4()), stores.values)
    assert await foreign.recall(place, "key") is None
    with pytest.raises(NotFound):
        await foreign.forget(place, "key")


async def test_there_is_room_for_so_many_keys_and_those_that_are_there_can_change(
    stores: Stores, memories: Memories, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memories_module, "LIMITS", replace(LIMITS, memory_keys_max=2))
    await keep(stores, place, "a", 1)
    await keep(stores, replace(place, graph_id=""), "b", 1)
    run = await stores.accept()
    with pytest.raises(LimitExceeded, match="forget"):
        await memories.keep(place, "c", 1, run.id, "w")
    await keep(stores, place, "a", 2)
    await memories.forget(place, "a")
    # What was refused is not marked as written.
    await memories.keep(place, "c", 1, run.id, "w")
    assert await memories.recall(place, "c") == 1


async def test_keys_and_values_have_limits(stores: Stores, memories: Memories, place: Place) -> None:
    run = await stores.accept()
    longest = "\U0001f9f1" * LIMITS.memory_key_chars_max
    await memories.keep(place, longest, 1, run.id, "longest")
    assert await memories.recall(place, longest) == 1
    for key in ("", longest + "x"):
        with pytest.raises(BlockFailed, match="characters"):
            await memories.keep(place, key, 1, run.id, key[:1])
    with pytest.raises(InvalidValue):
        await memories.recall(place, "nul\x00")
    with pytest.raises(ValueTooLarge):
        await memories.keep(place, "key", "x" * LIMITS.memory_value_bytes_max, run.id, "large")


async def test_a_page_goes_by_agent_and_key(stores: Stores, memories: Memories, place: Place) -> None:
    for key in ("b", "a", "c"):
        await keep(stores, place, key, key)
    await keep(stores, replace(place, graph_id=""), "shared", 1)
    first = await memories.page(place.tenant, place.owner, 2, None)
    assert [one.key for one in first] == ["shared", "a"]
    rest = await memories.page(place.tenant, place.owner, 9, (first[-1].graph_id, first[-1].key))
    assert [one.key for one in rest] == ["b", "c"]
    of_agent = await memories.page(place.tenant, place.owner, 9, None, place.graph_id)
    assert [one.key for one in of_agent] == ["a", "b", "c"]
