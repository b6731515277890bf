"""`python -m tests.api.sdl`: write `api/schema.graphql` anew, after a deliberate change of the schema; say why in the commit."""

from __future__ import annotations

from pathlib import Path

from api.config import ApiConfig
from api.graphql.schema import make_schema

FILE = Path(__file__).resolve().parents[2] / "api" / "schema.graphql"


def text() -> str:
    """Give the schema as it is served."""
    return f"{make_schema(ApiConfig()).as_str()}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
