"""`python -m deploy.worker_process ROLE...`: the worker as a program; what it does is in `deploy.worker`."""

from __future__ import annotations

import sys

import uvloop
from sqlalchemy.exc import DBAPIError

from deploy.ending import leave, status_of
from deploy.roles import Role
from deploy.settings import Settings
from deploy.telemetry_logs import configure_logs, log_end
from deploy.worker import run_worker


def main() -> None:
    """Work until SIGTERM; without a role, in every one."""
    settings = Settings()
    sink = configure_logs(settings)
    uvloop.run(run_worker(settings, [Role(word) for word in sys.argv[1:]] or list(Role), sink))


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError), log_end))
