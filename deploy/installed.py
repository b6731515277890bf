"""The blocks of this installation, by its settings: the library and what is added to it; it logs nothing and runs none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from blocks.registry import Registry, discover
from deploy.settings import Settings
from schema.block import BlockSpec
from schema.errors import InvalidInput

#: The option of commands that may have blocks of folders.
Folders = Annotated[
    list[Path] | None,
    typer.Option("--blocks", metavar="FOLDER", help="Add a folder's blocks: a package's project, or loose modules."),
]


def installed(settings: Settings) -> Registry:
    """Give the registry of the library, the packages that are installed, and the modules and folders that are set."""
    return discover(settings.block_modules, settings.folders_of_blocks)


def with_folders(settings: Settings, folders: Sequence[Path] | None) -> Settings:
    """Give the settings with more folders of blocks; raise InvalidInput for one that cannot be."""
    for folder in folders or ():
        if not folder.is_dir():
            raise InvalidInput(f"{folder} is no folder: --blocks names one with a package's project, or with modules.")
        if "," in str(folder.absolute()):
            raise InvalidInput(f"{folder}: a folder of blocks has no comma in its path.")
    every = [*settings.folders_of_blocks, *(folders or ())]
    return settings.model_copy(update={"block_folders": ",".join(str(folder.absolute()) for folder in every)})


def found_block(registry: Registry, wanted: str) -> BlockSpec:
    """Find a block by its id or its name, with or without the ending; raise BlockUnknown."""
    found = [
        spec for spec in registry.specs.values() if wanted in (spec.id, spec.name, spec.name.removesuffix("Block"))
    ]
    # A package may give a block that is known by name only another id: then what is installed is meant.
    return min(found, key=lambda spec: spec.is_placeholder) if found else registry.get(wanted).spec
