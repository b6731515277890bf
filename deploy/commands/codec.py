"""`drystone codec`: the keys that seal what goes to Temporal, in their file; it shows none and talks to no process.

A key is turned in two steps, because several processes read what one of them sealed: first every process is to know the new key
(`add-key`, then a restart where the file comes to it by a copy), and only then one may use it (`use-key`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.settings import Settings
from schema.db.key_file import add_key, drop_key, make_key_file, read_keys, use_key
from schema.errors import InvalidInput

app = typer.Typer(help="The keys that seal what goes to Temporal.", no_args_is_help=True)
KeyFile = Annotated[
    Path | None, typer.Option("--file", help="The key file; absent: the one of DRYSTONE_CODEC_KEY_FILE.")
]
KeyId = Annotated[str, typer.Argument(help="The key's id, as `keys` shows it.")]


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="codec")


@app.command("keys")
def show(file: KeyFile = None) -> None:
    """Show the keys by their ids, and which one seals now."""
    keys = read_keys(_path(file))
    for key_id in keys.by_id:
        print(f"{key_id}{'  (current)' if key_id == keys.current else ''}")


@app.command("add-key")
def add(file: KeyFile = None) -> None:
    """Add a key that opens and does not seal yet; where there is no file, make it with a first key, which seals."""
    path = _path(file)
    if make_key_file(path):
        print(f"{path} is made; its key {read_keys(path).current} seals.")
        return
    key_id = add_key(path, is_current=False)
    print(f"The key {key_id} is added. When every process has it: drystone codec use-key {key_id}")


@app.command("use-key")
def use(key_id: KeyId, file: KeyFile = None) -> None:
    """Seal by this key from now on. Every process must have it already."""
    use_key(_path(file), key_id)
    print(f"The key {key_id} seals now. The others stay for as long as Temporal keeps what they sealed.")


@app.command("drop-key")
def drop(
    key_id: KeyId,
    file: KeyFile = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a key out. What it sealed, of runs that still run too, nobody can read any more."""
    path = _path(file)
    if not is_sure:
        typer.confirm(
            "Has every run that began with this key ended, and Temporal's retention passed since?", abort=True
        )
    drop_key(path, key_id)
    print(f"The key {key_id} is dropped.")


def _path(file: Path | None) -> Path:
    found = file or Settings().codec_key_file
    if found is None:
        raise InvalidInput("Name the key file: by --file, or by DRYSTONE_CODEC_KEY_FILE.")
    return found
