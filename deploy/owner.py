"""The first owner of an installation: made once, with a key that is shown once and kept in the data folder for the CLI."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.token_file import token_file
from schema.access import RIGHTS, Right, Role
from schema.db.people import People
from schema.ids import LOCAL_TENANT

EMAIL = "owner@localhost"
NAME = "Owner"


async def ensure_owner(engine: AsyncEngine, data_dir: Path) -> str | None:
    """Make the local organisation with its owner, where there is none; give the owner's key if it was made now."""
    people = People(engine)
    person = await people.found_organisation(
        LOCAL_TENANT, "Local", email=EMAIL, person_name=NAME, password_hash=None, is_first=True
    )
    if person is None and token_file(data_dir).exists():
        return None
    owner = person or await people.person_by_email(EMAIL)
    if owner is None:
        return None
    scopes = sorted(right.value for right in RIGHTS[Role.OWNER] | {Right.REVIEW_LISTINGS})
    made = await people.make_key(LOCAL_TENANT, owner, "first owner", scopes)
    keep(token_file(data_dir), made.token)
    return made.token


def keep(path: Path, secret: str) -> None:
    """Write a secret to a file that only we may read, as a whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
    fresh.replace(path)
