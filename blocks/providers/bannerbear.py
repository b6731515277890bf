"""Bannerbear's API v2, https://developers.bannerbear.com: images from a template. `sync` answers when the image is there."""

from __future__ import annotations

from typing import Annotated, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import Provider

BANNERBEAR: Final = Provider(
    name="bannerbear",
    title="Bannerbear",
    base_url="https://api.bannerbear.com/v2",
    services={"sync": "https://sync.api.bannerbear.com/v2"},
    refusals={
        402: "Bannerbear's account has no images left: {said}",
        404: "Bannerbear has no such template in this project.",
        408: "Bannerbear did not finish the image in ten seconds: give a webhook_url, and it tells that address.",
    },
)
BannerbearCredentials = Annotated[ApiKey, BANNERBEAR.field()]
