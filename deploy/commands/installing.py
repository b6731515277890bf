"""`drystone migrate` and `secrets`: what an installation of one's own needs before its processes; the programs behind do it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.programs import DATABASE, become
from deploy.secret_files import make_secrets
from deploy.session import NoDatabase
from deploy.settings import Settings


def add_to(parent: typer.Typer) -> None:
    parent.command("migrate")(migrate)
    parent.command("secrets")(secrets)


def migrate(
    owner_email: Annotated[
        str | None,
        typer.Option("--owner-email", help="Make the first organisation with this owner, where there is none."),
    ] = None,
    is_key_new: Annotated[bool, typer.Option("--new-key", help="Give that owner another key: theirs is lost.")] = False,
) -> None:
    """Bring the database up to date with this version; with --owner-email, make the first owner and print their API key, once."""
    if Settings().database_url is None:
        raise NoDatabase("Set DRYSTONE_DATABASE_URL; the embedded stack upgrades its own database when it starts.")
    if owner_email is not None and "@" not in owner_email:
        raise typer.BadParameter(f"{owner_email!r} is no address.", param_hint="--owner-email")
    if is_key_new and owner_email is None:
        raise typer.BadParameter("Say whose: --owner-email.", param_hint="--new-key")
    owner = [] if owner_email is None else ["--owner-email", owner_email.strip().lower()]
    become(DATABASE, *owner, *(["--new-key"] if is_key_new else []))


def secrets(
    folder: Annotated[Path, typer.Argument(help="The folder that the services share.")],
    database: Annotated[
        str, typer.Option("--database", help="Where PostgreSQL will be: host:port/name.")
    ] = "postgres:5432/drystone",
) -> None:
    """Make the secrets of an installation in a folder, where they are missing: PostgreSQL's password, its address with that, and
    the keys that seal credentials. They are not shown."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    made = list(make_secrets(folder, database))
    typer.echo(f"Made in {folder}: {', '.join(made)}." if made else f"Every secret is in {folder} already.")
