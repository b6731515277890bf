"""`drystone blocks new --openapi`: a package whose blocks are a service's operations; what a description says is data there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from blocks.sdk import BlockDefinitionError
from blocks.sdk.providers import KeyPlace
from deploy.described import read_description
from schema.errors import InvalidInput
from tests.cli.processes import CommandLine
from tests.tidy.source import ROOT

RUFF = Path(sys.executable).parent / "ruff"
GET = {
    "operationId": "getPet",
    "summary": "Get a pet.",
    "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}],
}
HOSTILE = 'x"""\n\nimport os  # {name}'
PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": f"Pets {HOSTILE}", "version": "1"},
    "servers": [{"url": "https://pets.example.com/v1/"}],
    "paths": {"/pets/{petId}": {"get": GET}, "/pets": {"get": {"operationId": f'list "{HOSTILE}'}}},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
}


def written(folder: Path, document: Any) -> Path:
    file = folder / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def made(alone: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("described")
    answer = alone("blocks", "new", "pet-shop", "--folder", folder, "--openapi", written(folder, PETS))
    assert answer.status == 0, answer.err
    assert "pet-shop is a package with blocks for 2 operations." in answer.out.replace("\n", "")
    return folder / "pet-shop"


@pytest.mark.parametrize(
    "words",
    [
        (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        (RUFF, "check", "--no-cache", "."),
        (RUFF, "format", "--no-cache", "--check", "."),
    ],
    ids=["pytest", "ruff check", "ruff format"],
)
def test_what_is_made_passes_its_own_checks_at_once(made: Path, words: tuple[str | Path, ...]) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(words, cwd=made, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_blocks_and_its_provider_are_found(alone: CommandLine, made: Path) -> None:
    packages, checked = alone.each(
        ("blocks", "packages", "--blocks", made, "--json"), ("blocks", "check", "--blocks", made)
    )
    assert packages.status == 0, packages.err
    assert [row["blocks"][:1] for row in packages.json] == [["Petsximportosname" + "GetPetBlock"], []]
    assert [row["providers"] for row in packages.json] == [[], ["pet-shop"]]
    assert checked.out == "Blocks: 2, examples: 2, not true: 0.\n"


def test_what_a_description_says_is_no_code(made: Path) -> None:
    text = (made / "pet_shop" / "__init__.py").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("import ")] == ["import json"]
    assert json.loads((made / "pet_shop" / "openapi.json").read_text(encoding="utf-8")) == PETS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"openapi": "2.0"}, "version 3"),
        ({"paths": {}}, "0 operations"),
        ({"servers": []}, "--url"),
        ({"servers": [{"url": "/api"}]}, "--url"),
        ({"servers": [{"url": "https://{region}.example.com"}]}, "--url"),
        ({"servers": [{"url": "file:///etc/passwd"}]}, "--url"),
    ],
)
def test_a_description_that_makes_no_blocks_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_description(json.dumps({**PETS, **change}).encode(), "pets")


def test_what_is_no_json_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="convert it first"):
        read_description(b"openapi: 3.1.0\n", "pets")


def test_two_operations_of_one_name_are_refused() -> None:
    paths = {"/a": {"get": {"operationId": "get-a"}}, "/b": {"get": {"operationId": "get_a"}}}
    with pytest.raises(BlockDefinitionError, match="GetABlock"):
        read_description(json.dumps({**PETS, "paths": paths}).encode(), "pets")


def test_where_the_service_is_can_be_said() -> None:
    found = read_description(json.dumps({**PETS, "servers": []}).encode(), "pets", "http://127.0.0.1:8000/")
    assert found.provider.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("scheme", "place", "has_one"),
    [
        ({"type": "apiKey", "in": "query", "name": "key"}, KeyPlace(parameter="key"), True),
        ({"type": "http", "scheme": "bearer"}, KeyPlace(), True),
        ({"type": "http", "scheme": "digest"}, KeyPlace(), False),
    ],
)
def test_a_key_goes_where_the_description_says(scheme: dict[str, str], place: KeyPlace, has_one: bool) -> None:
    document = {**PETS, "components": {"securitySchemes": {"one": scheme}}}
    found = read_description(json.dumps(document).encode(), "pets")
    assert (found.provider.key, found.has_credentials) == (place, has_one)
