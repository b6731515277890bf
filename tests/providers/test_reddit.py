"""Reddit's posts, comments, subreddits, users and messages as its API's documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.library.reddit_comments import (
    DeleteRedditComment,
    GetRedditComment,
    GetRedditCommentReplies,
    GetRedditPostComments,
    PostRedditComment,
    ReplyToRedditComment,
)
from blocks.library.reddit_places import (
    GetRedditInbox,
    GetRedditUserInfo,
    GetSubredditFlairs,
    GetSubredditInfo,
    GetSubredditRules,
    SendRedditMessage,
)
from blocks.library.reddit_posts import (
    CreateRedditPost,
    DeleteRedditPost,
    EditRedditPost,
    GetRedditPost,
    GetRedditPosts,
    GetUserPosts,
    RedditGetMyPosts,
    SearchReddit,
)
from blocks.providers.reddit import REDDIT, id_of, subreddit_of, user_of
from blocks.reddit.things import comment_of, details_of, post_of
from blocks.sdk import OAuth2
from schema.credentials import Reference
from schema.errors import InvalidInput
from tests.blocks.conftest import NOON
from tests.providers.exchanges import Anything, Case, Exchange, play
from tests.providers.services import Asked, Says, service

GRANT = OAuth2(Reference("00000000-0000-4000-8000-00000000000c", "reddit", "oauth2", "Mine"), access_token="the-token")
DATA = {"id": "p1", "subreddit": "walls", "title": "T", "selftext": "B", "permalink": "/r/walls/comments/p1/t/"}
REMARK = {"id": "c1", "link_id": "t3_p1", "parent_id": "t3_p1", "body": "Nice."}
ANSWER = {"id": "c2", "link_id": "t3_p1", "parent_id": "t1_c1", "body": "Thanks."}
FORM = {"api_type": "json", "raw_json": "1"}
SUBMITTED = "/user/ann/submitted"


def as_documented(asked: Asked) -> str | None:
    if asked.headers.get("authorization") != "Bearer the-token":
        return "no bearer token"
    return None if asked.headers.get("user-agent", "").startswith("linux:drystone:") else "no name of its own"


def listing(*children: Any, kind: str = "t3", after: str | None = None) -> dict[str, Any]:
    return {"data": {"after": after, "children": [{"kind": kind, "data": child} for child in children]}}


def made(kind: str, data: Any) -> dict[str, Any]:
    return {"json": {"errors": [], "data": {"things": [{"kind": kind, "data": data}]}}}


def asked(path: str, says: Any, **query: str) -> Exchange:
    return Exchange("GET", path, says, query=query)


def sent(path: str, says: Any, **form: str) -> Exchange:
    return Exchange("POST", path, says, form={**form, **FORM})


POSTS = [("post", post_of(DATA)), ("posts", [post_of(DATA)])]
CASES = [
    Case(GetRedditPosts, {"subreddit": "r/walls", "post_limit": 5},
         [asked("/r/walls/new", listing(DATA), limit="5", raw_json="1")], POSTS),
    Case(GetUserPosts, {"username": "/u/ann", "sort": "top"},
         [asked(SUBMITTED, listing(DATA), limit="10", sort="top", raw_json="1")], POSTS),
    Case(RedditGetMyPosts, {}, [asked("/api/v1/me", {"name": "ann"}),
                                asked(SUBMITTED, listing(DATA), limit="10", sort="new", raw_json="1")], POSTS),
    Case(GetRedditPost, {"post_id": "https://www.reddit.com/r/walls/comments/p1/t/"},
         [asked("/api/info", listing(DATA), id="t3_p1", raw_json="1")], [("post", details_of(DATA))]),
    Case(SearchReddit, {"query": "dry wall", "subreddit": "walls", "time_filter": "week"},
         [asked("/r/walls/search", listing(DATA), q="dry wall", sort="relevance", t="week", type="link", restrict_sr="1",
                limit="10", raw_json="1")], [("result", post_of(DATA)), ("results", [post_of(DATA)])]),
    Case(CreateRedditPost, {"subreddit": "walls", "title": "T", "content": "B & C", "flair_id": "f1"},
         [sent("/api/submit", {"json": {"errors": [], "data": {"id": "p1", "url": "u"}}}, sr="walls", title="T", kind="self",
               text="B & C", flair_id="f1")], [("post_id", "p1"), ("post_url", "u"), ("subreddit", "walls")]),
    Case(CreateRedditPost, {"subreddit": "walls", "title": "T", "url": "https://example.com"},
         [sent("/api/submit", {"json": {"errors": [], "data": {"id": "p1", "url": "u"}}}, sr="walls", title="T", kind="link",
               url="https://example.com")], [("post_id", "p1"), ("post_url", "u"), ("subreddit", "walls")]),
    Case(EditRedditPost, {"post_id": "p1", "new_content": "C"},
         [sent("/api/editusertext", made("t3", DATA), thing_id="t3_p1", text="C")],
         [("success", True), ("post_id", "p1"), ("post_url", "https://www.reddit.com/r/walls/comments/p1/t/")]),
    Case(DeleteRedditPost, {"post_id": "t3_p1"}, [sent("/api/del", {}, id="t3_p1")],
         [("success", True), ("post_id", "p1")]),
    Case(GetRedditPostComments, {"post_id": "p1", "limit": 5},
         [asked("/comments/p1", [{}, {"data": {"children": [{"kind": "t1", "data": REMARK}, {"kind": "more", "data": {}}]}}],
                limit="5", sort="confidence", depth="1", raw_json="1")],
         [("comment", comment_of(REMARK)), ("comments", [comment_of(REMARK)]), ("post_id", "p1")]),
    Case(GetRedditCommentReplies, {"post_id": "p1", "comment_id": "c1"},
         [asked("/comments/p1", [{}, listing({**REMARK, "replies": listing(ANSWER, kind="t1")}, kind="t1")],
                comment="c1", limit="11", depth="2", raw_json="1")],
         [("reply", comment_of(ANSWER)), ("replies", [comment_of(ANSWER)]), ("comment_id", "c1"), ("post_id", "p1")]),
    Case(GetRedditComment, {"comment_id": "t1_c1"}, [asked("/api/info", listing(REMARK), id="t1_c1", raw_json="1")],
         [("comment", comment_of(REMARK))]),
    Case(PostRedditComment, {"post_id": "p1", "comment": "Nice."},
         [sent("/api/comment", made("t1", REMARK), thing_id="t3_p1", text="Nice.")], [("comment_id", "c1"), ("post_id", "p1")]),
    Case(ReplyToRedditComment, {"comment_id": "c0", "reply_text": "So."},
         [sent("/api/comment", made("t1", REMARK), thing_id="t1_c0", text="So.")],
         [("comment_id", "c1"), ("parent_comment_id", "c0")]),
    Case(DeleteRedditComment, {"comment_id": "c1"}, [sent("/api/del", {}, id="t1_c1")],
         [("success", True), ("comment_id", "c1")]),
    Case(SendRedditMessage, {"username": "u/bob", "subject": "Hi", "message": "Hello."},
         [sent("/api/compose", {"json": {"errors": []}}, to="bob", subject="Hi", text="Hello.")],
         [("success", True), ("username", "bob")]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_reddit_is_asked_as_documented(case: Case) -> None:
    await play(REDDIT, case, as_documented, GRANT)


@pytest.mark.parametrize(
    ("block", "inputs", "path", "says", "first"),
    [
        (GetSubredditInfo, {"subreddit": "walls"}, "/r/walls/about", {"data": {"title": "Walls"}}, ("info", "title", "Walls")),
        (GetSubredditFlairs, {"subreddit": "walls"}, "/r/walls/api/link_flair_v2", [{"id": "f"}], ("flair", "id", "f")),
        (GetSubredditRules, {"subreddit": "walls"}, "/r/walls/about/rules", {"rules": [{"kind": "all"}]}, ("rule", "kind", "all")),
        (GetRedditUserInfo, {"username": "ann"}, "/user/ann/about", {"data": {"name": "ann"}}, ("user", "name", "ann")),
        (GetRedditInbox, {}, "/message/unread", listing({"name": "t4_m", "body": "Hi"}), ("item", "body", "Hi")),
    ],
)  # fmt: skip
async def test_what_is_known_of_a_place_or_a_person_is_given(
    block: Any, inputs: dict[str, Any], path: str, says: Any, first: tuple[str, str, str]
) -> None:
    async with service(REDDIT, {("GET", path): Says(says)}, as_documented) as running:
        outcome = await running.run(block, inputs, GRANT)
    pin, name, value = first
    assert outcome.outputs[0][0] == pin
    assert outcome.outputs[0][1][name] == value


async def test_a_list_is_read_page_by_page_up_to_its_limit() -> None:
    def page(asked: Asked) -> Says:
        number = int(asked.query.get("after", "0"))
        posts = [{**DATA, "id": f"p{number}{place}"} for place in range(100)]
        return Says(listing(*posts, after=str(number + 1)))

    async with service(REDDIT, {("GET", "/r/walls/new"): page}, as_documented) as running:
        outcome = await running.run(GetRedditPosts, {"subreddit": "walls", "post_limit": 250}, GRANT)
    assert len(outcome.outputs[-1][1]) == 250
    assert [asked.query.get("after") for asked in running.asked] == [None, "1", "2"]


async def test_posts_end_at_the_last_one_that_is_known_and_at_those_that_are_old() -> None:
    now = NOON.timestamp()
    posts = [{**DATA, "id": name, "created_utc": now - age} for name, age in (("a", 10), ("b", 20), ("c", 3_000))]
    operations = {("GET", "/r/walls/new"): Says(listing(*posts))}
    async with service(REDDIT, operations, as_documented) as running:
        known = await running.run(GetRedditPosts, {"subreddit": "walls", "last_post": "t3_b"}, GRANT)
        young = await running.run(GetRedditPosts, {"subreddit": "walls", "last_minutes": 5}, GRANT)
    assert [post["post_id"] for post in known.outputs[-1][1]] == ["a"]
    assert [post["post_id"] for post in young.outputs[-1][1]] == ["a", "b"]


async def test_messages_are_had_read_where_that_is_wanted() -> None:
    operations = Anything(Says(listing({"name": "t4_1"}, {"name": "t1_2"})), Says({}))
    async with service(REDDIT, operations, as_documented) as running:
        await running.run(GetRedditInbox, {"inbox_type": "all", "mark_read": True}, GRANT)
    assert [one.path for one in running.asked] == ["/message/inbox", "/api/read_message"]
    assert b"id=t4_1%2Ct1_2" in running.asked[1].body


async def test_a_refusal_with_status_200_is_a_refusal() -> None:
    told = Says({"json": {"errors": [["RATELIMIT", "you are doing that too much", "ratelimit"]]}})
    async with service(REDDIT, Anything(told), as_documented) as running:
        outcome = await running.run(PostRedditComment, {"post_id": "p1", "comment": "Nice."}, GRANT)
    assert outcome.code == "BLOCK_FAILED"
    assert "you are doing that too much (RATELIMIT)" in outcome.error.message


@pytest.mark.parametrize("text", ["", "a/b", "walls/../../api", "r/", "w" * 40, "?x"])
def test_what_is_no_name_is_not_put_into_a_path(text: str) -> None:
    for read in (subreddit_of, user_of, lambda name: id_of(name, "post_id")):
        with pytest.raises(InvalidInput):
            read(text)
