"""`drystone doctor`, `fleet` and `temporal setup`: how an installation is, and what Temporal needs; the programs behind do it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from deploy.programs import DOCTOR, FLEET, TEMPORAL_SETUP, become

temporal = typer.Typer(help="The Temporal that Drystone is given.", no_args_is_help=True)
RETENTION_DAYS: Final = 3

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(parent: typer.Typer) -> None:
    parent.command("doctor")(doctor)
    parent.command("fleet")(fleet)
    parent.add_typer(temporal, name="temporal")


def doctor(
    is_json: AsJson = False,
    has_fairness: Annotated[
        bool,
        typer.Option(
            "--fairness", help="Find out, too, whether tenants take turns: by 96 workflows that are ended at once."
        ),
    ] = False,
) -> None:
    """Look for what is wrong with an installation, each with its remedy. Exit status: 0 no error was found, 1 one was."""
    become(DOCTOR, *(["--json"] if is_json else []), *(["--fairness"] if has_fairness else []))


def fleet(
    is_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again every two seconds, until Ctrl+C.")] = False,
) -> None:
    """Show what works: processes, task queues with their workers and backlogs, runs by state, versions of the engine."""
    become(FLEET, *(["--json"] if is_json else []), *(["--watch"] if watch else []))


@temporal.command("setup")
def setup(
    days: Annotated[
        int, typer.Option("--retention-days", min=1, max=3650, help="Days for which Temporal keeps what ended.")
    ] = RETENTION_DAYS,
) -> None:
    """Make the namespace and the search attributes that Drystone needs, where they are missing. It may be run again."""
    become(TEMPORAL_SETUP, str(days))
