"""ScreenshotOne's API, https://screenshotone.com/docs: images of web pages."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import ApiKey
from blocks.sdk.providers import KeyPlace, Provider
from blocks.sdk.rest import found_at


def _is_limit(_status: int, content: Any) -> bool:
    """Too many at once are refused with 400; https://screenshotone.com/docs/errors."""
    return bool(found_at(content, ("error_code",)) == "concurrency_limit_reached")


SCREENSHOTONE: Final = Provider(
    name="screenshotone",
    title="ScreenshotOne",
    base_url="https://api.screenshotone.com",
    key=KeyPlace(header="X-Access-Key", scheme=""),
    error_at=("error_message",),
    is_limit=_is_limit,
)
ScreenshotoneCredentials = Annotated[ApiKey, SCREENSHOTONE.field()]
