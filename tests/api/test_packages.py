"""The example package, installed for real: its tests pass, its blocks run in the platform, and without it graphs are kept."""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.compiled import Compiled
from blocks.packages import contributions
from blocks.registry import Registry, read_catalogue
from tests.api.credentials import api_key, make, reaching
from tests.api.graph_operations import EXPORT, VERSION
from tests.api.running import OUTPUTS, START, ended, save, start
from tests.api.serving import Api, Organisation
from tests.durable.graphs import an_input, an_output, make_graph
from tests.egress.servers import Seen, reply, serve
from tests.tidy.source import ROOT
from tests.wheels import build_wheel, install

PROJECT = ROOT / "examples" / "package"
TRANSLATE = "0d5b3c0e-52a4-4a57-9a5b-5a8f2d0c7b11"
GROUP = "deepl_api_key_credentials"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder into which the package was installed."""
    folder = tmp_path_factory.mktemp("site")
    install(build_wheel(PROJECT, tmp_path_factory.mktemp("wheel")), folder)
    return folder


def run(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python where the package is installed."""
    environment = {**os.environ, "PYTHONPATH": f"{site}:{ROOT}"}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_package_passes_its_own_tests_as_it_is_installed(site: Path, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "tests", tmp_path / "tests")
    done = run(site, tmp_path, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout


def test_the_command_line_says_what_the_package_gives(site: Path, tmp_path: Path) -> None:
    listed = run(site, tmp_path, "deploy", "blocks", "packages", "--json")
    blocks, provider = orjson.loads(listed.stdout)
    assert (listed.returncode, blocks["package"], blocks["problems"]) == (0, "drystone-deepl 0.1.0", [])
    assert blocks["blocks"] == ["DeepLTranslateBlock", "DeepLUsageBlock"]
    assert provider["providers"] == ["deepl"]
    checked = run(site, tmp_path, "deploy", "blocks", "check")
    assert (checked.returncode, checked.stdout) == (0, "Blocks: 2, examples: 3, not true: 0.\n"), checked.stderr


@pytest.fixture
def path(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the package on this process's path."""
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "drystone_deepl"]:
        del sys.modules[name]


@asynccontextmanager
async def having_packages(api: Api) -> AsyncIterator[Registry]:
    """Have the API and its workers with what installed packages add, inside the block."""
    tools, services, own = api.platform.tools, api.services, api.platform.registry
    registry = Registry(list(own), read_catalogue(), contributions((), ()))
    await _give(api, registry)
    try:
        yield registry
    finally:
        await _give(api, own)
    assert tools.registry is services.registry is own


async def _give(api: Api, registry: Registry) -> None:
    api.platform.registry = api.platform.tools.registry = api.services.registry = registry
    api.services.compiled = Compiled(registry.specs)
    api.platform.tools._plans.clear()


async def translate(seen: Seen, _writer: asyncio.StreamWriter) -> bytes:
    """Answer as DeepL documents it."""
    asked = orjson.loads(seen.body)
    headers = {name.lower(): value for name, value in seen.headers.items()}
    if (seen.method, seen.path, headers["authorization"]) != ("POST", "/v2/translate", "DeepL-Auth-Key a-key:fx"):
        return reply(403, b"{}")
    translation = {"detected_source_language": "EN", "text": f"de: {asked['text'][0]}"}
    return reply(200, orjson.dumps({"translations": [translation]}), {"content-type": "application/json"})


def translating() -> Any:
    nodes = {
        "text": an_input("text"),
        "translate": (TRANSLATE, {"target_language": "DE"}),
        "out": an_output(),
    }
    return make_graph(nodes, ["text.result -> translate.text", "translate.translation -> out.value"])


async def test_a_graph_with_its_blocks_runs_and_is_a_graph_with_placeholders_when_it_is_gone(
    api: Api, acme: Organisation, path: None
) -> None:
    owner, tools = acme.owner, api.platform.tools
    async with serve(translate) as server, reaching(api, server), having_packages(api) as registry:
        assert registry.find(TRANSLATE) is not None
        graph_id = await save(api, acme, translating())
        key = await make(owner, provider="deepl", **api_key("a-key:fx"))
        chosen = {"credentials": [{"key": GROUP, "credentialId": key["id"]}]}
        tools.base_urls = {"deepl": server.url}
        started = await start(owner, graph_id, {"text": "Hello"}, **chosen)
        assert await ended(owner, started["id"]) == "COMPLETED"
        (output,) = (await owner(OUTPUTS, id=started["id"]))["outputs"]
        assert [value["json"] for value in output["values"]] == ["de: Hello"]
        tools.base_urls = {}
    # It is not installed any more.
    refused = await owner(START, input={"graphId": graph_id, "inputs": {"text": "Hello"}, **chosen})
    assert refused["run"] is None
    assert TRANSLATE in str(refused["errors"])
    version = await owner(VERSION, graphId=graph_id, number=1)
    (problem,) = version["problems"]
    assert (problem["severity"], problem["nodeId"]) == ("WARNING", "translate"), problem
    exported = (await owner(EXPORT, id=graph_id))["document"]
    for document in (version["document"], exported):
        (node,) = [node for node in document["nodes"] if node["block_id"] == TRANSLATE]
        assert node["input_default"]["target_language"] == "DE"
        assert len(document["links"]) == 2
    # And is again.
    async with serve(translate) as server, reaching(api, server), having_packages(api):
        tools.base_urls = {"deepl": server.url}
        started = await start(owner, graph_id, {"text": "again"}, **chosen)
        assert await ended(owner, started["id"]) == "COMPLETED"
        tools.base_urls = {}
