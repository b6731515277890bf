"""The intake of webhooks: what is kept and what is refused, by signature, time, size and address; repeats are one delivery."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import httpx2
import pytest

from api.graphql.ids import decode_uuid
from schema.access import Role
from schema.limits import LIMITS
from tests.api.running import echo, ended, save
from tests.api.serving import Api, Organisation, api_on
from tests.api.webhooks import (
    DELETE,
    ONE,
    PAUSE,
    RESUME,
    ROTATE,
    UPDATE_ATTACHMENT,
    attach,
    deliveries,
    done,
    make_signed,
    repeats,
    run_ids,
    sender_of,
    signed_headers,
    signed_sender,
    triggered,
    with_agent,
)

SIGNED = ("GENERIC", "STANDARD", "GITHUB", "SLACK")
PRESET = (
    "mutation($input: CreatePresetInput!) { createPreset(input: $input) { preset { id } errors { code message } } }"
)


async def test_fifty_repeats_at_once_are_one_delivery_one_run_for_each_agent_and_fifty_equal_answers(
    api: Api, acme: Organisation
) -> None:
    made, outside, _ = await with_agent(api, acme, triggered())
    await attach(acme.owner, made["webhook"]["id"], await save(api, acme, echo()), inputName="topic")
    took: list[float] = []

    async def once() -> httpx2.Response:
        began = time.monotonic()
        answer = await outside.send({"a": 1}, identity="the one")
        took.append(time.monotonic() - began)
        return answer

    answers = await asyncio.gather(*(once() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    await repeats(acme.owner, made["webhook"]["id"], [49])
    (row,) = await done(acme.owner, made["webhook"]["id"])
    ids = {str(decode_uuid("Run", one["run"]["id"])) for one in row["runs"]}
    assert ids == set(answers[0].json()["runs"])
    assert len(ids) == 2
    assert (await outside.send({"a": 1}, identity="the one")).content == answers[0].content, "later, too"
    assert (await outside.send({"a": 1}, identity="another")).content != answers[0].content
    await done(acme.owner, made["webhook"]["id"], 2)
    await repeats(acme.owner, made["webhook"]["id"], [50, 0])
    assert len(await run_ids(acme.owner)) == 4
    print(f"50 at once: p50 {sorted(took)[25] * 1000:.0f} ms, p95 {sorted(took)[47] * 1000:.0f} ms")


@pytest.mark.parametrize("provider", SIGNED)
async def test_a_forged_delivery_is_refused_and_starts_nothing(api: Api, acme: Organisation, provider: str) -> None:
    made = await make_signed(acme.owner, provider)
    await attach(acme.owner, made["webhook"]["id"], await save(api, acme, echo()), inputName="topic")
    outside = signed_sender(api, made)
    body = b'{"event_id":"e1","a":1}'
    good = signed_headers(provider.lower(), str(outside.secret), body, identity="e1")
    name = next(one for one in good if "signature" in one)
    wrong = signed_headers(provider.lower(), "whsec_" + "A" * 32, body, identity="e1")
    json = {"content-type": "application/json"}
    for headers, content in [
        ({}, body),
        (wrong, body),
        (good, body.replace(b"1}", b"2}")),
        (good, body + b"\n"),
        ({**good, name: good[name][:-1]}, body),
        ({**good, name: ""}, body),
        (signed_headers("github" if provider != "GITHUB" else "slack", str(outside.secret), body), body),
    ]:
        answer = await outside._http.post(outside.url, content=content, headers={**json, **headers})
        assert answer.status_code == 401, (headers, answer.text)
        assert answer.json()["code"] == "UNAUTHENTICATED"
        assert str(outside.secret) not in answer.text
    assert await deliveries(acme.owner, made["webhook"]["id"]) == []
    accepted = await outside._http.post(outside.url, content=body, headers={**json, **good})
    assert accepted.status_code == 200, "the control"
    assert len(await done(acme.owner, made["webhook"]["id"])) == 1


@pytest.mark.parametrize("provider", ["STANDARD", "SLACK"])
async def test_an_old_time_and_one_from_ahead_are_refused_and_a_replay_within_the_window_runs_once(
    api: Api, acme: Organisation, provider: str
) -> None:
    made = await make_signed(acme.owner, provider)
    outside = signed_sender(api, made)
    now = time.time()
    for at in (now - 330, now + 330):
        answer = await outside.send({"event_id": "e1"}, at=at, identity="e1")
        assert answer.status_code == 401
        assert "five minutes" in answer.json()["message"]
    first, again = [await outside.send({"event_id": "e1"}, at=now + off, identity="e1") for off in (-100, 0)]
    assert (first.status_code, first.content) == (200, again.content)
    await repeats(acme.owner, made["webhook"]["id"], [1])


async def test_an_address_that_is_unknown_deleted_or_malformed_answers_alike(api: Api, acme: Organisation) -> None:
    made, outside, _ = await with_agent(api, acme)
    assert (await acme.owner(DELETE, id=made["webhook"]["id"])) == {"isDone": True, "warning": None, "errors": []}
    answers = [await outside.send()]
    for token in ("A" * 43, "x", str(decode_uuid("Webhook", made["webhook"]["id"])), "%00", "A" * 4_000):
        answers.append(await outside._http.post(f"{api.url}/webhooks/{token}", content=b"{}"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert await acme.owner.refused(ONE, id=made["webhook"]["id"]) == ["NOT_FOUND"]


async def test_guesses_at_addresses_and_at_signatures_are_counted_and_good_deliveries_have_a_limit_of_their_own(
    api: Api, acme: Organisation
) -> None:
    made, _, _ = await with_agent(api, acme)
    async with api_on(api.platform, requests_per_minute_unknown=4, deliveries_per_minute=2) as strict:
        outside = sender_of(strict, made)
        good = [(await outside.send(identity=str(number))).status_code for number in range(3)]
        assert good == [200, 200, 429]
        guesses = [(await outside._http.post(f"{strict.url}/webhooks/{'A' * 43}")).status_code for _ in range(2)]
        outside.secret = "not the secret at all"
        bad = [await outside.send(identity="x") for _ in range(3)]
        assert (guesses, [answer.status_code for answer in bad]) == ([404, 404], [401, 401, 429])
        assert bad[-1].headers["retry-after"] == "60"


async def test_a_body_has_a_limit_and_is_what_it_says(api: Api, acme: Organisation) -> None:
    made, outside, _ = await with_agent(api, acme, triggered())
    limit = LIMITS.webhook_body_bytes_max
    whole = b'{"a":"' + b"x" * (limit - 8) + b'"}'
    assert (await outside.send(body=whole, identity="whole")).status_code == 200
    assert (await outside.send(body=whole + b" ", identity="more")).status_code == 413

    async def pieces() -> Any:
        for _ in range(20):
            yield b"x" * (limit // 10)

    assert (await outside._http.post(outside.url, content=pieces())).status_code == 413, "and no length was said"
    for body in (b"{", b"[" * 500 + b"]" * 500, b'{"a":"\\u0000"}', b'{"a":NaN}'):
        answer = await outside.send(body=body)
        assert (answer.status_code, answer.json()["code"] in ("INVALID_VALUE", "BAD_USER_INPUT")) == (400, True), body
    form, text = {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "text/plain"}
    assert (await outside.send(body=b"a=1&b=2", headers=form)).status_code == 200
    assert (await outside.send(body=b"hello", headers=text)).status_code == 200
    rows = await done(acme.owner, made["webhook"]["id"], 3)
    assert rows[0]["body"]["json"]["a"] == "x" * (limit - 8)
    assert [row["body"]["json"] for row in rows[1:]] == [{"a": "1", "b": "2"}, {"body": "hello"}]
    assert await ended(acme.owner, rows[0]["runs"][0]["run"]["id"], seconds=60) == "COMPLETED"


async def test_a_paused_webhook_keeps_nothing_and_says_so(api: Api, acme: Organisation) -> None:
    made, outside, attached = await with_agent(api, acme)
    assert (await acme[Role.OPERATOR](PAUSE, id=made["webhook"]["id"]))["webhook"]["isPaused"] is True
    answer = await outside.send(identity="1")
    assert (answer.status_code, answer.json()) == (202, {"status": "paused"})
    outside.secret, kept = "wrong secret here", outside.secret
    assert (await outside.send()).status_code == 401, "its signature is looked at first"
    outside.secret = kept
    await acme.owner(RESUME, id=made["webhook"]["id"])
    await acme.owner(UPDATE_ATTACHMENT, input={"id": attached["id"], "isPaused": True})
    assert (await outside.send(identity="2")).json()["runs"] == []
    await acme.owner(UPDATE_ATTACHMENT, input={"id": attached["id"], "isPaused": False})
    assert len((await outside.send(identity="3")).json()["runs"]) == 1
    rows = await done(acme.owner, made["webhook"]["id"], 2)
    assert [len(row["runs"]) for row in rows] == [0, 1]


async def test_what_only_tries_an_address_is_answered_at_once_and_kept_nowhere(api: Api, acme: Organisation) -> None:
    slack, github = await make_signed(acme.owner, "SLACK"), await make_signed(acme.owner, "GITHUB")
    challenge = {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
    answer = await signed_sender(api, slack).send(challenge)
    assert (answer.status_code, answer.json()) == (200, {"challenge": challenge["challenge"]})
    answer = await signed_sender(api, github).send({"zen": "Keep it simple.", "hook_id": 1}, event="ping")
    assert (answer.status_code, answer.json()) == (200, {"status": "pong"})
    for made in (slack, github):
        assert await deliveries(acme.owner, made["webhook"]["id"]) == []
    wrong = signed_sender(api, slack)
    wrong.secret = "not the secret of it"
    assert (await wrong.send(challenge)).status_code == 401, "an unsigned challenge tells nothing"


async def test_telegram_sends_the_secret_which_is_kept_nowhere_and_an_update_counts_once(
    api: Api, acme: Organisation
) -> None:
    made = await make_signed(acme.owner, "TELEGRAM")
    outside = signed_sender(api, made)
    update = {"update_id": 5, "message": {"message_id": 7, "chat": {"id": 1}, "text": "Hello"}}
    answers = [await outside.send(update), await outside.send(update)]
    assert (answers[0].status_code, answers[0].content) == (200, answers[1].content)
    wrong = signed_sender(api, made)
    wrong.secret = "another-secret-of-sixteen"
    assert (await wrong.send({**update, "update_id": 6})).status_code == 401
    (row,) = await done(acme.owner, made["webhook"]["id"])
    assert (row["event"], row["key"]) == ("message.text", "id:5")
    assert str(outside.secret) not in str(row)


async def test_slack_forms_and_retries_are_one_delivery(api: Api, acme: Organisation) -> None:
    made = await make_signed(acme.owner, "SLACK")
    outside = signed_sender(api, made)
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"command=%2Fdeploy&text=now&trigger_id=1.2.3"
    answers = [
        await outside.send(body=body, headers=form),
        await outside.send(
            body=body, headers={**form, "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}
        ),
    ]
    assert answers[0].content == answers[1].content
    await repeats(acme.owner, made["webhook"]["id"], [1])
    (row,) = await done(acme.owner, made["webhook"]["id"])
    assert (row["event"], row["key"]) == ("/deploy", "id:1.2.3")
    assert row["body"]["json"]["text"] == "now"


@pytest.mark.parametrize("provider", ["GENERIC", "STANDARD", "GITHUB"])
async def test_an_old_secret_counts_as_long_as_the_overlap(api: Api, acme: Organisation, provider: str) -> None:
    made = await make_signed(acme.owner, provider)
    old, new = signed_sender(api, made), signed_sender(api, made)
    webhook = made["webhook"]["id"]
    rotated = await acme.owner(ROTATE, input={"id": webhook})
    assert rotated["secret"] != made["secret"]
    new.secret = rotated["secret"]
    assert [(await one.send()).status_code for one in (old, new)] == [200, 200]
    ended_now = await acme.owner(ROTATE, input={"id": webhook, "overlapSeconds": 0})
    newest = signed_sender(api, made)
    newest.secret = ended_now["secret"]
    assert [(await one.send()).status_code for one in (old, new, newest)] == [401, 401, 200]
    assert await acme.owner.refused(ROTATE, input={"id": webhook, "overlapSeconds": -1}) == ["BAD_USER_INPUT"]
    assert await acme.owner.refused(ROTATE, input={"id": webhook, "secret": "short"}) == ["BAD_USER_INPUT"]


async def test_the_log_of_a_failing_request_has_no_address(
    api: Api, acme: Organisation, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    made, outside, _ = await with_agent(api, acme)
    token = outside.path.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        await api.platform.sql("ALTER TABLE webhook_deliveries RENAME TO away")
        try:
            answer = await outside.send(identity="1")
        finally:
            await api.platform.sql("ALTER TABLE away RENAME TO webhook_deliveries")
    assert answer.status_code == 503, "not kept, so not accepted"
    told = capfd.readouterr()
    # The client is in this process, too, and logs what it asks for.
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    logged = "\n".join([*ours, told.out, told.err])
    assert "/webhooks/***" in logged, "the control: the request was logged"
    assert token not in logged
    assert (await outside.send(identity="1")).status_code == 200
    assert len(await done(acme.owner, made["webhook"]["id"])) == 1
