"""One stack for the whole folder: its tests run on one event loop and, with xdist, on one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.durable.platform import Platform, opened
from tests.looping import log_plainly, share_a_loop

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    share_a_loop(items, HERE)
    log_plainly()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform_of_session(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with opened(tmp_path_factory.mktemp("durable") / "data") as platform:
        yield platform


@pytest.fixture
def platform(platform_of_session: Platform) -> Platform:
    return platform_of_session


@pytest.fixture
def run_graph(platform: Platform):
    """Run a graph to its end and give its record: `await run_graph(graph, inputs)`."""
    return platform.run
