"""Health: whether this process lives, and whether it can serve, with the reason where it cannot."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.services import Services

CHECK_SECONDS: Final = 3.0
_REVISION: Final = text("SELECT version_num FROM alembic_version")


def health_router(services: Services) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether it can serve, with the reason where it cannot")
    async def ready() -> JSONResponse:
        checks: dict[str, Any] = {"postgresql": await _database(services)}
        is_ready = all(check == "ok" for check in checks.values())
        document = {"status": "ok" if is_ready else "unavailable", "checks": checks}
        return JSONResponse(document, 200 if is_ready else 503)

    return router


async def _database(services: Services) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS), services.engine.connect() as connection:
            await connection.execute(_REVISION)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return f"PostgreSQL does not answer: {type(error).__name__}"
    return "ok"
