"""A block for ZeroBounce: whether an e-mail address can be written to. It writes to nobody."""

from __future__ import annotations

from typing import Any, Final

from blocks.providers.zerobounce import ZEROBOUNCE, ZeroBounceCredentials
from blocks.sdk import BlockInput, BlockOutput, pin
from blocks.sdk.rest import Operation, RestBlock
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(ZEROBOUNCE)
_ANSWER: Final = {"address": "ann@example.com", "status": "valid", "sub_status": "", "free_email": False}


class ValidateEmails(RestBlock):
    """Say whether an e-mail address can be written to."""

    id = "e3950439-fa0b-40e8-b19f-e0dca0bf5853"
    name = "ValidateEmailsBlock"
    categories = ("SEARCH",)
    provider = ZEROBOUNCE
    operation = Operation(
        "GET", "/validate", query={"email": "email", "ip_address": "ip_address"}, gives={"response": ()}
    )

    class Input(BlockInput):
        email: str = pin(description="The address.", min_length=1)
        ip_address: str = pin("", description="From where the person signed up.")
        credentials: ZeroBounceCredentials = pin(description="Access to ZeroBounce.")

    class Output(BlockOutput):
        response: dict[str, Any] = pin(description="What is known of the address; `status` is the verdict.")

    examples = (
        sample(_KEY, {"email": "ann@example.com"}, [("response", _ANSWER)], said(_ANSWER)),
        sample(
            _KEY,
            {"email": "ann@example.com"},
            [],
            said({"error": "Invalid API key or your account ran out of credits"}),
            title="It is refused",
            error="ran out of credits",
        ),
    )
