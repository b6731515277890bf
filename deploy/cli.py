"""The command `drystone`: it reads the command line and ends the process; the commands are in `deploy.commands`.

Exit status: 0 done (a run: COMPLETED), 1 failed (a run: FAILED), 2 refused (bad command line, bad file, bad input), 3 a run
that was TERMINATED, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from rich.console import Console
from typer.exceptions import TyperException

from deploy.commands import (
    approvals,
    blocks,
    codec,
    continuing,
    credentials,
    graphs,
    health,
    installing,
    run_control,
    runs,
    schedules,
    signals,
    stack,
    versions,
    webhooks,
)
from deploy.ending import leave
from schema.errors import DrystoneError

app = typer.Typer(
    name="drystone",
    help="Durable agent graphs on Temporal: nothing that was accepted is ever lost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
stack.add_to(app)
health.add_to(app)
installing.add_to(app)
graphs.add_to(app)
runs.add_to(app)
continuing.add_to(runs.app)
run_control.add_to(runs.app)
approvals.add_to(app)
blocks.add_to(app)
credentials.add_to(app)
codec.add_to(app)
schedules.add_to(app)
signals.add_to(app)
versions.add_to(app)
webhooks.add_to(app)

REFUSED = 2
INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and end the process."""
    leave(_status())


def _status() -> int:
    try:
        result = app(standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except typer.Exit as error:
        return error.exit_code
    except TyperException as error:
        print(f"Error: {error.format_message().rstrip('.')}. Try --help.", file=sys.stderr)
        return REFUSED
    except DrystoneError as error:
        Console(stderr=True, soft_wrap=True).print(error.message, style="red", markup=False, highlight=False)
        return REFUSED if error.fault == "theirs" else 1
    except OSError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else 0
