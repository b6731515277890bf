"""Credentials over the API: made, listed, changed, deleted; whose they are; and a secret that nobody ever sees again."""

from __future__ import annotations

from typing import Any

import pytest

from api.graphql.ids import encode_id
from schema.access import Role
from schema.ids import new_id
from tests.api.credentials import CREATE, DELETE, FIELDS, LIST, ONE, REQUIRED, UPDATE, api_key, host_scoped, make
from tests.api.running import save
from tests.api.serving import Api, Client, Json, Organisation
from tests.durable.credential_blocks import GROUP, Greet, Model, Spend
from tests.durable.graphs import an_agent, make_graph

SECRET = "sk-live-51-very-secret"
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
SECRETS: list[tuple[str, Json, Json]] = [
    ("API_KEY", api_key(SECRET), {"last4": "cret", "hosts": []}),
    ("USER_PASSWORD", {"userPassword": {"username": "ann", "password": SECRET}}, {"last4": "cret", "hosts": []}),
    (
        "HOST_SCOPED",
        host_scoped("API.Example.com", Authorization=f"Bearer {SECRET}"),
        {"last4": "cret", "hosts": ["api.example.com"]},
    ),
]


async def refused(client: Client, query: str, **given: Any) -> list[Json]:
    payload: Json = await client(query, input=given)
    assert payload["credential"] is None
    assert all(
        "secret" not in error["message"].lower() or SECRET not in error["message"] for error in payload["errors"]
    )
    problems: list[Json] = payload["errors"]
    return problems


@pytest.mark.parametrize(("kind", "secret", "shown"), SECRETS, ids=[row[0] for row in SECRETS])
async def test_a_secret_goes_in_and_never_comes_out(
    api: Api, acme: Organisation, kind: str, secret: Json, shown: Json
) -> None:
    editor = acme[Role.EDITOR]
    made = await make(editor, provider="GitHub", title="  For  issues ", **secret)
    assert (made["type"], made["provider"], made["title"], made["isShared"]) == (kind, "github", "For issues", False)
    assert {name: made[name] for name in shown} == shown
    assert made["owner"]["email"].startswith("editor-")
    assert (made["usedAt"], made["expiresAt"], made["endedAt"]) == (None, None, None)
    assert await editor(ONE, id=made["id"]) == made
    assert (await editor(NODE, id=made["id"]))["__typename"] == "Credential"
    answers = [(await editor.post(query, {"id": made["id"]})).text for query in (ONE, NODE)]
    answers.append((await editor.post(LIST)).text)
    assert not any(SECRET in answer for answer in answers)
    rows = await api.platform.sql("SELECT CAST(c AS text) AS row FROM credentials c WHERE tenant_id = :id", id=acme.id)
    assert rows
    assert not any(SECRET in row.row for row in rows)


def test_no_field_could_give_it() -> None:
    assert not {"secret", "key", "password", "headers", "accessToken", "refreshToken", "sealed"} & set(FIELDS.split())


async def test_a_short_secret_shows_none_of_it(acme: Organisation) -> None:
    assert (await make(acme.owner, **api_key("elevenchars")))["last4"] is None
    assert (await make(acme.owner, **api_key("twelve chars")))["last4"] == "hars"
    both = host_scoped("a.example.com", X_A="one long enough", X_B="two long enough")
    assert (await make(acme.owner, **both))["last4"] is None


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": " "}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"provider": "no spaces"}, ["provider"]),
        ({"provider": ""}, ["provider"]),
        ({"secret": api_key("")}, ["secret"]),
        ({"secret": api_key("line\nbreak")}, ["secret"]),
        ({"secret": api_key("x" * 20_000)}, ["secret"]),
        ({"secret": {"userPassword": {"username": "", "password": "x"}}}, ["secret"]),
        ({"secret": host_scoped("*.com", X_A="secret")}, ["secret", "hostScoped", "hosts"]),
        ({"secret": host_scoped("https://a.com/", X_A="secret")}, ["secret", "hostScoped", "hosts"]),
        ({"secret": {"hostScoped": {"hosts": [], "headers": [{"name": "A", "value": "b"}]}}}, ["secret", "hostScoped", "hosts"]),
        ({"secret": {"hostScoped": {"hosts": ["a.com"], "headers": []}}}, ["secret", "hostScoped", "headers"]),
        ({"secret": host_scoped("a.com", Host="evil.com")}, ["secret", "hostScoped", "headers"]),
        # These go along to other hosts at a redirect.
        ({"secret": host_scoped("a.com", Accept="secret")}, ["secret", "hostScoped", "headers"]),
        ({"secret": host_scoped("a.com", **{"X A": "secret"})}, ["secret", "hostScoped", "headers"]),
        ({"secret": host_scoped("a.com", X_A="secret", x_a="again")}, ["secret", "hostScoped", "headers"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused_by_its_place(acme: Organisation, change: Json, path: list[str]) -> None:
    given = {"provider": "github", "title": "Mine", "secret": api_key(SECRET), **change}
    assert [(error["code"], error["path"]) for error in await refused(acme.owner, CREATE, **given)] == [
        ("BAD_USER_INPUT", path)
    ]


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {**api_key(SECRET), "userPassword": {"username": "a", "password": SECRET}},
        {"apiKey": SECRET},
        {"apiKey": {"key": [SECRET]}},
        {"apiKey": {"key": SECRET, "other": SECRET}},
        {"oauth2": {"accessToken": SECRET}},
    ],
)
async def test_what_does_not_fit_the_schema_is_refused_and_not_repeated(acme: Organisation, secret: Json) -> None:
    given = {"provider": "github", "title": "Mine", "secret": secret}
    answer = (await acme.owner.post(CREATE, {"input": given})).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert SECRET not in str(answer)


async def test_a_private_one_is_its_owners_alone_and_a_shared_one_everybodys(
    acme: Organisation, other: Organisation
) -> None:
    editor, owner = acme[Role.EDITOR], acme.owner
    private = await make(editor, **api_key(SECRET))
    shared = await make(editor, title="Ours", is_shared=True, **api_key(SECRET))
    assert (shared["isShared"], shared["owner"]) == (True, None)
    for client, ids in ((editor, [shared["id"], private["id"]]), (owner, [shared["id"]]), (other.owner, [])):
        assert [node["id"] for node in (await client(LIST))["nodes"]] == ids
    # The same words for one that is another's, another organisation's, deleted, of another type, or no id at all.
    gone = await make(owner, **api_key(SECRET))
    assert (await owner(DELETE, id=gone["id"]))["isDone"]
    for given in (private["id"], gone["id"], encode_id("Credential", new_id()), encode_id("Graph", new_id()), "x"):
        for query, shape in ((ONE, False), (UPDATE, True), (DELETE, False)):
            variables = {"input": {"id": given, "title": "Taken"}} if shape else {"id": given}
            answer = (await owner.post(query, variables)).json()
            errors = answer.get("errors") or next(iter(answer["data"].values()))["errors"]
            assert [error["message"] for error in errors] == ["There is no such Credential here."], query
        assert await owner(NODE, id=given) is None
    assert await other.owner.refused(ONE, id=shared["id"]) == ["NOT_FOUND"]
    assert await other.owner.refused(DELETE, id=shared["id"]) == ["NOT_FOUND"]
    assert (await editor(ONE, id=private["id"]))["title"] == "Mine"


async def test_who_may_see_and_change_them(acme: Organisation) -> None:
    made = await make(acme.owner, is_shared=True, **api_key(SECRET))
    given = {"provider": "github", "title": "Mine", "secret": api_key(SECRET)}
    for role in (Role.VIEWER, Role.AUDITOR):
        assert await acme[role].refused(LIST) == ["FORBIDDEN"]
        assert await acme[role].refused(CREATE, input=given) == ["FORBIDDEN"]
    operator = acme[Role.OPERATOR]
    assert [node["id"] for node in (await operator(LIST))["nodes"]] == [made["id"]]
    assert await operator.refused(CREATE, input=given) == ["FORBIDDEN"]
    assert await operator.refused(UPDATE, input={"id": made["id"], "title": "x"}) == ["FORBIDDEN"]
    assert await operator.refused(DELETE, id=made["id"]) == ["FORBIDDEN"]


async def test_a_title_and_a_secret_can_be_replaced_each_by_itself(acme: Organisation) -> None:
    made = await make(acme.owner, **api_key(SECRET))
    titled = (await acme.owner(UPDATE, input={"id": made["id"], "title": "New"}))["credential"]
    assert (titled["title"], titled["last4"]) == ("New", "cret")
    replaced = (await acme.owner(UPDATE, input={"id": made["id"], "secret": api_key("another long one")}))["credential"]
    assert (replaced["title"], replaced["last4"], replaced["createdAt"]) == ("New", " one", made["createdAt"])
    wrong = await refused(acme.owner, UPDATE, id=made["id"], secret=host_scoped("a.com", X_A=SECRET))
    assert [(error["code"], error["path"]) for error in wrong] == [("BAD_USER_INPUT", ["secret"])]


async def test_one_can_be_shared_and_a_shared_one_be_nobodys_own(acme: Organisation) -> None:
    made = await make(acme.owner, **api_key(SECRET))
    shared = (await acme.owner(UPDATE, input={"id": made["id"], "isShared": True}))["credential"]
    assert (shared["isShared"], shared["owner"]) == (True, None)
    assert (await acme[Role.EDITOR](ONE, id=made["id"]))["id"] == made["id"]
    again = await refused(acme[Role.EDITOR], UPDATE, id=made["id"], isShared=False)
    assert [error["path"] for error in again] == [["isShared"]]


async def test_the_list_is_paged_and_filtered(acme: Organisation) -> None:
    made = [await make(acme.owner, provider=name, **api_key(SECRET)) for name in ("a", "b", "a", "c", "a")]
    ids = [row["id"] for row in reversed(made)]
    first = await acme.owner(LIST, first=2)
    assert ([row["id"] for row in first["nodes"]], first["pageInfo"]["hasNextPage"]) == (ids[:2], True)
    rest = await acme.owner(LIST, first=10, after=first["pageInfo"]["endCursor"])
    assert ([row["id"] for row in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (ids[2:], False)
    assert len((await acme.owner(LIST, provider="a"))["nodes"]) == 3
    assert len((await acme.owner(LIST, type="API_KEY"))["nodes"]) == 5
    assert (await acme.owner(LIST, type="OAUTH2"))["nodes"] == []
    assert await acme.owner.refused(LIST, after="x") == ["BAD_CURSOR"]
    assert await acme.owner.refused(LIST, first=101) == ["BAD_USER_INPUT"]


async def test_the_audit_log_has_what_was_done_and_no_secret(acme: Organisation) -> None:
    made = await make(acme.owner, **api_key(SECRET))
    await acme.owner(DELETE, id=made["id"])
    log = await acme.owner("{ auditLog(first: 10) { nodes { operation outcome objectId } } }")
    found = [(entry["operation"], entry["outcome"], entry["objectId"]) for entry in log["nodes"]]
    assert found[:2] == [("deleteCredential", "ALLOWED", made["id"]), ("createCredential", "ALLOWED", None)]
    assert SECRET not in str(log)


async def test_what_an_agent_needs_is_told_with_its_places(api: Api, acme: Organisation, other: Organisation) -> None:
    inner = make_graph({"b": (Spend, {}, {"metadata": {"customized_name": "Inner"}}), "g": Greet})
    await save(api, acme, inner)
    top = make_graph({"a": Spend, "m": (Model, {"model": "big"}), "child": an_agent(inner)})
    graph_id = await save(api, acme, top)
    spend, model, greet = await acme[Role.VIEWER](REQUIRED, id=graph_id)
    assert spend == {
        "key": GROUP,
        "providers": ["canary"],
        "types": ["API_KEY", "HOST_SCOPED", "OAUTH2", "USER_PASSWORD"],
        "scopes": [],
        "isRequired": True,
        "usedWith": [],
        "places": [
            {"graphId": top.id, "nodeId": "a", "nodeTitle": None, "pin": "credentials"},
            {"graphId": inner.id, "nodeId": "b", "nodeTitle": "Inner", "pin": "credentials"},
        ],
    }
    assert (model["key"], model["usedWith"], model["scopes"]) == ("bee_api_key_oauth2_credentials", ["big"], ["chat"])
    assert (greet["key"], greet["isRequired"]) == ("greeting_api_key_credentials", False)
    assert await other.owner.refused(REQUIRED, id=graph_id) == ["NOT_FOUND"]
    assert await acme.owner.refused(REQUIRED, id=graph_id, version=99) == ["NOT_FOUND"]
