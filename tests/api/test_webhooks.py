"""Webhooks: what comes is kept once and starts what is attached, each alone; who may not, or may not any more, starts nothing."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from api.dispatching import Dispatcher
from api.graphql.ids import decode_uuid, encode_id
from blocks.library.github_triggers import GithubIssuesTrigger, GithubPullRequestTrigger
from blocks.library.io import AgentInput
from blocks.library.triggers import GenericWebhookTrigger
from schema.access import Role
from schema.db.deliveries import Deliveries, NewDelivery
from schema.graph import Graph, write_graph
from schema.ids import delivery_run_id
from schema.limits import LIMITS
from tests.api.running import START, echo, ended, save
from tests.api.serving import Api, Client, Organisation
from tests.api.statements import counting_api
from tests.api.webhooks import (
    ATTACH,
    CREATE,
    DELETE,
    DELIVERIES,
    DELIVERY,
    DETACH,
    LIST,
    ONE,
    ONE_DELIVERY,
    PAUSE,
    RENAME,
    REPLAY,
    ROTATE,
    UPDATE_ATTACHMENT,
    WEBHOOK,
    attach,
    create,
    deliveries,
    done,
    make_signed,
    run_ids,
    sender_of,
    signed_sender,
    triggered,
    with_agent,
)
from tests.durable.credential_blocks import Spend
from tests.durable.graphs import an_input, an_output, make_graph

SIGNED = ("GENERIC", "STANDARD", "GITHUB", "SLACK")
PRESET = (
    "mutation($input: CreatePresetInput!) { createPreset(input: $input) { preset { id } errors { code message } } }"
)


async def test_what_comes_starts_what_is_attached_and_is_shown(api: Api, acme: Organisation) -> None:
    made, outside, attached = await with_agent(api, acme, triggered(b=2))
    assert made["webhook"]["isSigned"] is True
    assert made["url"] == made["webhook"]["url"]
    assert attached["runsAs"]["email"].startswith("owner-")
    answer = await outside.send(
        {"a": [1, "ü"]}, identity="order 1", headers={"authorization": "Bearer secret-of-theirs"}
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["status"], len(body["runs"])) == ("accepted", 1)
    (row,) = await done(acme.owner, made["webhook"]["id"])
    assert decode_uuid("WebhookDelivery", row["id"]) == UUID(body["delivery"])
    assert (row["key"], row["repeats"], row["body"]["json"]) == ("id:order 1", 0, {"a": [1, "ü"]})
    assert row["headers"]["idempotency-key"] == "order 1"
    assert not {"authorization", "x-webhook-signature", "host", "cookie"} & set(row["headers"])
    run = row["runs"][0]["run"]
    assert [str(decode_uuid("Run", run["id"]))] == body["runs"]
    assert run["trigger"] == "webhook"
    assert await ended(acme.owner, run["id"], seconds=60) == "COMPLETED"
    shown = (await acme.owner(ONE_DELIVERY, id=row["id"]))["runs"][0]["run"]["outputs"]
    assert {one["name"]: [value["json"] for value in one["values"]] for one in shown} == {
        "got": [{"a": [1, "ü"]}],
        "constants": [{"b": 2}],
    }


async def test_each_attachment_is_alone(api: Api, acme: Organisation) -> None:
    """Of seven, two can run: the others' failures are written at each of them, and keep nobody."""
    made = await create(acme.owner)
    webhook, outside = made["webhook"]["id"], sender_of(api, made)
    editor = acme[Role.EDITOR]
    assert editor.person is not None

    async def attached(graph: Graph, client: Client = acme.owner, **fields: Any) -> tuple[str, str]:
        graph_id = await save(api, acme, graph)
        return str((await attach(client, webhook, graph_id, **fields))["id"]), graph_id

    good, _ = await attached(triggered())
    deleted, deleted_graph = await attached(triggered())
    left, _ = await attached(triggered(), editor)
    changed, changed_graph = await attached(triggered())
    spend = make_graph({"hook": GenericWebhookTrigger, "spend": (Spend, {"key": "k"})}, ["hook.payload -> spend.key"])
    credential = await acme.owner(
        "mutation($input: CreateCredentialInput!) { createCredential(input: $input) { credential { id } errors { code } } }",
        input={"provider": "canary", "title": "c", "secret": {"apiKey": {"key": "a secret key"}}, "isShared": True},
    )
    chosen = [
        {
            "key": "canary_api_key_host_scoped_oauth2_user_password_credentials",
            "credentialId": credential["credential"]["id"],
        }
    ]
    spent, _ = await attached(spend, credentials=chosen)
    preset = await acme.owner(
        PRESET, input={"graphId": await save(api, acme, echo()), "name": "p", "inputs": {}, "credentials": []}
    )
    gone = (await attach(acme.owner, webhook, None, presetId=preset["preset"]["id"], inputName="topic"))["id"]
    last, _ = await attached(echo(), inputName="topic")

    # As a version before left it: deleting an agent takes its attachments along.
    await api.platform.sql(
        "UPDATE graphs SET deleted_at = now() WHERE id = :id", id=decode_uuid("Graph", deleted_graph)
    )
    await acme.owner(
        "mutation($id: ID!) { removeMember(id: $id) { errors { code } } }", id=encode_id("Member", editor.person)
    )
    await api.services.of(acme.id).submission.save_graph(
        acme.id, echo().model_copy(update={"id": str(decode_uuid("Graph", changed_graph)), "version": 2})
    )
    await api.platform.sql(
        "UPDATE graphs SET active_version = 2 WHERE id = :id", id=decode_uuid("Graph", changed_graph)
    )
    await acme.owner(
        "mutation($id: ID!) { deleteCredential(id: $id) { errors { code } } }", id=credential["credential"]["id"]
    )
    await acme.owner("mutation($id: ID!) { deletePreset(id: $id) { errors { code } } }", id=preset["preset"]["id"])

    answer = await outside.send({"a": 1}, identity="one")
    assert answer.status_code == 200
    (row,) = await done(acme.owner, webhook)
    found = {one["attachmentId"]: one for one in row["runs"]}
    assert {name for name, one in found.items() if one["run"] is not None} == {good, last}
    codes = {name: one["error"]["code"] for name, one in found.items() if one["error"] is not None}
    assert codes == {
        deleted: "NOT_FOUND",
        left: "ACCESS_LOST",
        changed: "CONFLICT",
        spent: "MISSING_CREDENTIALS",
        gone: "ACCESS_LOST",
    }
    shown = {one["id"]: one["problem"] for one in (await acme.owner(ONE, id=webhook))["attachments"]}
    assert {name for name, problem in shown.items() if problem is None} == {good, last}
    assert all(problem["at"] and problem["message"] for problem in shown.values() if problem is not None)
    # What is mended runs again, and says nothing any more.
    mended = await acme.owner(UPDATE_ATTACHMENT, input={"id": changed, "inputName": "topic"})
    assert mended["attachment"]["problem"] is None
    replayed = await acme.owner(REPLAY, input={"id": row["id"], "attachmentIds": [changed]})
    again = [one for one in replayed["delivery"]["runs"] if one["replay"] == 1]
    assert [(one["attachmentId"], one["run"] is not None) for one in again] == [(changed, True)]


async def test_a_fault_of_ours_at_one_attachment_is_logged_and_keeps_no_other_from_running(
    api: Api, acme: Organisation
) -> None:
    made, outside, broken = await with_agent(api, acme, triggered())
    good = await attach(acme.owner, made["webhook"]["id"], await save(api, acme, triggered()))
    # As no version of ours would write it.
    await api.platform.sql(
        "UPDATE webhook_attachments SET inputs = '[1]' WHERE id = :id",
        id=decode_uuid("WebhookAttachment", broken["id"]),
    )
    await outside.send()
    (row,) = await done(acme.owner, made["webhook"]["id"])
    found = {one["attachmentId"]: one for one in row["runs"]}
    assert found[good["id"]]["run"] is not None
    assert found[broken["id"]]["error"] == {"code": "INTERNAL", "message": "Something went wrong on our side."}


async def test_a_right_that_was_taken_away_is_gone_at_once_and_comes_back(api: Api, acme: Organisation) -> None:
    made = await create(acme.owner)
    operator = acme[Role.OPERATOR]
    await attach(operator, made["webhook"]["id"], await save(api, acme, triggered()))
    role = "mutation($input: SetMemberRoleInput!) { setMemberRole(input: $input) { errors { code } } }"
    assert operator.person is not None
    member, outside = encode_id("Member", operator.person), sender_of(api, made)
    await acme.owner(role, input={"memberId": member, "role": "VIEWER"})
    await outside.send(identity="1")
    await done(acme.owner, made["webhook"]["id"])
    await acme.owner(role, input={"memberId": member, "role": "OPERATOR"})
    await outside.send(identity="2")
    first, second = await done(acme.owner, made["webhook"]["id"], 2)
    assert first["runs"][0]["error"]["code"] == "ACCESS_LOST"
    assert second["runs"][0]["run"] is not None
    assert (await acme.owner(ONE, id=made["webhook"]["id"]))["attachments"][0]["problem"] is None


async def taken(api: Api, owner: Organisation, webhook_id: str, key: str) -> UUID:
    """Commit a delivery as the intake does, and die before anything is dispatched."""
    new = NewDelivery(owner.id, decode_uuid("Webhook", webhook_id), key, "", {}, {"value": {"a": 1}})
    return (await Deliveries(api.platform.tools.engine).take(new, lease_seconds=0)).id


async def test_what_a_process_left_between_the_commit_and_the_dispatch_is_done_by_a_loop(
    api: Api, acme: Organisation
) -> None:
    made, _, attached = await with_agent(api, acme, triggered())
    delivery = await taken(api, acme, made["webhook"]["id"], "id:left")
    (row,) = await done(acme.owner, made["webhook"]["id"])
    run = row["runs"][0]["run"]
    wanted = delivery_run_id(delivery, decode_uuid("WebhookAttachment", attached["id"]), 0)
    assert decode_uuid("Run", run["id"]) == wanted
    assert await ended(acme.owner, run["id"], seconds=60) == "COMPLETED"


async def test_what_a_database_that_was_away_left_is_done_later_and_nothing_is_called_a_failure(
    api: Api, acme: Organisation
) -> None:
    made, _, _ = await with_agent(api, acme, triggered())
    delivery = await taken(api, acme, made["webhook"]["id"], "id:away")
    await api.platform.sql("ALTER TABLE graph_versions RENAME TO away")
    try:
        await Dispatcher(api.services).dispatch(acme.id, delivery)
    finally:
        await api.platform.sql("ALTER TABLE away RENAME TO graph_versions")
    (row,) = await deliveries(acme.owner, made["webhook"]["id"])
    assert (row["dispatchedAt"], row["runs"][0]["isPending"], row["runs"][0]["error"]) == (None, True, None)
    await api.platform.sql("UPDATE webhook_deliveries SET dispatch_after = now() WHERE id = :id", id=delivery)
    (row,) = await done(acme.owner, made["webhook"]["id"])
    assert await ended(acme.owner, row["runs"][0]["run"]["id"], seconds=60) == "COMPLETED"


async def test_a_delivery_is_taken_while_nobody_works_and_runs_later(api: Api, acme: Organisation) -> None:
    made, outside, _ = await with_agent(api, acme, triggered())
    async with api.platform.asleep():
        assert (await outside.send(identity="1")).status_code == 200
        (row,) = await done(acme.owner, made["webhook"]["id"])
    assert await ended(acme.owner, row["runs"][0]["run"]["id"], seconds=60) == "COMPLETED"


async def test_several_dispatchers_at_once_and_an_attachment_that_changes_between_start_one_run(
    api: Api, acme: Organisation
) -> None:
    made, _, attached = await with_agent(api, acme)
    delivery = await taken(api, acme, made["webhook"]["id"], "id:many")
    dispatcher = Dispatcher(api.services)
    await asyncio.gather(*(dispatcher.dispatch(acme.id, delivery) for _ in range(5)))
    await acme.owner(UPDATE_ATTACHMENT, input={"id": attached["id"], "graphVersion": 1})
    # As after a crash between the run's commit and the note of it.
    await api.platform.sql(
        "UPDATE delivery_runs SET done_at = NULL, run_id = NULL WHERE delivery_id = :id", id=delivery
    )
    await dispatcher.dispatch(acme.id, delivery)
    (row,) = await done(acme.owner, made["webhook"]["id"])
    assert row["runs"][0]["error"] is None
    assert {str(decode_uuid("Run", row["runs"][0]["run"]["id"]))} == await run_ids(acme.owner)


async def test_a_replay_starts_runs_of_its_own_where_it_is_asked_for(api: Api, acme: Organisation) -> None:
    made, outside, first = await with_agent(api, acme, triggered())
    webhook = made["webhook"]["id"]
    second = await attach(acme.owner, webhook, await save(api, acme, triggered()))
    await outside.send({"a": 1}, identity="1")
    (row,) = await done(acme.owner, webhook)
    one = await acme[Role.OPERATOR](REPLAY, input={"id": row["id"], "attachmentIds": [second["id"]]})
    both = await acme.owner(REPLAY, input={"id": row["id"]})
    assert (one["replay"], both["replay"]) == (1, 2)
    rows = both["delivery"]["runs"]
    assert sorted((each["replay"], each["attachmentId"]) for each in rows) == sorted(
        [(0, first["id"]), (0, second["id"]), (1, second["id"]), (2, first["id"]), (2, second["id"])]
    )
    assert len({each["run"]["id"] for each in rows}) == 5
    strange = encode_id("WebhookAttachment", uuid4())
    assert await acme.owner.refused(REPLAY, input={"id": row["id"], "attachmentIds": [strange]}) == ["NOT_FOUND"]
    for attachment in (first, second):
        assert (await acme.owner(DETACH, id=attachment["id"]))["isDone"] is True
    assert await acme.owner.refused(REPLAY, input={"id": row["id"]}) == ["CONFLICT"]
    assert await acme.owner.refused(REPLAY, input={"id": row["id"], "attachmentIds": [first["id"]]}) == ["NOT_FOUND"]
    assert len((await deliveries(acme.owner, webhook))[0]["runs"]) == 5, "a replay that was refused leaves nothing"


async def test_replays_have_a_limit_and_two_at_once_have_two_numbers(api: Api, acme: Organisation) -> None:
    made, outside, attached = await with_agent(api, acme)
    await outside.send(identity="1")
    (row,) = await done(acme.owner, made["webhook"]["id"])
    found = await asyncio.gather(*(acme.owner(REPLAY, input={"id": row["id"]}) for _ in range(4)))
    assert sorted(one["replay"] for one in found) == [1, 2, 3, 4]
    await api.platform.sql(
        "INSERT INTO delivery_runs (delivery_id, attachment_id, replay, tenant_id, done_at) "
        "VALUES (:delivery, :attachment, :replay, :tenant, now())",
        delivery=decode_uuid("WebhookDelivery", row["id"]),
        attachment=decode_uuid("WebhookAttachment", attached["id"]),
        replay=LIMITS.delivery_replays_max,
        tenant=acme.id,
    )
    assert await acme.owner.refused(REPLAY, input={"id": row["id"]}) == ["CONFLICT"]


async def test_an_attachment_takes_the_events_that_it_names(api: Api, acme: Organisation) -> None:
    made = await make_signed(acme.owner, "GITHUB")
    outside, graph = signed_sender(api, made), await save(api, acme, triggered())
    names = {}
    for events in ([], ["pull_request"], ["pull_request.closed", "push"]):
        row = await attach(acme.owner, made["webhook"]["id"], graph, events=events)
        names[row["id"]] = ",".join(events)
    sent = [("pull_request", "opened"), ("pull_request", "closed"), ("push", None), ("pull", "request")]
    for event, action in sent:
        await outside.send({} if action is None else {"action": action}, event=event)
    rows = await done(acme.owner, made["webhook"]["id"], 4)
    took = [{names[one["attachmentId"]] for one in row["runs"]} for row in rows]
    closed = "pull_request.closed,push"
    assert took == [{"", "pull_request"}, {"", "pull_request", closed}, {"", closed}, {""}]


async def test_a_pull_request_starts_an_imported_agent(api: Api, acme: Organisation) -> None:
    graph = make_graph(
        {
            "pr": (GithubPullRequestTrigger, {"repo": "a/b", "events": {"opened": True}}),
            "url": an_output("url"),
            "who": an_output("who"),
        },
        ["pr.pull_request_url -> url.value", "pr.triggered_by_user_#_login -> who.value"],
    )
    imported = await acme.owner(
        "mutation($input: ImportGraphInput!) { importGraph(input: $input) { graph { id } errors { code } } }",
        input={"document": write_graph(graph)},
    )
    made = await make_signed(acme.owner, "GITHUB")
    await attach(acme.owner, made["webhook"]["id"], imported["graph"]["id"], events=["pull_request"])
    page = "https://example.com/a/b/pull/7"
    for action in ("opened", "closed"):
        payload = {"action": action, "number": 7, "sender": {"login": "ada"}, "pull_request": {"html_url": page}}
        assert (await signed_sender(api, made).send(payload, event="pull_request")).status_code == 200
    outputs = []
    for row in await done(acme.owner, made["webhook"]["id"], 2):
        assert await ended(acme.owner, row["runs"][0]["run"]["id"], seconds=60) == "COMPLETED"
        found = (await acme.owner(ONE_DELIVERY, id=row["id"]))["runs"][0]["run"]["outputs"]
        outputs.append({one["name"]: one["values"][0]["json"] for one in found})
    assert outputs == [{"url": page, "who": "ada"}, {}], "an action that was not chosen gives nothing"


async def test_an_issue_starts_an_agent(api: Api, acme: Organisation) -> None:
    nodes = {"issue": (GithubIssuesTrigger, {"repo": "a/b", "events": {"opened": True}}), "title": an_output("title")}
    graph = await save(api, acme, make_graph(nodes, ["issue.issue_title -> title.value"]))
    made = await make_signed(acme.owner, "GITHUB")
    await attach(acme.owner, made["webhook"]["id"], graph, events=["issues.opened"])
    for action in ("opened", "edited"):
        payload = {"action": action, "issue": {"number": 7, "title": "A bug"}}
        assert (await signed_sender(api, made).send(payload, event="issues")).status_code == 200
    runs = [one["run"] for row in await done(acme.owner, made["webhook"]["id"], 2) for one in row["runs"]]
    assert len(runs) == 1, "an event that the attachment does not take starts nothing"
    assert await ended(acme.owner, runs[0]["id"], seconds=60) == "COMPLETED"


async def test_a_run_of_an_agent_with_a_trigger_needs_what_came(api: Api, acme: Organisation) -> None:
    graph = await save(api, acme, triggered())
    payload = await acme.owner(START, input={"graphId": graph, "inputs": {}})
    assert [problem["code"] for problem in payload["errors"]] == ["INVALID_RUN_INPUT"]
    assert "begins with a trigger" in payload["errors"][0]["message"]
    assert payload["errors"][0]["path"] == ["payload"]
    by_hand = await acme.owner(START, input={"graphId": graph, "inputs": {"payload": {"x": 1}}})
    assert await ended(acme.owner, by_hand["run"]["id"], seconds=60) == "COMPLETED"
    assert await acme.owner.refused(START, input={"graphId": graph, "inputs": {"payload": {}, "x": 1}}) == [
        "INVALID_RUN_INPUT"
    ]
    plain = await save(api, acme, echo())
    refused = await acme.owner.refused(START, input={"graphId": plain, "inputs": {"topic": 1, "payload": {}}})
    assert refused == ["INVALID_RUN_INPUT"], "an agent without a trigger has no such input"


async def test_what_is_attached_is_checked_when_it_is_said(api: Api, acme: Organisation) -> None:
    made = await create(acme.owner)
    webhook = made["webhook"]["id"]
    plain, trigger = await save(api, acme, echo()), await save(api, acme, triggered())
    keeper = (AgentInput, {"name": "k", "secret": True, "value": "x"})
    secret = await save(api, acme, make_graph({"in": keeper, "hook": GenericWebhookTrigger}))

    async def refused(**fields: Any) -> list[str]:
        return await acme.owner.refused(ATTACH, input={"webhookId": webhook, **fields})

    assert await refused(graphId=plain) == ["BAD_USER_INPUT"], "where should the payload go?"
    assert await refused(graphId=plain, inputName="nothing") == ["BAD_USER_INPUT"]
    assert await refused(graphId=trigger, inputs={"nothing": 1}) == ["INVALID_RUN_INPUT"]
    assert await refused(graphId=secret, inputs={"k": "a secret"}) == ["BAD_USER_INPUT"]
    assert await refused(graphId=trigger, inputs=[1]) == ["BAD_USER_INPUT"]
    assert await refused(graphId=trigger, graphVersion=7) == ["NOT_FOUND"]
    assert await refused(graphId=trigger, events=["x"] * 30 + [str(number) for number in range(60)]) == [
        "BAD_USER_INPUT"
    ]
    assert await refused() == ["BAD_USER_INPUT"]
    spend = await save(api, acme, make_graph({"hook": GenericWebhookTrigger, "spend": (Spend, {"key": "k"})}, []))
    assert "MISSING_CREDENTIALS" in await refused(graphId=spend)
    assert (await acme.owner(ONE, id=webhook))["attachments"] == []


async def test_an_input_that_a_later_version_marks_secret_is_not_shown_any_more(api: Api, acme: Organisation) -> None:
    graph = make_graph({"in": (AgentInput, {"name": "k", "value": "x"}), "hook": GenericWebhookTrigger})
    made, _, _ = await with_agent(api, acme, graph, inputs={"k": "canary"})
    webhook = made["webhook"]["id"]
    assert (await acme.owner(ONE, id=webhook))["attachments"][0]["inputs"] == {"k": "canary"}
    keeper = (AgentInput, {"name": "k", "secret": True, "value": "x"})
    later = make_graph({"in": keeper, "hook": GenericWebhookTrigger})
    await save(api, acme, later.model_copy(update={"id": graph.id, "version": 2}))
    assert (await acme.owner(ONE, id=webhook))["attachments"][0]["inputs"] == {"k": "***"}


async def test_who_changes_an_attachment_is_in_whose_name_it_runs(api: Api, acme: Organisation) -> None:
    _, _, attached = await with_agent(api, acme)
    operator = acme[Role.OPERATOR]
    changed = await operator(UPDATE_ATTACHMENT, input={"id": attached["id"], "inputs": {}})
    assert changed["attachment"]["runsAs"]["email"].startswith("operator-")
    preset = await acme.owner(
        PRESET, input={"graphId": attached["graphId"], "name": "p", "inputs": {}, "credentials": []}
    )
    foreign = {"id": attached["id"], "presetId": preset["preset"]["id"]}
    assert await operator.refused(UPDATE_ATTACHMENT, input=foreign) == ["NOT_FOUND"], "a preset is its owner's"
    assert (await acme.owner(UPDATE_ATTACHMENT, input=foreign))["attachment"]["runsAs"]["email"].startswith("owner-")
    paused = (await operator(UPDATE_ATTACHMENT, input={"id": attached["id"], "isPaused": True}))["attachment"]
    assert (paused["isPaused"], paused["presetId"]) == (True, preset["preset"]["id"])
    assert paused["runsAs"]["email"].startswith("owner-"), "a pause changes nothing of what runs"
    viewer = acme[Role.VIEWER]
    assert await viewer.refused(UPDATE_ATTACHMENT, input={"id": attached["id"], "isPaused": False}) == ["FORBIDDEN"]
    assert (await acme.owner(UPDATE_ATTACHMENT, input=foreign))["attachment"]["presetId"] == preset["preset"]["id"]


async def test_what_a_preset_has_goes_along(api: Api, acme: Organisation) -> None:
    graph = make_graph(
        {
            "hook": GenericWebhookTrigger,
            "in": an_input("who"),
            "out": an_output("who"),
        },
        ["in.result -> out.value"],
    )
    graph_id = await save(api, acme, graph)
    preset = await acme.owner(
        PRESET, input={"graphId": graph_id, "name": "p", "inputs": {"who": "Ann"}, "credentials": []}
    )
    made = await create(acme.owner)
    bare = await acme.owner(ATTACH, input={"webhookId": made["webhook"]["id"], "graphId": graph_id})
    assert bare["warnings"] == ["The input 'who' is needed and not given: a delivery will not run."]
    with_preset = await attach(acme.owner, made["webhook"]["id"], None, presetId=preset["preset"]["id"])
    await sender_of(api, made).send()
    (row,) = await done(acme.owner, made["webhook"]["id"])
    by_attachment = {one["attachmentId"]: one for one in row["runs"]}
    assert by_attachment[bare["attachment"]["id"]]["error"]["code"] == "INVALID_RUN_INPUT"
    assert await ended(acme.owner, by_attachment[with_preset["id"]]["run"]["id"], seconds=60) == "COMPLETED"


async def test_an_address_is_for_those_who_may_make_one(api: Api, acme: Organisation, other: Organisation) -> None:
    made, outside, _ = await with_agent(api, acme)
    webhook = made["webhook"]["id"]
    for role in (Role.OPERATOR, Role.VIEWER, Role.AUDITOR):
        seen = await acme[role](ONE, id=webhook)
        assert (seen["name"], seen["url"]) == ("A hook", None)
        assert await acme[role].refused(CREATE, input={"name": "x"}) == ["FORBIDDEN"]
        assert await acme[role].refused(ROTATE, input={"id": webhook}) == ["FORBIDDEN"]
        assert await acme[role].refused(DELETE, id=webhook) == ["FORBIDDEN"]
    assert (await acme[Role.EDITOR](ONE, id=webhook))["url"] == made["url"]
    assert await acme[Role.VIEWER].refused(PAUSE, id=webhook) == ["FORBIDDEN"]
    assert await other.owner.refused(ONE, id=webhook) == ["NOT_FOUND"]
    assert (await other.owner(LIST))["nodes"] == []
    await outside.send(identity="1")
    (row,) = await done(acme.owner, webhook)
    for document in (ONE_DELIVERY, "query($id: ID!) { node(id: $id) { id } }"):
        found = (await other.owner.post(document, {"id": row["id"]})).json()
        assert (found["data"] or {}).get("node") is None
        assert "webhookDelivery" not in (found["data"] or {})
    assert (await acme.owner("query($id: ID!) { node(id: $id) { id } }", id=row["id"]))["id"] == row["id"]


async def test_lists_are_paged_by_their_keys(api: Api, acme: Organisation) -> None:
    for name in ("one", "two", "three"):
        await acme.owner(CREATE, input={"name": name})
    first = await acme.owner(LIST, first=2)
    rest = await acme.owner(LIST, first=2, after=first["pageInfo"]["endCursor"])
    assert [row["name"] for row in (*first["nodes"], *rest["nodes"])] == ["three", "two", "one"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    made, outside, _ = await with_agent(api, acme)
    for number in range(3):
        await outside.send(identity=str(number))
    page = (await acme.owner(DELIVERIES, id=made["webhook"]["id"], first=2))["deliveries"]
    more = (await acme.owner(DELIVERIES, id=made["webhook"]["id"], first=2, after=page["pageInfo"]["endCursor"]))[
        "deliveries"
    ]
    assert [row["key"] for row in (*page["nodes"], *more["nodes"])] == ["id:2", "id:1", "id:0"]
    assert await acme.owner.refused(LIST, after="x") == ["BAD_CURSOR"]


async def test_a_webhook_is_renamed_and_what_cannot_be_one_is_refused(acme: Organisation) -> None:
    made = await create(acme.owner, isSigned=False)
    assert (made["secret"], made["webhook"]["isSigned"]) == (None, False)
    renamed = await acme.owner(RENAME, input={"id": made["webhook"]["id"], "name": " Other  name "})
    assert renamed["webhook"]["name"] == "Other name"
    assert await acme.owner.refused(ROTATE, input={"id": made["webhook"]["id"]}) == ["BAD_USER_INPUT"]
    for fields in (
        {"name": ""},
        {"provider": "SLACK"},
        {"provider": "SLACK", "isSigned": False},
        {"provider": "STANDARD", "secret": "x" * 20},
        {"secret": "short"},
        {"isSigned": False, "secret": "x" * 20},
        {"provider": "STANDARD", "credentialId": encode_id("Credential", uuid4())},
        {"provider": "GITHUB", "resource": "no repository"},
        {"events": [""]},
    ):
        assert await acme.owner.refused(CREATE, input={"name": "x", **fields}) == ["BAD_USER_INPUT"], fields


async def test_webhooks_and_attachments_have_a_limit(api: Api, acme: Organisation) -> None:
    made, _, attached = await with_agent(api, acme)
    await api.platform.sql(
        "INSERT INTO webhooks (id, tenant_id, token_hash, name, provider, config, is_paused) "
        "SELECT gen_random_uuid(), :tenant, gen_random_uuid()::text, 'x', 'generic', '{}', false FROM generate_series(2, :most)",
        tenant=acme.id,
        most=LIMITS.webhooks_max,
    )
    assert await acme.owner.refused(CREATE, input={"name": "x"}) == ["CONFLICT"]
    await api.platform.sql(
        "INSERT INTO webhook_attachments (id, tenant_id, webhook_id, graph_id, inputs, credentials, events, is_paused) "
        "SELECT gen_random_uuid(), :tenant, :webhook, :graph, '{}', '{}', '[]', true FROM generate_series(2, :most)",
        tenant=acme.id,
        webhook=decode_uuid("Webhook", made["webhook"]["id"]),
        graph=decode_uuid("Graph", attached["graphId"]),
        most=LIMITS.webhook_attachments_max,
    )
    asked = {"webhookId": made["webhook"]["id"], "graphId": attached["graphId"], "inputName": "topic"}
    assert await acme.owner.refused(ATTACH, input=asked) == ["CONFLICT"]
    await acme.owner(DETACH, id=attached["id"])
    assert (await acme.owner(ATTACH, input=asked))["errors"] == []


async def test_how_many_statements_a_list_takes_does_not_depend_on_its_length(api: Api, acme: Organisation) -> None:
    whole = f"query {{ webhooks {{ nodes {{ {WEBHOOK} deliveries {{ nodes {{ {DELIVERY} }} }} }} }} }}"
    counts = []
    async with counting_api(api) as counted:
        for _ in range(2):
            made, outside, _ = await with_agent(api, acme)
            await attach(acme.owner, made["webhook"]["id"], await save(api, acme, triggered()))
            for number in range(2):
                await outside.send(identity=str(number))
            await done(acme.owner, made["webhook"]["id"], 2)
            counts.append(len(await counted.of(acme.owner, whole)))
    assert counts[0] == counts[1]
