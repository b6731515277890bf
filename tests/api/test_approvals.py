"""Approvals as a client sees them: the inbox, deciding, who may, links, the audit log, and nothing of another organisation."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from api.graphql.ids import decode_uuid, encode_id
from schema.access import Role
from tests.api.asking import BY_LINK, DECIDE, DECIDE_BY_LINK, INBOX, MAKE_LINK, ONE, REVOKE_LINK, asked
from tests.api.running import OUTPUTS, ended
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.waiting import eventually

NODES = "query($id: ID!) { node(id: $id) { id __typename } }"
OF_RUN = (
    "query($id: ID!) { run(id: $id) { status approvals { id status } "
    "nodeExecutions { nodes { nodeId waitsFor approvals { id } } } } }"
)


async def outputs(client: Client, run_id: str) -> dict[str, Any]:
    await ended(client, run_id, seconds=60)
    found = (await client(OUTPUTS, id=run_id))["outputs"]
    return {each["name"]: [value["json"] for value in each["values"]] for each in found}


async def decide(client: Client, approval: Json, **fields: Any) -> Json:
    return dict(await client(DECIDE, input={"id": approval["id"], "approve": True, **fields}))


async def make_link(client: Client, approval: Json, **fields: Any) -> Json:
    made = dict(await client(MAKE_LINK, input={"approvalId": approval["id"], **fields}))
    assert made["errors"] == [], made
    return made


async def by_link(api: Api, token: str, **fields: Any) -> Json:
    return dict(await api.client()(DECIDE_BY_LINK, input={"token": token, "approve": True, **fields}))


def person(client: Client) -> str:
    assert client.person is not None
    return encode_id("Member", client.person)


async def test_a_run_asks_shows_review_and_goes_on_with_what_was_approved(api: Api, acme: Organisation) -> None:
    approval = await asked(
        api, acme, data={"to": "ann"}, form={"type": "object", "required": ["to"]}, instructions="Look."
    )
    assert (approval["status"], approval["kind"], approval["title"]) == ("PENDING", "QUESTION", "Is this right?")
    assert (approval["data"], approval["message"], approval["askedBy"]) == (
        {"json": {"to": "ann"}},
        "Look.",
        {"name": "Owner"},
    )

    async def parked() -> list[Json]:
        # The approval is there a moment before its execution says that it waits.
        shown = await acme.owner(OF_RUN, id=approval["runId"])
        assert [one["id"] for one in shown["approvals"]] == [approval["id"]]
        nodes = shown["nodeExecutions"]["nodes"]
        return [one for one in nodes if one["nodeId"] == "ask" and one["waitsFor"] is not None]

    (waiting,) = await eventually(parked)
    assert waiting["approvals"] == [{"id": approval["id"]}]
    assert waiting["waitsFor"]["approval_id"] == str(decode_uuid("Approval", approval["id"]))
    assert (await acme.owner(NODES, id=approval["id"]))["__typename"] == "Approval"
    made = await decide(acme[Role.OPERATOR], approval, data={"to": "bob"}, comment="Rather Bob.")
    assert made["errors"] == []
    found = made["approval"]
    assert (found["status"], found["decidedBy"], found["comment"]) == ("APPROVED", {"name": "Operator"}, "Rather Bob.")
    vote = {"person": {"name": "Operator"}, "isApproval": True, "comment": "Rather Bob.", "source": "key"}
    assert found["votes"] == [{**vote, "data": {"json": {"to": "bob"}}}]
    assert await outputs(acme.owner, approval["runId"]) == {"approved": [{"to": "bob"}], "message": ["Rather Bob."]}
    log = await acme.owner("{ auditLog(first: 20) { nodes { operation outcome objectId } } }")
    assert {"operation": "decideApproval", "outcome": "ALLOWED", "objectId": approval["id"]} in log["nodes"]


async def test_the_inbox_has_what_one_may_decide_now(api: Api, acme: Organisation) -> None:
    operator, admin = acme[Role.OPERATOR], acme[Role.ADMIN]
    anyones = await asked(api, acme)
    admins = await asked(api, acme, roles=["ADMIN"])
    not_own = await asked(api, acme, operator, allows_self=False)
    two = await asked(api, acme, needed=2)

    async def mine(client: Client) -> list[str]:
        found = (await client(INBOX, mine=True))["nodes"]
        assert all(one["mayDecide"] for one in found)
        return [one["id"] for one in found]

    assert await mine(operator) == [two["id"], anyones["id"]]
    assert await mine(admin) == [two["id"], not_own["id"], admins["id"], anyones["id"]]
    assert await mine(acme[Role.VIEWER]) == []
    assert (await operator(ONE, id=admins["id"]))["mayDecide"] is False
    await decide(operator, two)
    assert two["id"] not in await mine(operator)
    assert two["id"] in await mine(admin)
    page = await acme.owner(INBOX, status=["PENDING"], first=3)
    assert [one["id"] for one in page["nodes"]] == [two["id"], not_own["id"], admins["id"]]
    rest = await acme.owner(INBOX, status=["PENDING"], first=3, after=page["pageInfo"]["endCursor"])
    assert [one["id"] for one in rest["nodes"]] == [anyones["id"]]
    await decide(acme.owner, anyones, approve=False)
    assert [one["id"] for one in (await acme.owner(INBOX, status=["REJECTED", "CANCELLED"]))["nodes"]] == [
        anyones["id"]
    ]
    assert await acme.owner.refused(INBOX, mine=True, status=["PENDING"]) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(INBOX, status=[]) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(INBOX, after="x") == ["BAD_CURSOR"]


async def test_who_may_not_decide_is_refused_and_nothing_changes(api: Api, acme: Organisation) -> None:
    operator = acme[Role.OPERATOR]
    approval = await asked(api, acme, operator, allows_self=False, roles=["OPERATOR", "ADMIN"], editable=False)
    asking = {"id": approval["id"], "approve": True}
    for client in (acme[Role.VIEWER], acme[Role.AUDITOR], acme.owner, operator):
        assert await client.refused(DECIDE, input=asking) == ["FORBIDDEN"]
    own = await operator(DECIDE, input=asking)
    assert "somebody else" in own["errors"][0]["message"]
    edited = await acme[Role.ADMIN](DECIDE, input={**asking, "data": "other"})
    assert [(one["code"], one["path"]) for one in edited["errors"]] == [("INVALID_VALUE", ["data"])]
    long = await acme[Role.ADMIN](DECIDE, input={**asking, "comment": "x" * 5000})
    assert [(one["code"], one["path"]) for one in long["errors"]] == [("INVALID_VALUE", ["comment"])]
    unchanged = await acme.owner(ONE, id=approval["id"])
    assert (unchanged["status"], unchanged["votes"]) == ("PENDING", [])
    assert (await decide(acme[Role.ADMIN], approval, data="draft"))["approval"]["status"] == "APPROVED"


async def test_data_that_does_not_fit_its_form_is_refused_with_every_place(api: Api, acme: Organisation) -> None:
    properties = {"amount": {"type": "integer"}, "to": {"type": "string"}}
    approval = await asked(
        api, acme, data={"amount": 1, "to": "ann"}, form={"type": "object", "properties": properties}
    )
    refused = await decide(acme.owner, approval, data={"amount": "a lot", "to": 5})
    assert sorted((one["code"], *one["path"]) for one in refused["errors"]) == [
        ("INVALID_VALUE", "data", "amount"),
        ("INVALID_VALUE", "data", "to"),
    ]


async def test_of_twenty_at_once_one_decides_and_the_others_are_told_who_and_when(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme)
    clients = [acme.owner, acme[Role.ADMIN], acme[Role.EDITOR], acme[Role.OPERATOR]]
    said = await asyncio.gather(
        *(decide(clients[i % 4], approval, approve=bool(i % 2), comment=str(i)) for i in range(20))
    )
    final = await acme.owner(ONE, id=approval["id"])
    assert len(final["votes"]) == 1
    lost = [one["errors"][0] for one in said if one["errors"]]
    # Who decided says the same again, with another comment; that is accepted.
    assert 15 <= len(lost) <= 19
    assert {(one["code"], one["reason"]) for one in lost} == {("CONFLICT", "ALREADY_DECIDED")}
    assert all(final["decidedBy"]["name"] in one["message"] and " UTC" in one["message"] for one in lost)
    found = await outputs(acme.owner, approval["runId"])
    assert found["message"] == [final["comment"]]
    contrary = await decide(acme.owner, approval, approve=final["status"] == "REJECTED")
    assert contrary["errors"][0]["reason"] == "ALREADY_DECIDED"


async def test_a_link_decides_once_in_its_persons_name(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme, acme[Role.OPERATOR], allows_self=False, data={"a": 1})
    made = await make_link(acme[Role.ADMIN], approval, expiresInHours=1)
    assert made["link"]["person"] == {"name": "Admin"}
    looked = await api.client()(BY_LINK, token=made["token"])
    assert (looked["data"], looked["status"], looked["problem"]) == (
        {"json": {"a": 1}, "valueUrl": None},
        "PENDING",
        None,
    )
    assert (await acme.owner(ONE, id=approval["id"]))["status"] == "PENDING", "looking decides nothing"
    said = await asyncio.gather(*(by_link(api, made["token"], data={"a": 2}) for _ in range(10)))
    assert sorted(one["status"] or "" for one in said) == ["", "", "", "", "", "", "", "", "", "APPROVED"]
    assert {error["code"] for one in said for error in one["errors"]} == {"NOT_FOUND"}
    final = await acme.owner(ONE, id=approval["id"])
    assert (final["decidedBy"], final["votes"][0]["source"]) == ({"name": "Admin"}, "link")
    assert final["links"][0]["usedAt"] is not None
    assert (await outputs(acme.owner, approval["runId"]))["approved"] == [{"a": 2}]
    log = await acme.owner("{ auditLog(first: 50) { nodes { operation objectId outcome actor { name } } } }")
    lines = [line for line in log["nodes"] if line["operation"] == "decideByLink"]
    # One line for who was there before the link was used up, and one more for each of them that was refused.
    assert {(line["objectId"], line["actor"]["name"]) for line in lines} == {(approval["id"], "Admin")}
    assert {line["outcome"] for line in lines} <= {"ALLOWED", "REFUSED"}


async def test_links_that_were_used_revoked_expired_or_never_were_answer_alike(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme, needed=2)
    used, revoked, expired = [await make_link(acme.owner, approval) for _ in range(3)]
    assert (await by_link(api, used["token"]))["status"] == "PENDING"
    assert (await acme.owner(REVOKE_LINK, id=revoked["link"]["id"]))["link"]["revokedAt"] is not None
    await api.platform.sql(
        "UPDATE approval_links SET expires_at = now() WHERE id = :id",
        id=decode_uuid("ApprovalLink", expired["link"]["id"]),
    )
    answers = [
        await by_link(api, token) for token in (used["token"], revoked["token"], expired["token"], "dra_x", "x" * 500)
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["errors"][0]["code"] == "NOT_FOUND"
    assert await api.client().refused(BY_LINK, token=used["token"]) == ["NOT_FOUND"]
    kept = await api.platform.sql("SELECT token_hash FROM approval_links")
    assert not any(made["token"] in row.token_hash for made in (used, revoked, expired) for row in kept)


async def test_a_decision_that_is_refused_does_not_use_its_link_up(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme, editable=False)
    token = (await make_link(acme.owner, approval))["token"]
    assert (await by_link(api, token, data="edited"))["errors"][0]["code"] == "INVALID_VALUE"
    assert (await by_link(api, token))["status"] == "APPROVED"


async def test_a_link_is_for_who_may_decide_and_for_as_long_as_they_may(api: Api, acme: Organisation) -> None:
    operator, admin, viewer = acme[Role.OPERATOR], acme[Role.ADMIN], acme[Role.VIEWER]
    approval = await asked(api, acme, operator, allows_self=False)
    making = {"approvalId": approval["id"]}
    assert await operator.refused(MAKE_LINK, input=making) == ["FORBIDDEN"], "their own run"
    assert await operator.refused(MAKE_LINK, input={**making, "memberId": person(admin)}) == ["FORBIDDEN"]
    assert await admin.refused(MAKE_LINK, input={**making, "memberId": person(acme.owner)}) == ["FORBIDDEN"]
    assert await admin.refused(MAKE_LINK, input={**making, "memberId": person(viewer)}) == ["FORBIDDEN"]
    assert await admin.refused(MAKE_LINK, input={**making, "expiresInHours": 0}) == ["BAD_USER_INPUT"]
    token = (await make_link(admin, approval, memberId=person(acme[Role.EDITOR])))["token"]
    set_role = "mutation($input: SetMemberRoleInput!) { setMemberRole(input: $input) { errors { code } } }"
    asking = {"memberId": person(acme[Role.EDITOR]), "role": "VIEWER"}
    assert (await acme.owner(set_role, input=asking))["errors"] == []
    assert (await by_link(api, token))["errors"][0]["code"] == "NOT_FOUND"
    assert (await acme.owner(set_role, input={**asking, "role": "EDITOR"}))["errors"] == []
    assert (await by_link(api, token))["status"] == "APPROVED"


async def test_nothing_of_another_organisation_is_seen_or_decided(
    api: Api, acme: Organisation, other: Organisation
) -> None:
    approval = await asked(api, acme)
    link = await make_link(acme.owner, approval)
    unknown = encode_id("Approval", uuid4())
    for given in (approval["id"], unknown):
        assert await other.owner.refused(ONE, id=given) == ["NOT_FOUND"]
        assert await other.owner.refused(DECIDE, input={"id": given, "approve": True}) == ["NOT_FOUND"]
        assert await other.owner.refused(MAKE_LINK, input={"approvalId": given}) == ["NOT_FOUND"]
    assert await other.owner.refused(REVOKE_LINK, id=link["link"]["id"]) == ["NOT_FOUND"]
    assert (await other.owner(INBOX))["nodes"] == []
    assert (await other.owner(INBOX, runId=approval["runId"]))["nodes"] == []
    assert (await acme.owner(INBOX, runId=approval["runId"]))["nodes"][0]["id"] == approval["id"]


async def test_a_key_without_the_scope_decides_nothing(api: Api, acme: Organisation) -> None:
    approval = await asked(api, acme)
    owner = acme.owner
    assert owner.person is not None
    made = await api.people.make_key(acme.id, owner.person, "of a program", ["runs:read", "runs:execute"])
    program = api.client(made.token, owner.person)
    assert await program.refused(DECIDE, input={"id": approval["id"], "approve": True}) == ["FORBIDDEN"]
    assert (await program(ONE, id=approval["id"]))["mayDecide"] is False
    assert (await program(INBOX, mine=True))["nodes"] == []
    assert (await owner(ONE, id=approval["id"]))["mayDecide"] is True
