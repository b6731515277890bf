"""The first owner of an installation: made once, with a key that is given once; another key only for who is an owner."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.owner import found_installation, replace_lost_key
from schema.access import PLATFORM_RIGHTS, RIGHTS, Role
from schema.db.migrate import upgrade
from schema.db.people import People
from schema.errors import NotFound
from schema.ids import LOCAL_TENANT

EMAIL = "first@example.com"


async def test_the_first_owner_is_given_a_key_once_and_another_when_it_is_lost(empty: AsyncEngine) -> None:
    await upgrade(empty)
    people = People(empty)
    made = await found_installation(empty, EMAIL)
    assert made is not None
    owner = await people.by_key(made)
    assert owner is not None
    assert (owner.tenant_id, owner.email, owner.role, owner.is_platform_admin) == (
        LOCAL_TENANT,
        EMAIL,
        Role.OWNER,
        True,
    )
    assert set(owner.rights) == RIGHTS[Role.OWNER] | PLATFORM_RIGHTS
    assert await found_installation(empty, EMAIL) is None
    assert await found_installation(empty, "second@example.com") is None
    kept = (await people.make_key(LOCAL_TENANT, owner.person_id, "of their own", ["graphs:read"])).token
    another = await replace_lost_key(empty, EMAIL)
    assert another != made
    assert await people.by_key(made) is None
    assert await people.by_key(kept) is not None
    found = await people.by_key(another)
    assert found is not None
    assert found.person_id == owner.person_id
    with pytest.raises(NotFound, match="is no owner of the first organisation"):
        await replace_lost_key(empty, "second@example.com")


async def test_a_member_who_is_no_owner_is_given_no_key(empty: AsyncEngine) -> None:
    await upgrade(empty)
    people = People(empty)
    await found_installation(empty, EMAIL)
    owner = await people.person_by_email(EMAIL)
    assert isinstance(owner, UUID)
    made = await people.invite(LOCAL_TENANT, "viewer@example.com", Role.VIEWER, owner, 60)
    await people.accept_invitation(made.token, "Viewer", None)
    with pytest.raises(NotFound):
        await replace_lost_key(empty, "viewer@example.com")
