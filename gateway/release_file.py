"""The file of a release: JSON with every file that the gateway compiles, written in one way only, so one digest."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import parse_json
from contracts.model import Written
from contracts.wording import faults_of
from contracts.written import pointer_to
from gateway.ending import Ending
from gateway.trust.root import Digest

FORMAT: Final = "tidewaiter-release/1"
RELEASE_BYTES: Final = 268_435_456
"""The largest release that is read."""

_BUILD: Final = "build it again: tidewaiter release build"


AUTOMATIC: Final = "automatic"
"""What stands for a decision where nobody had to decide."""


class Covered(Written):
    """What one change was, and who let it."""

    kind: str
    """`contract` or `file`."""
    name: str
    """`api@version`, or the file's path."""
    digest: str
    """Of what it is now; `removed` where it is gone."""
    decided_by: str
    """The decision that covers it; `automatic` where it is proven compatible and exposes nothing."""
    asked: tuple[tuple[str, ...], ...] = ()
    """Of whom one of each group had to sign, by their ids; empty where a quorum of the board had to."""
    reasons: tuple[str, ...] = ()
    """What changed, in words."""


class Rests(Written):
    """A decision that a release rests on."""

    name: str
    """Its file's name in decisions/, without the ending."""
    digest: Digest
    """Of the bytes that were signed."""
    title: str
    """What was decided, in a line."""
    people: tuple[str, ...]
    """Who signed."""
    conditions: tuple[str, ...] = ()
    """What was agreed with it."""


class KeptKeys(Written):
    """The last good key set of an issuer: public keys, for a gateway that starts while the issuer is away."""

    url: str
    """Where it was fetched from. It counts while the issuer has that address."""
    fetched: str
    """When, for readers."""
    document: str
    """The set (RFC 7517), as it was answered."""


class Head(Written):
    """The whole file but its files' contents."""

    format: str
    """`tidewaiter-release/1`."""
    workspace: str
    """The workspace's name."""
    environment: str
    """Empty for none."""
    workspace_digest: Digest
    """Of the workspace as the gateway loads it in that environment."""
    built_by: str
    """Who built it, by their own word."""
    judged_on: date
    """The day that sunsets were held against."""
    base: Digest | None = None
    """The release that it was held against."""
    development: bool
    """Whether it rests on a development trust root."""
    trust_version: int
    """The version of the trust root by which it was built."""
    trust_digest: Digest
    """And its digest."""
    register_length: int = Field(ge=0)
    """How many entries the register had."""
    register_head: Digest
    """And its head."""
    decisions: tuple[Rests, ...]
    """What it rests on."""
    changes: tuple[Covered, ...]
    """What changed against the base; everything where there is none."""
    key_sets: dict[str, KeptKeys] = Field(default_factory=dict)
    """By issuer; empty where none were fetched."""
    ends: tuple[Ending, ...] = ()
    """What was let until a moment, here or in a release before; not written where there is none."""


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A release as it was read or is to be written. `files` by path in the workspace, decisions and register too."""

    head: Head
    files: Mapping[str, bytes]

    def text(self) -> bytes:
        """The bytes of the file: the same for the same content, whatever the order it was given in."""
        shape = self.head.model_dump(mode="json")
        if not self.head.ends:
            del shape["ends"]  # as releases of earlier versions are written
        shape["files"] = {path: _written(content) for path, content in self.files.items()}
        return (json.dumps(shape, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode()


def digest_of(text: bytes) -> str:
    """A release's name: `sha256:...` of its file."""
    return "sha256:" + hashlib.sha256(text).hexdigest()


def read_release(path: Path) -> tuple[ReleaseFile, str]:
    """The release in a file and its digest. Raises InvalidInputError where it is none, or was changed."""
    shown = str(path)
    try:
        with path.open("rb") as file:
            text = file.read(RELEASE_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise _fault(shown, "no-release", f"the release cannot be read: {reason}", "name its file") from None
    if len(text) > RELEASE_BYTES:
        raise _fault(shown, "too-large", f"the release is larger than {RELEASE_BYTES} bytes", _BUILD)
    return parse_release(text, shown), digest_of(text)


def parse_release(text: bytes, shown: str) -> ReleaseFile:
    """The release in the bytes of its file. Raises InvalidInputError."""
    tree = parse_json(text, shown) if text.lstrip().startswith(b"{") else None
    if not isinstance(tree, dict) or not isinstance(tree.get("format"), str):
        raise _fault(shown, "no-release", "this is no release", "name a file that `tidewaiter release build` wrote")
    if tree["format"] != FORMAT:
        message = "this release has a form that this version does not know"
        raise _fault(shown, "release-format", message, f"it reads {FORMAT}; use the version that wrote it")
    files = tree.pop("files", None)
    if not isinstance(files, dict):
        raise _fault(shown, "broken-release", "the release holds no files", _BUILD)
    try:
        head = Head.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, Head, tree)
        raise InvalidInputError(
            Diagnostic(shown, "broken-release", f"{pointer_to(*one.path)}: {one.message}", _BUILD) for one in faults
        ) from None
    release = ReleaseFile(head, {path: _read(path, one, shown) for path, one in files.items()})
    if release.text() != text:
        message = "the release is written in another way than one is built: it was changed"
        raise _fault(shown, "broken-release", message, _BUILD)
    return release


def _written(content: bytes) -> dict[str, str]:
    """Text as text, for the reader of a release; what is none in base64."""
    try:
        text, encoding = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(content).decode("ascii"), "base64"
    return {"digest": digest_of(content), "encoding": encoding, "content": text}


def _read(path: str, tree: Any, shown: str) -> bytes:
    parts = path.split("/")
    if "" in parts or "." in parts or ".." in parts or "\0" in path or "\\" in path:
        raise _fault(shown, "broken-release", "a file of it lies outside the workspace", _BUILD)
    if isinstance(tree, dict) and isinstance(tree.get("content"), str):
        content: bytes | None = None
        text: str = tree["content"]
        if tree.get("encoding") == "utf-8":
            content = text.encode("utf-8", "replace")
        elif tree.get("encoding") == "base64":
            try:
                content = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                content = None
        if content is not None and digest_of(content) == tree.get("digest"):
            return content
    raise _fault(shown, "altered-release", f"the file {path} in it is not what its digest says", _BUILD)


def _fault(shown: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(shown, code, message, remedy)])
