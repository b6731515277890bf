"""What we ship: locks with hashes and without hosts for pyproject.toml, names of our own, one licence."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.source import PACKAGES, ROOT, Source, package_sources, planted, refuse

RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
#: litellm: two releases of March 2026 carried a credential stealer. httpx: httpx2 has taken its place.
BANNED_DISTRIBUTIONS = {"litellm", "httpx"}
#: What is asked for by another name: distribution -> the one that has no code of its own and brings it.
PARTS = {"pydantic-monty-client": "pydantic-monty"}
#: SHA-256 of the words of the Apache License 2.0, as the Apache Software Foundation publishes it.
APACHE_2_WORDS = "0ffddef9e48f8a09aed5caf2d44f7ba1c1be2d9b8e0a6f693b1635b2d5566645"

_HASH = re.compile(r"--hash=(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_HOST = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links|--trusted-host|(?<![\w-])-[if] ")


@cache
def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def asked_for() -> list[str]:
    """Give the requirements of the product with all its extras, without those of development."""
    project = settings()["project"]
    extras = project.get("optional-dependencies", {})
    return [*project["dependencies"], *(each for extra in extras.values() for each in extra)]


def entries(lock: str) -> list[str]:
    """Give the lock's logical lines: one requirement each, with its hashes."""
    joined = lock.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pinned(lock: str) -> dict[str, set[str]]:
    """Give distribution -> the versions that the lock pins (more than one where markers split it)."""
    found: dict[str, set[str]] = {}
    for line in entries(lock):
        requirement = Requirement(_HASH.sub("", line).strip())
        versions = {each.version for each in requirement.specifier if each.operator == "=="}
        found.setdefault(canonicalize_name(requirement.name), set()).update(versions)
    return found


def lock_problems(lock: str) -> list[str]:
    """Name what a lock may not have: a host, a line without hash or exact version, a banned distribution."""
    problems = [f"names a host: {match.group()}" for match in _HOST.finditer(lock)]
    if problems:
        return problems  # such a line is no requirement
    problems += [f"has no hash: {line[:60]}" for line in entries(lock) if not _is_hashed(line)]
    versions = pinned(lock)
    problems += [f"pins no version of {name}" for name, found in versions.items() if not found]
    return problems + [f"has {name}" for name in sorted(BANNED_DISTRIBUTIONS & versions.keys())]


def _is_hashed(line: str) -> bool:
    hashes = _HASH.findall(line)
    return bool(hashes) and all(_SHA256.fullmatch(each) for each in hashes)


def unmet(wanted: Sequence[str], lock: str) -> list[str]:
    """Name the requirements that a lock does not satisfy."""
    versions = pinned(lock)
    problems = []
    for requirement in map(Requirement, wanted):
        found = versions.get(canonicalize_name(requirement.name), set())
        if not any(requirement.specifier.contains(version, prereleases=True) for version in found):
            problems.append(f"wants {requirement}, has {sorted(found) or 'nothing'}")
    return problems


def namesakes(provided: Mapping[str, Sequence[str]]) -> list[str]:
    """Name the installed distributions, ours excepted, that provide a top-level package of ours."""
    return [
        f"{distribution} provides {package}"
        for package in PACKAGES
        for distribution in provided.get(package, ())
        if canonicalize_name(distribution) != settings()["project"]["name"]
    ]


def undeclared(sources: Iterable[Source], declared: Sequence[str]) -> list[str]:
    """Name the imports that no declared requirement provides: what only the development set installs."""
    names = {canonicalize_name(Requirement(each).name) for each in declared}
    provided = importlib.metadata.packages_distributions()
    problems = set()
    for source in sources:
        for _, target in source.imports():
            root = target.split(".")[0]
            if root in PACKAGES or root in sys.stdlib_module_names:
                continue
            if not {PARTS.get(each, each) for each in map(canonicalize_name, provided.get(root, ()))} & names:
                problems.add(f"{source.path} imports {root}, which pyproject.toml does not ask for")
    return sorted(problems)


def is_apache_2(text: str) -> bool:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest() == APACHE_2_WORDS


@pytest.mark.parametrize("name", [RUNTIME_LOCK, DEVELOPMENT_LOCK])
def test_a_lock_has_hashes_and_no_hosts(name: str) -> None:
    refuse(lock_problems((ROOT / name).read_text()))


def test_locks_satisfy_the_project() -> None:
    project, groups = settings()["project"], settings()["dependency-groups"]
    extras = project.get("optional-dependencies", {})
    runtime, development = ((ROOT / name).read_text() for name in (RUNTIME_LOCK, DEVELOPMENT_LOCK))
    refuse(unmet([*project["dependencies"], *extras["embedded"]], runtime))
    refuse(unmet([*asked_for(), *groups["dev"]], development))


def test_locks_agree_with_each_other() -> None:
    runtime, development = (pinned((ROOT / name).read_text()) for name in (RUNTIME_LOCK, DEVELOPMENT_LOCK))
    assert {name: development.get(name) for name in runtime} == runtime


def test_the_project_does_not_ask_for_what_is_banned() -> None:
    assert {canonicalize_name(Requirement(each).name) for each in asked_for()} & BANNED_DISTRIBUTIONS == set()


def test_no_other_distribution_has_our_package_names() -> None:
    refuse(namesakes(importlib.metadata.packages_distributions()))


def test_the_packages_import_only_what_the_project_asks_for() -> None:
    refuse(undeclared(package_sources(), asked_for()))


def test_the_wheel_has_our_packages() -> None:
    wheel = settings()["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(wheel["packages"]) == sorted(PACKAGES)


def test_the_licence_is_apache_2() -> None:
    assert is_apache_2((ROOT / "LICENSE").read_text())
    assert settings()["project"]["license"] == "Apache-2.0"
    assert settings()["project"]["license-files"] == ["LICENSE"]


_GOOD = f"orjson==3.13.0 ; python_version >= '3.11' \\\n    --hash=sha256:{'a' * 64}\n"


@pytest.mark.parametrize(
    "lock",
    [
        "orjson==3.13.0\n",
        _GOOD.replace("==", ">="),
        _GOOD.replace("orjson", "LiteLLM"),
        _GOOD.replace("orjson", "httpx"),
        "--index-url example\n" + _GOOD,
        "-i example\n" + _GOOD,
        "orjson @ file" + "://a.whl\n",
        _GOOD.replace("a" * 64, "a" * 63),
    ],
)
def test_a_bad_lock_is_seen(lock: str) -> None:
    assert lock_problems(lock)
    assert not lock_problems(_GOOD + _GOOD.replace("orjson", "httpx2"))


def test_an_unmet_requirement_is_seen() -> None:
    assert unmet(["orjson>=4"], _GOOD)
    assert unmet(["pydantic"], _GOOD)
    assert not unmet(["Orjson>=3.10,<4"], _GOOD)


def test_an_undeclared_import_is_seen() -> None:
    source = planted("import pytest\nimport google.protobuf\nimport json\nfrom schema.graph import Graph")
    assert len(undeclared([source], ["temporalio"])) == 2
    assert not undeclared([source], ["pytest>=9", "protobuf"])


def test_a_namesake_is_seen() -> None:
    assert namesakes({"schema": ["schema"], "rich": ["rich"]}) == ["schema provides schema"]
    assert not namesakes({"schema": ["drystone"]})


def test_another_licence_is_seen() -> None:
    assert not is_apache_2((ROOT / "LICENSE").read_text().replace("perpetual", "revocable"))
