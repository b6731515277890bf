"""What the tests of Google's services share: a person's access, and what each request must carry."""

from __future__ import annotations

from typing import Any

from blocks.sdk import OAuth2
from schema.credentials import Reference
from tests.providers.services import Asked

ACCESS = OAuth2(
    Reference("00000000-0000-4000-8000-00000000000b", "google", "oauth2", "Mine"), access_token="the-access-token"
)
SHEET = {"spreadsheet": {"id": "sheet-1", "name": "Stones", "_credentials_id": "c1"}}
SHEET_PATH = "/v4/spreadsheets/sheet-1"
DOCUMENT = {"document": {"id": "doc-1"}}
DOCUMENT_PATH = "/v1/documents/doc-1"


def signed(asked: Asked) -> str | None:
    """Say what is wrong with a request: each has the bearer token, and what has a body says that it is JSON."""
    if asked.headers.get("authorization") != "Bearer the-access-token":
        return "no bearer token"
    if asked.body and not asked.headers.get("content-type", "").startswith(("application/json", "multipart/related")):
        return f"a body of the type {asked.headers.get('content-type')}"
    return None


def described(*titles: str, rows: int = 10, columns: int = 5) -> dict[str, Any]:
    """Give a spreadsheet's properties as Google has them; the sheets are numbered 100, 101 and so on."""
    return {
        "properties": {"title": "Stones"},
        "sheets": [
            {
                "properties": {
                    "sheetId": 100 + number,
                    "title": title,
                    "index": number,
                    "gridProperties": {"rowCount": rows, "columnCount": columns},
                }
            }
            for number, title in enumerate(titles)
        ],
    }


def refusal(status: int, reason: str, message: str) -> dict[str, Any]:
    """Give a refusal as Gmail, Drive and Calendar write it."""
    errors = [{"domain": "global", "reason": reason, "message": message}]
    return {"error": {"code": status, "message": message, "errors": errors}}
