"""Stored credentials: sealed in their rows, whose they are, renewed one at a time, wrapped anew while in use."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.credentials import Credential, Credentials, Secret
from schema.db.key_file import add_key, drop_key, make_key_file, read_keys
from schema.db.people import People
from schema.db.rewrapping import Rewrapping
from schema.db.tenancy import TenantDatabase
from schema.db.vault import FileKeys, Vault
from schema.errors import CredentialEnded, KeyMissing, NotFound, SealBroken, Unavailable
from schema.ids import new_id
from schema.limits import LIMITS

ANN, BEN = uuid4(), uuid4()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_key_file(tmp_path / "keys.json")
    return tmp_path / "keys.json"


@pytest.fixture
def store(engine: AsyncEngine, path: Path) -> Credentials:
    return Credentials(engine, Vault(FileKeys(path)))


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(engine: AsyncEngine) -> UUID:
    return await an_organisation(engine)


async def an_organisation(engine: AsyncEngine) -> UUID:
    made = new_id()
    email = f"{made}@example.com"
    await People(engine).found_organisation(made, "Org", email=email, person_name="", password_hash=None)
    return made


async def make(store: Credentials, tenant: UUID, owner: UUID | None = ANN, **secret: Any) -> Credential:
    given = Secret(**{"values": {"key": "the secret"}, "last4": "cret", **secret})
    return await store.make(tenant, owner, "github", "api_key", "Mine", given)


async def row_of(engine: AsyncEngine, credential: Credential) -> dict[str, Any]:
    async with engine.connect() as connection:
        where = {"id": credential.id}
        return dict(
            (await connection.execute(text("SELECT * FROM credentials WHERE id = :id"), where)).mappings().one()
        )


async def change(engine: AsyncEngine, credential: Credential, **columns: Any) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    async with engine.begin() as connection:
        await connection.execute(
            text(f"UPDATE credentials SET {sets} WHERE id = :id"), {"id": credential.id, **columns}
        )


async def test_a_secret_comes_back_and_its_row_does_not_have_it(
    engine: AsyncEngine, store: Credentials, tenant: UUID
) -> None:
    made = await make(store, tenant)
    shown, values = await store.open(tenant, made.id, ANN)
    assert (values, shown.last4, shown.version) == ({"key": "the secret"}, "cret", 1)
    assert "the secret" not in str(await row_of(engine, made))


async def test_one_that_is_owned_is_there_for_its_owner_alone(
    store: Credentials, tenant: UUID, engine: AsyncEngine
) -> None:
    mine, ours = await make(store, tenant, ANN), await make(store, tenant, None)
    assert [row.id for row in await store.page(tenant, ANN, 10)] == [ours.id, mine.id]
    assert [row.id for row in await store.page(tenant, BEN, 10)] == [ours.id]
    assert [row.id for row in await store.page(tenant, None, 10)] == [ours.id]
    elsewhere = await an_organisation(engine)
    for whose, person in ((tenant, BEN), (tenant, None), (elsewhere, ANN)):
        messages = set()
        for credential_id in (mine.id, new_id()):
            for attempt in (
                store.get(whose, credential_id, person),
                store.open(whose, credential_id, person),
                store.change(whose, credential_id, person, owner=person, title="Taken"),
                store.delete(whose, credential_id, person),
            ):
                with pytest.raises(NotFound) as refused:
                    await attempt
                messages.add(refused.value.message)
        assert len(messages) == 1


async def test_the_second_lock_hides_other_tenants_rows(engine: AsyncEngine, store: Credentials, tenant: UUID) -> None:
    made = await make(store, tenant)
    elsewhere = Credentials(TenantDatabase(engine, await an_organisation(engine)), store.vault)
    assert await elsewhere.many(tenant, [made.id], ANN) == {}
    own = Credentials(TenantDatabase(engine, tenant), store.vault)
    assert set(await own.many(tenant, [made.id], ANN)) == {made.id}


async def test_what_is_copied_into_another_row_does_not_open(
    engine: AsyncEngine, store: Credentials, tenant: UUID
) -> None:
    one, two = await make(store, tenant), await make(store, tenant)
    first, second = await row_of(engine, one), await row_of(engine, two)
    sealed = ("sealed", "wrapped_key", "key_id")
    await change(engine, one, **{name: second[name] for name in sealed})
    await change(engine, two, **{name: first[name] for name in sealed})
    for swapped in (one, two):
        with pytest.raises(SealBroken):
            await store.open(tenant, swapped.id, ANN)
    await change(engine, one, **{name: first[name] for name in sealed})
    assert (await store.open(tenant, one.id, ANN))[1] == {"key": "the secret"}
    for name, value in (("version", 2), ("provider", "google")):
        await change(engine, one, **{name: value})
        with pytest.raises(SealBroken):
            await store.open(tenant, one.id, ANN)
        await change(engine, one, **{name: first[name]})


async def test_a_new_secret_is_sealed_by_a_data_key_of_its_own(
    engine: AsyncEngine, store: Credentials, tenant: UUID
) -> None:
    made = await make(store, tenant)
    before = await row_of(engine, made)
    changed = await store.change(tenant, made.id, ANN, owner=None, title="Ours", secret=Secret({"key": "another one"}))
    after = await row_of(engine, made)
    assert (changed.version, changed.title, changed.owner_id, changed.last4) == (2, "Ours", None, None)
    assert before["wrapped_key"] != after["wrapped_key"]
    assert (await store.open(tenant, made.id, BEN))[1] == {"key": "another one"}
    # The old one does not open at the new version.
    await change(engine, made, sealed=before["sealed"], wrapped_key=before["wrapped_key"])
    with pytest.raises(SealBroken):
        await store.open(tenant, made.id, BEN)


async def test_a_deleted_one_keeps_no_secret(engine: AsyncEngine, store: Credentials, tenant: UUID) -> None:
    made = await make(store, tenant)
    await store.delete(tenant, made.id, ANN)
    row = await row_of(engine, made)
    assert (row["sealed"], row["wrapped_key"], row["key_id"], row["last4"]) == (b"", b"", "", None)
    with pytest.raises(NotFound):
        await store.open(tenant, made.id, ANN)


async def test_an_organisation_has_so_many_and_no_more(engine: AsyncEngine, store: Credentials, tenant: UUID) -> None:
    first = await make(store, tenant)
    async with engine.begin() as connection:
        copied = text(
            "INSERT INTO credentials (id, tenant_id, provider, type, title, scopes, hosts, version, sealed, wrapped_key, key_id) "
            "SELECT gen_random_uuid(), tenant_id, provider, type, title, scopes, hosts, version, '', '', '' "
            "FROM credentials, generate_series(3, :count) WHERE id = :id"
        )
        await connection.execute(copied, {"count": LIMITS.credentials_max, "id": first.id})
    made = await asyncio.gather(*(make(store, tenant) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "Credential"]


# Renewal


def is_due(credential: Credential) -> bool:
    return credential.expires_at is not None and credential.expires_at < datetime.now(UTC)


async def test_twenty_who_find_it_due_renew_it_once(store: Credentials, tenant: UUID) -> None:
    made = await make(store, tenant, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    asked = 0

    async def renewal(found: Credential, values: Mapping[str, Any]) -> Secret:
        nonlocal asked
        asked += 1
        return Secret({"key": f"{values['key']} {asked}"}, expires_at=datetime.now(UTC) + timedelta(hours=1))

    renewed = await asyncio.gather(*(store.renew(tenant, made.id, ANN, is_due, renewal) for _ in range(20)))
    assert asked == 1
    assert {values["key"] for _, values in renewed} == {"the secret 1"}
    assert {credential.version for credential, _ in renewed} == {2}


async def test_a_renewal_that_fails_changes_nothing_and_one_that_is_refused_ends_it(
    store: Credentials, tenant: UUID
) -> None:
    made = await make(store, tenant, expires_at=datetime.now(UTC) - timedelta(seconds=1))

    async def away(found: Credential, values: Mapping[str, Any]) -> Secret:
        raise Unavailable

    async def refused(found: Credential, values: Mapping[str, Any]) -> Secret:
        raise CredentialEnded

    with pytest.raises(Unavailable):
        await store.renew(tenant, made.id, ANN, is_due, away)
    assert (await store.get(tenant, made.id, ANN)).ended_at is None
    with pytest.raises(CredentialEnded):
        await store.renew(tenant, made.id, ANN, is_due, refused)
    assert (await store.get(tenant, made.id, ANN)).ended_at is not None
    again = await store.change(tenant, made.id, ANN, owner=ANN, secret=Secret({"key": "new"}))
    assert again.ended_at is None


# Rotation


async def test_every_data_key_is_wrapped_anew_and_secrets_stay(
    engine: AsyncEngine, store: Credentials, tenant: UUID, path: Path
) -> None:
    made = [await make(store, tenant) for _ in range(120)]
    before = await row_of(engine, made[0])
    old, new = before["key_id"], add_key(path)
    rewrapping = Rewrapping(engine, store.vault)
    assert (await rewrapping.references()).get(old) == 120
    await forget_other_keys(engine, {old, new})
    done = await rewrapping.run()
    assert (done.count, done.broken) == (120, [])
    assert (await rewrapping.run()).count == 0
    after = await row_of(engine, made[0])
    assert (after["key_id"], after["sealed"]) == (new, before["sealed"])
    assert old not in await rewrapping.references()
    drop_key(path, old)
    fresh = Credentials(engine, Vault(FileKeys(path)))
    assert (await fresh.open(tenant, made[-1].id, ANN))[1] == {"key": "the secret"}


async def test_a_rotation_that_was_broken_off_goes_on(
    engine: AsyncEngine, store: Credentials, tenant: UUID, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await make(store, tenant) for _ in range(5)]
    old, new = read_keys(path).current, add_key(path)
    await forget_other_keys(engine, {old, new})
    monkeypatch.setattr("schema.db.rewrapping.BATCH", 2)
    rewrapping = Rewrapping(engine, store.vault)
    task = asyncio.create_task(rewrapping.run())
    while (await rewrapping.references()).get(new, 0) < 2:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 2 <= (await rewrapping.references())[new] <= 5
    await rewrapping.run()
    counts = await rewrapping.references()
    assert (counts.get(old), counts[new]) == (None, 5)
    for credential in made:
        assert (await store.open(tenant, credential.id, ANN))[1] == {"key": "the secret"}


async def test_one_that_does_not_open_is_named_and_the_others_are_wrapped(
    engine: AsyncEngine, store: Credentials, tenant: UUID, path: Path
) -> None:
    good, bad, lost = [await make(store, tenant) for _ in range(3)]
    await change(engine, bad, wrapped_key=b"broken")
    await change(engine, lost, key_id="k-gone")
    new = add_key(path)
    await forget_other_keys(engine, {(await row_of(engine, good))["key_id"], "k-gone", new})
    done = await Rewrapping(engine, store.vault).run()
    assert (done.count, set(done.broken)) == (1, {bad.id, lost.id})
    with pytest.raises(KeyMissing):
        await store.open(tenant, lost.id, ANN)
    assert (await store.open(tenant, good.id, ANN))[1] == {"key": "the secret"}


async def test_nobody_notices_a_rotation(engine: AsyncEngine, store: Credentials, tenant: UUID, path: Path) -> None:
    made = [await make(store, tenant) for _ in range(20)]
    await forget_other_keys(engine, {read_keys(path).current})
    readers = [Credentials(engine, Vault(FileKeys(path))) for _ in range(3)]
    is_over, opened = False, 0

    async def read(reader: Credentials) -> None:
        nonlocal opened
        while not is_over:
            for credential in made:
                assert (await reader.open(tenant, credential.id, ANN))[1]["key"].startswith("the secret")
                opened += 1

    async def write() -> None:
        while not is_over:
            await store.change(tenant, made[0].id, ANN, owner=ANN, secret=Secret({"key": "the secret, anew"}))
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(read(reader)) for reader in readers] + [asyncio.create_task(write())]
    for _ in range(5):
        old = read_keys(path).current
        add_key(path)
        rewrapping = Rewrapping(engine, Vault(FileKeys(path)))
        await rewrapping.run()
        assert old not in await rewrapping.references()
        drop_key(path, old)
    is_over = True
    await asyncio.gather(*tasks)
    assert opened > 100


async def forget_other_keys(engine: AsyncEngine, kept: set[str]) -> None:
    """Take away what other tests sealed: its keys are in files of theirs."""
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM credentials WHERE key_id <> ALL(:kept)"), {"kept": list(kept)})
