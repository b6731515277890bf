"""Jobs in runs: one is begun once, asked for on the run's own timer, and not begun again when a question fails."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import orjson

from blocks.library.replicate_models import ReplicateModel
from schema.db.credentials import Secret
from schema.ids import LOCAL_TENANT
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform
from tests.egress.servers import Seen, guarded, reply, serve

TOKEN = "canary-replicate-token-0123456789"
VERSION = "0123456789abcdef" * 4


@dataclass
class Predictions:
    """A service of predictions whose first answer to a question is an outage."""

    asked: list[str] = field(default_factory=list)

    async def __call__(self, seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        self.asked.append(f"{seen.method} {seen.path}")
        if seen.method == "POST":
            return self._told(201, {"id": "p1", "status": "starting"})
        if len(self.asked) == 2:
            return self._told(503, {"detail": "away"})
        return self._told(200, {"id": "p1", "status": "succeeded", "output": ["Stone ", "on stone"]})

    def _told(self, status: int, content: object) -> bytes:
        return reply(status, orjson.dumps(content), {"content-type": "application/json"})


async def test_a_job_is_begun_once_also_where_a_question_fails(platform: Platform) -> None:
    service = Predictions()
    secret = Secret({"key": TOKEN})
    made = await platform.tools.resolver.credentials.make(LOCAL_TENANT, None, "replicate", "api_key", "Mine", secret)
    inputs = {"model_name": "owner/poet", "version": VERSION, "credentials": made.reference.to_wire()}
    nodes = {"poet": (ReplicateModel, inputs), "poem": an_output("poem")}
    graph = make_graph(nodes, ["poet.result -> poem.value"], on_node_error="fail")
    async with serve(service) as server:
        http, urls = platform.tools.http, platform.tools.base_urls
        platform.tools.http, platform.tools.base_urls = guarded(server), {"replicate": f"http://{server.host}"}
        try:
            record = await platform.run(graph)
        finally:
            platform.tools.http, platform.tools.base_urls = http, urls
    assert record["outputs"] == {"poem": ["Stone on stone"]}
    assert service.asked == ["POST /predictions", "GET /predictions/p1", "GET /predictions/p1"]
    assert TOKEN not in str(record)
