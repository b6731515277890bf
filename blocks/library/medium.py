"""A block that publishes a text at Medium; it sends its key there, or where the operator says that this is, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any, Final
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
    Yield,
    pin,
)
from blocks.sdk.answers import json_answer
from schema.credentials import Reference

_API: Final = "https://api.medium.com/v1"
_ANSWER_BYTES_MAX: Final = 1024 * 1024
_FORMATS: Final = ("markdown", "html")


class PublishStatus(StrEnum):
    """Who can see a post."""

    PUBLIC = "public"
    DRAFT = "draft"
    UNLISTED = "unlisted"


_KEY: Final = ApiKey(
    Reference("00000000-0000-4000-8000-000000000003", "medium", "api_key", "Example"), key="example-key"
)
_POST: Final[dict[str, Any]] = {
    "author_id": "1234567890abcdef",
    "title": "Walls",
    "content": "# Walls\nThey stand.",
    "content_format": "markdown",
    "tags": ["walls"],
    "publish_status": "draft",
    "credentials": _KEY.reference.to_wire(),
}
_MADE: Final = (
    201,
    {"content-type": "application/json"},
    b'{"data": {"id": "e6f36a", "url": "https://medium.com/@ann/walls-e6f36a", "publishedAt": 1769860496000}}',
)


class PublishToMedium(Block):
    """Publish a text at Medium.

    Without an author's id it is published by whom the key belongs to. Medium has no key of idempotency: where its answer was
    lost, a new attempt may publish twice.
    """

    id = "3f7b2dcb-4a78-4e3f-b0f1-88132e1b89df"
    name = "PublishToMediumBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        author_id: str = pin(secret=True, description="The author's id at Medium; empty: whom the key belongs to.")
        title: str = pin(description="The title.")
        content: str = pin(description="The text.")
        content_format: str = pin(description="How the text is written: markdown or html.")
        tags: list[str] = pin(description="Tags; Medium uses the first three.")
        canonical_url: str | None = pin(None, description="Where the text was first published, if elsewhere.")
        publish_status: PublishStatus = pin(description="Who can see it: public, draft or unlisted.")
        license: str = pin("all-rights-reserved", description="The licence, by Medium's name for it.")
        notify_followers: bool = pin(False, description="Whether the author's followers are told.")
        credentials: Annotated[ApiKey, CredentialsField(providers=("medium",))] = pin(
            description="An integration token of Medium."
        )

    class Output(BlockOutput):
        post_id: str = pin(description="The post's id.")
        post_url: str = pin(description="The post's address.")
        published_at: int = pin(description="When it was published, in milliseconds since 1970.")

    examples = (
        Example(
            input=_POST,
            output=[
                ("post_id", "e6f36a"),
                ("post_url", "https://medium.com/@ann/walls-e6f36a"),
                ("published_at", 1769860496000),
            ],
            answers=[_MADE],
            credentials={"credentials": _KEY},
        ),
        Example(
            title="By whom the key belongs to",
            input={**_POST, "author_id": ""},
            output=[("post_id", "e6f36a")],
            match="subset",
            answers=[(200, {}, b'{"data": {"id": "1234567890abcdef"}}'), _MADE],
            credentials={"credentials": _KEY},
        ),
        Example(
            title="Medium refuses it",
            input=_POST,
            output=[],
            error="Medium refused the request (400): Title is too long.",
            answers=[(400, {}, b'{"errors": [{"message": "Title is too long.", "code": 2002}]}')],
            credentials={"credentials": _KEY},
        ),
        Example(
            input={**_POST, "content_format": "pdf"},
            output=[],
            error="markdown or html",
            credentials={"credentials": _KEY},
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if inputs.content_format not in _FORMATS:
            raise BlockFailed(f"content_format must be {' or '.join(_FORMATS)}.")
        author = inputs.author_id.strip() or await _own_id(inputs, context)
        found = await _ask(inputs, context, "POST", f"/users/{quote(author, safe='')}/posts", json=_body_of(inputs))
        try:
            yield "post_id", str(found["id"])
            yield "post_url", str(found["url"])
            # A draft is not published yet.
            if found.get("publishedAt") is not None:
                yield "published_at", int(found["publishedAt"])
        except (KeyError, TypeError, ValueError) as error:
            # It took the post, and would take it a second time.
            raise BlockFailed("Medium has taken the post and does not say where it is: look there.") from error


async def _own_id(inputs: PublishToMedium.Input, context: Context) -> str:
    found = await _ask(inputs, context, "GET", "/me")
    if not found.get("id"):
        raise BlockFailed("Medium does not say whom the key belongs to; give the author_id.")
    return str(found["id"])


async def _ask(inputs: PublishToMedium.Input, context: Context, method: str, path: str, **body: Any) -> dict[str, Any]:
    """Send a request with the key; give what the answer has as `data`. A redirect is not followed."""
    response = await context.http.request(
        method,
        f"{context.base_urls.get('medium', _API).rstrip('/')}{path}",
        headers={"Authorization": inputs.credentials.bearer, "Accept": "application/json"},
        content_bytes_max=_ANSWER_BYTES_MAX,
        redirects_max=0,
        **body,
    )
    found = json_answer(response, "Medium", context.now())
    data = found.get("data") if isinstance(found, dict) else None
    return data if isinstance(data, dict) else {}


def _body_of(inputs: PublishToMedium.Input) -> dict[str, Any]:
    body = {
        "title": inputs.title,
        "content": inputs.content,
        "contentFormat": inputs.content_format,
        "tags": inputs.tags,
        "canonicalUrl": inputs.canonical_url,
        "publishStatus": inputs.publish_status.value,
        "license": inputs.license,
        "notifyFollowers": inputs.notify_followers,
    }
    return {name: value for name, value in body.items() if value is not None}
