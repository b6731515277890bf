"""What of the chart can be known without helm: its values fit their schema, its files are whole, and it goes with this version."""

from __future__ import annotations

import copy
import json
import tomllib
from typing import Any

import jsonschema_rs
import pytest
import yaml

from deploy.roles import QUEUES
from tests.helm.rendering import CHART, ROOT, SETS, VALUES

TEMPLATES = sorted((CHART / "templates").iterdir())
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


def merged(below: Any, over: Any) -> Any:
    """Lay values over others, as helm does: objects are merged, everything else is replaced."""
    if not (isinstance(below, dict) and isinstance(over, dict)):
        return copy.deepcopy(over)
    return {**below, **{name: merged(below.get(name), value) for name, value in over.items()}}


def problems(values: Any) -> list[str]:
    validator = jsonschema_rs.validator_for(SCHEMA)
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(values)]


def of_files(names: tuple[str, ...]) -> Any:
    values = DEFAULTS
    for name in names:
        values = merged(values, yaml.safe_load((VALUES / f"{name}.yaml").read_text(encoding="utf-8")))
    return values


def test_the_defaults_fit_the_schema() -> None:
    assert problems(DEFAULTS) == []


@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_sets_of_values_fit_the_schema(names: tuple[str, ...]) -> None:
    assert problems(of_files(names)) == []


def test_every_value_is_in_the_schema() -> None:
    """A value that the schema does not know would be refused, and one that it requires is there."""
    assert set(SCHEMA["properties"]) == {*DEFAULTS, "global"}
    assert set(SCHEMA["properties"]["workers"]["properties"]) == set(DEFAULTS["workers"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": {"DRYSTONE_DATABASE_URL": "postgresql://in-clear"}},
        {"settings": {"DRYSTONE_KEYS": "a:b"}},
        {"api": {"settings": {"DRYSTONE_CODEC_KEYS": "a:b"}}},
        {"settings": {"log_level": "INFO"}},
        {"api": {"publicUrl": "http://agents.example.com"}},
        {"api": {"allowedHosts": ["*"]}},
        {"workers": {"blocks-gpu": {}}},
        {"terminationGracePeriodSeconds": 10},
        {"api": {"replcias": 3}},
        {"database": {"existingSecret": ""}},
    ],
    ids=json.dumps,
)
def test_a_wrong_value_is_refused(wrong: Any) -> None:
    assert problems(merged(DEFAULTS, wrong))


def test_there_is_a_worker_for_every_task_queue() -> None:
    assert {worker["queue"] for worker in DEFAULTS["workers"].values()} == set(QUEUES)


def test_the_chart_is_of_this_version_and_needs_nothing_from_elsewhere() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (chart["apiVersion"], chart["type"], chart["appVersion"]) == ("v2", "application", project["version"])
    assert "dependencies" not in chart
    assert not (CHART / "charts").exists()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_templates_braces_and_blocks_are_closed(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("{{") == text.count("}}")
    words = [action.strip("-").split()[0] for action in actions(text)]
    opened = sum(word in ("if", "range", "with", "define") for word in words)
    assert opened == words.count("end"), path.name


def actions(text: str) -> list[str]:
    """Give what stands in the braces, comments left out."""
    found = [part.partition("}}")[0].strip("- \n") for part in text.split("{{")[1:]]
    return [one for one in found if not one.startswith("/*")]


def test_the_chart_has_the_alerts_that_are_tested() -> None:
    alerts = (ROOT / "deploy" / "observe" / "alerts.yaml").read_text(encoding="utf-8")
    # A chart can only read its own files: here it is a link, in a packaged chart a copy.
    assert (CHART / "files" / "alerts.yaml").read_text(encoding="utf-8") == alerts
