"""WordPress.com's REST API v1.1 as its documentation has it: a post with its picture, a site's posts."""

from __future__ import annotations

from typing import Any

from blocks.library.wordpress_posts import WordPressCreatePost, WordPressGetAllPosts
from blocks.providers.wordpress import WORDPRESS
from blocks.sdk import OAuth2
from schema.credentials import Reference
from tests.providers.services import Asked, Says, service

GRANT = OAuth2(Reference("00000000-0000-4000-8000-00000000000b", "wordpress", "oauth2", "Mine"), access_token="granted")
SITE = "a.wordpress.com"
POST = {"ID": 7, "URL": "https://a.wordpress.com/walls", "short_URL": "https://wp.me/p1-7"}


def with_access(asked: Asked) -> str | None:
    return None if asked.headers.get("authorization") == "Bearer granted" else "no bearer token"


async def run(block: Any, inputs: Any, operations: Any) -> tuple[Any, list[Asked]]:
    async with service(WORDPRESS, operations, with_access) as wordpress:
        return await wordpress.run(block, {"site": SITE, **inputs}, GRANT), wordpress.asked


NEW = ("POST", f"/sites/{SITE}/posts/new")
MEDIA = ("POST", f"/sites/{SITE}/media/new")


async def test_a_post_has_what_was_set_and_nothing_else() -> None:
    inputs = {"site": f"https://{SITE}/", "title": "Walls", "content": "<p>", "tags": ["dry"], "publish_as_draft": True}
    outcome, asked = await run(WordPressCreatePost, inputs, {NEW: Says(POST)})
    assert asked[0].json == {"title": "Walls", "content": "<p>", "status": "draft", "tags": ["dry"]}
    found = dict(outcome.outputs)
    assert (found["site"], found["post_id"], found["short_url"]) == (f"https://{SITE}/", 7, "https://wp.me/p1-7")


async def test_a_picture_at_an_address_is_fetched_by_the_site_first() -> None:
    inputs = {"title": "Walls", "content": "<p>", "featured_image": "https://a.b/c.png"}
    operations = {MEDIA: Says({"media": [{"ID": 9}]}), NEW: Says(POST)}
    _, asked = await run(WordPressCreatePost, inputs, operations)
    assert [one.json for one in asked] == [
        {"media_urls": ["https://a.b/c.png"]},
        {"title": "Walls", "content": "<p>", "status": "publish", "featured_image": "9"},
    ]
    _, asked = await run(WordPressCreatePost, {**inputs, "featured_image": " 9 "}, {NEW: Says(POST)})
    assert asked[0].json["featured_image"] == "9"


async def test_a_picture_that_the_site_does_not_take_keeps_the_post_from_being_written() -> None:
    inputs = {"title": "Walls", "content": "<p>", "featured_image": "https://a.b/c.exe"}
    outcome, asked = await run(WordPressCreatePost, inputs, {MEDIA: Says({"errors": [{"message": "No such type"}]})})
    assert (outcome.code, "No such type" in outcome.error.message, len(asked)) == ("BLOCK_FAILED", True, 1)
    outcome, asked = await run(WordPressCreatePost, {**inputs, "featured_image": "c.png"}, {})
    assert (outcome.code, asked) == ("INVALID_INPUT", [])


async def test_posts_are_listed() -> None:
    outcome, asked = await run(
        WordPressGetAllPosts,
        {"status": "any", "number": 2, "offset": 4},
        {("GET", f"/sites/{SITE}/posts"): Says({"found": 9, "posts": [POST]})},
    )
    assert asked[0].query == {"status": "any", "number": "2", "offset": "4"}
    assert outcome.outputs == [("site", SITE), ("found", 9), ("posts", [POST]), ("post", POST)]


async def test_a_site_is_one_part_of_a_path() -> None:
    for site in ("..", "", "https://example.com/blog", "a/../../me"):
        outcome, asked = await run(WordPressGetAllPosts, {"site": site}, {})
        assert (outcome.code, asked) == ("INVALID_INPUT", [])
