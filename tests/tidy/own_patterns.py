"""The patterns (regular expressions) of our own code, how each is used, and texts that would hurt it; it never judges them.

A text that hurts a backtracking matcher is made of what the pattern itself repeats: for each repetition in it, what leads there,
then its body over and over, then what matches nowhere (Davis et al., "The Impact of Regular Expression Denial of Service", 2018).
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# The parser of `re` itself: there is no other that reads the same language.
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from tests.tidy.source import Source

METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
#: A repetition that may go on for more than this is one that may go on.
FEW = 16
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


@dataclass(frozen=True)
class Used:
    """A pattern, where it stands, and the methods by which it is matched."""

    at: str
    #: Its name in its module; "" where it has none.
    name: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


def own_patterns(sources: Iterable[Source]) -> Iterator[Used]:
    """Yield every pattern that stands in the code as a constant, or that a module makes when it is imported."""
    for source in sources:
        for node, name in source.calls():
            if not name.startswith("re.") or name.partition(".")[2] not in ("compile", *METHODS):
                continue
            found = _of_call(source, node, name)
            if found is not None:
                yield found


def unknown_patterns(source: Source) -> list[str]:
    """Name the patterns that are made while the program runs: nobody can read them here."""
    return [
        f"{source.at(node)} makes a pattern of {ast.unparse(node.args[0])[:60]}"
        for node, name in source.calls()
        if name.startswith("re.") and name.partition(".")[2] in ("compile", *METHODS) and node.args
        and not isinstance(node.args[0], ast.Constant) and _name_of(source, node) is None
    ]  # fmt: skip


def _of_call(source: Source, node: ast.Call, name: str) -> Used | None:
    method = name.partition(".")[2]
    if method == "compile":
        target = _name_of(source, node)
        if target is None:
            return None
        pattern = getattr(importlib.import_module(source.name), target)
        return (
            Used(source.at(node), target, pattern, _methods_of(source, target))
            if isinstance(pattern, re.Pattern)
            else None
        )
    first = node.args[0]
    return Used(source.at(node), "", re.compile(first.value), (method,)) if isinstance(first, ast.Constant) else None


def _name_of(source: Source, node: ast.Call) -> str | None:
    """Give the module's name that is given the compiled pattern."""
    for statement in source.tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is node:
            target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            return target.id if isinstance(target, ast.Name) else None
    return None


def _methods_of(source: Source, target: str) -> tuple[str, ...]:
    found = {
        node.func.attr
        for node, _ in source.calls()
        if isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == target
    }
    # One that is handed on, or used elsewhere, is tried both ways.
    return tuple(sorted(found & set(METHODS))) or ("match", "search")


def nested(pattern: str | bytes, flags: int = 0) -> bool:
    """Say whether a repetition that may go on stands in another one: what may take exponential time."""
    return _is_nested(parser.parse(pattern, flags & ~re.DEBUG), False)


def _is_nested(parts: Any, is_inside: bool) -> bool:
    for code, arguments in parts:
        if code is codes.POSSESSIVE_REPEAT or code is codes.ATOMIC_GROUP:
            continue  # It gives nothing back, so it is tried once.
        if code in REPEATS:
            low, high, body = arguments
            goes_on = high - low > FEW
            if (goes_on and is_inside) or _is_nested(body, is_inside or goes_on):
                return True
        elif any(_is_nested(body, is_inside) for body in _bodies(code, arguments)):
            return True
    return False


def _bodies(code: Any, arguments: Any) -> list[Any]:
    if code is codes.SUBPATTERN:
        return [arguments[-1]]
    if code is codes.BRANCH:
        return list(arguments[1])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [arguments[1]]
    return []


def hurting(pattern: re.Pattern[Any], characters: int) -> Iterator[str]:
    """Yield texts of so many characters that are made to hurt a pattern."""
    parts = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG & ~re.UNICODE)
    whole = _sample(parts) or "a"
    pumps = {(lead, body) for lead, body in _pumps(parts, "") if body}
    # A search begins anew at each place that looks like the beginning, and each time reads on to the end.
    beginnings = {("", lead + body) for lead, body in pumps if lead}
    for lead, body in sorted(pumps | beginnings | {("", whole), ("", whole[:-1] or "a")}):
        for end in ("", "\x01!", "\n"):
            yield (lead + body * (characters // len(body) + 1))[:characters] + end
    yield from (
        "a" * characters,
        " " * characters,
        "0" * characters + "x",
        "\\" * characters,
        '"' * characters,
        "\n" * characters,
    )


def _pumps(parts: Any, lead: str) -> Iterator[tuple[str, str]]:
    for code, arguments in parts:
        if code in (*REPEATS, codes.POSSESSIVE_REPEAT):
            body = arguments[2]
            if arguments[1] - arguments[0] > FEW:
                yield lead, _sample(body) or "a"
            yield from _pumps(body, lead)
        for body in _bodies(code, arguments):
            yield from _pumps(body, lead)
        lead += _sample([(code, arguments)])


def _sample(parts: Any) -> str:
    """Give a short text that these parts match, as far as that is easy to say."""
    return "".join(_sample_of(code, arguments) for code, arguments in parts)


def _sample_of(code: Any, arguments: Any) -> str:
    if code is codes.LITERAL:
        return chr(arguments)
    if code is codes.NOT_LITERAL:
        return "a" if arguments != ord("a") else "b"
    if code is codes.ANY:
        return "a"
    if code is codes.IN:
        return _one_of(arguments)
    if code in (*REPEATS, codes.POSSESSIVE_REPEAT):
        return _sample(arguments[2]) * max(1, arguments[0])
    if code is codes.ATOMIC_GROUP:
        return _sample(arguments)
    bodies = _bodies(code, arguments)
    is_behind = code is codes.ASSERT and arguments[0] < 0
    return _sample(bodies[0]) if bodies and code is not codes.ASSERT_NOT and not is_behind else ""


def _one_of(items: Any) -> str:
    """Give a character of a set."""
    if items and items[0][0] is codes.NEGATE:
        return next(c for c in "a0 -_.;,\"'\\\n" if not any(_has(item, c) for item in items[1:]))
    code, argument = items[0]
    if code is codes.LITERAL:
        return chr(argument)
    if code is codes.RANGE:
        return chr(argument[0])
    return {codes.CATEGORY_DIGIT: "0", codes.CATEGORY_SPACE: " "}.get(argument, "a")


def _has(item: Any, character: str) -> bool:
    code, argument = item
    if code is codes.LITERAL:
        return ord(character) == argument
    if code is codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    kinds = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w",
             codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
    return re.match(kinds[argument], character) is not None
