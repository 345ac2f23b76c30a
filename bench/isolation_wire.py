"""Sends an attack on a connection of its own, byte by byte as it was made."""

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from isolation_attack import Attack, Told


def send(port: int, attack: Attack, credential: Mapping[str, str], call_id: str = "") -> Told:
    """Never raises: what cannot be read is what was said. `call_id`: where given, the call is known by it."""
    raw = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=15) as sock:
            sock.sendall(_bytes(port, attack, credential, call_id))
            while piece := sock.recv(65536):
                raw += piece
    except OSError:
        pass
    return read(raw, attack.method)


def leave(port: int, attack: Attack, credential: Mapping[str, str], call_id: str, seconds: float) -> None:
    """Send it, wait for so long, and hang up."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=15) as sock:
        sock.sendall(_bytes(port, attack, credential, call_id))
        time.sleep(seconds)


def _bytes(port: int, attack: Attack, credential: Mapping[str, str], call_id: str) -> bytes:
    lines = [f"{attack.method} {attack.target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (*credential.items(), *attack.headers)]
    if call_id:
        lines.append(f"X-Correlation-ID: {call_id}")
    if attack.body is not None:
        lines.append(f"Content-Length: {len(attack.body)}")
        if not any(name.lower() == "content-type" for name, _ in attack.headers):
            lines.append("Content-Type: application/json")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + (attack.body or b"")


class _Wire(io.BytesIO):
    def makefile(self, *_: object) -> io.BytesIO:
        return self


def read(raw: bytes, method: str) -> Told:
    """An answer from its bytes."""
    answer = http.client.HTTPResponse(_Wire(raw), method=method)  # type: ignore[arg-type]
    try:
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, headers, answer.read(), raw)
    except (http.client.HTTPException, ValueError, OSError):
        return Told(raw=raw)
