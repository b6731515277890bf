"""Registry: the blocks of a process, as a value that `deploy` builds; it is no global and it never runs a block."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import orjson

from blocks.packages import Contribution, blocks_of, contributions
from blocks.providers.finding import judged_providers
from blocks.sdk.block import Block, BlockDefinitionError
from schema.block import BlockSpec, Kind
from schema.errors import BlockUnknown


class _Specs(Mapping[str, BlockSpec]):
    """The specs by id: of the installed blocks, each made when it is first asked for, and placeholders for what else is known."""

    def __init__(self, placeholders: Mapping[str, BlockSpec], blocks: Mapping[str, type[Block]]) -> None:
        self._placeholders = placeholders
        self._blocks = blocks
        self._ids = dict.fromkeys([*placeholders, *blocks])

    def __getitem__(self, block_id: str) -> BlockSpec:
        block = self._blocks.get(block_id)
        return self._placeholders[block_id] if block is None else block.spec

    def __contains__(self, block_id: object) -> bool:
        return block_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class Registry:
    """The installed blocks by id, and the specs of all that are known, installed or not.

    `blocks` must go together. What `given` has is added behind them: what does not go with what is there is left out, and
    `contributions` says so.
    """

    def __init__(
        self,
        blocks: Iterable[type[Block]],
        catalogue: Iterable[BlockSpec] = (),
        given: Iterable[Contribution] = (),
    ) -> None:
        self._blocks: dict[str, type[Block]] = {}
        self._names: dict[str, str] = {}
        for block in blocks:
            self._add(block)
        self._own = frozenset(self._blocks)
        self.contributions = tuple(self._admitted(one) for one in given)
        self.specs: Mapping[str, BlockSpec] = _Specs({spec.id: spec for spec in catalogue}, self._blocks)

    def _add(self, block: type[Block]) -> None:
        other = self._blocks.get(block.id)
        if other is not None and other is not block:
            raise BlockDefinitionError(f"{block.name} and {other.name} have the same id {block.id}.")
        taken = self._names.setdefault(block.name, block.id)
        if taken != block.id:
            raise BlockDefinitionError(f"Two blocks are named {block.name}: {taken} and {block.id}.")
        self._blocks[block.id] = block

    def is_own(self, block_id: str) -> bool:
        """Say whether a block is of the library, not of a package that somebody added."""
        return block_id in self._own

    def _admitted(self, given: Contribution) -> Contribution:
        """Add what goes with what is there; give what that is, and why the rest is left out."""
        kept, problems = [], list(given.problems)
        for block in given.blocks:
            try:
                self._add(block)
            except BlockDefinitionError as error:
                problems.append(f"{block.name} is left out. {error.message}")
            else:
                kept.append(block)
        return replace(given, blocks=tuple(kept), problems=tuple(problems))

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

    def disabled_reason(self, block_id: str) -> str | None:
        """Say why an installed block cannot run on this machine; None: it can, or is not installed. It may take a moment."""
        found = self._blocks.get(block_id)
        return None if found is None else found.disabled_reason()

    def __iter__(self) -> Iterator[type[Block]]:
        return iter(sorted(self._blocks.values(), key=lambda block: block.name))

    def __len__(self) -> int:
        return len(self._blocks)


def discover(modules: Iterable[str] = (), folders: Iterable[Path] = ()) -> Registry:
    """Build the registry of this installation: the library, what other packages, these modules and these folders add, and
    the catalogue. What others add may be broken; the library may not."""
    places = tuple(folders)
    given = [*contributions(modules, places), *judged_providers(places)]
    return Registry(library_blocks(), read_catalogue(), given)


def library_blocks() -> Iterator[type[Block]]:
    """Give the blocks of every module of `blocks.library`."""
    package = importlib.import_module("blocks.library")
    for module in pkgutil.iter_modules(package.__path__, "blocks.library."):
        yield from blocks_of(importlib.import_module(module.name))


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
