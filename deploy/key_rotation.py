"""`python -m deploy.key_rotation`: turns the keys that seal credentials, while everything runs; it shows no secret.

show                     the keys by their ids, and how many credentials each seals
rotate, resume           add a key and wrap every data key by it; go on with that where it was broken off
drop KEY_ID              take a key out that seals nothing any more
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import DBAPIError

from deploy.ending import leave, status_of
from deploy.sealing import key_path, key_provider
from deploy.session import NoDatabase
from deploy.settings import Settings
from deploy.stack import using
from schema.db.engine import make_engine
from schema.db.key_file import BadKeys, add_key, drop_key, put_key_back
from schema.db.rewrapping import Rewrapping
from schema.db.vault import Vault
from schema.errors import Conflict


@dataclass(frozen=True)
class Keys:
    """The keys of a deployment and what they seal."""

    settings: Settings
    rewrapping: Rewrapping


Work = Callable[[Keys], Awaitable[int]]


async def show(keys: Keys) -> int:
    current = await key_provider(keys.settings).current_key_id()
    counts = await keys.rewrapping.references()
    for key_id, count in sorted({current: 0, **counts}.items()):
        print(f"{key_id}  {count} credentials{'  (current)' if key_id == current else ''}")
    return 0


async def rotate(keys: Keys) -> int:
    if keys.settings.keys is not None:
        raise BadKeys("The keys are set by DRYSTONE_KEYS: put the new one first there, restart, then --resume.")
    print(f"The new key is {add_key(key_path(keys.settings))}.")
    return await resume(keys)


async def resume(keys: Keys) -> int:
    done = await Rewrapping(keys.rewrapping.engine, Vault(key_provider(keys.settings))).run()
    print(f"{done.count} data keys are wrapped by the current key now.")
    for broken in done.broken:
        print(f"The data key of the credential {broken} does not open; it was left as it is.")
    return 1 if done.broken else 0


async def drop(keys: Keys, key_id: str) -> int:
    if keys.settings.keys is not None:
        raise BadKeys("The keys are set by DRYSTONE_KEYS: take it out there.")
    path = key_path(keys.settings)
    _need_unused(await keys.rewrapping.references(), key_id)
    key = drop_key(path, key_id)
    # Somebody may have sealed with it between the look and now.
    try:
        _need_unused(await keys.rewrapping.references(), key_id)
    except Conflict:
        put_key_back(path, key_id, key)
        raise
    print(f"The key {key_id} is dropped.")
    return 0


def _need_unused(counts: dict[str, int], key_id: str) -> None:
    if counts.get(key_id):
        raise Conflict(f"The key {key_id} still seals {counts[key_id]} secrets: `drystone credentials rotate` first.")


async def opened(settings: Settings, work: Work) -> int:
    """Work with the database of the settings, or else with the running embedded stack's."""
    if settings.database_url is not None:
        return await _with_database(settings, work)
    async with using(settings.data_dir) as endpoints:
        if endpoints is None:
            raise NoDatabase
        return await _with_database(settings.at(endpoints), work)


async def _with_database(settings: Settings, work: Work) -> int:
    assert settings.database_url is not None
    engine = make_engine(settings.database_url, pool_size=2, application_name="drystone keys")
    try:
        return await work(Keys(settings, Rewrapping(engine, Vault(key_provider(settings)))))
    finally:
        await engine.dispose()


WORKS: Final[dict[str, Work]] = {"show": show, "rotate": rotate, "resume": resume}


def main() -> int:
    word, *rest = sys.argv[1:]
    work = (lambda keys: drop(keys, rest[0])) if word == "drop" else WORKS[word]
    return asyncio.run(opened(Settings(), work))


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError)))
