"""Apollo's API, https://docs.apollo.io/reference: companies and people, by what is known of them."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider

APOLLO: Final = Provider(
    name="apollo",
    title="Apollo",
    base_url="https://api.apollo.io/api/v1",
    key=KeyPlace(header="X-Api-Key", scheme=""),
    error_at=("error",),
    refusals={422: "Apollo cannot do that: {said}"},
)
ApolloCredentials = Annotated[ApiKey, APOLLO.field()]
