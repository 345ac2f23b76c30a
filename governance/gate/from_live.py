"""The workspace that a gateway serves, as it was activated, from its admin listener."""

import base64
import binascii
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from governance.admin_client import NotReachedError, ask
from governance.diff.from_files import refused

_NAME_BYTES: Final = 255
"""Of one name in a path: no file system of ours takes more."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, in a temporary folder."""

    shown: str
    digest: str
    """`sha256:...` of the workspace as it was loaded."""
    environment: str | None
    folder: Path


@contextmanager
def served(url: str, workspace: Path) -> Iterator[Served]:
    """What the gateway at an admin listener serves; the one of this workspace where `url` is empty.

    Raises InvalidInputError where nobody answers, or the answer is none of a gateway.
    """
    shown = f"live:{url}"
    try:
        status, told = ask(workspace, url or None, "GET", "/files", seconds=120)
    except NotReachedError as error:
        remedy = "start it, or name its admin listener: --base live:http://127.0.0.1:9091"
        raise refused(shown, "not-reached", str(error), remedy) from None
    if status != 200:
        said = told.get("error") if isinstance(told, dict) else ""
        raise refused(shown, "not-reached", f"it answers {status}: {plain(str(said))}", "ask again")
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        digest, environment = _unpacked(told, Path(made), shown)
        yield Served(f"{shown} ({digest[:19]})", digest, environment, Path(made))


def _unpacked(told: Any, folder: Path, shown: str) -> tuple[str, str | None]:
    try:
        files, environment = dict(told["files"]), told["environment"]
        if environment is not None and not isinstance(environment, str):
            raise TypeError
        for name, content in files.items():
            too_long = any(len(part.encode()) > _NAME_BYTES for part in name.split("/"))
            if name != posixpath.normpath(name) or name.startswith(("/", "..")) or too_long:
                raise ValueError(name)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content, validate=True))
        return str(told["release"]), environment
    except (KeyError, TypeError, ValueError, binascii.Error, FileExistsError, NotADirectoryError):
        raise _strange(shown) from None


def _strange(shown: str) -> InvalidInputError:
    message = "what answers there is no gateway of this version"
    return refused(shown, "not-reached", message, "name the admin listener of the gateway")
