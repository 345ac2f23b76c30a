"""What the parent of the workers does with releases: which one is live, and its files into a folder of their own.

It judges nothing of them: each worker does, before it loads them. Imports the standard library and what is as small.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.log import environment_folder, read_log

_AGAIN = "bring the store back from a backup, or activate the release's file anew"


@dataclass(frozen=True, slots=True)
class Staged:
    """A release as workers are told of it. `entry` is its place in the log; None where it is not taken yet."""

    release: str
    entry: int | None
    vouch: str = ""
    activation: str = ""


def live_in(store: Path, environment: str) -> Staged:
    """What was activated last. Raises InvalidInputError where there is nothing, or the log is broken."""
    folder = environment_folder(store, environment)
    live = read_log(folder).live
    if live is None:
        message = (
            f"no release is active here for {f'the environment {environment}' if environment else 'no environment'}"
        )
        remedy = (
            "activate one: tidewaiter release activate FILE -e ENVIRONMENT; where one was active before, the store was "
            "emptied: bring it back from a backup"
        )
        raise InvalidInputError([Diagnostic(str(folder), "no-active-release", message, remedy)])
    return Staged(live.release, live.sequence, live.vouch, live.statement)


def unpack_into(store: Path, release: str, folder: Path) -> None:
    """Write the files of a release of the store into an empty folder. Raises InvalidInputError, OSError."""
    path = store / "files" / f"{release.removeprefix('sha256:')}.json"
    try:
        tree: Any = json.loads(path.read_bytes())
        files = {name: _content(one) for name, one in tree["files"].items()}
    except FileNotFoundError:
        message = f"the release {release} is not in the store"
        raise InvalidInputError([Diagnostic(str(path), "no-release", message, _AGAIN)]) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInputError([Diagnostic(str(path), "broken-release", "this is no release", _AGAIN)]) from None
    for name, content in files.items():
        parts = name.split("/")
        if {"", ".", ".."} & set(parts) or "\0" in name or "\\" in name:
            message = "a file of it lies outside the workspace"
            raise InvalidInputError([Diagnostic(str(path), "broken-release", message, _AGAIN)])
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _content(tree: Any) -> bytes:
    text: str = tree["content"]
    try:
        return base64.b64decode(text, validate=True) if tree["encoding"] == "base64" else text.encode()
    except binascii.Error:
        raise ValueError("no base64") from None


def serving(staged: Staged | None, hello: Mapping[str, Any], environment: str | None) -> str:
    """What is served, in a line."""
    where = f"in {environment}" if environment else "without an environment"
    if staged is None:
        return "for development: this is a workspace, of which nobody decided that it serves; every answer says so"
    rests = "; it rests on a development trust root, and every answer says so" if hello["development"] else ""
    return f"release {staged.release} {where}{rests}"
