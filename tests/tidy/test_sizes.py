"""Files and functions stay small: the large are reported, the very large are refused."""

from __future__ import annotations

import ast

import pytest

from tests.tidy.source import Function, Source, aside_sources, package_sources, planted, refuse

#: Lines: over the first number it is reported, over the second refused. STYLE.md says what to aim at.
FILE_LINES = (400, 600)
FUNCTION_LINES = (60, 100)


def large_files(source: Source, limit: int) -> list[str]:
    """Name the module if it has more lines than the limit."""
    count = len(source.lines)
    return [f"{source.path} has {count} lines"] if count > limit else []


def large_functions(source: Source, limit: int) -> list[str]:
    """Name the functions with more lines than the limit, their docstrings and decorators not counted."""
    problems = []
    for function in source.functions():
        count = (function.end_lineno or 0) - _first_line(function) + 1
        if count > limit:
            problems.append(f"{source.at(function)}: {function.name} has {count} lines")
    return problems


def _first_line(function: Function) -> int:
    if ast.get_docstring(function) is None or len(function.body) < 2:
        return function.lineno
    return function.body[0].end_lineno or function.lineno


def test_sizes_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    # A migration is a list of tables; to split it would help nobody.
    sources = [s for s in (*package_sources(), *aside_sources()) if "/migrations/versions/" not in str(s.path)]
    large = [
        problem
        for source in sources
        for problem in large_files(source, FILE_LINES[0]) + large_functions(source, FUNCTION_LINES[0])
    ]
    if large:
        with capsys.disabled():
            print("\nLarge (to think about, not an error):", *large, sep="\n  ")
    refuse(
        [
            problem
            for source in sources
            for problem in large_files(source, FILE_LINES[1]) + large_functions(source, FUNCTION_LINES[1])
        ]
    )


def test_a_large_file_is_seen() -> None:
    assert large_files(planted("pass\n" * 601), FILE_LINES[1])
    assert not large_files(planted("pass\n" * 600), FILE_LINES[1])


def test_a_large_function_is_seen() -> None:
    assert large_functions(planted("def run():\n" + "    pass\n" * 100), FUNCTION_LINES[1])
    assert large_functions(planted("class A:\n  async def run(self):\n" + "    pass\n" * 100), FUNCTION_LINES[1])
    docstring = '    """' + "words\n" * 90 + '    """\n'
    assert not large_functions(planted("def run():\n" + docstring + "    pass\n" * 90), FUNCTION_LINES[1])
