"""One stack with an API for the whole folder: its tests run on one event loop and, with xdist, on one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.api.serving import Api, Organisation, api_of_its_own
from tests.looping import log_plainly, share_a_loop

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    share_a_loop(items, HERE)
    log_plainly()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api_of_session(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with api_of_its_own(tmp_path_factory.mktemp("api") / "data") as api:
        yield api


@pytest.fixture
def api(api_of_session: Api) -> Api:
    return api_of_session


@pytest_asyncio.fixture(loop_scope="session")
async def acme(api: Api) -> Organisation:
    """An organisation that nobody else uses."""
    return await api.organisation()


@pytest_asyncio.fixture(loop_scope="session")
async def other(api: Api) -> Organisation:
    """Another one, which must see nothing of the first."""
    return await api.organisation("Other")


@pytest_asyncio.fixture(loop_scope="session")
async def reviewers(api: Api) -> Organisation:
    """An organisation whose owner is a reviewer of the platform."""
    return await api.organisation("Platform", is_platform_admin=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def team(api_of_session: Api) -> Organisation:
    """An organisation that the generated tests share; its owner reviews listings, too."""
    return await api_of_session.organisation("Team", is_platform_admin=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def strangers(api_of_session: Api) -> Organisation:
    return await api_of_session.organisation("Strangers")
