"""n8n on PostgreSQL: workflows that are imported, begun by webhooks; saving at the end only, or after each node.

This program only starts n8n, calls it over HTTP and kills nothing. An execution that a death interrupts is marked as crashed.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from n8n_workflows import id_of, name_of, workflow_of
from speaking import Work, eventually, free_port, serve

REQUEST_SECONDS = 120
PUBLISHED_AT_ONCE = 2


class N8n:
    """The peer. `N8N_NODE` and `N8N_PROGRAM` say where Node.js and n8n are."""

    async def start(self, database: str, folder: str, works: list[Work]) -> None:
        self.folder, self.port = Path(folder), free_port()
        self.database = database
        file = self.folder / "workflows.json"
        file.write_text(json.dumps([workflow_of(work, number) for number, work in enumerate(works)]))
        await self._told("import:workflow", f"--input={file}")
        room = asyncio.Semaphore(PUBLISHED_AT_ONCE)
        await asyncio.gather(*(self._publish(room, number) for number in range(len(works))))
        await self._serve()
        # It says that it is ready before its webhooks are.
        for work in works:
            if not work.node_ms:
                await eventually(lambda work=work: self._is_there(work))

    async def _publish(self, room: asyncio.Semaphore, number: int) -> None:
        async with room:
            await self._told("publish:workflow", f"--id={id_of(number)}")

    async def _told(self, *words: str) -> None:
        await asyncio.to_thread(subprocess.run, self._command(list(words)), check=True, **self._options())

    def _spawn(self) -> None:
        self.process = subprocess.Popen(self._command(["start"]), **self._options())

    async def _serve(self) -> None:
        self._spawn()
        await eventually(lambda: self._answers("/healthz/readiness"))

    def _command(self, words: list[str]) -> list[str]:
        return [os.environ["N8N_NODE"], os.environ["N8N_PROGRAM"], *words]

    def _options(self) -> dict[str, Any]:
        url = urlsplit(self.database)
        environment = {
            **os.environ,
            "PATH": f"{Path(os.environ['N8N_NODE']).parent}:{os.environ['PATH']}",
            "DB_TYPE": "postgresdb",
            "DB_POSTGRESDB_HOST": url.hostname,
            "DB_POSTGRESDB_PORT": str(url.port),
            "DB_POSTGRESDB_DATABASE": url.path.lstrip("/"),
            "DB_POSTGRESDB_USER": url.username,
            "DB_POSTGRESDB_PASSWORD": url.password or "",
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            "N8N_LOG_LEVEL": "error",
            "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            "N8N_TEMPLATES_ENABLED": "false",
            "N8N_PERSONALIZATION_ENABLED": "false",
            "N8N_PAYLOAD_SIZE_MAX": "64",
        }
        log = open(self.folder / "n8n.log", "ab")  # noqa: SIM115  Its process writes to it for as long as it lives.
        return {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "env": environment}

    async def run(self, work: Work, key: str) -> Any:
        found = await asyncio.to_thread(self._call, f"/webhook/{name_of(work)}")
        return found["value"]

    async def begin(self, work: Work, key: str) -> list[int]:
        self.under_way = asyncio.create_task(self.run(work, key))
        return [self.process.pid]

    async def finish(self, work: Work, key: str) -> str:
        await asyncio.gather(self.under_way, return_exceptions=True)
        await asyncio.to_thread(self.process.wait)
        await self._serve()
        await eventually(lambda: self._answers("/healthz/readiness"))
        connection = await asyncpg.connect(self.database)
        status = await connection.fetchval("SELECT status FROM execution_entity ORDER BY id DESC LIMIT 1")
        await connection.close()
        return (
            "goes on after restart" if status == "success" else f"lost: its caller's request broke off, it is {status}"
        )

    async def end(self) -> None:
        self.process.terminate()

    def _call(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        connection.request("POST", path, body="{}", headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, (answer.status, text[:300])
        return json.loads(text)

    def _is_there(self, work: Work) -> bool:
        try:
            self._call(f"/webhook/{name_of(work)}")
        except AssertionError:
            return False
        return True

    def _answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False


if __name__ == "__main__":
    serve(N8n())
