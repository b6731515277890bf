"""Samples: the credentials and answers that blocks' examples are made of; no service knows them, and they ask nobody.

examples = (sample(sample_key(EXAMPLE), {"item_id": "1"}, [("title", "A wall")], said({"title": "A wall"})),)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from blocks.sdk.block import Example
from blocks.sdk.credentials import ApiKey, Credential, OAuth2, UserPassword
from blocks.sdk.directives import Emission
from blocks.sdk.providers import Provider
from schema.credentials import Reference

#: An answer as an example has it: status, headers, body.
Said = tuple[int, Mapping[str, str], bytes]


def sample_key(provider: Provider) -> ApiKey:
    """Give a key that opens nothing."""
    return ApiKey(_reference(provider, "api_key"), key="example")


def sample_password(provider: Provider) -> UserPassword:
    """Give a user's name and password that open nothing."""
    return UserPassword(_reference(provider, "user_password"), username="example", password="example-password")


def sample_grant(provider: Provider) -> OAuth2:
    """Give a person's grant that opens nothing."""
    return OAuth2(_reference(provider, "oauth2"), access_token="example")


def said(content: Any, status: int = 200, **headers: str) -> Said:
    """Give an answer: JSON, or bytes as they are."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body


def sample(
    credential: Credential, inputs: Mapping[str, Any], output: Sequence[Emission], *answers: Said, **more: Any
) -> Example:
    """Give an example of a block that takes a credential."""
    given = {**inputs, "credentials": credential.reference.to_wire()}
    return Example(input=given, output=output, answers=answers, credentials={"credentials": credential}, **more)


def _reference(provider: Provider, kind: str) -> Reference:
    return Reference("00000000-0000-4000-8000-00000000000e", provider.name, kind, "Example")
