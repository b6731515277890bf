"""The versions that are installed are not below those that mended a known hole, each with the advisory."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.version import Version

#: Distribution -> (the first version without the hole, where it is told).
FLOORS = {
    "strawberry-graphql": ("0.326.1", "CVE-2026-107728: a permission that gives an awaitable let everyone in"),
    "starlette": ("1.0.1", "CVE-2026-48710: the Host header poisons the path; CVE-2025-62727: ranges cost the square"),
    "python-multipart": ("0.0.27", "CVE-2026-42561, CVE-2026-40347: boundaries and preambles without end"),
    "aiohttp": ("3.13.3", "CVE-2025-69223: a decompression bomb"),
    "jinja2": ("3.1.6", "CVE-2025-27516: the sandbox opens by |attr"),
    "cryptography": ("44.0.1", "CVE-2024-12797: raw public keys are not verified"),
    "h11": ("0.16.0", "CVE-2025-43859: chunked bodies are read leniently"),
}
#: Installed only where something else asks for them.
OPTIONAL = {"aiohttp", "jinja2", "h11"}


def below(found: str, floor: str) -> bool:
    return Version(found) < Version(floor)


@pytest.mark.parametrize("name", FLOORS)
def test_a_version_with_a_known_hole_is_not_installed(name: str) -> None:
    floor, why = FLOORS[name]
    try:
        found = version(name)
    except PackageNotFoundError:
        assert name in OPTIONAL
        return
    assert not below(found, floor), f"{name} {found}: {why}"


def test_a_version_below_its_floor_is_seen() -> None:
    assert below("0.312.0", FLOORS["strawberry-graphql"][0])
    assert not below("0.341.2", FLOORS["strawberry-graphql"][0])
