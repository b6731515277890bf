"""Names say what a thing is, and each module begins with a sentence that does."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.source import Source, aside_sources, package_sources, planted, refuse

#: Words that name no idea; STYLE.md, "Names".
BANNED_WORDS = {
    "manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities",
    "common", "base", "misc",
}  # fmt: skip

#: Names that another library or the file format gives, or where the word is not the empty one: name -> why.
ALLOWED_NAMES = {
    "base_name": "the format's own term: a dynamic pin's name without its path",
    "Base": "SQLAlchemy's customary name for the declarative class",
    "AirtableCreateBase": "a base is what Airtable calls a set of tables",
}

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def words(name: str) -> set[str]:
    """Give the words of a snake_case, CamelCase or dotted name, in lower case."""
    return {word.lower() for word in _WORD.findall(name)}


def empty_names(source: Source) -> list[str]:
    """Name the module, classes and functions whose names have a banned word."""
    problems = []
    if bad := words(source.name) & BANNED_WORDS:
        problems.append(f"{source.path} is named {sorted(bad)}")
    for node in source.nodes:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name not in ALLOWED_NAMES and (bad := words(node.name) & BANNED_WORDS):
            problems.append(f"{source.at(node)}: {node.name} has {sorted(bad)}")
    return problems


def silent_module(source: Source) -> list[str]:
    """Say what is wrong with a module's first line: it is a sentence of at least three words."""
    if source.path.endswith("__init__.py") and not source.text.strip() and source.package() == "tests":
        return []
    docstring = ast.get_docstring(source.tree)
    if not docstring:
        return [f"{source.path} has no docstring"]
    first = docstring.splitlines()[0].strip()
    if not re.search(r"[.!?]$", first) or len(first.split()) < 3 or _is_lower(first.split()[0]):
        return [f"{source.path}: the first line is not a sentence: {first!r}"]
    return []


def _is_lower(word: str) -> bool:
    """Tell whether a word is plain and lower case: a name (`check()`, `run_node`) may begin a sentence."""
    return word.isalpha() and word[0].islower()


def test_names_have_no_empty_words() -> None:
    refuse([problem for source in package_sources() for problem in empty_names(source)])


def test_every_module_begins_with_a_sentence() -> None:
    sources = (*package_sources(), *aside_sources())
    refuse([problem for source in sources for problem in silent_module(source)])


@pytest.mark.parametrize(
    "text",
    ["class RunManager: ...", "def parse_helper(): ...", "async def misc(): ...", "class HTTPUtil: ..."],
)
def test_an_empty_name_is_seen(text: str) -> None:
    assert empty_names(planted(text))


def test_an_empty_module_name_is_seen() -> None:
    assert empty_names(planted("", "schema.utils"))
    assert not empty_names(planted("def database(): ...\nclass Baseline: ...\ndef base_name(): ...", "schema.database"))


@pytest.mark.parametrize(
    "text", ["", "import json", '"""Runs."""', '"""A line that\ngoes on."""', '"""no capital here."""']
)
def test_a_silent_module_is_seen(text: str) -> None:
    assert silent_module(planted(text))
    assert not silent_module(planted('"""Runs a node; never decides."""'))
