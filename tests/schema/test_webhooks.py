"""Providers of webhooks: their own published examples, what a byte or a minute changes, ids, events, and how bodies are read."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import InvalidValue
from schema.webhooks import (
    PROVIDERS,
    SIGNATURES_MAX,
    TOLERANCE_SECONDS,
    Provider,
    Received,
    event_of,
    key_of,
    read_payload,
)

GENERIC, STANDARD, GITHUB, SLACK, TELEGRAM = (
    PROVIDERS[name] for name in ("generic", "standard", "github", "slack", "telegram")
)

#: From the providers' own pages and libraries: (provider, secret, headers, body, the time that they are of).
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&"
    b"user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
    b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    b"803a0bc887a14d10d2c447fce8b6703c"
)
PUBLISHED: list[tuple[Provider, str, dict[str, str], bytes, float]] = [
    (
        # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
        GITHUB,
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        0.0,
    ),
    (
        # https://docs.slack.dev/authentication/verifying-requests-from-slack
        SLACK,
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1531420618.0,
    ),
    (
        # The example of the reference libraries of Standard Webhooks.
        STANDARD,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        1614265330.0,
    ),
    (
        # https://docs.svix.com/receiving/verifying-payloads/how-manual
        STANDARD,
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        {
            "webhook-id": "msg_loFOjxBNrRLzqYUf",
            "webhook-timestamp": "1731705121",
            "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        },
        b'{"event_type":"ping","data":{"success":true}}',
        1731705121.0,
    ),
]
OTHER = "whsec_" + base64.b64encode(b"x" * 24).decode()
each_published = pytest.mark.parametrize(
    ("provider", "secret", "headers", "body", "at"), PUBLISHED, ids=["github", "slack", "standard", "svix"]
)


@each_published
def test_what_a_provider_publishes_as_signed_is_accepted(
    provider: Provider, secret: str, headers: dict[str, str], body: bytes, at: float
) -> None:
    assert provider.refusal(Received(headers, body), [secret], at) is None
    assert provider.refusal(Received(headers, body), [OTHER, secret], at) is None, "any of several"


@each_published
def test_a_byte_another_secret_or_no_signature_is_refused(
    provider: Provider, secret: str, headers: dict[str, str], body: bytes, at: float
) -> None:
    for number in (0, len(body) // 2, len(body) - 1):
        changed = body[:number] + bytes([body[number] ^ 1]) + body[number + 1 :]
        assert provider.refusal(Received(headers, changed), [secret], at) is not None
    assert provider.refusal(Received(headers, body), [OTHER], at) is not None
    assert provider.refusal(Received(headers, body), [], at) is not None
    for name in headers:
        assert provider.refusal(Received({**headers, name: ""}, body), [secret], at) is not None, name
        assert provider.refusal(Received({**headers, name: headers[name][:-1]}, body), [secret], at) is not None, name
        assert provider.refusal(Received({**headers, name: "é\udcff"}, body), [secret], at) is not None, name
    assert provider.refusal(Received(headers, body + b" "), [secret], at) is not None


@pytest.mark.parametrize(
    ("provider", "secret", "headers", "body", "at"), PUBLISHED[1:], ids=["slack", "standard", "svix"]
)
def test_a_signed_time_holds_for_five_minutes_both_ways(
    provider: Provider, secret: str, headers: dict[str, str], body: bytes, at: float
) -> None:
    received = Received(headers, body)
    for off in (-TOLERANCE_SECONDS, TOLERANCE_SECONDS):
        assert provider.refusal(received, [secret], at + off) is None
    for off in (-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1, 10**9):
        assert "five minutes" in str(provider.refusal(received, [secret], at + off))


def test_a_time_that_was_not_signed_cannot_be_put_in_its_place() -> None:
    _, secret, headers, body, _ = PUBLISHED[2]
    later = {**headers, "webhook-timestamp": "1614300000"}
    assert STANDARD.refusal(Received(later, body), [secret], 1614300000.0) == "its signature does not fit"
    assert STANDARD.refusal(Received({**headers, "webhook-id": "msg_x"}, body), [secret], 1614265330.0) is not None


@pytest.mark.parametrize("given", ["", "-1", "1e9", " 1614265330", "1614265330.0", "٣", "9" * 13, "nan"])
def test_a_time_is_a_whole_number_of_seconds(given: str) -> None:
    _, secret, headers, body, at = PUBLISHED[2]
    refusal = STANDARD.refusal(Received({**headers, "webhook-timestamp": given}, body), [secret], at)
    assert "no number" in str(refusal)


def test_one_good_signature_among_several_is_enough_and_other_versions_do_not_count() -> None:
    _, secret, headers, body, at = PUBLISHED[2]
    good = headers["webhook-signature"]

    def refusal(signatures: str) -> str | None:
        return STANDARD.refusal(Received({**headers, "webhook-signature": signatures}, body), [secret], at)

    assert refusal(f"v1,AAAA {good}") is None
    assert refusal(f"v1a,xx {good} v2,yy") is None
    assert refusal(good.replace("v1,", "v2,")) == "there is no v1 signature"
    assert refusal(good.replace("v1,", "")) == "there is no v1 signature"
    assert refusal(" ".join(["v1,AAAA"] * SIGNATURES_MAX + [good])) is not None, "no more than so many are looked at"


def test_a_generic_one_needs_a_signature_only_where_it_has_a_secret() -> None:
    body = b"{}"
    signature = hmac.new(b"a secret of ours", body, hashlib.sha256).hexdigest()
    assert GENERIC.refusal(Received({}, body), [], 0) is None
    assert GENERIC.refusal(Received({}, body), ["a secret of ours"], 0) == "it is not signed"
    for sent in (signature, f"sha256={signature}"):
        assert GENERIC.refusal(Received({"x-webhook-signature": sent}, body), ["a secret of ours"], 0) is None
    assert GENERIC.refusal(Received({"x-webhook-signature": signature}, body), ["another one"], 0) is not None


def test_telegram_proves_itself_by_the_secret_and_an_update_counts_once() -> None:
    told = {"x-telegram-bot-api-secret-token": "a-secret-of-ours-1"}
    assert TELEGRAM.refusal(Received(told, b"{}"), ["another-secret-123", "a-secret-of-ours-1"], 0) is None
    assert TELEGRAM.refusal(Received(told, b"{}"), ["another-secret-123"], 0) == "its signature does not fit"
    assert TELEGRAM.refusal(Received({}, b"{}"), ["a-secret-of-ours-1"], 0) == "it is not signed"
    assert TELEGRAM.refusal(Received(told, b"{}"), [], 0) is not None
    received = Received({}, b"", {"update_id": 5, "message": {"photo": [], "caption": "a"}})
    assert (key_of(TELEGRAM, received, 0), event_of(TELEGRAM, received)) == ("id:5", "message.photo")
    assert event_of(TELEGRAM, Received({}, b"", {"message_reaction": {"new_reaction": []}})) == "message_reaction"


@given(st.binary(max_size=64), st.sampled_from(sorted(PROVIDERS)))
def test_nothing_that_is_sent_makes_a_provider_raise(noise: bytes, name: str) -> None:
    provider = PROVIDERS[name]
    text = noise.decode("latin-1")
    names = [
        "x-webhook-signature", "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256",
        "x-slack-request-timestamp", "x-slack-signature", "idempotency-key", "x-github-delivery", "x-github-event",
        "x-telegram-bot-api-secret-token",
    ]  # fmt: skip
    payload = {"type": noise, "event": text, "action": 1, "event_id": None, "challenge": [], "trigger_id": {}}
    received = Received(dict.fromkeys(names, text), noise, payload)
    assert provider.refusal(received, ["whsec_" + "A" * 32], 0) is not None
    assert len(key_of(provider, received, 0)) < 300
    assert event_of(provider, received).isprintable()
    provider.reply(received)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_secret_that_is_made_is_one_that_may_be_given(name: str) -> None:
    provider = PROVIDERS[name]
    made = {provider.new_secret() for _ in range(3)}
    assert len(made) == 3
    for secret in made:
        provider.check_secret(secret)


@pytest.mark.parametrize(
    ("provider", "secret"),
    [
        (STANDARD, "no prefix"),
        (STANDARD, "whsec_!!!!"),
        (STANDARD, "whsec_AAAA"),
        (STANDARD, "whsec_" + base64.b64encode(b"x" * 65).decode()),
        (SLACK, "short"),
        (GITHUB, "with a line\nbreak in it"),
        (GENERIC, "ü" * 20),
        (GENERIC, "x" * 513),
        (TELEGRAM, "with a space in it"),
        (TELEGRAM, "x" * 257),
    ],
)
def test_a_secret_that_cannot_be_one_is_refused(provider: Provider, secret: str) -> None:
    with pytest.raises(InvalidValue):
        provider.check_secret(secret)


@pytest.mark.parametrize(
    ("provider", "headers", "payload", "key", "event"),
    [
        (
            GITHUB,
            {"x-github-delivery": "d1", "x-github-event": "pull_request"},
            {"action": "opened"},
            "id:d1",
            "pull_request.opened",
        ),
        (GITHUB, {"x-github-delivery": "d1", "x-github-event": "push"}, {}, "id:d1", "push"),
        (STANDARD, {"webhook-id": "m1"}, {"type": "user.created"}, "id:m1", "user.created"),
        (
            SLACK,
            {},
            {"event_id": "Ev1", "type": "event_callback", "event": {"type": "app_mention"}},
            "id:Ev1",
            "app_mention",
        ),
        (SLACK, {}, {"trigger_id": "t1", "command": "/deploy"}, "id:t1", "/deploy"),
        (SLACK, {}, {"trigger_id": "t1", "type": "block_actions"}, "id:t1", "block_actions"),
        (GENERIC, {"idempotency-key": "k1", "x-webhook-event": "sold"}, {"type": "x"}, "id:k1", "sold"),
        (GENERIC, {"webhook-id": "w1"}, {"type": "sold"}, "id:w1", "sold"),
    ],
)
def test_ids_and_events_are_read_where_each_provider_puts_them(
    provider: Provider, headers: dict[str, str], payload: dict[str, Any], key: str, event: str
) -> None:
    received = Received(headers, b"x", payload)
    assert (key_of(provider, received, 0), event_of(provider, received)) == (key, event)


def test_without_an_id_the_same_bytes_within_a_minute_are_one_delivery() -> None:
    def key(body: bytes, at: float) -> str:
        return key_of(GENERIC, Received({}, body), at)

    assert key(b"a", 60) == key(b"a", 119.9)
    assert key(b"a", 60) != key(b"b", 60)
    assert key(b"a", 60) != key(b"a", 120)
    assert key(b"a", 60).startswith("body:"), "no sender's id can be one of these"


def test_a_long_id_counts_by_its_hash() -> None:
    long, longer = "x" * 201, "x" * 202
    keys = {key_of(GENERIC, Received({"idempotency-key": one}, b""), 0) for one in (long, longer, "y\x00")}
    assert len(keys) == 3
    assert all(key.startswith("hash:") and len(key) < 80 for key in keys)


def test_what_only_tries_the_address_is_answered_at_once() -> None:
    challenge = {"type": "url_verification", "challenge": "c1", "token": "t"}
    assert SLACK.reply(Received({}, b"", challenge)) == {"challenge": "c1"}
    assert SLACK.reply(Received({}, b"", {"type": "event_callback"})) is None
    assert GITHUB.reply(Received({"x-github-event": "ping"}, b"")) == {"status": "pong"}
    assert GITHUB.reply(Received({"x-github-event": "push"}, b"")) is None
    assert GENERIC.reply(Received({}, b"", challenge)) is None


@pytest.mark.parametrize(
    ("kind", "body", "payload"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("application/json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        ("application/cloudevents+json", b'{"a": 1}', {"a": 1}),
        ("application/json", b"[1]", {"body": [1]}),
        ("application/json", b"null", {"body": None}),
        ("text/plain", b'{"a": 1}', {"body": '{"a": 1}'}),
        ("text/plain", "ü".encode(), {"body": "ü"}),
        ("", b'{"a": 1}', {"a": 1}),
        ("", b"a", {"body": "a"}),
        ("application/octet-stream", b"", {"body": ""}),
        ("application/x-www-form-urlencoded", b"a=1&b=&a=2&a=3", {"a": ["1", "2", "3"], "b": ""}),
        ("application/x-www-form-urlencoded", b"payload=%7B%22a%22%3A1%7D", {"a": 1}),
        ("application/x-www-form-urlencoded", b"payload=%7B%22a%22%3A1%7D&x=1", {"payload": '{"a":1}', "x": "1"}),
        ("application/x-www-form-urlencoded", b"", {}),
    ],
)
def test_a_body_is_read_as_it_says_and_given_as_an_object(kind: str, body: bytes, payload: dict[str, Any]) -> None:
    assert read_payload(kind, body) == payload


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b""),
        ("application/json", b"NaN"),
        ("text/plain", b"\xff"),
        ("", b"\xff"),
        ("application/json", b"[" * 100_000),
        ("application/x-www-form-urlencoded", b"a=1&" * 1_001),
        ("application/x-www-form-urlencoded", b"payload=%7B"),
        ("application/x-www-form-urlencoded", b"\xff=1"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(InvalidValue):
        read_payload(kind, body)
