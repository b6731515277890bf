"""No module lies about unused: each is imported by another of our packages, or is where something starts."""

from __future__ import annotations

from collections.abc import Iterable

from tests.tidy.source import Source, package_sources, planted, refuse

#: Where a process starts: named in pyproject.toml, on a command line or by a tool.
ENTRY_POINTS = {
    "deploy.__main__",
    "deploy.cli",
    "deploy.bootstrap",
    "deploy.api_server",
    "deploy.worker_process",
    "deploy.database",
    "deploy.browser_session",
    "deploy.key_rotation",
    "deploy.block_probe",
    "deploy.fleet",
    "deploy.temporal_setup",
    "deploy.health_check",
    "deploy.images.lock_without_servers",
    "blocks.readers.feed_child",
    "blocks.readers.workbook_child",
    "blocks.readers.database_child",
}
#: Packages whose modules are found by discovery and not by an import.
DISCOVERED = ("blocks.library", "schema.db.migrations")


def dead_modules(sources: Iterable[Source]) -> list[str]:
    """Name the modules that no other module imports, packages themselves excepted."""
    sources = list(sources)
    imported = {
        target
        for source in sources
        for _, name in source.imports()
        for target in (name, name.rpartition(".")[0])
        if target != source.name
    }
    return [
        f"{source.path} is imported by nobody"
        for source in sources
        if source.name not in imported
        and source.name not in ENTRY_POINTS
        and not source.path.endswith("__init__.py")
        and not source.name.startswith(tuple(f"{package}." for package in DISCOVERED))
    ]


def test_every_module_is_used() -> None:
    refuse(dead_modules(package_sources()))


def test_a_dead_module_is_seen() -> None:
    used, dead = planted("", "schema.used"), planted("import schema.dead", "schema.dead")
    start = planted("from schema import used", "deploy.cli")
    assert dead_modules([used, dead, start]) == ["schema/dead.py is imported by nobody"]


def test_a_module_is_used_through_one_of_its_names() -> None:
    assert not dead_modules([planted("", "schema.used"), planted("from schema.used import Graph", "deploy.cli")])


def test_a_discovered_module_is_not_dead() -> None:
    assert not dead_modules([planted("", "blocks.library.text"), planted("", "schema.db.migrations.env")])
