"""Packages: what others add to the library, loaded one by one; what is broken is left out, says why, and stops nothing.

Three ways lead here: the entry points of installed packages, modules that a setting names, and folders, each the project of a
package or a place of loose modules. Loading runs their code: whoever adds a package trusts it as they trust this one.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from blocks.sdk.block import Block, BlockDefinitionError
from blocks.sdk.providers import Provider
from blocks.sdk.stepping import text_of

#: Packages add blocks under this entry point group: the value is a module, a block class, or an iterable of classes.
BLOCKS_GROUP: Final = "drystone.blocks"
#: Packages add providers under this one: the value is a Provider, or an iterable of them.
PROVIDERS_GROUP: Final = "drystone.providers"
#: Blocks or providers that one entry point may give: more is a generator that does not end.
GIVEN_MAX: Final = 10_000
#: Modules that lie beside blocks in a folder and are not theirs.
_NOT_BLOCKS: Final = frozenset({"conftest", "setup", "tests"})


@dataclass(frozen=True)
class Contribution:
    """What one entry of one source gave, and what was left out of it, each in a sentence."""

    #: A package with its version, a setting or a folder.
    source: str
    #: What was loaded: `module` or `module:name`.
    entry: str
    blocks: tuple[type[Block], ...] = ()
    providers: tuple[Provider, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Give the top of the package that it comes from."""
        return self.entry.partition(":")[0].partition(".")[0]


def contributions(modules: Iterable[str], folders: Iterable[Path]) -> Iterator[Contribution]:
    """Give the blocks that installed packages, these modules and these folders add."""
    importlib.invalidate_caches()  # A folder may have been written since this process last looked.
    yield from _of_installed_packages(BLOCKS_GROUP)
    for name in modules:
        yield _loaded("DRYSTONE_EXTRA_BLOCK_MODULES", EntryPoint(name, name, BLOCKS_GROUP))
    for folder in folders:
        yield from _of_folder(folder.absolute(), BLOCKS_GROUP)


def provider_contributions(folders: Iterable[Path]) -> Iterator[Contribution]:
    """Give the providers that installed packages and the projects in these folders add."""
    yield from _of_installed_packages(PROVIDERS_GROUP)
    for folder in folders:
        if (folder / "pyproject.toml").exists():
            yield from _of_folder(folder.absolute(), PROVIDERS_GROUP)


def blocks_of(module: ModuleType) -> Iterator[type[Block]]:
    """Give the blocks that a module, or a package's module below it, defines; not those that it only uses."""
    for value in vars(module).values():
        if _is_block(value) and f"{value.__module__}.".startswith(f"{module.__name__}."):
            yield value


def home_of(module: str) -> Path | None:
    """Give the folder of a top-level package, or the file of a module; None where it is nowhere to be found."""
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        return None
    if found is None:
        return None
    places = list(found.submodule_search_locations or ())
    return Path(places[0]) if places else Path(found.origin) if found.has_location and found.origin else None


def said(error: BaseException) -> str:
    """Say what went wrong, and in which line of whose file."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    what = error.message if isinstance(error, BlockDefinitionError) else f"{type(error).__name__}: {text_of(error)}"
    place = _place_of(error)
    return what if place is None else f"{what} ({place})"


def _place_of(error: BaseException) -> str | None:
    """Give the last line of the module that was being loaded last, such as one of a class in it; None where none was."""
    place, file, traceback = None, None, error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_name == "<module>":
            file = code.co_filename
        if code.co_filename == file:
            place = f"{file}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _of_installed_packages(group: str) -> Iterator[Contribution]:
    found = entry_points(group=group)
    for point in sorted(found, key=lambda point: (_package_of(point), point.name, point.value)):
        yield _loaded(_package_of(point), point)


def _package_of(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "(unknown)"


def _of_folder(folder: Path, group: str) -> Iterator[Contribution]:
    project = folder / "pyproject.toml"
    try:
        points = _declared(project, group) if project.exists() else _loose(folder)
    # Broken TOML or text is a ValueError, or nests too deep; and a table may be something else than a table.
    except (OSError, ValueError, AttributeError, RecursionError, BlockDefinitionError) as error:
        if group == BLOCKS_GROUP:  # Once is enough.
            yield Contribution(str(folder), project.name, problems=(f"{folder} gives no block: {said(error)}",))
        return
    root = folder / "src" if project.exists() and (folder / "src").is_dir() else folder
    if str(root) not in sys.path:
        sys.path.append(str(root))  # Last: nothing in it takes the place of another module.
    for point in points:
        yield _loaded(str(folder), point, root)


def _declared(project: Path, group: str) -> list[EntryPoint]:
    """Give the entry points of a group that a project's file names."""
    document = tomllib.loads(project.read_text(encoding="utf-8"))
    groups = document.get("project", {}).get("entry-points", {})
    if groups.keys().isdisjoint((BLOCKS_GROUP, PROVIDERS_GROUP)):
        raise BlockDefinitionError(f'its pyproject.toml has no [project.entry-points."{group}"].')
    return [EntryPoint(name, str(value), group) for name, value in groups.get(group, {}).items()]


def _loose(folder: Path) -> list[EntryPoint]:
    """Give the modules of a folder, those left out that are tests or private."""
    if not folder.is_dir():
        raise BlockDefinitionError("there is no such folder.")
    names = [found.name for found in pkgutil.iter_modules([str(folder)])]
    kept = [name for name in names if name not in _NOT_BLOCKS and not name.startswith(("_", "test_"))]
    return [EntryPoint(name, name, BLOCKS_GROUP) for name in kept]


def _loaded(source: str, point: EntryPoint, root: Path | None = None) -> Contribution:
    """Load what an entry names; `root` is where it must come from, if that is known."""
    try:
        _check_home(point, root)
        loaded = point.load()
        if point.group == PROVIDERS_GROUP:
            return Contribution(source, point.value, providers=tuple(_providers_in(loaded)))
        return Contribution(source, point.value, tuple(_blocks_in(loaded)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - another's code may raise anything; it must stop nobody else.
        return Contribution(source, point.value, problems=(said(error),))


def _check_home(point: EntryPoint, root: Path | None) -> None:
    top = point.value.partition(":")[0].partition(".")[0].strip()
    home = home_of(top) if root is not None else None
    if root is not None and home is not None and root.resolve() not in home.resolve().parents:
        raise BlockDefinitionError(f"The name {top} is taken by {home}; give yours another.")


def _blocks_in(loaded: Any) -> Iterator[type[Block]]:
    if isinstance(loaded, ModuleType):
        yield from blocks_of(loaded)
        return
    for value in [loaded] if isinstance(loaded, type) else _bounded(loaded):
        if not _is_block(value):
            raise BlockDefinitionError(f"{value!r:.100} is no block: name a module, a block class or a list of them.")
        yield value


def _providers_in(loaded: Any) -> Iterator[Provider]:
    for value in [loaded] if isinstance(loaded, Provider) else _bounded(loaded):
        if not isinstance(value, Provider):
            raise BlockDefinitionError(f"{value!r:.100} is no provider: name a Provider or a list of them.")
        yield value


def _bounded(loaded: Iterable[Any]) -> list[Any]:
    given = list(islice(loaded, GIVEN_MAX + 1))
    if len(given) > GIVEN_MAX:
        raise BlockDefinitionError(f"One entry point gives at most {GIVEN_MAX}.")
    return given


def _is_block(value: Any) -> bool:
    # Of an abstract class `issubclass` asks each of its subclasses, so that it would cost the square of the blocks.
    return isinstance(value, type) and Block in value.__mro__ and not getattr(value, "is_abstract", True)
