"""Agents in the platform's export format, written in a line a node, and the public services that they ask; no test is here.

A node is (block's name, constants, metadata), a link `a.pin -> b.pin`, or `a.pin => b.pin` for a static one; `{a}` in a pin is the
id of the node `a`. What an export has besides (copies of links, empty fields, computed schemas) is added, as an import finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.block import PAYLOAD
from tests.api.serving import Api
from tests.blocks.catalogue import ROWS
from tests.egress.servers import Seen, reply, serve

Json = dict[str, Any]
IDS = {row["name"]: row["id"] for row in ROWS}
#: A credential of elsewhere, as exports have them.
THEIRS = {"id": "7c1d0e4e-9a55-4c1e-8a44-6c3a77c0a001", "type": "api_key", "title": "Their key"}


def theirs(provider: str, **fields: Any) -> Json:
    """Give a reference to somebody else's credential."""
    return {"credentials": {**THEIRS, "provider": provider, **fields}}


def unique(*words: str) -> str:
    """Give an id that is the same each time."""
    return str(uuid5(NAMESPACE_URL, "/".join(words)))


@dataclass(frozen=True)
class Agent:
    """An agent's file, what it is started with, and what must come of it."""

    document: Json
    inputs: Json = field(default_factory=dict)
    #: Outputs that must be there, by name: a text that the first value has in it, or the values themselves.
    gives: Mapping[str, Any] = field(default_factory=dict)
    #: Keys of the credentials that it asks for; for models the demo answers.
    credentials: Sequence[str] = ()
    #: What is sent to its webhook.
    payload: Json | None = None
    #: How many of its nodes fail, as they would elsewhere.
    failing: int = 0

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def run_inputs(self) -> Json:
        return self.inputs if self.payload is None else {**self.inputs, PAYLOAD: self.payload}


def exported(
    name: str, nodes: Mapping[str, tuple[Any, ...]], links: Sequence[str], *, is_old: bool = False, **fields: Any
) -> Json:
    """Give an agent as the platform's download has it: of today, or of its first year."""
    ids = {key: unique(name, key) for key in nodes}
    made_links = [_link(name, number, text.format_map(ids), is_old) for number, text in enumerate(links)]
    graph_id = unique(name)
    document: Json = {
        "id": graph_id,
        "version": 7,
        "is_active": True,
        "name": name,
        "description": f"{name}, as somebody shared it.",
        "nodes": [_node(name, key, row, made_links, is_old) for key, row in nodes.items()],
        "links": made_links,
    }
    if is_old:
        return {**document, "is_template": False, **fields}
    computed: Json = {"input_schema": {}, "output_schema": {}, "credentials_input_schema": {"properties": {}}}
    told = {
        "instructions": None,
        "recommended_schedule_cron": None,
        "forked_from_id": None,
        "forked_from_version": None,
    }
    seen = {"user_id": "", "created_at": "2025-09-01T10:00:00Z", "has_external_trigger": False, "sub_graphs": []}
    return {**document, **told, **seen, "trigger_setup_info": None, **computed, **fields}


def _node(agent: str, key: str, row: tuple[Any, ...], links: Iterable[Json], is_old: bool) -> Json:
    name, constants, metadata = (*row, {}, {})[:3]
    own = unique(agent, key)
    place = {"position": {"x": 120.5, "y": -40}, **metadata}
    node: Json = {"id": own, "block_id": IDS[name], "input_default": constants, "metadata": place}
    if is_old:
        return node
    ends = {
        "input_links": [link for link in links if link["sink_id"] == own],
        "output_links": [link for link in links if link["source_id"] == own],
    }
    return {**node, **ends, "graph_id": unique(agent), "graph_version": 7, "webhook_id": None, "webhook": None}


def _link(agent: str, number: int, text: str, is_old: bool) -> Json:
    is_static = " => " in text
    (source, source_name), (sink, sink_name) = (
        end.split(".", 1) for end in text.split(" => " if is_static else " -> ")
    )
    ends = {"source_id": unique(agent, source), "sink_id": unique(agent, sink)}
    link = {"id": unique(agent, str(number)), **ends, "source_name": source_name, "sink_name": sink_name}
    return link if is_old else {**link, "is_static": is_static}


# The services


@dataclass
class Services:
    """Every public service at one local server, each under its name: what is there, and what it was asked."""

    url: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def answer(self, seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        place = f"{seen.method} {seen.path.partition('?')[0]}"
        is_json = "json" in seen.headers.get("content-type", "") and seen.body
        self.asked.append((place, orjson.loads(seen.body) if is_json else seen.body.decode("utf-8", "replace")))
        if place not in ANSWERS:
            return reply(404, orjson.dumps({"message": f"There is nothing at {place}."}), {"content-type": JSON})
        content = ANSWERS[place]
        if isinstance(content, str):
            return reply(200, content.encode(), {"content-type": "text/plain; charset=utf-8"})
        status, body = content if isinstance(content, tuple) else (200, content)
        return reply(status, orjson.dumps(body), {"content-type": JSON})

    def asked_of(self, place: str) -> list[Any]:
        """Give the bodies of the requests to a place."""
        return [body for at, body in self.asked if at == place]


JSON = "application/json"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Walls today</title>
<item><title>First stone</title><link>https://example.com/1</link><description>It was laid.</description>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>
<item><title>Second stone</title><link>https://example.com/2</link><description>It fits.</description>
<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
MAIL = {
    "id": "m1",
    "threadId": "t1",
    "snippet": "It leans.",
    "labelIds": ["INBOX"],
    "payload": {
        "mimeType": "text/plain",
        "headers": [{"name": "From", "value": "ann@example.com"}, {"name": "Subject", "value": "The wall"}],
        "body": {"data": "SXQgbGVhbnMu"},
    },
}
PLACE = {"displayName": {"text": "The Wall"}, "formattedAddress": "1 Stone St", "websiteUri": "https://wall.example"}
#: What is asked -> JSON, (status, JSON), or text.
ANSWERS: dict[str, Any] = {
    "GET /jina/": "[1] Title: Dry stone walls\n[1] Content: They stand for centuries.",
    "POST /jina/": "# A page\nIt says much.",
    "GET /medium/me": {"data": {"id": "me"}},
    "POST /medium/users/me/posts": (201, {"data": {"id": "p1", "url": "https://medium.example/p1", "publishedAt": 5}}),
    "POST /google_maps/v1/places:searchText": {"places": [PLACE, {**PLACE, "displayName": {"text": "The Arch"}}]},
    "GET /feed.xml": FEED,
    "GET /api/items": {"items": [{"name": "stone", "price": 3}, {"name": "mortar", "price": 0}], "total": "2"},
    "GET /github/repos/acme/walls/issues": [
        {"title": "It leans", "html_url": "https://github.com/acme/walls/issues/1", "number": 1, "body": "See."}
    ],
    "POST /github/repos/acme/walls/issues/1/comments": (201, {"id": 9, "html_url": "https://github.com/c/9"}),
    "POST /slack/chat.postMessage": {"ok": True, "ts": "1.2", "channel": "C1"},
    "GET /google/gmail/v1/users/me/messages": {"messages": [{"id": "m1", "threadId": "t1"}]},
    "GET /google/gmail/v1/users/me/messages/m1": MAIL,
    "POST /google/gmail/v1/users/me/messages/send": {"id": "m2", "threadId": "t1", "labelIds": ["SENT"]},
    "POST /notion/pages": {"id": "page-1", "url": "https://notion.example/page-1", "object": "page"},
}
PROVIDERS = ("jina", "medium", "google_maps", "google", "github", "slack", "notion")


@asynccontextmanager
async def reachable(api: Api) -> AsyncIterator[Services]:
    """Have the services at a local server, by the operator's own addresses, and the demo where a model is asked."""
    services = Services()
    async with serve(services.answer) as server:
        services.url = server.url.rstrip("/")
        tools, config = api.platform.tools, api.services.config
        before = tools.http, tools.base_urls, tools.has_llm_demo, config
        tools.http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({server.host})))
        tools.base_urls = {name: f"{services.url}/{name}" for name in PROVIDERS}
        tools.has_llm_demo = True
        api.services.config = replace(config, has_llm_demo=True)
        try:
            yield services
        finally:
            tools.http, tools.base_urls, tools.has_llm_demo, api.services.config = before
