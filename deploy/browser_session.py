"""`python -m deploy.browser_session`: begins a session of the embedded stack's owner and prints its token, as a program.

The command line shows it in a link. Whoever may start this program may read the owner's key, too: it gives nothing that is new.
"""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import DBAPIError

from deploy.ending import leave, status_of
from deploy.owner import begin_browser_session
from deploy.session import NoDatabase
from deploy.settings import Settings


def main() -> None:
    settings = Settings()
    if settings.database_url is None:
        raise NoDatabase
    print(asyncio.run(begin_browser_session(settings.database_url)))


if __name__ == "__main__":
    leave(status_of(main, (OSError, DBAPIError)))
