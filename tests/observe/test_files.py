"""What deploy/observe ships works: the alerts fire and do not fire, and every figure that is asked for is one that we show."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

import activities.fleet
import deploy.telemetry_gauges
import deploy.telemetry_logs
import deploy.worker
from activities.instruments import Instruments
from api.instruments import Instruments as ApiInstruments
from deploy.telemetry import Telemetry
from deploy.telemetry_spans import provider_of
from schema.errors import DrystoneError, EgressRefused

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OBSERVE = ROOT / "deploy" / "observe"
_NAME = re.compile(r"\b(?:drystone|process)_[a-z_]+\b")
_SUFFIXES = ("_bucket", "_sum", "_count", "_total")
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OBSERVE / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> Iterator[tuple[str, str]]:
    """Give every query of the dashboard, with its panel."""
    for panel in json.loads((OBSERVE / "dashboard.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@cache
def shown() -> frozenset[str]:
    """Give the names of all that processes show."""
    telemetry = Telemetry()
    Instruments.on(telemetry.registry)
    ApiInstruments.on(telemetry.registry)
    ProcessCollector(registry=telemetry.registry)
    provider_of("http://127.0.0.1:1", "test", 1.0, telemetry.registry).shutdown()
    names = {family.name for family in telemetry.registry.collect()}
    # Those that are made when they are looked at stand in the code as they are shown.
    for module in (activities.fleet, deploy.telemetry_gauges, deploy.telemetry, deploy.worker):
        names |= set(re.findall(r'"(drystone_[a-z_]+)"', Path(str(module.__file__)).read_text()))
    return frozenset(names)


def unknown(expression: str) -> list[str]:
    """Give the figures of an expression that nothing shows."""
    found = []
    for name in _NAME.findall(re.sub(r'"[^"]*"', "", expression)):
        stem = next((name.removesuffix(end) for end in _SUFFIXES if name.removesuffix(end) in shown()), name)
        if stem not in shown() and f"{name}_total" not in shown():
            found.append(name)
    return found


def promtool_says(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@promtool
def test_the_configuration_of_prometheus_and_the_rules_are_valid() -> None:
    promtool_says("check", "config", str(OBSERVE / "prometheus.yaml"))


@promtool
def test_alerts_fire_when_they_should_and_not_when_they_should_not() -> None:
    promtool_says("test", "rules", str(HERE / "alerts_test.yaml"))


def test_every_alert_has_a_test_that_it_fires_or_a_reason() -> None:
    tested = {
        one["alertname"]
        for case in yaml.safe_load((HERE / "alerts_test.yaml").read_text())["tests"]
        for one in case["alert_rule_test"]
        if one["exp_alerts"]
    }
    #: Twins of one that is tested: the same expression of another series.
    twins = {"DrystoneOrdersOld", "DrystoneTemporalAway"}
    assert {rule["alert"] for rule in rules()} - tested == twins


def test_every_alert_says_how_bad_it_is_and_where_it_is_explained() -> None:
    page = (ROOT / "docs" / "alerts.md").read_text()
    for rule in rules():
        name, severity = rule["alert"], rule["labels"]["severity"]
        assert severity in ("critical", "warning")
        assert rule["annotations"]["runbook"] == f"docs/alerts.md#{name.lower()}"
        assert f"\n## {name}\n" in page, name
        assert f"| [{name}](#{name.lower()}) | {severity} |" in page, name
    assert set(re.findall(r"\n## (\w+)\n", page)) == {rule["alert"] for rule in rules()}


def test_every_figure_of_an_alert_is_shown() -> None:
    assert [(rule["alert"], name) for rule in rules() for name in unknown(rule["expr"])] == []


def test_every_figure_of_the_dashboard_is_shown() -> None:
    assert [(panel, name) for panel, query in queries() for name in unknown(query)] == []


def test_a_figure_that_nothing_shows_is_seen() -> None:
    assert unknown("sum(rate(drystone_nonsense_total[5m]))") == ["drystone_nonsense_total"]


def test_every_figure_that_is_shown_is_explained() -> None:
    page = (ROOT / "docs" / "observing.md").read_text()
    assert [
        name
        for name in sorted(shown())
        if name.startswith("drystone_") and f"`{name.removesuffix('_total')}" not in page
    ] == []


def test_no_figure_has_a_label_of_an_open_set() -> None:
    closed = {
        "trigger", "status", "block", "outcome", "code", "where", "provider", "model", "direction", "method", "route",
        "operation",
    }  # fmt: skip
    registry = CollectorRegistry()
    for made in (Instruments.on(registry), ApiInstruments.on(registry)):
        for instrument in vars(made).values():
            assert set(getattr(instrument, "_labelnames", ())) <= closed


class PackageError(DrystoneError):
    """An error of a package's own."""

    code = "SOMETHING_OF_A_PACKAGE"


def test_a_call_outside_that_a_package_s_block_ends_makes_no_label_of_its_own() -> None:
    telemetry = Telemetry()
    for error in (PackageError("x"), EgressRefused("x")):
        with pytest.raises(type(error)), telemetry.watch("GET", "example.com"):
            raise error
    counts = {
        one.labels["outcome"]: one.value
        for family in telemetry.registry.collect()
        for one in family.samples
        if one.name == "drystone_egress_calls_total"
    }
    assert counts == {"other": 1, EgressRefused.code.lower(): 1}
