"""The Helm chart as it would be applied: rendered by helm from sets of values, and what is asked of it; it applies nothing."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "drystone"
VALUES: Final = Path(__file__).parent / "values"
#: Files of values that are given together.
SETS: Final = (("small",), ("full",), ("small", "builds"), ("small", "controller"), ("small", "open"))
#: A helm that was built without its release's flags takes Kubernetes for a very old one.
KUBERNETES: Final = "1.33.0"

Resource = dict[str, Any]


def find_helm() -> str | None:
    """Give the program, by DRYSTONE_HELM or on the PATH."""
    return os.environ.get("DRYSTONE_HELM") or shutil.which("helm")


needs_helm = pytest.mark.skipif(
    find_helm() is None, reason="helm is not here: put it on the PATH, name it by DRYSTONE_HELM, or `./run helm`"
)


def run_helm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run helm; it talks to no cluster."""
    program = find_helm()
    assert program is not None
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def value_files(names: Sequence[str]) -> list[str]:
    return [word for name in names for word in ("-f", str(VALUES / f"{name}.yaml"))]


def render_text(names: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    release = ("template", "rel", str(CHART), "--namespace", "agents", "--kube-version", KUBERNETES)
    return run_helm(*release, *value_files(names), *options)


@cache
def rendered(names: tuple[str, ...]) -> tuple[Resource, ...]:
    """Give the resources of a set of values."""
    result = render_text(names)
    assert result.returncode == 0, result.stderr
    return tuple(one for one in yaml.safe_load_all(result.stdout) if one)


def of_kind(resources: Sequence[Resource], kind: str) -> dict[str, Resource]:
    """Give the resources of a kind by their names."""
    return {one["metadata"]["name"]: one for one in resources if one["kind"] == kind}


def pods(resources: Sequence[Resource]) -> Iterator[tuple[str, Resource]]:
    """Give (component, pod template) of whatever makes pods."""
    for one in resources:
        if one["kind"] in ("Deployment", "Job", "WorkerDeployment"):
            template = one["spec"]["template"]
            yield template["metadata"]["labels"]["app.kubernetes.io/component"], template


def container(pod: Resource) -> Resource:
    (only,) = pod["spec"]["containers"]
    return only


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether a selector takes what has these labels, as Kubernetes reads it."""
    for one in selector.get("matchExpressions", ()):
        is_in = labels.get(one["key"]) in one["values"]
        if is_in is not {"In": True, "NotIn": False}[one["operator"]]:
            return False
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


def ways(resources: Sequence[Resource], labels: Mapping[str, str], direction: str) -> list[Resource] | None:
    """Give the rules, Egress or Ingress, that a pod with these labels has; None where no policy holds it."""
    held = [
        one["spec"]
        for one in of_kind(resources, "NetworkPolicy").values()
        if direction in one["spec"]["policyTypes"] and selects(one["spec"]["podSelector"], labels)
    ]
    return [rule for spec in held for rule in spec.get(direction.lower(), ())] if held else None


def may_reach(rules: Sequence[Resource], address: str, port: int) -> bool:
    """Say whether rules of egress let a packet out to an address, by their blocks of addresses."""
    target = ipaddress.ip_address(address)
    for rule in rules:
        if any(one["port"] == port for one in rule.get("ports", ())) or not rule.get("ports"):
            blocks = [peer["ipBlock"] for peer in rule.get("to", ()) if "ipBlock" in peer]
            if not rule.get("to") or any(_holds(block, target) for block in blocks):
                return True
    return False


def _holds(block: Resource, target: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if target not in ipaddress.ip_network(block["cidr"]):
        return False
    return not any(target in ipaddress.ip_network(one) for one in block.get("except", ()))
