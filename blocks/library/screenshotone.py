"""A block for ScreenshotOne: an image of a web page. The page is opened by them, so it must be one that they can reach."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

from blocks.providers.screenshotone import SCREENSHOTONE, ScreenshotoneCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Yield, pin
from blocks.sdk.rest import Api
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(SCREENSHOTONE)
#: How long a page may take there.
_SECONDS: Final = 90.0
#: Bytes of an image of a long page.
_IMAGE_BYTES_MAX: Final = 30 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class ScreenshotWebPage(Block):
    """Take an image of a web page."""

    id = "3a7c4b8d-6e2f-4a5d-b9c1-f8d23c5a9b0e"
    name = "ScreenshotWebPageBlock"
    categories = ("DATA",)

    class Input(BlockInput):
        credentials: ScreenshotoneCredentials = pin(description="Access to ScreenshotOne.")
        url: str = pin(description="The page.", placeholder="https://example.com", min_length=1)
        viewport_width: int = pin(1920, description="Width of the window, in pixels.", ge=1, le=10_000)
        viewport_height: int = pin(1080, description="Height of the window, in pixels.", ge=1, le=10_000)
        full_page: bool = pin(False, description="The whole page, not only what the window shows.")
        format: Literal["png", "jpeg", "webp"] = pin("png", description="What kind of image.")
        block_ads: bool = pin(True, description="Without advertisements.")
        block_cookie_banners: bool = pin(True, description="Without questions about cookies.")
        block_chats: bool = pin(True, description="Without chat windows.")
        cache: bool = pin(False, description="An earlier image of it will do.")

    class Output(BlockOutput):
        image: str = pin(description="The image.")

    examples = (
        sample(
            _KEY,
            {"url": "https://example.com"},
            [("image", "data:image/png;base64,iVBORw0KGgo=")],
            said(_PNG, content_type="image/png"),
        ),
        sample(
            _KEY,
            {"url": "https://nowhere.example.com"},
            [],
            said({"error_code": "name_not_resolved", "error_message": "The name is not resolved."}, 400),
            title="The page is not there",
            error="not resolved",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        query: dict[str, Any] = inputs.model_dump(mode="json", exclude={"credentials"})
        api = Api(SCREENSHOTONE, inputs.credentials, context)
        answer = await api.call(
            "GET", "/take", query=query, timeout_seconds=_SECONDS, content_bytes_max=_IMAGE_BYTES_MAX
        )
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not kind.startswith("image/"):
            raise BlockFailed(f"ScreenshotOne answered with {kind or 'nothing'} instead of an image.")
        yield "image", await context.files.give(answer.body, f"screenshot.{inputs.format}", kind)
