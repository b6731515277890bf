"""No file of the repository names a package registry's host, or a path of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.tidy.source import ROOT, refuse

# Built from parts: this file is read too.
_HOSTS = (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
    ("docker", "io"), ("docker", "com"), ("ghcr", "io"), ("gcr", "io"), ("quay", "io"), ("k8s", "io"),
    ("mcr.microsoft", "com"), ("public.ecr", "aws"), ("pkg", "dev"), ("crates", "io"), ("golang", "org"),
    ("rubygems", "org"), ("anaconda", "org"),
)  # fmt: skip
#: A name under one of these hosts that is no address but an identifier: Kubernetes labels and API groups.
_IDENTIFIERS = re.compile(
    rb"(?:[\w-]+\.)*k8s" + rb"\.io/(?:name|instance|version|component|part-of|managed-by|v\d\w*)"
    rb"|(?:networking|policy|rbac\.authorization|autoscaling|apps)\.k8s" + rb"\.io"
)
_HOST = re.compile(
    rb"(?<![\w-])(?:[\w-]+\.)*(?:"
    + b"|".join(re.escape(f"{name}.{domain}".encode()) for name, domain in _HOSTS)
    + rb")(?![\w-])",
    re.IGNORECASE,
)
_FOLDERS = ("wo" + "rk", "ro" + "ot", "ho" + r"me/[\w.-]+", "Us" + r"ers/[\w.-]+")
_MACHINE = re.compile(rf"(?<![\w.~*$}}-])/(?:{'|'.join(_FOLDERS)})/".encode())


def tracked_files() -> list[Path]:
    """List what is in the repository or would be with the next `git add`; skip the test outside of one."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(listing, cwd=ROOT, capture_output=True, check=False)
    if result.returncode:
        pytest.skip("not a git checkout")
    files = (ROOT / name for name in sorted(set(result.stdout.decode().split("\0"))) if name)
    return [path for path in files if path.is_file()]


def places(data: bytes) -> list[str]:
    """Name the registry hosts and machine paths in a file, with their lines."""
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        rest = _IDENTIFIERS.sub(b"", line)
        for pattern in (_HOST, _MACHINE):
            found += [f"{number} names {match.group().decode()}" for match in pattern.finditer(rest)]
    return found


def all_places(files: Iterable[Path]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{place}" for path in files for place in places(path.read_bytes())]


def test_no_file_names_a_registry_or_this_machine() -> None:
    refuse(all_places(tracked_files()))


@pytest.mark.parametrize(("name", "domain"), _HOSTS)
def test_a_registry_host_is_seen(name: str, domain: str) -> None:
    assert places(f"FROM registry-1.{name}.{domain}/library/python".encode())
    assert places(f"https://{name}.{domain}".encode())
    assert not places(f"see {name}-{domain} and my{name}x.{domain}x".encode())


@pytest.mark.parametrize("parts", [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/ann/"), ("/Us", "ers/Ann/")])
def test_a_path_of_this_machine_is_seen(parts: tuple[str, str]) -> None:
    path = "".join(parts)
    assert places(f'open("{path}main/file")'.encode())
    assert not places(f"api{path} and ${{HOME}}{path}".encode())
    assert not places(b"/var/lib/drystone and /tmp/x and /workflows/engine/ and /roots/a")


def test_a_kubernetes_label_is_not_a_host() -> None:
    assert not places(b"app.kubernetes.io/name: x\napiVersion: networking.k8s" + b".io/v1\napiVersion: apps/v1")
    assert places(b"image: registry.k8s" + b".io/pause")
