"""The switch of `./run test --containers`, a plugin of pytest: tests are given servers in containers, or refused without Docker."""

from __future__ import annotations

import pytest

from tests.containers.chosen import choose
from tests.containers.engine import why_no_docker
from tests.containers.servers import Servers, image

SERVERS = Servers()


def pytest_configure() -> None:
    if (reason := why_no_docker()) is not None:
        raise pytest.UsageError(f"--containers needs a Docker engine: {reason}.")
    choose(SERVERS)


def pytest_report_header() -> str:
    return f"servers in containers: {image('POSTGRES')}, {image('TEMPORAL')}"


def pytest_unconfigure() -> None:
    SERVERS.close()
