"""Credentials in the SDK: declared by a type, hidden when shown, sent to their own hosts only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest

from blocks.library.web import SendAuthenticatedWebRequest
from blocks.sdk import (
    ApiKey,
    Block,
    BlockDefinitionError,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    HostScoped,
    OAuth2,
    UserPassword,
    Yield,
    pin,
)
from blocks.sdk.addresses import parse_url
from blocks.sdk.credentials import is_host_of, normal_host, open_credential
from blocks.sdk.direct import run_directly
from schema.credentials import Reference, requirements_of
from schema.errors import CredentialUnusable, InvalidValue
from tests.blocks.conftest import make_context
from tests.egress.servers import guarded, redirect, reply, serve

ID = "00000000-0000-4000-8000-000000000009"
SECRET = "a very secret text"


def reference(kind: str, provider: str = "github") -> Reference:
    return Reference(ID, provider, kind, "Mine")


ALL = [
    ApiKey(reference("api_key"), key=SECRET),
    UserPassword(reference("user_password"), username="ann", password=SECRET),
    HostScoped(reference("host_scoped"), ("example.com",), headers={"X-Key": SECRET}),
    OAuth2(reference("oauth2"), access_token=SECRET, scopes=("repo",)),
]


class Call(Block):
    """Tell which credential came."""

    id = "5b1a6c57-2f2f-4d7e-8c4d-0f3c53f5c001"
    name = "CallBlock"

    class Input(BlockInput):
        credentials: Annotated[ApiKey | OAuth2, CredentialsField(providers=("github", "gitlab"), scopes=("repo",))] = (
            pin(description="Access.")
        )
        other: Annotated[UserPassword | None, CredentialsField(providers=("smtp",))] = pin(None, description="Mail.")

    class Output(BlockOutput):
        header: str = pin(description="What would be sent.")
        has_other: bool = pin(description="Whether there is mail.")

    examples = (
        Example(
            input={"credentials": reference("api_key").to_wire()},
            output=[("header", f"Bearer {SECRET}"), ("has_other", False)],
            credentials={"credentials": ALL[0]},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "header", inputs.credentials.bearer
        yield "has_other", inputs.other is not None


@pytest.mark.parametrize("credential", ALL, ids=lambda one: one.type.value)
def test_nothing_that_shows_a_credential_shows_its_secret(credential: Any) -> None:
    for shown in (repr(credential), str(credential), f"{credential}", f"{credential!r}"):
        assert SECRET not in shown
        assert "Mine" in shown
    assert credential.secrets == (SECRET,)


def test_an_input_with_one_is_written_as_its_reference() -> None:
    inputs = Call.Input(credentials=ALL[0])
    assert inputs.credentials is ALL[0]
    for shown in (repr(inputs), inputs.model_dump_json(), str(inputs.model_dump())):
        assert SECRET not in shown
    assert inputs.model_dump()["credentials"] == ALL[0].reference.to_wire()


def test_the_declaration_is_seen_in_the_blocks_schema() -> None:
    first, second = requirements_of(Call.spec)
    assert (first.pin, first.providers, first.types) == ("credentials", ("github", "gitlab"), ("api_key", "oauth2"))
    assert (first.scopes, first.is_required) == (("repo",), True)
    assert (second.pin, second.types, second.is_required) == ("other", ("user_password",), False)
    schema = Call.spec.input_pins["credentials"]
    assert schema["properties"]["provider"]["enum"] == ["github", "gitlab"]
    assert schema["description"] == "Access."


def test_a_credential_must_say_whose_it_is() -> None:
    with pytest.raises(BlockDefinitionError, match="CredentialsField"):

        class Careless(Call):
            """Take any."""

            class Input(BlockInput):
                credentials: ApiKey = pin(description="Access.")


def test_a_block_with_credentials_is_not_pure() -> None:
    with pytest.raises(BlockDefinitionError, match="not pure"):

        class Pure(Call):
            """Take one and be pure."""

            is_pure = True


async def test_a_block_is_given_the_credential_and_not_the_reference() -> None:
    inputs = {"credentials": reference("oauth2").to_wire()}
    result = await run_directly(Call, inputs, make_context(credentials={"credentials": ALL[3], "other": ALL[1]}))
    assert result.emissions == [("header", f"Bearer {SECRET}"), ("has_other", True)]


@pytest.mark.parametrize("inputs", [{"credentials": reference("oauth2").to_wire()}, {}])
async def test_without_one_the_block_does_not_run(inputs: dict[str, Any]) -> None:
    result = await run_directly(Call, inputs, make_context())
    assert result.emissions == []
    assert result.error is not None
    assert result.error.code in ("MISSING_CREDENTIALS", "INVALID_INPUT")


async def test_what_is_of_another_class_is_no_credential_for_it() -> None:
    inputs = {"credentials": reference("api_key").to_wire()}
    result = await run_directly(Call, inputs, make_context(credentials={"credentials": ALL[1]}))
    assert result.error is not None
    assert result.error.code == "INVALID_INPUT"
    assert SECRET not in result.error.message


def test_each_type_opens() -> None:
    secrets = [
        {"key": SECRET},
        {"username": "ann", "password": SECRET},
        {"headers": {"X-Key": SECRET}},
        {"access_token": SECRET, "refresh_token": "not for blocks"},
    ]
    for credential, secret in zip(ALL, secrets, strict=True):
        opened = open_credential(credential.reference, secret, hosts=credential.hosts, scopes=("repo",))
        assert opened == credential
    assert ALL[1].basic == "Basic YW5uOmEgdmVyeSBzZWNyZXQgdGV4dA=="  # type: ignore[attr-defined]


# Hosts


@pytest.mark.parametrize(
    ("entry", "normal"),
    [
        ("API.Example.com", "api.example.com"),
        (" example.com:443 ", "example.com"),
        ("example.com:80", "example.com:80"),
        ("*.example.com:8443", "*.example.com:8443"),
        ("[::1]:80", "[::1]:80"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_has_one_form(entry: str, normal: str) -> None:
    assert normal_host(entry) == normal
    assert normal_host(normal) == normal


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.",
        "*.com",
        "a.com/x",
        "https://a.com",
        "u@a.com",
        "a b",
        "a.com?x",
        "a.com#",
        "*.1.2.3.4",
        "*.*.com",
        "127.1",
        "0x7f.1",
    ],
)
def test_what_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(InvalidValue):
        normal_host(entry)


@pytest.mark.parametrize(
    ("host", "url", "is_its"),
    [
        ("example.com", "https://example.com/a", True),
        ("example.com", "https://EXAMPLE.com./a", True),
        ("example.com", "https://example.com:8443/", False),
        ("example.com", "https://sub.example.com/", False),
        ("example.com", "https://notexample.com/", False),
        ("example.com", "https://example.com.evil.org/", False),
        ("example.com", "http://example.com/", False),  # In clear only where the port says so.
        ("example.com:80", "http://example.com/", True),
        ("example.com:80", "https://example.com/", False),
        ("*.example.com", "https://a.b.example.com/", True),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://badexample.com/", False),
        ("*.example.com:8443", "https://a.example.com:8443/", True),
        ("[::1]:80", "http://[::1]/", True),
    ],
)
def test_a_host_means_itself(host: str, url: str, is_its: bool) -> None:
    assert is_host_of(parse_url(url), host) is is_its


# The block that sends them


async def send(url: str, host: str, *, http: Any, **inputs: Any) -> Any:
    credential = HostScoped(
        reference("host_scoped", "http"), (host,), headers={"X-Key": SECRET, "Authorization": "Mine"}
    )
    context = make_context(http=http, credentials={"credentials": credential})
    row = {"url": url, "method": "GET", "credentials": credential.reference.to_wire(), **inputs}
    return await run_directly(SendAuthenticatedWebRequest, row, context)


async def test_headers_go_to_their_host_and_before_the_nodes_own() -> None:
    async with serve() as server:
        result = await send(
            server.url, server.host, http=guarded(server), headers={"authorization": "node", "X-B": "b"}
        )
    assert result.emissions == [("response", "ok")]
    (seen,) = server.seen
    assert (seen.headers["x-key"], seen.headers["authorization"], seen.headers["x-b"]) == (SECRET, "Mine", "b")


async def test_nothing_at_all_is_sent_to_another_host() -> None:
    async with serve() as server, serve() as other:
        result = await send(other.url, server.host, http=guarded(server, other))
    assert isinstance(result.error, CredentialUnusable)
    assert SECRET not in result.error.message
    assert (server.connects, other.connects) == (0, 0)


async def test_a_redirect_to_another_host_goes_without_them_and_one_to_their_own_with() -> None:
    async with serve() as other:

        async def answer(seen: Any, _writer: Any) -> bytes:
            if seen.path == "/away":
                return redirect(302, other.url)
            return redirect(302, "/here") if seen.path == "/home" else reply(200, b"ok")

        async with serve(answer) as server:
            for path in ("away", "home"):
                result = await send(f"{server.url}{path}", server.host, http=guarded(server, other))
                assert result.emissions == [("response", "ok")]
    assert [("x-key" in seen.headers, "authorization" in seen.headers) for seen in other.seen] == [(False, False)]
    assert {seen.path: "x-key" in seen.headers for seen in server.seen} == {"/away": True, "/home": True, "/here": True}
