"""Source: one parsed module, and the questions that the tidy tests ask of it; never imports what it reads."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "workflows", "activities", "blocks", "schema", "deploy")
#: Code that is not part of the product but is held to most of the same rules.
ASIDE = ("tests", "bench", "examples")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A module: its dotted name, its path below the checkout, and its text."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        # A collection within the parser may end a greenlet that another test left, which changes the depth of recursion under it:
        # CPython 3.11 takes that for its own mistake ("AST constructor recursion depth mismatch", seen twice).
        gc.disable()
        try:
            return ast.parse(self.text, self.path)
        finally:
            gc.enable()

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def bindings(self) -> dict[str, str]:
        """Give local name -> dotted origin for every import, wherever in the module it stands."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    @cached_property
    def definitions(self) -> frozenset[str]:
        """Give the names that the module defines itself: they hide a builtin of the same name."""
        return frozenset(node.name for node in self.nodes if isinstance(node, Function | ast.ClassDef))

    def package(self) -> str:
        return self.name.split(".")[0]

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def dotted(self, node: ast.AST) -> str:
        """Give `datetime.datetime.now` for a name or attribute, through the imports; "" for anything else."""
        if isinstance(node, ast.Name):
            return self.bindings.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Yield every call with the dotted name of what it calls."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, self.dotted(node.func)

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Yield every import with its dotted target: `from a import b` is `a.b`."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node, alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield node, f"{node.module}.{alias.name}"

    def functions(self) -> Iterator[Function]:
        yield from (node for node in self.nodes if isinstance(node, Function))

    def owners(self) -> dict[ast.AST, str]:
        """Give for each node inside a function the name of the innermost one."""
        found: dict[ast.AST, str] = {}
        # ast.walk is breadth first: an inner function overwrites its outer one.
        for function in self.functions():
            found.update((node, function.name) for part in function.body for node in ast.walk(part))
        return found


def planted(text: str, name: str = "api.planted") -> Source:
    """Give a module that exists only here: the bad example on which a check must be seen to fail."""
    return Source(name, name.replace(".", "/") + ".py", text)


@cache
def package_sources() -> tuple[Source, ...]:
    return tuple(source for package in PACKAGES for source in _read(package))


@cache
def aside_sources() -> tuple[Source, ...]:
    return tuple(source for folder in ASIDE for source in _read(folder))


def _read(folder: str) -> Iterator[Source]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        relative = path.relative_to(ROOT)
        parts = relative.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield Source(name, relative.as_posix(), path.read_text(encoding="utf-8"))


def refuse(problems: list[str]) -> None:
    """Fail with every problem on a line of its own; say nothing where there is none."""
    assert not problems, "\n" + "\n".join(problems)
