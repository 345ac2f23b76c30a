"""Binding a listener's socket, with words for what goes wrong. Imports nothing heavy."""

import errno
import socket
import time

from contracts.diagnostic import Diagnostic, InvalidInputError

_LATER_SECONDS = 1.0
"""How long an address may still be taken: the gateway that was there before may be on its way out."""


def bound_socket(host: str, port: int, name: str, *, where: str = "tidewaiter.yaml", remedy: str = "") -> socket.socket:
    """A socket for `listen`. Raises InvalidInputError where the address cannot be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    until = time.monotonic() + _LATER_SECONDS
    while True:
        try:
            sock.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < until:
                time.sleep(0.05)
                continue
            sock.close()
            message = f"the {name} listener cannot bind {host}:{port}: {error.strerror or error}"
            remedy = remedy or f"free the port, or set `{name}.port` to another one"
            raise InvalidInputError([Diagnostic(where, "listener", message, remedy)]) from None
        return sock


def url_of(sock: socket.socket) -> str:
    """Where it listens."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
