"""The admin listener: loopback only, a bearer token, a Host that names loopback, nothing from a browser.

`GET /status`, `/suspended` and `/files`; `POST /reload`, `/restart`, `/revoked` and `/overridden`; with a JSON body
`/suspend` and `/resume` (`kind`, `name`, `reason`, `by`) and `/activate` (`release`, `environment`, `vouch`,
`activation`, by digest). Imports nothing heavy.
"""

import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from gateway.plain_http import Asked, Told, told_json
from policies.suspension_ledger import KINDS

FILE = ".tidewaiter/admin.json"
"""Where the commands find the listener: `url` and `pid`."""
SERVED_FILE = ".tidewaiter/served.json"
"""Of the gateway that was started last: `access_log` (null: standard output) and `environment`."""
TOKEN_FILE = ".tidewaiter/admin.token"  # noqa: S105 - a place, not a token
_MOST_CHARACTERS = 500
_WITH_BODY = (("POST", "/suspend"), ("POST", "/resume"), ("POST", "/activate"))
_ACTIVATE = ("release", "environment", "vouch", "activation")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Controls(Protocol):
    """What the parent can be told to do. Each returns a status and what is answered."""

    async def status(self) -> tuple[int, Mapping[str, Any]]:
        """Release, workers, what is suspended."""
        ...

    async def files(self) -> tuple[int, Mapping[str, Any]]:
        """The files of what is served, each in base64."""
        ...

    async def reload(self) -> tuple[int, Mapping[str, Any]]:
        """Serve the workspace as it is now, or refuse and change nothing."""
        ...

    async def restart(self) -> tuple[int, Mapping[str, Any]]:
        """Replace the workers one after the other."""
        ...

    async def suspend(self, kind: str, name: str, reason: str, by: str) -> tuple[int, Mapping[str, Any]]:
        """In force in every worker when this returns."""
        ...

    async def resume(self, kind: str, name: str, reason: str, by: str) -> tuple[int, Mapping[str, Any]]:
        """The other way."""
        ...

    async def suspended(self) -> tuple[int, Mapping[str, Any]]:
        """The list."""
        ...

    async def activate(
        self, release: str, environment: str, vouch: str, activation: str
    ) -> tuple[int, Mapping[str, Any]]:
        """Serve a release of the node's store, or refuse and change nothing."""
        ...

    async def revoked(self) -> tuple[int, Mapping[str, Any]]:
        """Put in force what was revoked on this node."""
        ...

    async def overridden(self) -> tuple[int, Mapping[str, Any]]:
        """Put in force the overrides that this node took."""
        ...


class Admin:
    """Judges who asks, then lets the parent act."""

    def __init__(self, controls: Controls, token: str, port: int) -> None:
        self._controls = controls
        self._expected = f"Bearer {token}".encode()
        self._hosts = frozenset(
            f"{name}{end}" for name in ("127.0.0.1", "localhost", "[::1]") for end in ("", f":{port}")
        )
        self._acts: Mapping[tuple[str, str], Callable[[], Awaitable[tuple[int, Mapping[str, Any]]]]] = {
            ("GET", "/status"): controls.status,
            ("GET", "/files"): controls.files,
            ("GET", "/suspended"): controls.suspended,
            ("POST", "/reload"): controls.reload,
            ("POST", "/restart"): controls.restart,
            ("POST", "/revoked"): controls.revoked,
            ("POST", "/overridden"): controls.overridden,
        }

    async def handle(self, asked: Asked) -> Told:
        """One request."""
        if asked.headers.get("host", "").lower() not in self._hosts:
            return told_json(421, {"error": "the Host is not this listener's"})
        if "origin" in asked.headers or "cookie" in asked.headers:
            return told_json(403, {"error": "this listener is not for browsers"})
        given = asked.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return told_json(401, {"error": "the token is missing or wrong"}, ("www-authenticate", "Bearer"))
        act = self._acts.get((asked.method, asked.path))
        if act is not None:
            return told_json(*await act())
        if (asked.method, asked.path) == ("POST", "/activate"):
            return await self._activate(asked)
        if (asked.method, asked.path) in _WITH_BODY:
            return await self._switch(asked)
        known = sorted(method for method, path in (*self._acts, *_WITH_BODY) if path == asked.path)
        if known:
            return told_json(405, {"error": "another method is needed"}, ("allow", ", ".join(known)))
        return told_json(404, {"error": "there is no such thing to do"})

    async def _activate(self, asked: Asked) -> Told:
        try:
            given = json.loads(asked.body)
            release, environment, vouch, activation = (given[key] for key in _ACTIVATE)
        except (ValueError, KeyError, TypeError):
            return told_json(400, {"error": f"the body is JSON with {', '.join(_ACTIVATE)}"})
        digests = (release, vouch, activation)
        if not all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in digests) or type(environment) is not str:
            return told_json(400, {"error": "release, vouch and activation are digests: sha256: and 64 digits"})
        return told_json(*await self._controls.activate(release, environment, vouch, activation))

    async def _switch(self, asked: Asked) -> Told:
        try:
            given = json.loads(asked.body)
            kind, name, reason, by = (given[key] for key in ("kind", "name", "reason", "by"))
        except (ValueError, KeyError, TypeError):
            return told_json(400, {"error": "the body is JSON with kind, name, reason and by"})
        texts = (kind, name, reason, by)
        if not all(isinstance(text, str) and len(text) <= _MOST_CHARACTERS for text in texts) or not (name and reason):
            return told_json(400, {"error": "name and reason are texts of 1 to 500 characters"})
        if kind not in KINDS:
            return told_json(400, {"error": f"kind is one of {', '.join(KINDS)}"})
        switch = self._controls.suspend if asked.path == "/suspend" else self._controls.resume
        return told_json(*await switch(kind, name, reason, by))


class Door:
    """The files by which the commands find the listener and prove that they may use it."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace

    def open(self, url: str, token: str) -> str:
        """Write the files, for the owner's eyes only. Returns the token, a new one where none is given.

        Raises OSError.
        """
        if not token:
            token = secrets.token_urlsafe(32)
            _write(self._workspace / TOKEN_FILE, token + "\n")
        _write(self._workspace / FILE, json.dumps({"url": url, "pid": os.getpid()}) + "\n")
        return token

    def remember(self, access_log: Path | None, environment: str | None) -> None:
        """Write where the access lines go and what was served, for `tidewaiter why`. The file stays. Raises OSError."""
        log = str(access_log.resolve()) if access_log else None
        _write(self._workspace / SERVED_FILE, json.dumps({"access_log": log, "environment": environment}) + "\n")

    def close(self) -> None:
        """Remove the two, unless another gateway has written its own since."""
        with suppress(OSError, ValueError, KeyError):
            if json.loads((self._workspace / FILE).read_text(encoding="utf-8"))["pid"] == os.getpid():
                (self._workspace / FILE).unlink()
                (self._workspace / TOKEN_FILE).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # mkstemp makes the file for its owner alone; a rename puts it there whole.
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(made).replace(path)
