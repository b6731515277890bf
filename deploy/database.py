"""`python -m deploy.database`: brings the database up to date, as a program; it reads and changes no row of anybody's.

python -m deploy.database            the database of DRYSTONE_DATABASE_URL; prints its revision
python -m deploy.database embedded   an embedded stack's: it has an owner with a key, and keys that seal, too
"""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy.exc import DBAPIError

from deploy.ending import leave, status_of
from deploy.owner import ensure_owner
from deploy.sealing import ensure_keys
from deploy.session import NoDatabase
from deploy.settings import Settings
from schema.db.engine import make_engine
from schema.db.migrate import current_revision, upgrade


async def prepare(settings: Settings, *, is_embedded: bool) -> str | None:
    """Upgrade; give the revision."""
    engine = make_engine(settings.database_url or "", pool_size=1)
    try:
        await upgrade(engine)
        if is_embedded:
            await ensure_owner(engine, settings.data_dir)
            ensure_keys(settings)
        return await current_revision(engine)
    finally:
        await engine.dispose()


def main() -> None:
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase
    revision = asyncio.run(prepare(settings, is_embedded="embedded" in sys.argv[1:]))
    print(f"The database is at revision {revision}.")


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError)))
