"""What holds for all tests: which of them run in one process, and how the collector of garbage is kept short."""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, where their folder does not say that all of its tests are."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_collection_finish(session: pytest.Session) -> None:
    _put_aside()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is not None and nextitem.path != item.path:
        _put_aside()


def _put_aside() -> None:
    """Put what stays to the end out of the collector's sight.

    Twelve thousand tests, their reports and the modules that they import are millions of objects: walking them took a tenth of all
    the time, and came as seconds at once, in which a workflow task is over.
    """
    gc.collect()
    gc.freeze()
