"""`./run test --containers`: one word turns the servers of the tests into containers, and nothing else of the command changes."""

from __future__ import annotations

import pytest

from deploy import bootstrap
from tests.containers.chosen import servers
from tests.containers.engine import why_no_docker

PLUGIN = ["-p", "tests.containers.switch"]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ([], bootstrap.ALL_TESTS),
        (["tests/db", "-k", "x"], ["tests/db", "-k", "x"]),
        (["--containers"], [*PLUGIN, *bootstrap.ALL_TESTS]),
        (["--containers", "tests/db"], [*PLUGIN, "tests/db"]),
        (["tests/db", "--containers"], [*PLUGIN, "tests/db"]),
    ],
)
def test_the_word_may_stand_anywhere_and_all_else_goes_to_pytest(words: list[str], arguments: list[str]) -> None:
    assert bootstrap.tests(words) == arguments


def test_without_the_word_servers_are_embedded(request: pytest.FixtureRequest) -> None:
    is_switched = request.config.pluginmanager.has_plugin("tests.containers.switch")
    assert (servers() is not None) == is_switched


def test_an_engine_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    reason = why_no_docker()
    assert reason is not None
    assert "docker" in reason.lower()
