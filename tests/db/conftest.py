"""One PostgreSQL for the whole folder: its tests run on one event loop and, with xdist, on one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.db.migrate import upgrade
from tests.db.empty import make_empty
from tests.db.stores import Stores, engine_of, serving
from tests.looping import share_a_loop

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    share_a_loop(items, HERE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with serving(tmp_path_factory.mktemp("db") / "data") as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(server: str) -> AsyncIterator[AsyncEngine]:
    made = engine_of(server, size=40)
    await upgrade(made)
    yield made
    await made.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def empty(server: str) -> AsyncIterator[AsyncEngine]:
    """An empty database."""
    made = engine_of(await make_empty(server))
    yield made
    await made.dispose()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where large values are kept."""
    return tmp_path_factory.mktemp("objects")


@pytest.fixture
def stores(engine: AsyncEngine, folder: Path) -> Stores:
    return Stores(engine, folder)


@pytest_asyncio.fixture(loop_scope="session")
async def nothing_old(stores: Stores) -> None:
    """Have no run of another test that ended long ago: what is deleted by age is looked for in all tenants."""
    await stores.do("DELETE FROM runs WHERE ended_at < now() - interval '5 days'")
