"""The vault: a secret opens at its own place, with its own key, unchanged; anything else is a clear error."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from schema.db.key_file import BadKeys, Keys, add_key, drop_key, make_key_file, parse_keys, put_key_back, read_keys
from schema.db.vault import NONCE_BYTES, FileKeys, LocalKeys, Sealed, Vault, place_of, seal_with
from schema.errors import Conflict, KeyMissing, NotFound, SealBroken

KEY = bytes(range(32))
PLACE = place_of(uuid4(), uuid4(), 1, "github")
SECRET = b'{"key":"a secret that is long enough"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    assert make_key_file(tmp_path / "keys.json")
    return tmp_path / "keys.json"


@pytest.fixture
def vault() -> Vault:
    return Vault(LocalKeys(Keys("k", {"k": KEY})))


async def test_what_is_sealed_opens(vault: Vault) -> None:
    sealed = await vault.seal(SECRET, PLACE)
    assert await vault.open(sealed, PLACE) == SECRET
    assert SECRET not in sealed.sealed + sealed.wrapped_key
    assert KEY not in sealed.wrapped_key


@pytest.mark.parametrize("part", ["sealed", "wrapped_key"])
async def test_no_bit_may_be_another(vault: Vault, part: str) -> None:
    sealed = await vault.seal(SECRET, PLACE)
    data: bytes = getattr(sealed, part)
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealBroken):
            await vault.open(replace(sealed, **{part: bytes(changed)}), PLACE)
    for length in (0, 1, NONCE_BYTES, len(data) - 1):
        with pytest.raises(SealBroken):
            await vault.open(replace(sealed, **{part: data[:length]}), PLACE)


async def test_a_secret_opens_at_its_own_place_only(vault: Vault) -> None:
    tenant, owner = uuid4(), uuid4()
    sealed = await vault.seal(SECRET, place_of(tenant, owner, 1, "github"))
    for elsewhere in (
        place_of(uuid4(), owner, 1, "github"),
        place_of(tenant, uuid4(), 1, "github"),
        place_of(tenant, owner, 2, "github"),
        place_of(tenant, owner, 1, "google"),
    ):
        with pytest.raises(SealBroken):
            await vault.open(sealed, elsewhere)


async def test_two_secrets_of_one_place_do_not_mix(vault: Vault) -> None:
    one, two = await vault.seal(b"1" * 20, PLACE), await vault.seal(b"2" * 20, PLACE)
    with pytest.raises(SealBroken):
        await vault.open(Sealed(one.sealed, two.wrapped_key, "k"), PLACE)


async def test_ten_thousand_nonces_and_data_keys_are_all_different(vault: Vault) -> None:
    nonces = {seal_with(KEY, b"", b"")[1 : 1 + NONCE_BYTES] for _ in range(10_000)}
    assert len(nonces) == 10_000
    seals = [await vault.seal(SECRET, PLACE) for _ in range(1_000)]
    opened = {await vault.provider.unwrap(one.key_id, one.wrapped_key, PLACE) for one in seals}
    assert len(opened) == len(seals)


async def test_without_its_key_a_secret_does_not_open_and_says_so(vault: Vault) -> None:
    sealed = await vault.seal(SECRET, PLACE)
    with pytest.raises(KeyMissing, match="The key k is not here"):
        await Vault(LocalKeys(Keys("other", {"other": b"x" * 31 + b"y"}))).open(sealed, PLACE)
    with pytest.raises(KeyMissing, match="DRYSTONE_KEY_FILE"):
        await Vault(LocalKeys()).open(sealed, PLACE)
    # Another key of the same name is not it.
    with pytest.raises(SealBroken):
        await Vault(LocalKeys(Keys("k", {"k": b"x" * 31 + b"y"}))).open(sealed, PLACE)


def test_nothing_shows_a_key() -> None:
    keys = Keys("k", {"k": KEY})
    assert "\\x" not in repr(keys)
    assert base64.b64encode(KEY).decode() not in repr(keys)


# The key file


def test_a_key_file_is_for_its_owner_alone_and_is_made_once(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert not make_key_file(path)
    assert path.read_bytes() == before
    assert len(read_keys(path).by_id) == 1


@pytest.mark.parametrize("mode", [0o644, 0o620, 0o601])
def test_a_key_file_that_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(BadKeys, match="0600"):
        read_keys(path)
    # That is how Kubernetes gives a secret to a group.
    path.chmod(0o440)
    assert read_keys(path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": "AAAA"}}',
     '{"current": "a", "keys": {"a": "' + base64.b64encode(bytes(32)).decode() + '"}}',
     '{"current": "b", "keys": {"a": "' + base64.b64encode(KEY).decode() + '"}}',
     '{"current": "a", "keys": {"a": "not base64!!"}}', '{"current": "a", "keys": ["a"]}'],
)  # fmt: skip
def test_a_damaged_key_file_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadKeys) as refused:
        read_keys(path)
    assert base64.b64encode(KEY).decode() not in refused.value.message


def test_no_key_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match=r"keys\.json"):
        read_keys(tmp_path / "keys.json")


async def test_a_process_learns_of_a_key_that_was_added_while_it_runs(path: Path) -> None:
    reader, writer = Vault(FileKeys(path)), Vault(FileKeys(path))
    old = await writer.seal(SECRET, PLACE)
    assert await reader.open(old, PLACE) == SECRET
    key_id = add_key(path)
    fresh = await writer.seal(SECRET, PLACE)
    assert fresh.key_id == key_id != old.key_id
    assert await reader.open(fresh, PLACE) == SECRET
    assert await reader.open(old, PLACE) == SECRET
    moved = await writer.rewrap(old, PLACE)
    assert (moved.key_id, moved.sealed) == (key_id, old.sealed)
    assert await reader.open(moved, PLACE) == SECRET


async def test_a_key_that_was_dropped_is_missed_by_a_process_that_starts_now(path: Path) -> None:
    old = await Vault(FileKeys(path)).seal(SECRET, PLACE)
    with pytest.raises(Conflict, match="current"):
        drop_key(path, old.key_id)
    add_key(path)
    key = drop_key(path, old.key_id)
    with pytest.raises(KeyMissing):
        await Vault(FileKeys(path)).open(old, PLACE)
    with pytest.raises(NotFound):
        drop_key(path, old.key_id)
    put_key_back(path, old.key_id, key)
    assert await Vault(FileKeys(path)).open(old, PLACE) == SECRET
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_key_file_that_is_taken_away_is_missed_at_once(path: Path) -> None:
    vault = Vault(FileKeys(path))
    await vault.seal(SECRET, PLACE)
    path.unlink()
    with pytest.raises(KeyMissing):
        await vault.seal(SECRET, PLACE)


# Keys as a setting


def test_keys_may_be_given_as_text_the_current_one_first() -> None:
    one, two = base64.b64encode(KEY).decode(), base64.b64encode(KEY[::-1]).decode()
    keys = parse_keys(f"new:{two}, old:{one}")
    assert (keys.current, set(keys.by_id)) == ("new", {"new", "old"})
    for bad in ("", ",", one, f"a:{one},a:{two}", "a:short", f":{one}", f"a:{base64.b64encode(bytes(32)).decode()}"):
        with pytest.raises(BadKeys) as refused:
            parse_keys(bad)
        assert one not in refused.value.message
