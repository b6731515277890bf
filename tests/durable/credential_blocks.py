"""Blocks for tests that take credentials, and give away what they should not in every way there is."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from blocks.sdk import (
    ApiKey,
    Block,
    BlockFailed,
    BlockInput,
    BlockOutput,
    Context,
    CredentialsField,
    Example,
    HostScoped,
    OAuth2,
    Unavailable,
    UserPassword,
    Yield,
    pin,
)
from schema.credentials import Reference
from tests.durable.waiting import eventually

#: What executions were given, by the key that their node has, newest last.
GIVEN: dict[str, list[Any]] = {}
GROUP = "canary_api_key_host_scoped_oauth2_user_password_credentials"
_KEY = ApiKey(Reference("00000000-0000-4000-8000-000000000002", "canary", "api_key", "Example"), key="example key")


class Spend(Block):
    """Use a credential, and give it away as it is asked to."""

    id = "c0a5b4f5-9f58-5f0b-9a9b-64b0a3e4c001"
    name = "SpendBlock"

    class Input(BlockInput):
        how: str = pin("length", description="What to do with it.")
        key: str = pin("spend", description="Noted under this.")
        url: str = pin("", description="Where to send it.")
        credentials: Annotated[ApiKey | OAuth2 | UserPassword | HostScoped, CredentialsField(providers=("canary",))] = (
            pin(description="What is used.")
        )

    class Output(BlockOutput):
        value: Any = pin(description="What came of it.")

    examples = (
        Example(
            input={"credentials": _KEY.reference.to_wire()},
            output=[("value", 11)],
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        GIVEN.setdefault(inputs.key, []).append(inputs.credentials)
        secret = inputs.credentials.secrets[0]
        data = secret.encode()
        match inputs.how:
            case "length":
                yield "value", len(secret)
            case "emit":
                yield "value", secret
            case "emit in parts":
                yield "value", {"a": [f"<{secret}>", {secret: True}], "n": 1}
            case "encoded":
                yield "value", [base64.b64encode(b"x" * n + data).decode() for n in range(3)]
                yield "value", [data.hex(), quote(secret, safe=""), base64.urlsafe_b64encode(data).decode()]
            case "large":
                yield "value", f"{'x' * 70_000}{secret}"
            case "log":
                context.log("warning", f"the secret is {secret}")
                context.stream("value", f"streamed {secret}")
                yield "value", "logged"
            case "library log":
                try:
                    raise ValueError(f"cannot use {secret}")
                except ValueError:
                    logging.getLogger("theirs").exception("tried with %s", secret)
                yield "value", "logged"
            case "raise":
                raise ValueError(f"cannot use {secret}")
            case "fail":
                raise BlockFailed(f"the service said: {secret} is wrong", token=secret)
            case "error pin":
                yield "error", f"no such account: {secret}"
            case "away":
                raise Unavailable(f"away for {secret}")
            case "show":
                yield "value", f"{inputs!r} {inputs.credentials} {inputs.model_dump_json()} {context!r}"
            case "url":
                await context.http.request("GET", f"{inputs.url}?token={secret}", timeout_seconds=5)
                yield "value", "sent"
            case "wait":
                yield "value", "waiting"
                await eventually(lambda: inputs.key in GIVEN and GIVEN[inputs.key][-1] == "go", seconds=60)


class Greet(Block):
    """Greet, with a credential or without."""

    id = "c0a5b4f5-9f58-5f0b-9a9b-64b0a3e4c002"
    name = "GreetBlock"

    class Input(BlockInput):
        credentials: Annotated[ApiKey | None, CredentialsField(providers=("greeting",))] = pin(
            None, description="With it, politely."
        )

    class Output(BlockOutput):
        text: str = pin(description="The greeting.")

    examples = (Example(input={}, output=[("text", "Hey.")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "text", "Hey." if inputs.credentials is None else "Good day."


class Model(Block):
    """Tell which provider a model's credential is of."""

    id = "c0a5b4f5-9f58-5f0b-9a9b-64b0a3e4c003"
    name = "ModelBlock"

    class Input(BlockInput):
        model: str = pin("small", description="The model.")
        credentials: Annotated[
            ApiKey | OAuth2,
            CredentialsField(
                providers=("ant", "bee"),
                scopes=("chat",),
                discriminator="model",
                mapping={"small": "ant", "big": "bee"},
            ),
        ] = pin(description="Access to it.")

    class Output(BlockOutput):
        provider: str = pin(description="Whose it is.")

    examples = (
        Example(
            input={"credentials": {**_KEY.reference.to_wire(), "provider": "ant"}},
            output=[("provider", "canary")],
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "provider", inputs.credentials.reference.provider


class OpenSheet(Block):
    """Open a file, with the credential that the node has, or else with the one that the file names."""

    id = "c0a5b4f5-9f58-5f0b-9a9b-64b0a3e4c004"
    name = "OpenSheetBlock"

    class Input(BlockInput):
        file: dict[str, Any] = pin(description="The file.")
        credentials: Annotated[ApiKey | None, CredentialsField(providers=("canary",), named_by="file")] = pin(
            None, description="Access to it."
        )

    class Output(BlockOutput):
        value: str = pin(description="With which secret it was opened.")

    examples = (Example(input={"file": {}}, output=[("value", "none")]),)

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        yield "value", "none" if inputs.credentials is None else inputs.credentials.reference.title


CREDENTIAL_BLOCKS = (Spend, Greet, Model, OpenSheet)
