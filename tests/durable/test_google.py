"""Google's blocks in runs: a spreadsheet goes from block to block, and with it the name of the credential that made it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

import orjson

from blocks.library.google_sheets import GoogleSheetsAppendRow, GoogleSheetsRead
from blocks.library.google_sheets_rows import GoogleSheetsLookupRow
from blocks.library.google_sheets_tabs import GoogleSheetsCreateSpreadsheet
from schema.db.credentials import Secret
from schema.ids import LOCAL_TENANT
from tests.durable.graphs import an_output, make_graph
from tests.durable.platform import Platform
from tests.egress.servers import Seen, guarded, reply, serve
from tests.providers.google import described

TOKEN = "canary-access-token-0123456789"
SCOPES = ("drive.file", "spreadsheets")


class Sheets:
    """A spreadsheet service that keeps the rows of one sheet."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    async def __call__(self, seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        return reply(200, orjson.dumps(self._answer(seen)), {"content-type": "application/json"})

    def _answer(self, seen: Seen) -> Any:
        path = unquote(seen.path.partition("?")[0])
        match seen.method, path:
            case "POST", "/v4/spreadsheets":
                return {"spreadsheetId": "s1"}
            case "GET", "/v4/spreadsheets/s1":
                return described("People")
            case "POST", "/v4/spreadsheets/s1/values/'People'!A1:append":
                self.rows += orjson.loads(seen.body)["values"]
                return {"updates": {"updatedRows": 1}}
            case "GET", "/v4/spreadsheets/s1/values/A1:B9" | "/v4/spreadsheets/s1/values/'People'":
                return {"values": self.rows}
        raise AssertionError(f"{seen.method} {path}")


async def test_a_spreadsheet_is_made_filled_and_read_by_the_credential_of_the_first_block(platform: Platform) -> None:
    service = Sheets()
    secret = Secret({"access_token": TOKEN}, scopes=[f"https://www.googleapis.com/auth/{scope}" for scope in SCOPES])
    made = await platform.tools.resolver.credentials.make(LOCAL_TENANT, None, "google", "oauth2", "Mine", secret)
    nodes = {
        "make": (GoogleSheetsCreateSpreadsheet, {"title": "Stones", "credentials": made.reference.to_wire()}),
        "head": (GoogleSheetsAppendRow, {"row": ["Name", "Age"]}),
        "row": (GoogleSheetsAppendRow, {"row": ["Ada", "36"]}),
        "read": (GoogleSheetsRead, {"range": "A1:B9"}),
        "look": (GoogleSheetsLookupRow, {"lookup_column": "Name", "lookup_value": "ada"}),
        "all": an_output("all"),
        "found": an_output("found"),
    }
    links = [
        "make.spreadsheet -> head.spreadsheet",
        "head.spreadsheet -> row.spreadsheet",
        "row.spreadsheet -> read.spreadsheet",
        "read.spreadsheet -> look.spreadsheet",
        "read.result -> all.value",
        "look.row_dict -> found.value",
    ]
    async with serve(service) as server:
        http, urls = platform.tools.http, platform.tools.base_urls
        platform.tools.http, platform.tools.base_urls = guarded(server), {"google": f"http://{server.host}"}
        try:
            record = await platform.run(make_graph(nodes, links, on_node_error="fail"))
        finally:
            platform.tools.http, platform.tools.base_urls = http, urls
    assert record["outputs"] == {"all": [[["Name", "Age"], ["Ada", "36"]]], "found": [{"Name": "Ada", "Age": "36"}]}
    assert service.rows == [["Name", "Age"], ["Ada", "36"]]
    assert TOKEN not in str(record)
