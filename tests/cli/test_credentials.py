"""`drystone credentials`, and `drystone run` of an agent that needs some: refused before, run with, keys turned meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from blocks.library.web import SendAuthenticatedWebRequest
from deploy.stack.record import read
from tests.api.credentials import CREATE, api_key, host_scoped
from tests.cli.agents import written
from tests.cli.processes import CommandLine
from tests.durable.graphs import an_output, make_document

pytestmark = pytest.mark.long

GROUP = "http_host_scoped_credentials"


def asking() -> dict[str, Any]:
    """Give an agent that needs a credential; its address is closed to blocks, so it goes nowhere."""
    send = (SendAuthenticatedWebRequest, {"url": "http://127.0.0.1:1/", "method": "GET"})
    return make_document(
        {"send": send, "end": an_output("Output")}, ["send.response -> end.value"], name="Asking agent"
    )


def make(drystone: CommandLine, title: str, secret: dict[str, Any], provider: str = "http") -> str:
    """Make a credential over the API of the running stack; give its id, as `credentials list` shows it."""
    found = read(drystone.data_dir)
    assert found is not None
    assert found.endpoints is not None
    token = (drystone.data_dir / "owner.token").read_text().strip()
    given = {"provider": provider, "title": title, "secret": secret}
    body = {"query": CREATE, "variables": {"input": given}}
    answer = httpx2.post(
        f"{found.endpoints.api_url}/graphql", json=body, headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert answer["data"]["createCredential"]["errors"] == []
    (row,) = [row for row in drystone("credentials", "list", "--json").json if row["title"] == title]
    return str(row["id"])


def test_an_agent_without_its_credentials_is_refused_before_it_runs(drystone: CommandLine, tmp_path: Path) -> None:
    answer = drystone("run", written(tmp_path, asking()))
    assert (answer.status, answer.out) == (2, "")
    assert f"{GROUP}: a credential of http (host_scoped) is needed by send." in answer.err


def test_a_secret_is_read_from_standard_input_and_printed_nowhere(drystone: CommandLine) -> None:
    secret = "canary-typed-secret"
    made = drystone("credentials", "add", "jina", "--title", "Typed", typed=f"{secret}\n")
    password = drystone("credentials", "add", "smtp", "--user", "ann", typed=secret)
    rows = {row["id"]: row for row in drystone("credentials", "list", "--json").json}
    assert (rows[made.out.strip()]["provider"], rows[made.out.strip()]["title"]) == ("jina", "Typed")
    assert (rows[password.out.strip()]["type"], rows[password.out.strip()]["title"]) == ("user_password", "smtp")
    assert secret not in f"{made} {password} {rows}"
    nothing = drystone("credentials", "add", "jina")
    assert (nothing.status, nothing.out) == (2, "")
    assert "Give the secret on standard input" in nothing.err


def test_what_does_not_fit_is_refused_and_what_fits_is_used(drystone: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path, asking())
    wrong = make(drystone, "A key of another kind", api_key("a secret that is long enough"))
    right = make(drystone, "Headers for a host", host_scoped("127.0.0.1:1", X_Key="a secret that is long enough"))
    for given, words in (
        ((f"{GROUP}={wrong}",), "is of the type api_key, and host_scoped is needed"),
        ((f"{GROUP}={GROUP}",), "is no KEY=ID"),
        ((f"other={right}",), "needs no credentials under this key"),
    ):
        answer = drystone("run", file, "--credential", *given)
        assert (answer.status, words in answer.err) == (2, True), answer.err
    answer = drystone("run", file, "--credential", f"{GROUP}={right}", "--json")
    (row,) = [row for row in answer.json["node_executions"] if row["node_id"] == "send"]
    assert row["error"]["code"] == "EGRESS_REFUSED"
    assert row["input_data"]["credentials"]["id"] == right


def test_keys_are_turned_while_the_stack_runs(drystone: CommandLine) -> None:
    make(drystone, "To be wrapped anew", api_key("a secret that is long enough"))
    keys = drystone("credentials", "keys").out
    (old,) = re.findall(r"(k-\S+)  \d+ credentials  \(current\)", keys)
    refused = drystone("credentials", "drop-key", old)
    assert (refused.status, "still seals" in refused.err) == (2, True)
    turned = drystone("credentials", "rotate")
    assert turned.status == 0, turned.err
    (new,) = re.findall(r"The new key is (\S+)\.", turned.out)
    assert re.search(r"[1-9]\d* data keys are wrapped", turned.out)
    assert "0 data keys are wrapped" in drystone("credentials", "rotate", "--resume").out
    assert (drystone("credentials", "drop-key", new).status, drystone("credentials", "drop-key", old).status) == (2, 0)
    assert drystone("credentials", "drop-key", old).status == 2
    assert old not in drystone("credentials", "keys").out
    make(drystone, "Made with the new key", api_key("a secret that is long enough"))


def test_a_list_shows_no_secret(drystone: CommandLine) -> None:
    make(drystone, "Listed", api_key("sk-listed-never-shown"))
    for options in ((), ("--json",)):
        out = drystone("credentials", "list", *options).out
        assert "sk-listed" not in out
        assert "hown" in out
