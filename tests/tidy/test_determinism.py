"""Workflow code repeats itself on replay: no clock, chance, environment or order of a set is in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, package_sources, planted, refuse

#: What a replay would answer differently. `workflow.now`, `workflow.uuid4` and kin are Temporal's, and fine.
CLOCK_AND_CHANCE = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "uuid.uuid1", "uuid.uuid4", "schema.ids.new_id", "builtins.id", "id", "hash", "input", "open", "print",
}  # fmt: skip
MODULES = ("time", "random", "secrets", "os", "uuid_utils", "threading", "socket", "subprocess")

#: What gives the same answer whatever the order in which it is fed.
ORDERLESS = {"sorted", "any", "all", "sum", "min", "max", "len", "set", "frozenset"}
#: What keeps the order in which it is fed.
ORDERED = {"list", "tuple", "iter", "enumerate", "zip", "map", "filter", "dict", "dict.fromkeys", "reversed"}
SET_TYPES = {"set", "frozenset", "Set", "AbstractSet", "MutableSet", "FrozenSet"}


def unrepeatable(source: Source) -> list[str]:
    """Name each use of a clock, chance, the environment or the order of a set."""
    problems = []
    for node in source.nodes:
        if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        name = source.dotted(node)
        is_bare = isinstance(node, ast.Name)
        if is_bare and (name in source.definitions or (name in CLOCK_AND_CHANCE and not _is_called(source, node))):
            continue
        if name in CLOCK_AND_CHANCE or ("." in name and name.split(".")[0] in MODULES):
            problems.append(f"{source.at(node)} uses {name}")
    return problems + [f"{source.at(node)} depends on the order of a set" for node in _ordered_sets(source)]


def _is_called(source: Source, name: ast.Name) -> bool:
    return any(node.func is name for node, _ in source.calls())


def _ordered_sets(source: Source) -> Iterator[ast.AST]:
    known = _set_names(source)
    orderless = {
        argument
        for node, name in source.calls()
        if name in ORDERLESS
        for argument in node.args
        if isinstance(argument, ast.GeneratorExp | ast.ListComp)
    }
    for node in source.nodes:
        if isinstance(node, ast.For | ast.AsyncFor) and _is_set(node.iter, known):
            yield node
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp) and node not in orderless:
            yield from (part.iter for part in node.generators if _is_set(part.iter, known))
        elif isinstance(node, ast.Starred) and _is_set(node.value, known):
            yield node
        elif isinstance(node, ast.Call):
            if source.dotted(node.func) in ORDERED and any(_is_set(each, known) for each in node.args):
                yield node
            elif isinstance(node.func, ast.Attribute) and not node.args and node.func.attr == "pop":
                yield from [node] if _is_set(node.func.value, known) else []


def _set_names(source: Source) -> frozenset[str]:
    """Give the names that hold sets somewhere in the module: annotated as one, or assigned one."""
    found: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.AnnAssign) and _is_set_type(node.annotation):
            found.add(_key(node.target))
        elif isinstance(node, ast.arg) and node.annotation is not None and _is_set_type(node.annotation):
            found.add(node.arg)
        elif isinstance(node, ast.Assign) and _is_set(node.value, frozenset()):
            found.update(_key(target) for target in node.targets)
    return frozenset(found - {""})


def _is_set_type(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    return isinstance(annotation, ast.Name) and annotation.id in SET_TYPES


def _is_set(value: ast.expr, known: frozenset[str]) -> bool:
    if isinstance(value, ast.Set | ast.SetComp):
        return True
    if isinstance(value, ast.Call):
        called = value.func
        if isinstance(called, ast.Attribute) and called.attr in ("union", "difference", "intersection"):
            return True
        return isinstance(called, ast.Name) and called.id in ("set", "frozenset")
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub | ast.BitAnd | ast.BitOr | ast.BitXor):
        return any(_is_set(side, known) or _is_view(side) for side in (value.left, value.right))
    return _key(value) in known


def _is_view(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("keys", "items")
    )


def _key(target: ast.expr) -> str:
    """Give `name` for a variable and `.name` for an attribute of anything; the two are never confused."""
    if isinstance(target, ast.Name):
        return target.id
    return f".{target.attr}" if isinstance(target, ast.Attribute) else ""


def test_workflow_code_is_repeatable() -> None:
    sources = [source for source in package_sources() if source.package() == "workflows"]
    refuse([problem for source in sources for problem in unrepeatable(source)])


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "import time\ntime.time()",
        "from time import monotonic\nmonotonic()",
        "import random\nrandom.choice(a)",
        "from uuid import uuid4\nuuid4()",
        "from schema.ids import new_id\nnew_id()",
        "import os\nos.environ['A']",
        "import os\nos.path.exists('a')",
        "order = hash(name)",
        "for a in {1, 2}: ...",
        "for a in set(b): ...",
        "ready: set[str] = make()\nfirst = list(ready)",
        "ready = {a for a in b}\nrows = [a for a in ready]",
        "def give(waiting: frozenset[int]):\n    return tuple(waiting)",
        "self.ready = set()\nself.ready.pop()",
        "rows = [a for a in left.keys() - right]",
        "call(*{1, 2})",
    ],
)
def test_what_a_replay_would_change_is_seen(text: str) -> None:
    assert unrepeatable(planted(text, "workflows.planted"))


@pytest.mark.parametrize(
    "text",
    [
        "from temporalio import workflow\nworkflow.now(); workflow.uuid4(); workflow.random().random()",
        "for a in sorted({1, 2}): ...",
        "ready: set[str] = set()\nok = any(a for a in ready) and 'x' in ready and {a for a in ready}",
        "id = 1\nuse(id=id)",
        "from datetime import datetime, timedelta\ntimedelta(seconds=1)",
        "for a in {'k': 1}: ...\nrows.pop()",
    ],
)
def test_what_repeats_is_fine(text: str) -> None:
    assert not unrepeatable(planted(text, "workflows.planted"))
