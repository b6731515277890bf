"""Packages that add blocks: what is broken of them is left out with a reason, and all else is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blocks import packages
from blocks.library.maths import Calculator
from blocks.packages import Contribution
from blocks.providers.finding import oauth_facts, providers
from blocks.providers.github import GITHUB
from blocks.registry import Registry, discover, library_blocks

#: A block as a module has it; its name, id and what stands before it are filled in.
MODULE = '''
from blocks.sdk import Block, BlockInput, BlockOutput, Example, pin
{before}
class {name}(Block):
    """Give it back."""
    id = "{id}"
    name = "{name}Block"
    class Input(BlockInput):
        value: str = pin(description="It.")
    class Output(BlockOutput):
        value: str = pin(description="It.")
    examples = (Example(input={{"value": "a"}}, output=[("value", "a")]),)
    async def run(self, inputs, context):
        yield "value", inputs.value
{after}
'''
ONE, TWO = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
Write = Callable[..., Path]


def module(name: str = "Echo", id: str = ONE, before: str = "", after: str = "") -> str:
    return MODULE.format(name=name, id=id, before=before, after=after)


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Write files below a folder; what was loaded from there is forgotten at the end."""
    known, path = set(sys.modules), list(sys.path)

    def write_files(**files: str) -> Path:
        for name, text in files.items():
            file = tmp_path / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_suffix(".py" if not file.name.endswith("pyproject") else ".toml").write_text(text)
        return tmp_path

    yield write_files
    sys.path[:] = path
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture
def installed(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Registry]:
    """Have packages installed, each by its entry point's value and its module's text; give the registry."""

    def install(**entries: tuple[str, str]) -> Registry:
        for name, (entry, text) in entries.items():
            write(**{f"site__{entry.partition(':')[0]}": text})
            facts = tmp_path / "site" / f"{name}-1.0.dist-info"
            facts.mkdir()
            (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            group = "providers" if ":" in entry and entry.endswith("PROVIDER") else "blocks"
            (facts / "entry_points.txt").write_text(f"[drystone.{group}]\n{name} = {entry}\n")
        monkeypatch.syspath_prepend(tmp_path / "site")
        return discover()

    return install


def only(registry: Registry, source: str) -> Contribution:
    (found,) = [one for one in registry.contributions if one.source == source]
    return found


def test_a_package_adds_a_module_a_class_or_a_list_of_blocks(installed) -> None:
    registry = installed(
        first=("echo_one", module()),
        second=("echo_two:Reply", module("Reply", TWO)),
        third=("echo_three:SOME", module("Third", f"{TWO[:-1]}3", after="SOME = (Third,)")),
    )
    assert [only(registry, f"{name} 1.0").problems for name in ("first", "second", "third")] == [(), (), ()]
    assert {"EchoBlock", "ReplyBlock", "ThirdBlock"} <= {block.name for block in registry}


#: What may be wrong with a package: its module's text, and what the reason says.
BROKEN = {
    "an import that fails": ("import nowhere_to_be_found\n", "No module named 'nowhere_to_be_found'"),
    "a syntax error": ("x = (\n", "'(' was never closed"),
    "an end of the process": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "a bad definition": (module(id="no id"), "is not a UUID"),
    "an error without a text": (
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd\n",
        "its text cannot be had",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_package_is_left_out_with_its_reason_and_place_and_all_else_is_there(installed, what: str) -> None:
    text, reason = BROKEN[what]
    registry = installed(broken=("broken_one", text), sound=("sound_one", module("Sound", TWO)))
    (problem,) = only(registry, "broken 1.0").problems
    assert reason in problem
    assert "broken_one.py, line " in problem
    assert only(registry, "sound 1.0").blocks == (registry.get(TWO),)
    assert {block.id for block in library_blocks()} <= {block.id for block in registry}


def test_the_place_of_a_bad_class_is_the_line_in_it(installed) -> None:
    text = module(before="", after="").replace('description="It.")', 'colour="It.", **1)', 1)
    (problem,) = only(installed(broken=("broken_two", text)), "broken 1.0").problems
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "**1" in line)
    assert f"broken_two.py, line {line}" in problem


def test_the_library_wins_over_a_package_by_id_and_by_name_and_the_package_keeps_its_rest(installed) -> None:
    thief = module("Thief", Calculator.id)
    namesake = module("Calculator", ONE).split("\n", 2)[2]
    sound = module("Sound", TWO).split("\n", 2)[2]
    registry = installed(thief=("thief_one", thief + namesake + sound))
    assert registry.get(Calculator.id) is Calculator
    assert registry.find(ONE) is None
    assert registry.find(TWO) is not None
    by_id, by_name = sorted(only(registry, "thief 1.0").problems, reverse=True)
    assert by_id.startswith("ThiefBlock is left out.")
    assert by_name.startswith("CalculatorBlock is left out.")


def test_of_two_packages_with_the_same_block_the_first_by_name_has_it(installed) -> None:
    registry = installed(zebra=("zebra_one", module("Zebra", ONE)), ant=("ant_one", module("Ant", ONE)))
    assert registry.get(ONE).name == "AntBlock"
    assert only(registry, "zebra 1.0").problems != ()


def test_an_entry_that_is_no_block_or_never_ends_is_left_out(installed, monkeypatch) -> None:
    monkeypatch.setattr(packages, "GIVEN_MAX", 20)
    endless = "def more():\n    while True:\n        yield Echo\nMORE = more()"
    registry = installed(
        number=("number_one:SEVEN", "SEVEN = [7]\n"), endless=("endless_one:MORE", module(after=endless))
    )
    assert "7 is no block" in only(registry, "number 1.0").problems[0]
    assert "at most 20" in only(registry, "endless 1.0").problems[0]


PROVIDER = """
from blocks.sdk.providers import Provider
PROVIDER = Provider(name="{name}", title="Mine", base_url="https://mine.example.com"{more})
"""
OAUTH = """, oauth=OAuthEndpoints("https://mine.example.com/authorize", "https://mine.example.com/token")"""


def test_a_package_adds_a_provider_and_never_replaces_one_of_the_library(installed) -> None:
    registry = installed(
        mine=("provider_one:PROVIDER", PROVIDER.format(name="mine", more="")),
        thief=("provider_two:PROVIDER", PROVIDER.format(name=GITHUB.name, more="")),
        odd=("provider_three:PROVIDER", "PROVIDER = 7"),
    )
    assert [provider.name for provider in only(registry, "mine 1.0").providers] == ["mine"]
    assert only(registry, "thief 1.0").problems == ("The provider github is there already.",)
    assert "not iterable" in only(registry, "odd 1.0").problems[0]
    providers.cache_clear()
    assert providers()["mine"].title == "Mine"
    assert providers()[GITHUB.name] is GITHUB
    providers.cache_clear()


def test_a_folders_provider_has_its_place_of_sign_in(write: Write) -> None:
    project = '[project]\nname = "x"\n[project.entry-points."drystone.providers"]\nx = "provider_four:PROVIDER"\n'
    text = PROVIDER.format(name="four", more=OAUTH).replace("import Provider", "import OAuthEndpoints, Provider")
    folder = write(pyproject=project, provider_four=text)
    assert oauth_facts((folder,))["four"]["token_url"] == "https://mine.example.com/token"
    assert "four" not in oauth_facts()


def test_a_folder_adds_the_project_of_a_package_without_an_installation(write: Write) -> None:
    project = '[project]\nname = "x"\n[project.entry-points."drystone.blocks"]\nx = "project_one.inner"\n'
    folder = write(pyproject=project, src__project_one____init__="", src__project_one__inner=module())
    registry = discover(folders=[folder])
    assert only(registry, str(folder)).blocks == (registry.get(ONE),)
    assert packages.home_of(only(registry, str(folder)).module) == folder / "src" / "project_one"


def test_a_folder_of_modules_adds_those_that_are_no_tests(write: Write) -> None:
    folder = write(
        loose_one=module(), test_loose="raise SystemExit\n", conftest="raise SystemExit\n", _own="raise SystemExit\n"
    )
    registry = discover(folders=[folder])
    assert [one.entry for one in registry.contributions if one.source == str(folder)] == ["loose_one"]
    assert registry.find(ONE) is not None


def test_a_module_of_a_folder_never_takes_the_place_of_another(write: Write) -> None:
    folder = write(blocks=module(), json=module("Other", TWO))
    registry = discover(folders=[folder])
    told = {one.entry: one.problems for one in registry.contributions}
    assert "The name blocks is taken by" in told["blocks"][0]
    assert "The name json is taken by" in told["json"][0]
    assert sys.modules["json"].dumps


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"pyproject": "[project"}, "gives no block"),
        ({"pyproject": '[project]\nname = "x"\n'}, "drystone.blocks"),
        ({"absent__x": ""}, "no such folder"),
    ],
)
def test_a_folder_that_gives_nothing_says_why(write: Write, files: dict[str, str], reason: str) -> None:
    folder = write(**files)
    folder = folder / "nowhere" if "absent__x" in files else folder
    assert reason in only(discover(folders=[folder]), str(folder)).problems[0]


def test_a_module_that_is_set_and_missing_stops_nothing() -> None:
    registry = discover(["nowhere.to.be.found"])
    assert "nowhere" in only(registry, "DRYSTONE_EXTRA_BLOCK_MODULES").problems[0]
    assert len(registry) >= len(list(library_blocks()))


#: What is imported when a block needs it, and never to know the blocks.
HEAVY = (
    "anthropic", "feedparser", "google.genai", "jinja2", "mcp", "numpy", "openai", "pandas", "pg8000", "pydantic_monty",
    "pymysql", "pyseccomp", "python_calamine", "aiosmtplib", "sqlalchemy", "temporalio", "fastapi", "strawberry",
)  # fmt: skip
#: Processor seconds for all of it: a third of a second where nothing else runs.
IMPORT_SECONDS_MAX = 3.0


def loaded(code: str) -> tuple[set[str], float]:
    """Run code in a process of its own; give the heavy modules that it loads, and its processor seconds."""
    tell = f"import sys, time; print(time.process_time(), *(n for n in {HEAVY!r} if n in sys.modules))"
    run = [sys.executable, "-c", f"{code}; {tell}"]
    seconds, *names = subprocess.run(run, check=True, capture_output=True, text=True, cwd=Path.cwd()).stdout.split()
    return set(names), float(seconds)


def test_knowing_the_blocks_loads_nothing_heavy_and_takes_under_a_second() -> None:
    names, seconds = loaded("from blocks.registry import discover; discover()")
    assert names == set()
    assert seconds < IMPORT_SECONDS_MAX


def test_what_is_heavy_is_seen() -> None:
    assert loaded("import openai, feedparser")[0] >= {"openai", "feedparser"}


@pytest.mark.parametrize(
    "text",
    [
        "project = 1",
        "project = []",
        "[project]\nentry-points = 3",
        '[project.entry-points]\n"drystone.blocks" = ["a"]',
        "deep = " + "[" * 5_000 + "]" * 5_000,
        '[project.entry-points."drystone.blocks"]\na = "!"',
    ],
    ids=["a number", "a list", "no table of groups", "no table of names", "deep", "no module"],
)
def test_a_project_that_says_something_else_than_tables_stops_nothing(write: Write, text: str) -> None:
    folder = write(pyproject=text)
    found = [one for one in packages.contributions((), (folder,)) if one.source == str(folder)]
    assert len(found) == 1
    assert found[0].problems
    assert [one for one in packages.provider_contributions((folder,)) if one.source == str(folder)] == []
