"""Which local TCP ports are free."""

import secrets
import socket

LOOPBACK = "127.0.0.1"

#: Those that `any_free` chooses from: below the ports of outgoing connections, on Linux and macOS.
RANGE = range(10_000, 32_768)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now (another may still take it a moment later)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do: connections of an ended server that linger in TIME_WAIT are no hindrance
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free(host: str = LOOPBACK) -> int:
    """A random port that is free now.

    Not one that the operating system would pick: it gives those to outgoing connections too, so
    that one may be gone by the time that a slow program listens on it.
    """
    while True:
        port = secrets.choice(RANGE)
        if is_free(port, host):
            return port


def answers(port: int, host: str = LOOPBACK, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on `port` within `timeout` seconds."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def reachable(host: str) -> str:
    """Where a client on this machine reaches a server that listens on `host`."""
    return LOOPBACK if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
