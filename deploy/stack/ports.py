"""Chooses TCP ports on the loopback address; never keeps one reserved.

A port is chosen outside the system's range for outgoing connections (32768 up on Linux, 49152 up on macOS).
Inside it, a client that keeps retrying a server that is down can be given the server's own port as its
source port: it then connects to itself, and the server can never bind its port again.
"""

from __future__ import annotations

import random
import socket

from deploy.stack.errors import NoFreePort

HOST = "127.0.0.1"
LOWEST, HIGHEST = 12_000, 31_999
TRIES_MAX = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now. Listens for an instant, because binding alone proves too
    little."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too: connections in TIME_WAIT from an earlier life are no reason to refuse a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose(preferred: int | None = None, *, taken: frozenset[int] = frozenset()) -> int:
    """Give `preferred` if it is free, else a free port at random, and never one of `taken`."""
    if preferred is not None and preferred not in taken and is_free(preferred):
        return preferred
    for _ in range(TRIES_MAX):
        port = random.randint(LOWEST, HIGHEST)
        if port not in taken and is_free(port):
            return port
    raise NoFreePort(host=HOST, tries=TRIES_MAX)
