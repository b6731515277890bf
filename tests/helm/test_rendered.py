"""The chart as helm renders it: each pod is kept small, each secret is named only, each queue has workers that scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from deploy.api_server import DRAIN_SECONDS
from deploy.cli import app
from deploy.roles import QUEUES
from deploy.safety import unsafe
from deploy.settings import Settings
from deploy.worker import DRAIN
from tests.helm.rendering import (
    CHART,
    KUBERNETES,
    ROOT,
    SETS,
    container,
    may_reach,
    needs_helm,
    of_kind,
    pods,
    render_text,
    rendered,
    run_helm,
    selects,
    value_files,
    ways,
)

pytestmark = needs_helm
each_set = pytest.mark.parametrize("names", SETS, ids="+".join)
POLICED = tuple(names for names in SETS if "open" not in names)

SECRET_SETTINGS = {
    f"DRYSTONE_{name.upper()}" for name, field in Settings.model_fields.items() if "SecretStr" in str(field)
}
SECRET_SETTINGS |= {"DRYSTONE_DATABASE_URL"}
#: What KEDA 2.22 takes of its temporal trigger.
TRIGGER = {
    *("endpoint", "namespace", "taskQueue", "queueTypes", "targetQueueSize", "activationTargetQueueSize"),
    *(
        "workerDeploymentName",
        "workerDeploymentBuildId",
        "minConnectTimeout",
        "unsafeSsl",
        "tlsServerName",
        "enableTLS",
    ),
}
WORKER_DEPLOYMENT = {
    "replicas",
    "template",
    "minReadySeconds",
    "progressDeadlineSeconds",
    "rollout",
    "sunset",
    "workerOptions",
}
#: What runs to its end.
JOBS = {"migrate", "temporal-setup"}
IMDS, PRIVATE, PUBLIC = "169.254.169.254", ("10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fd00::1"), "1.1.1.1"


def variables(pod: Any) -> dict[str, Any]:
    return {one["name"]: one for one in container(pod)["env"]}


def labels_of(component: str) -> dict[str, str]:
    instance = {"app.kubernetes.io/name": "drystone", "app.kubernetes.io/instance": "rel"}
    return {**instance, "app.kubernetes.io/component": component}


@each_set
def test_helm_finds_nothing_wrong(names: tuple[str, ...]) -> None:
    result = run_helm("lint", "--strict", "--kube-version", KUBERNETES, str(CHART), *value_files(names))
    assert result.returncode == 0, result.stdout
    assert not re.search(r"\[(WARNING|ERROR)\]", result.stdout), result.stdout


@each_set
def test_every_pod_is_nobody_and_can_change_nothing(names: tuple[str, ...]) -> None:
    for component, pod in pods(rendered(names)):
        whole, own = pod["spec"]["securityContext"], container(pod)["securityContext"]
        assert whole["runAsNonRoot"] is True, component
        assert whole["runAsUser"] > 0, component
        assert own["readOnlyRootFilesystem"] is True, component
        assert own["allowPrivilegeEscalation"] is False, component
        assert own["capabilities"] == {"drop": ["ALL"]}, component
        assert pod["spec"]["automountServiceAccountToken"] is False, component
        is_opened = component == "blocks-sandbox" and names[-1] in ("full", "open")
        assert (whole["seccompProfile"]["type"] == "RuntimeDefault") is not is_opened, component
        assert (pod["spec"].get("hostUsers") is False) is is_opened, component
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"]), component
        assert all(set(one) - {"name"} <= {"emptyDir", "secret"} for one in pod["spec"]["volumes"]), component


@each_set
def test_every_pod_has_resources_and_whatever_stays_is_probed(names: tuple[str, ...]) -> None:
    for component, pod in pods(rendered(names)):
        resources = container(pod)["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"]), component
        assert "memory" in resources["limits"], component
        if component not in JOBS:
            live, ready = container(pod)["livenessProbe"]["httpGet"], container(pod)["readinessProbe"]["httpGet"]
            assert (live["path"], live["port"]) == ("/healthz", "ops"), component
            assert (ready["path"], ready["port"]) == ("/readyz", "http" if component == "api" else "ops"), component
            assert variables(pod)["DRYSTONE_OPS_ADDRESS"]["value"] == "0.0.0.0:9464"
            assert {"name": "ops", "containerPort": 9464} in container(pod)["ports"]


@each_set
def test_a_worker_ends_in_good_order_before_it_has_all_the_memory_that_it_may(names: tuple[str, ...]) -> None:
    units = {"Mi": 2**20, "Gi": 2**30}
    for component, pod in pods(rendered(names)):
        limit = container(pod)["resources"]["limits"]["memory"]
        most = variables(pod).get("DRYSTONE_WORKER_MEMORY_BYTES_MAX")
        assert (most is None) is (component == "api" or component in JOBS), component
        if most is not None:
            assert int(most["value"]) == int(limit[:-2]) * units[limit[-2:]] * 4 // 5, component


@pytest.mark.parametrize(
    ("limit", "bytes_max"), [("1.5G", 1_200_000_000), ("805306368", 644_245_094), ("0.5Gi", 429_496_729)]
)
def test_a_limit_of_memory_is_read_in_each_of_its_forms(limit: str, bytes_max: int) -> None:
    result = render_text(("small",), "--set", f"starter.resources.limits.memory={limit}")
    (pod,) = [pod for component, pod in pods(list(yaml.safe_load_all(result.stdout))) if component == "starter"]
    assert variables(pod)["DRYSTONE_WORKER_MEMORY_BYTES_MAX"]["value"] == str(bytes_max)


def test_a_limit_of_memory_that_cannot_be_read_is_refused() -> None:
    result = render_text(("small",), "--set", "starter.resources.limits.memory=1Pi")
    assert result.returncode != 0
    assert "a limit of memory is a number" in result.stderr


def test_peoples_code_is_scanned_and_who_may_not_reach_the_collector_sends_nothing_there() -> None:
    resources = rendered(("full",))
    rules = ways(resources, labels_of("blocks-sandbox"), "Egress")
    assert rules is not None
    assert any(one["port"] == 3310 for rule in rules for one in rule["ports"])
    told = {component for component, pod in pods(resources) if "DRYSTONE_OTLP_ENDPOINT" in variables(pod)}
    assert {component for component, _ in pods(resources)} - told == {"blocks-sandbox"}


@each_set
def test_a_pod_is_given_the_time_to_drain(names: tuple[str, ...]) -> None:
    for component, pod in pods(rendered(names)):
        grace = pod["spec"]["terminationGracePeriodSeconds"]
        if component == "api":
            grace -= container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert grace > DRAIN_SECONDS
        assert grace > DRAIN.total_seconds(), component


@each_set
def test_every_secret_is_named_and_none_is_written(names: tuple[str, ...]) -> None:
    assert of_kind(rendered(names), "Secret") == {}
    for component, pod in pods(rendered(names)):
        found = variables(pod)
        assert set(found) <= {f"DRYSTONE_{name.upper()}" for name in Settings.model_fields}, component
        for name in SECRET_SETTINGS & set(found):
            assert set(found[name]) == {"name", "valueFrom"}, (component, name)
        for volume in pod["spec"]["volumes"]:
            assert volume.get("secret", {}).get("defaultMode", 0o440) == 0o440


@each_set
def test_who_runs_peoples_code_has_no_keys(names: tuple[str, ...]) -> None:
    mounted = {component: {one["name"] for one in pod["spec"]["volumes"]} for component, pod in pods(rendered(names))}
    assert "keys" in mounted["api"]
    assert "keys" in mounted["blocks-io"]
    assert not {"keys", "oauth"} & mounted["blocks-sandbox"]


@each_set
def test_the_commands_are_commands_of_ours(names: tuple[str, ...]) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for _, pod in pods(rendered(names)):
        word, *options = container(pod)["args"]
        command = known[word]
        if hasattr(command, "commands"):
            word, *options = options
            command = command.commands[word]
        with command.make_context(word, options, resilient_parsing=False) as context:
            assert set(context.params.get("queues") or ()) <= set(QUEUES)


@each_set
def test_every_task_queue_has_workers_and_with_keda_a_scaler(names: tuple[str, ...]) -> None:
    resources = rendered(names)
    served = {word for _, pod in pods(resources) for word in container(pod)["args"] if word in QUEUES}
    assert served == set(QUEUES)
    triggers = [one["spec"]["triggers"][0] for one in of_kind(resources, "ScaledObject").values()]
    asked = {one["metadata"]["taskQueue"] for one in triggers}
    # Versions that the controller makes are scaled by it.
    by_us = set(QUEUES) - ({"graph-engine"} if "controller" in names else set())
    assert asked in (set(), by_us)
    assert bool(asked) is (names[-1] in ("full", "builds", "controller"))
    for one in triggers:
        assert one["type"] == "temporal"
        assert set(one["metadata"]) <= TRIGGER
        assert all(isinstance(value, str) for value in one["metadata"].values())
        assert one["metadata"]["queueTypes"] == (
            "workflow" if one["metadata"]["taskQueue"] == "graph-engine" else "activity"
        )


@each_set
def test_what_points_to_something_finds_it(names: tuple[str, ...]) -> None:
    resources = rendered(names)
    labels = [pod["metadata"]["labels"] for _, pod in pods(resources)]
    for one in of_kind(resources, "Deployment").values():
        assert selects(one["spec"]["selector"], one["spec"]["template"]["metadata"]["labels"])
        assert sum(selects(one["spec"]["selector"], found) for found in labels) == 1
    for selector in selectors(resources):
        assert any(selects(selector, found) for found in labels), selector
    targets = [one["spec"]["scaleTargetRef"]["name"] for kind in ("ScaledObject", "HorizontalPodAutoscaler")
               for one in of_kind(resources, kind).values()]  # fmt: skip
    assert set(targets) <= set(of_kind(resources, "Deployment"))
    assert len(targets) == len(set(targets))
    for name in targets:
        assert "replicas" not in of_kind(resources, "Deployment")[name]["spec"]


def selectors(resources: Any) -> Iterator[Any]:
    for one in resources:
        if one["kind"] == "PodDisruptionBudget":
            yield one["spec"]["selector"]
        if one["kind"] == "Service":
            yield {"matchLabels": one["spec"]["selector"]}
        if one["kind"] == "NetworkPolicy":
            yield one["spec"]["podSelector"]


@each_set
def test_no_hook_deletes_anything_but_its_own_job(names: tuple[str, ...]) -> None:
    hooked = [one for one in rendered(names) if "helm.sh/hook" in one["metadata"].get("annotations", {})]
    assert [one["kind"] for one in hooked] == ([] if "open" in names else ["Job", "Job"])
    assert {container(one["spec"]["template"])["args"][0] for one in hooked} <= {"migrate", "temporal"}
    for one in hooked:
        assert one["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize("names", POLICED, ids="+".join)
def test_peoples_code_reaches_servers_by_name_and_nothing_else(names: tuple[str, ...]) -> None:
    rules = ways(rendered(names), labels_of("blocks-sandbox"), "Egress")
    assert rules is not None
    assert {one["port"] for rule in rules for one in rule["ports"]} <= {53, 5432, 7233, 443, 3310}
    for rule in rules:
        assert rule["to"]
        assert all(peer and not peer.get("ipBlock", {}).get("cidr", "").endswith("/0") for peer in rule["to"])
    for address in (PUBLIC, IMDS, *PRIVATE):
        assert not may_reach(rules, address, 443)
    assert may_reach(rules, "192.0.2.10", 5432)


@pytest.mark.parametrize("names", POLICED, ids="+".join)
def test_blocks_reach_the_world_and_no_private_place_but_those_that_are_named(names: tuple[str, ...]) -> None:
    resources = rendered(names)
    abroad = {"api", "blocks-io", "blocks-long"}
    for component, pod in pods(resources):
        rules = ways(resources, pod["metadata"]["labels"], "Egress")
        assert rules is not None, component
        assert may_reach(rules, PUBLIC, 443) is (component in abroad), component
        assert not any(may_reach(rules, address, 80) for address in (IMDS, *PRIVATE)), component
        assert may_reach(rules, "10.1.2.3", 443) is (component in abroad and names == ("full",)), component


@pytest.mark.parametrize("names", POLICED, ids="+".join)
def test_only_those_who_watch_reach_the_ops_address(names: tuple[str, ...]) -> None:
    resources = rendered(names)
    watching = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    for component, pod in pods(resources):
        rules = ways(resources, pod["metadata"]["labels"], "Ingress")
        assert rules is not None
        assert [rule["from"] for rule in rules for one in rule["ports"] if one["port"] == 9464] == [watching], component
        others = {one["port"] for rule in rules for one in rule["ports"]} - {9464}
        assert others == ({"http"} if component == "api" else set()), component


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "workers.blocks-sandbox.reachesWorld=true"), "runs people's code"),
        (("--set", "networkPolicies.servers.temporal.to[0].ipBlock.cidr=0.0.0.0/0"), "may not be everything"),
        (("--set-json", "networkPolicies.servers.temporal.to=[]"), "says where it is"),
        (("--set-json", "api.allowedHosts=[]"), "host names"),
        (("--set", "versioning.mode=builds"), "the engines to keep"),
        (("--set", "temporal.address="), "host:port"),
        (("--set", "objectStore.url="), "large values"),
        (("--set", "settings.DRYSTONE_DATABASE_URL=postgresql://in-clear"), "DRYSTONE_DATABASE_URL"),
    ],
    ids=lambda one: str(one),
)
def test_what_must_not_be_is_refused_before_anything_is_applied(options: tuple[str, ...], said: str) -> None:
    result = render_text(("small",), *options)
    assert result.returncode != 0
    assert said in result.stderr


def test_each_build_of_the_engine_has_workers_and_a_scaler_of_its_own() -> None:
    resources = rendered(("small", "builds"))
    built = {component: pod for component, pod in pods(resources) if component.startswith("engine")}
    assert {one: variables(pod)["DRYSTONE_BUILD_ID"]["value"] for one, pod in built.items()} == {
        "engine-a1b2c3": "a1b2c3", "engine-d4e5f6": "d4e5f6",
    }  # fmt: skip
    assert {container(pod)["image"] for pod in built.values()} == {"drystone:0.1.0"}
    scalers = of_kind(resources, "ScaledObject")
    for build in ("a1b2c3", "d4e5f6"):
        (trigger,) = scalers[f"rel-drystone-engine-{build}"]["spec"]["triggers"]
        assert trigger["metadata"]["workerDeploymentBuildId"] == build
        assert trigger["metadata"]["workerDeploymentName"] == Settings.model_fields["deployment"].default


def test_a_scaler_asks_for_the_deployment_that_the_engine_is_of() -> None:
    result = render_text(("small", "builds"), "--set", "settings.DRYSTONE_DEPLOYMENT=agents")
    resources = [one for one in yaml.safe_load_all(result.stdout) if one]
    (trigger,) = of_kind(resources, "ScaledObject")["rel-drystone-engine-a1b2c3"]["spec"]["triggers"]
    (pod,) = [pod for component, pod in pods(resources) if component == "engine-a1b2c3"]
    assert trigger["metadata"]["workerDeploymentName"] == "agents"
    assert variables(pod)["DRYSTONE_DEPLOYMENT"]["value"] == "agents"


def test_temporals_controller_is_given_the_engine_and_the_engine_its_version() -> None:
    resources = rendered(("small", "controller"))
    assert "rel-drystone-engine" not in of_kind(resources, "Deployment")
    (deployment,) = of_kind(resources, "WorkerDeployment").values()
    (connection,) = of_kind(resources, "Connection").values()
    spec = deployment["spec"]
    assert set(spec) <= WORKER_DEPLOYMENT
    assert set(connection["spec"]) <= {"hostPort", "tls", "mutualTLSSecretRef", "apiKeySecretRef"}
    assert spec["workerOptions"] == {
        "connectionRef": {"name": connection["metadata"]["name"]}, "temporalNamespace": "drystone",
    }  # fmt: skip
    assert spec["rollout"]["strategy"] == "Progressive"
    *before, script, name = container(spec["template"])["command"]
    assert (before, name) == (["tini", "--", "sh", "-c"], "drystone")
    assert 'DRYSTONE_BUILD_ID="$TEMPORAL_WORKER_BUILD_ID"' in script
    assert 'DRYSTONE_DEPLOYMENT="$TEMPORAL_DEPLOYMENT_NAME"' in script
    assert "DRYSTONE_BUILD_ID" not in variables(spec["template"])


def test_prometheus_is_given_the_alerts_and_finds_every_pod() -> None:
    resources = rendered(("full",))
    (rules,) = of_kind(resources, "PrometheusRule").values()
    assert rules["spec"] == yaml.safe_load((ROOT / "deploy" / "observe" / "alerts.yaml").read_text(encoding="utf-8"))
    (monitor,) = of_kind(resources, "PodMonitor").values()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("ops", "/metrics")
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "drystone"}]
    watched = [pod for component, pod in pods(resources) if component not in JOBS]
    assert all(selects(monitor["spec"]["selector"], pod["metadata"]["labels"]) for pod in watched)


def test_the_api_starts_with_what_the_chart_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What production refuses (deploy/safety.py) is not what the chart makes of the least values."""
    (pod,) = [pod for component, pod in pods(rendered(("small",))) if component == "api"]
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o440)
    for name, one in variables(pod).items():
        monkeypatch.setenv(
            name, one.get("value", "postgresql+asyncpg://ours:a-long-password@db.example.com/x?ssl=verify-full")
        )
    monkeypatch.setenv("DRYSTONE_KEY_FILE", str(keys))
    assert unsafe(Settings()) == []
    monkeypatch.setenv("DRYSTONE_ALLOWED_HOSTS", "*")
    assert len(unsafe(Settings())) == 1
