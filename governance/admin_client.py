"""How the commands reach the gateway that serves a workspace: its admin listener, on this machine."""

import getpass
import http.client
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.admin import FILE, TOKEN_FILE

TOKEN_VARIABLE = "TIDEWAITER_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
RELOAD_SECONDS = 600.0
SWITCH_SECONDS = 15.0


class NotReachedError(Exception):
    """The gateway could not be asked. The message says why and what to do."""


def ask(
    workspace: Path, admin: str | None, method: str, path: str, body: Any = None, seconds: float = SWITCH_SECONDS
) -> tuple[int, Any]:
    """Status and content of the answer. `admin` is the listener's address, found in the workspace where left out.

    Raises NotReachedError.
    """
    url = urlsplit(admin or _address(workspace))
    if url.scheme != "http" or not url.hostname:
        raise NotReachedError("--admin is the address of the admin listener, such as http://127.0.0.1:9091")
    headers = {"Authorization": f"Bearer {_token(workspace)}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=seconds)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        what = getattr(error, "strerror", None) or type(error).__name__
        raise NotReachedError(f"no gateway answers at {url.geturl()} ({what}): does it serve this workspace?") from None
    finally:
        connection.close()
    if answer.status in (401, 403, 421):
        raise NotReachedError(f"the gateway did not let us in: {told.get('error')}")
    return answer.status, told


def somebody() -> str:
    """Who runs the command, for the record."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _address(workspace: Path) -> str:
    try:
        return str(json.loads((workspace / FILE).read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        message = f"no gateway serves {workspace}: {FILE} is not there; start it, or name its listener with --admin"
        raise NotReachedError(message) from None


def _token(workspace: Path) -> str:
    given = os.environ.get(TOKEN_VARIABLE)
    if given:
        return given
    try:
        return (workspace / TOKEN_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return _node_token(workspace)


def _node_token(workspace: Path) -> str:
    """The token that the node's settings name."""
    from contracts.diagnostic import InvalidInputError  # noqa: PLC0415 - only where it is needed: it loads much
    from gateway.node import load_node  # noqa: PLC0415
    from policies.step import SecretError  # noqa: PLC0415

    try:
        return load_node(workspace).secret("ADMIN_TOKEN", "")
    except (SecretError, InvalidInputError):
        message = f"there is no token: {TOKEN_FILE} is not there, {TOKEN_VARIABLE} not set, nor ADMIN_TOKEN a secret"
        raise NotReachedError(message) from None
