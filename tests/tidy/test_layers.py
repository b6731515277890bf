"""The one-way rule of ARCHITECTURE.md holds, and each of its contracts has been seen broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tidy.source import PACKAGES, ROOT, Source, package_sources, planted, refuse

STANDARD_LIBRARY = sys.stdlib_module_names

#: What these modules may import beside the standard library: a contract can only say what they may not.
#: The first name that fits a module decides.
ALLOWED_ROOTS: dict[str, tuple[str, ...]] = {
    "workflows.engine": ("schema", "workflows.engine"),
    "workflows.names": ("schema", "workflows.engine"),
    "workflows.wire": ("schema", "workflows.engine", "workflows.names"),
    "workflows": ("schema", "workflows", "temporalio", "pydantic", "orjson"),
    "schema.db": (
        "schema", "sqlalchemy", "asyncpg", "alembic", "pydantic", "orjson", "uuid_utils", "structlog",
        "cryptography", "obstore",
    ),
    "schema": (
        "schema", "pydantic", "pydantic_core", "orjson", "jsonschema_rs", "uuid_utils", "typing_extensions",
    ),
}  # fmt: skip

#: Parts of the standard library that the pure machine has no use for.
ENGINE_BANNED = {
    "asyncio", "concurrent", "contextvars", "datetime", "io", "logging", "multiprocessing", "os", "pathlib",
    "random", "secrets", "selectors", "signal", "socket", "ssl", "subprocess", "tempfile", "threading",
    "time", "urllib", "uuid",
}  # fmt: skip
PURE_MODULES = ("workflows.engine", "workflows.names", "workflows.wire")

#: One planted module for each contract in pyproject.toml, by the contract's id: (module, its text).
PLANTED = {
    "layers": ("schema.planted_layers", "import blocks"),
    "api-activities": ("api.planted", "import activities"),
    "activities-workflows": ("activities.planted", "import workflows.planted_private"),
    "workflows-pure": ("workflows.planted_private", "import sqlalchemy"),
    "engine-pure": ("workflows.engine.planted", "import temporalio.workflow"),
    "blocks-apart": ("blocks.planted", "import temporalio.activity"),
    "db-importers": ("schema.planted_db", "import schema.db"),
    "schema-pure": ("schema.planted_io", "import asyncpg"),
    "library-independent": ("blocks.library.planted_a", "import blocks.library.planted_b"),
}


def lint(folder: Path) -> dict[str, bool]:
    """Run import-linter on a checkout; give for each contract's name whether it is kept."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", code, "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "400", "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", result.stdout, re.MULTILINE)
    kept = {name: verdict == "KEPT" for name, verdict in found}
    assert kept, result.stdout + result.stderr
    if not all(kept.values()):
        print(result.stdout)
    return kept


def contracts() -> dict[str, str]:
    """Give contract id -> name, from pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {each["id"]: each["name"] for each in settings["tool"]["importlinter"]["contracts"]}


def foreign_imports(source: Source) -> list[str]:
    """Name the imports of a module that the tables above do not allow."""
    allowed = next((roots for name, roots in ALLOWED_ROOTS.items() if _within(source.name, name)), None)
    if allowed is None:
        return []
    is_pure = any(_within(source.name, name) for name in PURE_MODULES)
    problems = []
    for node, target in source.imports():
        root = target.split(".")[0]
        if root in STANDARD_LIBRARY:
            is_bad = is_pure and root in ENGINE_BANNED
        else:
            is_bad = not any(_within(target, name) for name in allowed)
        if is_bad:
            problems.append(f"{source.at(node)} imports {target}")
    return problems


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_imports_go_one_way() -> None:
    kept = lint(ROOT)
    assert set(kept) == set(contracts().values())
    assert [name for name, is_kept in kept.items() if not is_kept] == []


def test_each_contract_has_been_seen_broken(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for package in (*PACKAGES, "workflows.engine", "blocks.library", "schema.db"):
        folder = tmp_path / package.replace(".", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    assert all(lint(tmp_path).values()), "an empty tree keeps every contract"
    for module, text in (*PLANTED.values(), ("blocks.library.planted_b", "")):
        (tmp_path / f"{module.replace('.', '/')}.py").write_text(text)
    assert set(PLANTED) == set(contracts()), "each contract has its planted module"
    assert [name for name, is_kept in lint(tmp_path).items() if is_kept] == []


def test_pure_packages_import_what_the_table_allows() -> None:
    refuse([problem for source in package_sources() for problem in foreign_imports(source)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("workflows.engine.planted", "import pydantic"),
        ("workflows.engine.planted", "from datetime import datetime"),
        ("workflows.names", "from workflows.run import GraphRun"),
        ("workflows.wire", "import temporalio"),
        ("schema.planted", "import rich"),
        ("schema.db.planted", "import httpx2"),
    ],
)
def test_a_foreign_import_is_seen(name: str, text: str) -> None:
    assert foreign_imports(planted(text, name))
    assert not foreign_imports(planted("from schema.graph import Graph\nimport json", name))
