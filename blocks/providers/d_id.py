"""D-ID's API, https://docs.d-id.com/reference: videos of people who speak a text."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

D_ID: Final = Provider(
    name="d_id",
    title="D-ID",
    base_url="https://api.d-id.com",
    # The key as D-ID shows it is the name and the password already, in base64.
    key=KeyPlace(scheme="Basic"),
    error_at=("description",),
    refusals={402: "D-ID's account has no credits left: {said}"},
)
DIdCredentials = Annotated[ApiKey, D_ID.field()]
