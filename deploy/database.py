"""`python -m deploy.database`: brings the database up to date, as a program; it changes no row of anybody's.

python -m deploy.database                        the database of DRYSTONE_DATABASE_URL; prints its revision
python -m deploy.database embedded               an embedded stack's: it has an owner with a key, and keys that seal, too
python -m deploy.database --owner-email EMAIL    and the first organisation with its owner, where there is none; prints the key
python -m deploy.database --owner-email EMAIL --new-key    another key for that owner
"""

from __future__ import annotations

import argparse
import asyncio

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.ending import leave, status_of
from deploy.owner import ensure_owner, found_installation, replace_lost_key
from deploy.sealing import ensure_keys
from deploy.session import NoDatabase
from deploy.settings import Settings
from schema.db.engine import make_engine
from schema.db.event_order import mend_event_order
from schema.db.migrate import current_revision, upgrade


async def prepare(settings: Settings, wanted: argparse.Namespace) -> list[str]:
    """Upgrade, and make what is wanted; give what to say, line by line."""
    # An index of a large table takes minutes.
    engine = make_engine(
        settings.database_url or "", pool_size=1, application_name="drystone migrate", command_seconds=None
    )
    try:
        await upgrade(engine)
        said = [f"The database is at revision {await current_revision(engine)}."]
        if (count := await mend_event_order(engine)) is not None:
            said.append(f"It was loaded from another server: {count} events were put in this one's order.")
        if wanted.kind == "embedded":
            await ensure_owner(engine, settings.data_dir)
            ensure_keys(settings)
        elif wanted.owner_email is not None:
            said += await _with_owner(engine, wanted.owner_email, is_key_new=wanted.new_key)
        return said
    finally:
        await engine.dispose()


async def _with_owner(engine: AsyncEngine, email: str, *, is_key_new: bool) -> list[str]:
    key = await replace_lost_key(engine, email) if is_key_new else await found_installation(engine, email)
    if key is None:
        return ["There is an owner already. If their key is lost: --new-key."]
    return [f"The API key of {email}, shown this once; it opens everything here:", f"  {key}"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", nargs="?", choices=["embedded"])
    parser.add_argument("--owner-email")
    parser.add_argument("--new-key", action="store_true")
    wanted, settings = parser.parse_args(), Settings()
    if settings.database_url is None:
        raise NoDatabase
    print("\n".join(asyncio.run(prepare(settings, wanted))))


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError)))
