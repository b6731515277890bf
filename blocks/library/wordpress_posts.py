"""Blocks for WordPress.com: write a post, list a site's posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from typing import Any, Final

from blocks.providers.wordpress import WORDPRESS, WordPressCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Emission, Yield, pin
from blocks.sdk.files import is_address
from blocks.sdk.rest import Api, Arguments, Operation, RestBlock, found_at
from blocks.sdk.samples import said, sample, sample_grant
from schema.errors import InvalidInput, shorten

_GRANT: Final = sample_grant(WORDPRESS)
_POST: Final = {"ID": 7, "title": "Walls", "URL": "https://a.wordpress.com/walls", "short_URL": "https://wp.me/p1-7"}
#: Posts that one answer has at most; https://developer.wordpress.com/docs/api/1.1/get/sites/%24site/posts/
_POSTS_MAX: Final = 100
_MEDIA_MAX: Final = 50


def _site_of(text: str) -> str:
    """Give a site's domain, or its number, of its address. One that is a folder of another's domain has a number only."""
    site, _, folder = text.strip().removeprefix("https://").removeprefix("http://").partition("/")
    if folder:
        raise InvalidInput(f"{shorten(text, 100)!r} is no domain: give the site's number.", pin="site")
    return site


class WordPressCreatePost(Block):
    """Write a post on a site."""

    id = "ee4fe08c-18f9-442f-a985-235379b932e1"
    name = "WordPressCreatePostBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        credentials: WordPressCredentials = pin(description="Access to WordPress.com.")
        site: str = pin(description="The site's domain or number.", placeholder="example.wordpress.com")
        title: str = pin(description="The title.")
        content: str = pin(description="The text, in HTML.")
        excerpt: str | None = pin(None, description="A short text for lists.")
        slug: str | None = pin(None, description="Its name in its address.")
        author: str | None = pin(None, description="Somebody else whose post it is: their name or number.")
        categories: list[str] = pin(default=[], description="Names or numbers of categories.", max_length=100)
        tags: list[str] = pin(default=[], description="Names or numbers of tags.", max_length=100)
        featured_image: str | None = pin(
            None, description="Its picture: the address of one, or the number of one there."
        )
        media_urls: list[str] = pin(
            default=[], description="Addresses of files that WordPress.com fetches for it.", max_length=_MEDIA_MAX
        )
        publish_as_draft: bool = pin(False, description="Only keep it: nobody sees it yet.")

    class Output(BlockOutput):
        site: str = pin(description="The site.")
        post_id: int = pin(description="The post's number.")
        post_url: str = pin(description="Its address.")
        short_url: str = pin(description="Its short address.")
        post_data: dict[str, Any] = pin(description="All that WordPress.com says of it.")

    examples = (
        sample(
            _GRANT,
            {"site": "a.wordpress.com", "title": "Walls", "content": "<p>Stones.</p>"},
            [
                ("site", "a.wordpress.com"),
                ("post_id", 7),
                ("post_url", "https://a.wordpress.com/walls"),
                ("short_url", "https://wp.me/p1-7"),
                ("post_data", _POST),
            ],
            said(_POST),
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        api, site = Api(WORDPRESS, inputs.credentials, context), _site_of(inputs.site)
        body = {
            "title": inputs.title,
            "content": inputs.content,
            "status": "draft" if inputs.publish_as_draft else "publish",
            "excerpt": inputs.excerpt,
            "slug": inputs.slug,
            "author": inputs.author,
            "categories": inputs.categories,
            "tags": inputs.tags,
            "media_urls": inputs.media_urls,
            "featured_image": await _image_id(api, site, inputs.featured_image),
        }
        given = {name: value for name, value in body.items() if value not in (None, "", [])}
        post = (await api.call("POST", "/sites/{site}/posts/new", {"site": site}, json=given)).content
        yield "site", inputs.site
        yield "post_id", post["ID"]
        yield "post_url", post["URL"]
        if post.get("short_URL"):
            yield "short_url", post["short_URL"]
        yield "post_data", post


async def _image_id(api: Api, site: str, image: str | None) -> str | None:
    """Give the number that a picture has on the site; one at an address is fetched there first."""
    if not image or image.strip().isdecimal():
        return (image or "").strip() or None
    if not is_address(image.strip()):
        raise InvalidInput("Give the picture's address, or its number on the site.", pin="featured_image")
    body = {"media_urls": [image.strip()]}
    answer = (await api.call("POST", "/sites/{site}/media/new", {"site": site}, json=body)).content
    found = found_at(answer, ("media", "0", "ID"))
    if found is None:
        said_why = found_at(answer, ("errors", "0", "message")) or "it does not say why"
        raise BlockFailed(f"WordPress.com did not take the picture: {said_why}")
    return str(found)


class PostStatus(StrEnum):
    """What posts to list."""

    PUBLISH = "publish"
    PRIVATE = "private"
    DRAFT = "draft"
    PENDING = "pending"
    FUTURE = "future"
    AUTO_DRAFT = "auto-draft"
    TRASH = "trash"
    ANY = "any"


class WordPressGetAllPosts(RestBlock):
    """List the posts of a site, newest first."""

    id = "97728fa7-7f6f-4789-ba0c-f2c114119536"
    name = "WordPressGetAllPostsBlock"
    categories = ("SOCIAL",)
    provider = WORDPRESS
    operation = Operation(
        "GET", "/sites/{site}/posts", query={"status": "status", "number": "number", "offset": "offset"}
    )

    class Input(BlockInput):
        credentials: WordPressCredentials = pin(description="Access to WordPress.com.")
        site: str = pin(description="The site's domain or number.", placeholder="example.wordpress.com")
        status: PostStatus | None = pin(None, description="Only these; none: what is published.")
        number: int = pin(20, description="Posts to give at most.", ge=1, le=_POSTS_MAX)
        offset: int = pin(0, description="How many to leave out first.", ge=0)

    class Output(BlockOutput):
        site: str = pin(description="The site.")
        found: int = pin(description="How many posts there are in all.")
        posts: list[dict[str, Any]] = pin(description="The posts.")
        post: dict[str, Any] = pin(description="Each post by itself.")

    examples = (
        sample(
            _GRANT,
            {"site": "a.wordpress.com"},
            [("site", "a.wordpress.com"), ("found", 1), ("posts", [_POST]), ("post", _POST)],
            said({"found": 1, "posts": [_POST]}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        return Arguments({"site": _site_of(inputs.site)}, found.query, found.body)

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        posts = answer.get("posts") or []
        yield "site", inputs.site
        yield "found", answer.get("found", len(posts))
        yield "posts", posts
        for post in posts:
            yield "post", post
