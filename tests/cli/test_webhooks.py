"""`drystone webhooks`: made, attached, called, listed, replayed, given a new secret, deleted; as an operator does it."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import httpx2
import pytest

from blocks.library.triggers import GenericWebhookTrigger
from tests.cli.agents import written
from tests.cli.processes import CommandLine, eventually
from tests.durable.graphs import an_output, make_document

pytestmark = pytest.mark.long

NOBODY = "7b1d1a3e-31a8-4b5e-9d53-0d9d3c0c5a03"


def call(made: dict[str, Any], body: bytes, key: str) -> httpx2.Response:
    signature = hmac.new(made["secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "idempotency-key": key, "x-webhook-signature": signature}
    return httpx2.post(made["url"], content=body, headers=headers)


def test_a_webhook_is_made_attached_called_replayed_and_deleted(drystone: CommandLine, tmp_path: Path) -> None:
    document = make_document(
        {"hook": GenericWebhookTrigger, "out": an_output("got")}, ["hook.payload -> out.value"], name="Hooked"
    )
    agent = written(tmp_path, document)
    # By hand it runs with the payload as an input; and it is stored by that.
    by_hand = drystone("run", agent, "--input", 'payload={"x": 1}', "--json")
    assert by_hand.json["outputs"] == {"got": [{"x": 1}]}
    made = drystone("webhooks", "add", "Orders").json
    attachment = drystone("webhooks", "attach", made["id"], document["id"]).out.strip()
    assert call(made, b'{"a": 2}', "one").json()["status"] == "accepted"

    def listed() -> dict[str, Any] | None:
        (row,) = drystone("webhooks", "deliveries", made["id"], "--json").json
        return row if row["runs"] and row["runs"][0]["run"]["status"] == "COMPLETED" else None

    row = eventually(listed)
    assert (row["key"], row["runs"][0]["attachmentId"]) == ("id:one", attachment)
    replayed = drystone("webhooks", "replay", row["id"], "--attachment", attachment).json
    assert [one["replay"] for one in replayed] == [1]
    rotated, shown, listing, deliveries = drystone.each(
        ("webhooks", "rotate", made["id"], "--overlap", "0"),
        ("webhooks", "show", made["id"]),
        ("webhooks", "list"),
        ("webhooks", "deliveries", made["id"]),
    )
    assert call(made, b"{}", "two").status_code == 401
    assert call({**made, "secret": rotated.json["secret"]}, b"{}", "two").status_code == 200
    assert attachment in shown.out
    assert made["url"] in shown.out
    assert made["id"] in listing.out
    assert row["id"] in deliveries.out
    deleted = drystone("webhooks", "delete", made["id"])
    assert (deleted.status, deleted.out) == (0, "The webhook is deleted.\n")
    assert call(made, b"{}", "three").status_code == 404
    gone, nonsense, slack = drystone.each(
        ("webhooks", "show", made["id"]),
        ("webhooks", "show", "nonsense"),
        ("webhooks", "add", "x", "--provider", "slack"),
    )
    assert {gone.status, nonsense.status, slack.status} == {2}
    assert "There is no such Webhook here." in gone.err
    assert "made by slack" in slack.err
