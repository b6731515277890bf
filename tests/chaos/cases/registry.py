"""The registry: every case of this package by its id, found by looking at its modules; it runs none."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import tests.chaos.cases
from tests.chaos.cases.frame import Case


def find_cases() -> dict[str, Case]:
    """Give {id: case} of all modules of the package, in the order of the ids."""
    found: dict[str, Case] = {}
    for module in iter_modules(tests.chaos.cases.__path__):
        for case in getattr(import_module(f"tests.chaos.cases.{module.name}"), "CASES", ()):
            assert case.id not in found, f"two cases are called {case.id}"
            found[case.id] = case
    return dict(sorted(found.items()))
