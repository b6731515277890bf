"""The doctor's page: each code that can be found, with how bad it is and its remedy, and each setting that Temporal needs."""

from __future__ import annotations

import re

import pytest

from api.fleet.needs import PACKAGE_FLOORS, SETTINGS_UNSEEN
from deploy.stack.temporal import DYNAMIC_SETTINGS
from schema.findings import MEANINGS, FindingCode
from tests.docs.test_reference import page
from tests.tidy.test_floors import FLOORS

ROWS = {
    cells[0]: cells[1:]
    for line in page("doctor.md").splitlines()
    if line.startswith("| `") and (cells := [cell.strip() for cell in line.strip("|").split(" | ")])
}


@pytest.mark.parametrize("code", FindingCode)
def test_every_code_is_on_the_page_with_its_severity_and_remedy(code: FindingCode) -> None:
    severity, meaning, remedy = ROWS[f"`{code.value}`"]
    assert severity == MEANINGS[code].severity.value
    assert len(meaning.split()) > 3
    assert remedy == MEANINGS[code].remedy


def test_a_code_that_is_gone_is_not_on_the_page() -> None:
    codes = {name.strip("`") for name in ROWS if re.fullmatch("`[A-Z_]+`", name)}
    assert codes == set(FindingCode)


@pytest.mark.parametrize("name", DYNAMIC_SETTINGS)
def test_every_setting_of_temporal_is_on_the_page_and_said_to_be_seen_or_not(name: str) -> None:
    value, seen = ROWS[f"`{name}`"]
    assert value == f"`{DYNAMIC_SETTINGS[name]}`"
    assert (name in SETTINGS_UNSEEN) == (seen == "not checkable")


def test_the_doctors_floors_are_those_that_the_tests_hold() -> None:
    floors = {name: floor for name, (floor, _) in PACKAGE_FLOORS.items() if name in FLOORS}
    assert floors == {name: FLOORS[name][0] for name in floors}
    assert set(FLOORS) - set(floors) == {"aiohttp", "jinja2"}, "what is not among our dependencies"
