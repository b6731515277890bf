"""Whether tenants take turns is found out on real servers: one with the setting that makes them, one without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from temporalio.client import Client

from api.fleet.fairness import fairness_findings
from api.fleet.temporal_server import setting_findings
from deploy.stack import ports, temporal
from deploy.stack.child import Child

FAIRNESS = "matching.enableFairness"
POLLS = "frontend.enableCancelWorkerPollsOnShutdown"


def settings_without(name: str) -> Mapping[str, str]:
    return {key: value for key, value in temporal.DYNAMIC_SETTINGS.items() if key != name}


@pytest.mark.long
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (temporal.DYNAMIC_SETTINGS, {"SETTINGS_UNSEEN"}),
        (settings_without(FAIRNESS), {"SETTINGS_UNSEEN", "FAIRNESS_OFF"}),
        (settings_without(POLLS), {"SETTINGS_UNSEEN", "POLLS_LINGER"}),
    ],
)
async def test_a_setting_of_the_server_is_seen_by_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str], expected: set[str]
) -> None:
    monkeypatch.setattr(temporal, "DYNAMIC_SETTINGS", settings)
    (tmp_path / "logs").mkdir()
    chosen = temporal.TemporalPorts(ports.choose(), ports.choose())
    server = Child(temporal.spec(tmp_path, chosen, {}), lambda _event: None, lambda: None)
    await server.start()
    try:
        client = await Client.connect(chosen.address, namespace=temporal.NAMESPACE)
        found = [*await setting_findings(client), *await fairness_findings(client)]
    finally:
        await server.stop()
    assert {one.code.value for one in found} == expected
    assert all(FAIRNESS in one.remedy for one in found if one.code.value == "FAIRNESS_OFF")
