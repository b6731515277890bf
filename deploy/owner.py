"""The first owner of an installation: made once, with a key that is shown once; it signs nobody in.

An embedded stack keeps the key in its data folder, for the CLI. An installation of one's own shows it to who made the owner.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.token_file import token_file
from schema.access import PLATFORM_RIGHTS, RIGHTS, Role
from schema.db.engine import make_engine
from schema.db.people import People
from schema.errors import NotFound
from schema.ids import LOCAL_TENANT

EMAIL = "owner@localhost"
NAME = "Owner"
KEY_NAME = "first owner"
BROWSER_SESSION_SECONDS: Final = 12 * 3600.0


async def ensure_owner(engine: AsyncEngine, data_dir: Path) -> str | None:
    """Make the local organisation with its owner, where there is none; give the owner's key if it was made now."""
    people = People(engine)
    person = await _found(people, EMAIL)
    if person is None and token_file(data_dir).exists():
        return None
    owner = person or await people.person_by_email(EMAIL)
    if owner is None:
        return None
    token = await _make_key(people, owner)
    keep(token_file(data_dir), token)
    return token


async def found_installation(engine: AsyncEngine, email: str) -> str | None:
    """Make the first organisation with its owner, where there is none; give the owner's key if it was made now."""
    people = People(engine)
    person = await _found(people, email)
    return None if person is None else await _make_key(people, person)


async def replace_lost_key(engine: AsyncEngine, email: str) -> str:
    """Give another key to an owner of the first organisation, and end those that they got so before: what is lost may have been
    found. Whoever may write to the database may do anything already."""
    people = People(engine)
    for member in await people.members(LOCAL_TENANT):
        if member.email == email and member.role == Role.OWNER:
            lost = [
                key.id
                for key in await people.keys(LOCAL_TENANT, member.id)
                if key.name == KEY_NAME and key.revoked_at is None
            ]
            token = await _make_key(people, member.id)
            for key in lost:
                await people.revoke_key(LOCAL_TENANT, key)
            return token
    raise NotFound(f"{email} is no owner of the first organisation.")


async def begin_browser_session(database_url: str) -> str:
    """Give a token with which a browser on this machine is the first owner of the embedded stack, for half a day."""
    engine = make_engine(database_url)
    try:
        people = People(engine)
        owner = await people.person_by_email(EMAIL)
        if owner is None:
            raise NotFound(f"{EMAIL} is nobody here: this stack was not made by `drystone dev` or `demo`.")
        return (await people.begin_session(owner, LOCAL_TENANT, BROWSER_SESSION_SECONDS)).token
    finally:
        await engine.dispose()


async def _found(people: People, email: str) -> UUID | None:
    return await people.found_organisation(
        LOCAL_TENANT, "Local", email=email, person_name=NAME, password_hash=None, is_first=True
    )


async def _make_key(people: People, owner: UUID) -> str:
    scopes = sorted(right.value for right in RIGHTS[Role.OWNER] | PLATFORM_RIGHTS)
    return (await people.make_key(LOCAL_TENANT, owner, KEY_NAME, scopes)).token


def keep(path: Path, secret: str) -> None:
    """Write a secret to a file that only we may read, as a whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
    fresh.replace(path)
