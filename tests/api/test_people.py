"""People: signing in, members and their roles, invitations, API keys, the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.graphql.ids import encode_id
from api.passwords import hash_password
from schema.access import PLATFORM_RIGHTS, RIGHTS, Right, Role
from tests.api.serving import Api, Failed, Organisation

VIEWER = "{ viewer { email role rights organisation { name } } }"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token viewer { email role } errors { code } } }"
KEY = (
    "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { token apiKey { id } errors { code path } } }"
)
REVOKE = "mutation($id: ID!) { revokeApiKey(id: $id) { apiKey { revokedAt } errors { code } } }"
INVITE = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token errors { code } } }"
ACCEPT = (
    "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) "
    "{ token viewer { email role } errors { code path } } }"
)
SET_ROLE = "mutation($input: SetMemberRoleInput!) { setMemberRole(input: $input) { member { role } errors { code } } }"
REMOVE = "mutation($id: ID!) { removeMember(id: $id) { isDone errors { code } } }"
PASSWORD = "a long enough password"


async def test_a_key_says_who_one_is(acme: Organisation) -> None:
    viewer = await acme[Role.OPERATOR](VIEWER)
    assert (viewer["role"], viewer["organisation"]["name"]) == ("OPERATOR", "Acme")
    assert "runs:execute" in viewer["rights"]
    assert "graphs:write" not in viewer["rights"]


async def test_nobody_is_refused_and_a_wrong_token_is_401(api: Api) -> None:
    assert await api.client().refused(VIEWER) == ["UNAUTHENTICATED"]
    for token in ("nonsense", "dry_00000000000000000000000000000000_x", "drs_x", "dry_", "a.b.c"):
        answer = await api.client(token).post(VIEWER)
        assert answer.status_code == 401, token
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_signing_in_by_password_begins_a_session_that_signing_out_ends(api: Api, acme: Organisation) -> None:
    email = (await acme.owner(VIEWER))["email"]
    assert acme.owner.person is not None
    await api.people.set_password(acme.owner.person, await hash_password(PASSWORD))
    made = await api.client()(SIGN_IN, input={"email": email.upper(), "password": PASSWORD})
    session = api.client(made["token"])
    assert (await session(VIEWER))["email"] == email
    assert await session("mutation { signOut { isDone } }") == {"isDone": True}
    assert (await session.post(VIEWER)).status_code == 401


@pytest.mark.parametrize(("email", "password"), [("nobody@example.com", PASSWORD), ("known", "a wrong password!")])
async def test_a_wrong_address_and_a_wrong_password_are_told_alike(
    api: Api, acme: Organisation, email: str, password: str
) -> None:
    known = (await acme.owner(VIEWER))["email"]
    assert acme.owner.person is not None
    await api.people.set_password(acme.owner.person, await hash_password(PASSWORD))
    answer = await api.client()(SIGN_IN, input={"email": known if email == "known" else email, "password": password})
    assert answer == {"token": None, "viewer": None, "errors": [{"code": "BAD_USER_INPUT"}]}


async def test_a_changed_password_ends_every_session(api: Api, acme: Organisation) -> None:
    email = (await acme.owner(VIEWER))["email"]
    assert acme.owner.person is not None
    await api.people.set_password(acme.owner.person, await hash_password(PASSWORD))
    first = api.client((await api.client()(SIGN_IN, input={"email": email, "password": PASSWORD}))["token"])
    change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { token errors { code path } } }"
    wrong = await first(change, input={"oldPassword": "not this one", "newPassword": "another long one"})
    assert wrong["errors"] == [{"code": "BAD_USER_INPUT", "path": ["oldPassword"]}]
    short = await first(change, input={"oldPassword": PASSWORD, "newPassword": "short"})
    assert short["errors"] == [{"code": "BAD_USER_INPUT", "path": ["password"]}]
    made = await first(change, input={"oldPassword": PASSWORD, "newPassword": "another long one"})
    assert (await first.post(VIEWER)).status_code == 401
    assert (await api.client(made["token"])(VIEWER))["email"] == email


async def test_an_owner_without_a_password_sets_the_first_by_key_and_no_lesser_key_does(
    api: Api, acme: Organisation
) -> None:
    change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { token errors { code } } }"
    wanted = {"oldPassword": "", "newPassword": PASSWORD}
    for role in (Role.ADMIN, Role.VIEWER):
        assert await acme[role].refused(change, input=wanted) == ["FORBIDDEN"]
    lesser = await acme.owner(KEY, input={"name": "k", "scopes": ["runs:read"]})
    assert await api.client(lesser["token"]).refused(change, input=wanted) == ["FORBIDDEN"]
    session = api.client((await acme.owner(change, input=wanted))["token"])
    made = await session('mutation { createOrganisation(input: { name: "Mine" }) { organisation { name role } } }')
    assert made["organisation"] == {"name": "Mine", "role": "OWNER"}
    email = (await acme.owner(VIEWER))["email"]
    assert (await api.client()(SIGN_IN, input={"email": email, "password": PASSWORD}))["token"]
    assert await acme.owner.refused(change, input=wanted) == ["FORBIDDEN"]  # Now there is one: it takes a session.


async def test_an_invitation_makes_a_member_once(api: Api, acme: Organisation) -> None:
    email = f"new-{acme.id.hex}@example.com"
    made = await acme.owner(INVITE, input={"email": email, "role": "EDITOR"})
    accept = {"token": made["token"], "name": "New", "password": PASSWORD}
    accepted = await api.client()(ACCEPT, input=accept)
    assert accepted["viewer"] == {"email": email, "role": "EDITOR"}
    assert (await api.client()(ACCEPT, input=accept))["errors"][0]["code"] == "NOT_FOUND"
    assert email in {member["email"] for member in await acme.owner("{ members { email } }")}


async def test_an_invitation_does_not_open_an_account_that_exists(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    email = (await acme.owner(VIEWER))["email"]
    made = await other.owner(INVITE, input={"email": email, "role": "VIEWER"})
    accepted = await api.client()(ACCEPT, input={"token": made["token"], "name": "X", "password": PASSWORD})
    assert accepted["token"] is None


async def test_nobody_gives_a_role_above_their_own(acme: Organisation) -> None:
    members = {member["role"]: member["id"] for member in await acme.owner("{ members { id role } }")}
    admin = acme[Role.ADMIN]
    assert await admin.refused(INVITE, input={"email": "x@example.com", "role": "OWNER"}) == ["FORBIDDEN"]
    assert await admin.refused(SET_ROLE, input={"memberId": members["OWNER"], "role": "VIEWER"}) == ["FORBIDDEN"]
    assert await admin.refused(REMOVE, id=members["OWNER"]) == ["FORBIDDEN"]
    done = await admin(SET_ROLE, input={"memberId": members["VIEWER"], "role": "EDITOR"})
    assert done["member"]["role"] == "EDITOR"


async def test_an_organisation_keeps_an_owner(acme: Organisation) -> None:
    owner = encode_id("Member", acme.owner.person)
    assert await acme.owner.refused(REMOVE, id=owner) == ["CONFLICT"]
    assert await acme.owner.refused(SET_ROLE, input={"memberId": owner, "role": "ADMIN"}) == ["CONFLICT"]


async def test_a_member_who_is_removed_can_do_nothing_more(acme: Organisation) -> None:
    viewer = acme[Role.VIEWER]
    assert (await viewer(VIEWER))["role"] == "VIEWER"
    await acme.owner(REMOVE, id=encode_id("Member", viewer.person))
    assert (await viewer.post(VIEWER)).status_code == 401


async def test_members_of_another_organisation_are_not_there(acme: Organisation, other: Organisation) -> None:
    foreign = encode_id("Member", other[Role.VIEWER].person)
    nobody = encode_id("Member", "01a00000-0000-7000-8000-000000000000")
    for operation in (REMOVE,):
        assert await acme.owner.refused(operation, id=foreign) == await acme.owner.refused(operation, id=nobody)
    assert await acme.owner.refused(SET_ROLE, input={"memberId": foreign, "role": "VIEWER"}) == ["NOT_FOUND"]


async def test_a_key_has_the_scopes_that_it_was_given_and_no_more(api: Api, acme: Organisation) -> None:
    made = await acme.owner(KEY, input={"name": "reader", "scopes": ["runs:read"]})
    reader = api.client(made["token"])
    assert (await reader(VIEWER))["rights"] == ["runs:read"]
    assert await reader.refused("{ members { id } }") == ["FORBIDDEN"]
    assert await reader.refused(KEY, input={"name": "more", "scopes": ["graphs:write"]}) == ["FORBIDDEN"]


async def test_a_key_gives_nothing_that_its_person_has_not(acme: Organisation) -> None:
    operator = acme[Role.OPERATOR]
    assert await operator.refused(KEY, input={"name": "k", "scopes": ["graphs:write"]}) == ["BAD_USER_INPUT"]
    assert await operator.refused(KEY, input={"name": "k", "scopes": []}) == ["BAD_USER_INPUT"]


async def test_a_key_that_is_revoked_or_over_is_nobodys(api: Api, acme: Organisation) -> None:
    made = await acme.owner(KEY, input={"name": "k", "scopes": ["members:read"]})
    assert await api.client(made["token"])("{ members { id } }")
    assert (await acme.owner(REVOKE, id=made["apiKey"]["id"]))["apiKey"]["revokedAt"]
    assert (await api.client(made["token"]).post(VIEWER)).status_code == 401
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert acme.owner.person is not None
    over = await api.people.make_key(acme.id, acme.owner.person, "old", ["runs:read"], past)
    assert (await api.client(over.token).post(VIEWER)).status_code == 401


async def test_what_is_kept_of_a_key_does_not_open_anything(api: Api, acme: Organisation) -> None:
    made = await acme.owner(KEY, input={"name": "k", "scopes": ["runs:read"]})
    rows = await api.platform.sql(
        "SELECT row_to_json(k)::text AS row FROM api_keys k WHERE tenant_id = :id", id=acme.id
    )
    # What is behind the second underscore: there may be more of them in the secret.
    secret = made["token"].split("_", 2)[2]
    assert rows
    assert not any(secret in row.row for row in rows)


async def test_every_mutation_is_in_the_audit_log_and_what_was_denied_too(acme: Organisation) -> None:
    await acme.owner(INVITE, input={"email": "a@example.com", "role": "VIEWER"})
    await acme.owner.refused(REVOKE, id="nonsense")
    await acme[Role.VIEWER].refused(INVITE, input={"email": "b@example.com", "role": "VIEWER"})
    lines = (await acme.owner("{ auditLog { nodes { operation outcome code actor { name } } } }"))["nodes"]
    told = [(line["operation"], line["outcome"], line["code"], line["actor"]["name"]) for line in reversed(lines)]
    assert told == [
        ("inviteMember", "ALLOWED", None, "Owner"),
        ("revokeApiKey", "ALLOWED", None, "Owner"),
        ("revokeApiKey", "REFUSED", "NOT_FOUND", "Owner"),
        ("inviteMember", "DENIED", "FORBIDDEN", "Viewer"),
    ]
    assert await acme.owner("{ isAuditLogWhole }") is True


async def test_the_audit_log_is_paged_without_gaps(acme: Organisation) -> None:
    for number in range(5):
        await acme.owner(INVITE, input={"email": f"{number}@example.com", "role": "VIEWER"})
    page = "query($after: String) { auditLog(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    seen, after = [], None
    while True:
        found = await acme.owner(page, after=after)
        seen += [node["id"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 5
    assert await acme.owner.refused(page, after="nonsense") == ["BAD_CURSOR"]


async def test_a_changed_line_of_the_audit_log_is_found(api: Api, acme: Organisation) -> None:
    for number in range(3):
        await acme.owner(INVITE, input={"email": f"{number}@example.com", "role": "VIEWER"})
    with pytest.raises(DBAPIError, match="added and never changed"):
        await api.platform.sql("UPDATE audit_entries SET ip = 'x' WHERE tenant_id = :id", id=acme.id)
    async with api.services.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only"))
        await connection.execute(
            text(
                "UPDATE audit_entries SET operation = 'x' WHERE id = (SELECT min(id) FROM audit_entries WHERE tenant_id = :id)"
            ),
            {"id": acme.id},
        )
        await connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only"))
    assert await acme.owner("{ isAuditLogWhole }") is False


async def test_row_level_security_shows_one_tenant_also_where_a_query_forgot(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    for organisation in (acme, other):
        await organisation.owner(INVITE, input={"email": "a@example.com", "role": "VIEWER"})
    async with api.services.of(acme.id).database.connect() as connection:
        rows = (await connection.execute(text("SELECT DISTINCT tenant_id FROM audit_entries"))).scalars().all()
        assert rows == [acme.id]
        assert (await connection.execute(text("SELECT count(*) FROM people"))).scalar() == len(Role)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with api.services.of(acme.id).database.connect() as connection:
            await connection.execute(text("SELECT token_hash FROM sessions"))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with api.services.of(acme.id).database.begin() as connection:
            await connection.execute(
                text("INSERT INTO folders (tenant_id, id, name) VALUES (:tenant, gen_random_uuid(), 'x')"),
                {"tenant": other.id},
            )
    async with api.services.engine.connect() as connection:  # The control: without the second lock both are seen.
        everyone = (await connection.execute(text("SELECT DISTINCT tenant_id FROM audit_entries"))).scalars().all()
        assert {acme.id, other.id} <= set(everyone)


def test_every_right_is_somebodys() -> None:
    assert set().union(*RIGHTS.values()) == set(Right) - PLATFORM_RIGHTS


async def test_an_error_of_a_query_names_its_code(acme: Organisation) -> None:
    with pytest.raises(Failed) as failed:
        await acme.owner("{ nothing }")
    assert failed.value.codes == ["BAD_USER_INPUT"]
