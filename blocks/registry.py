"""Registry: the blocks of a process, as a value that `deploy` builds; it is no global and it never runs a block."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from importlib.resources import files
from types import ModuleType
from typing import Final

import orjson

from blocks.sdk.block import Block, BlockDefinitionError
from schema.block import BlockSpec, Kind
from schema.errors import BlockUnknown

#: Packages add blocks under this entry point group: the value is a module, a block class, or an iterable of classes.
ENTRY_POINT_GROUP: Final = "drystone.blocks"


class Registry:
    """The installed blocks by id, and the specs of all that are known, installed or not."""

    def __init__(self, blocks: Iterable[type[Block]], catalogue: Iterable[BlockSpec] = ()) -> None:
        self._blocks: dict[str, type[Block]] = {}
        self._names: dict[str, str] = {}
        for block in blocks:
            self._add(block)
        placeholders = {spec.id: spec for spec in catalogue}
        self.specs: Mapping[str, BlockSpec] = placeholders | {b.id: b.spec for b in self._blocks.values()}

    def _add(self, block: type[Block]) -> None:
        other = self._blocks.get(block.id)
        if other is not None and other is not block:
            raise BlockDefinitionError(f"{block.name} and {other.name} have the same id {block.id}.")
        taken = self._names.setdefault(block.name, block.id)
        if taken != block.id:
            raise BlockDefinitionError(f"Two blocks are named {block.name}: {taken} and {block.id}.")
        self._blocks[block.id] = block

    def get(self, block_id: str) -> type[Block]:
        """Give the block class; raise BlockUnknown naming the id (and the name, where the catalogue has it)."""
        found = self._blocks.get(block_id)
        if found is not None:
            return found
        spec = self.specs.get(block_id)
        named = f" ({spec.name})" if spec is not None else ""
        raise BlockUnknown(f"The block {block_id}{named} is not installed here.", block_id=block_id)

    def find(self, block_id: str) -> type[Block] | None:
        """Give the block class; None where it is not installed."""
        return self._blocks.get(block_id)

    def __iter__(self) -> Iterator[type[Block]]:
        return iter(sorted(self._blocks.values(), key=lambda block: block.name))

    def __len__(self) -> int:
        return len(self._blocks)


def discover(extra_modules: Iterable[str] = ()) -> Registry:
    """Build the registry of this installation: the library, other packages' entry points, the modules named, and the
    catalogue."""
    extra = [block for name in extra_modules for block in _blocks_of(importlib.import_module(name))]
    return Registry([*library_blocks(), *entry_point_blocks(), *extra], read_catalogue())


def library_blocks() -> Iterator[type[Block]]:
    """Give the blocks of every module of `blocks.library`."""
    package = importlib.import_module("blocks.library")
    for module in pkgutil.iter_modules(package.__path__, "blocks.library."):
        yield from _blocks_of(importlib.import_module(module.name))


def entry_point_blocks() -> Iterator[type[Block]]:
    """Give the blocks that installed packages add."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        loaded = point.load()
        if isinstance(loaded, ModuleType):
            yield from _blocks_of(loaded)
        elif isinstance(loaded, type) and issubclass(loaded, Block):
            yield loaded
        else:
            yield from loaded


def _blocks_of(module: ModuleType) -> Iterator[type[Block]]:
    for value in vars(module).values():
        is_block = isinstance(value, type) and issubclass(value, Block)
        if is_block and not value.is_abstract and value.__module__ == module.__name__:
            yield value


def read_catalogue() -> list[BlockSpec]:
    """Give a placeholder spec for each block that exported agents may name: facts only, made from the public catalogue."""
    rows = orjson.loads(files("blocks").joinpath("catalogue.json").read_bytes())
    return [_placeholder(row) for row in rows]


def _placeholder(row: Mapping[str, object]) -> BlockSpec:
    inputs, outputs, secret = row["input"], row["output"], row.get("secret", ())
    assert isinstance(inputs, dict)
    assert isinstance(secret, list | tuple)
    assert isinstance(outputs, list)
    return BlockSpec(
        id=str(row["id"]),
        name=str(row["name"]),
        categories=tuple(str(category) for category in row["categories"]),  # type: ignore[attr-defined]
        kind=_kind_of(str(row["type"])),
        input_schema={
            "type": "object",
            "properties": {name: {"title": name, **({"secret": True} if name in secret else {})} for name in inputs},
            "required": [name for name, is_required in inputs.items() if is_required],
        },
        output_schema={"type": "object", "properties": {name: {"title": name} for name in outputs}},
        static_output=bool(row["static"]),
        is_placeholder=True,
        has_dynamic_inputs=str(row["type"]) == "AGENT",
        has_dynamic_outputs=str(row["type"]) in ("AGENT", "AI"),
        is_sensitive=bool(row["sensitive"]),
    )


def _kind_of(block_type: str) -> Kind:
    if block_type.startswith("WEBHOOK"):
        return Kind.WEBHOOK
    return Kind(block_type) if block_type in Kind.__members__.values() else Kind.STANDARD
