"""Asks this container's process whether it lives, at its ops address, for Docker's HEALTHCHECK; it starts nothing.

It is run as a file by a bare Python (`-I -S`): it imports nothing of ours, so that a look costs milliseconds.
"""

from __future__ import annotations

import http.client
import os
import sys
from typing import Final

SECONDS: Final = 3.0


def is_alive(address: str) -> bool:
    """Say whether `/healthz` is answered at the port of an ops address, host:port."""
    connection = http.client.HTTPConnection("127.0.0.1", int(address.rpartition(":")[2]), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_alive(os.environ["DRYSTONE_OPS_ADDRESS"]) else 1)
