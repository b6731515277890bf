"""The embedded stack: PostgreSQL, Temporal and workers under one supervisor; never used in production.

    async with Stack(data_dir) as endpoints: ...

`stack` puts the pieces together and is the place to start reading. `child` keeps one process alive,
`postgres` and `temporal` say how each server is started and when it is ready, `record` and `locks` are what
other processes can see of a stack, `processes` finds and ends what an earlier supervisor left behind.
"""

from deploy.stack.clients import attach, find_endpoints, read_live, using
from deploy.stack.errors import StackAlreadyRunning, StackError
from deploy.stack.record import Endpoints
from deploy.stack.stack import Stack

__all__ = ["Endpoints", "Stack", "StackAlreadyRunning", "StackError", "attach", "find_endpoints", "read_live", "using"]
