"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Put what was collected out of the collector's sight.

    Twelve thousand tests stay to the end; walking them again and again took a tenth of the time, and came as seconds at once.
    """
    gc.collect()
    gc.freeze()
