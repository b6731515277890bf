"""The OpenAPI snapshot: `python -m tests.api.openapi` writes api/openapi.json anew, after a deliberate change; no test is here."""

from __future__ import annotations

from pathlib import Path

import orjson
from fastapi import FastAPI
from obstore.store import MemoryStore

from api.app import make_app
from api.config import ApiConfig
from api.services import Services
from blocks.registry import Registry, library_blocks, read_catalogue
from deploy.egress import http
from deploy.settings import Settings
from schema.db.engine import make_engine

SNAPSHOT = Path(__file__).resolve().parents[2] / "api" / "openapi.json"


def application(config: ApiConfig | None = None) -> FastAPI:
    """Make an application that reaches nothing: its routes can be looked at."""
    engine = make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    registry = Registry(library_blocks(), read_catalogue())
    return make_app(Services(config or ApiConfig(), engine, MemoryStore(), registry, http(Settings())))


def document() -> bytes:
    """Give the document as the snapshot has it."""
    return orjson.dumps(application().openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


if __name__ == "__main__":
    SNAPSHOT.write_bytes(document())
    print(f"written: {SNAPSHOT}")
