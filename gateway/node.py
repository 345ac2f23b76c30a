"""The node's own settings, outside what the workspace's git holds: where secrets come from, where they may go."""

import os
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Written, fault
from contracts.written import read_entry
from policies.step import SecretError

NODE_FILE = ".tidewaiter/node.yaml"
NODE_FILE_VARIABLE = "TIDEWAITER_NODE"


class SecretSource(Written):
    """Where one secret comes from: an environment variable, a file, or (for development) a value."""

    env: str | None = None
    """The environment variable that holds it."""
    file: str | None = None
    """The file that holds it, relative to the folder of the node's settings; white space around it does not count."""
    value: str | None = None
    """The secret itself; for development only."""
    origins: tuple[str, ...] | None = None
    """`https://host[:port]` of the systems it may be sent to; any where left out (development only)."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(x is not None for x in (self.env, self.file, self.value)) != 1:
            message, remedy = "a secret comes from one place", "give exactly one of env, file, value"
            raise fault("wrong-value", message, remedy)
        return self


SecretKey = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class NodeSettings(Written):
    """The whole file. A secret that it does not name is read from `TIDEWAITER_SECRET_<NAME>`."""

    secrets: dict[SecretKey, SecretSource] = Field(default_factory=dict)
    """By name, without `secret:`: where it comes from and where it may be sent."""
    allow_unnamed_secrets: bool = True
    """Whether secrets without an entry here may come from `TIDEWAITER_SECRET_<NAME>`, for any origin."""
    trust: str | None = None
    """The trust root: a file outside the workspace, relative to the folder of these settings."""
    releases: str = "releases"
    """The folder of releases, relative to the folder of these settings: what was activated, and what was withdrawn."""


class Node:
    """What this node was given. Reads secrets when asked, so a rotated file counts from the next reload on."""

    def __init__(self, settings: NodeSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    @property
    def trust(self) -> Path | None:
        """The file of the trust root, where the settings name one."""
        return self._folder / self._settings.trust if self._settings.trust is not None else None

    @property
    def releases(self) -> Path:
        """The folder of the releases of this node; it need not be there."""
        return self._folder / self._settings.releases

    def secret(self, name: str, origin: str) -> str:
        """The value of `secret:NAME` for use at `origin` (`""`: it stays on the node).

        Raises SecretError where it is missing, empty, or may not be sent to that origin (DESIGN law 19).
        """
        key = name.removeprefix("secret:")
        source = self._settings.secrets.get(key)
        if source is None:
            value = os.environ.get(f"TIDEWAITER_SECRET_{key}") if self._settings.allow_unnamed_secrets else None
            if not value:
                raise SecretError(
                    f"secret:{key} is not known to this node: set TIDEWAITER_SECRET_{key}, "
                    f"or name its source under `secrets` in {NODE_FILE}"
                )
            return value
        if origin and source.origins is not None and _origin(origin) not in {_origin(o) for o in source.origins}:
            raise SecretError(f"secret:{key} may not be sent to {origin}: the node's settings name other origins")
        return self._read(key, source)

    def _read(self, key: str, source: SecretSource) -> str:
        if source.env is not None:
            value, place = os.environ.get(source.env, ""), f"the environment variable {source.env}"
        elif source.file is not None:
            path = self._folder / source.file
            try:
                value, place = path.read_text(encoding="utf-8").strip(), f"the file {source.file}"
            except (OSError, UnicodeDecodeError) as error:
                raise SecretError(f"secret:{key} cannot be read from {source.file}: {type(error).__name__}") from None
        else:
            value, place = source.value or "", "the node's settings"
        if not value:
            raise SecretError(f"secret:{key} is empty in {place}")
        return value


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme.lower())
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or default


def node_folder(workspace: Path) -> Path:
    """Where the node's settings lie, and what it keeps beside them; the folder need not be there."""
    named = os.environ.get(NODE_FILE_VARIABLE)
    return (Path(named) if named else workspace / NODE_FILE).parent


def load_node(workspace: Path) -> Node:
    """The node's settings from `$TIDEWAITER_NODE`, else `.tidewaiter/node.yaml` in the workspace, else none.

    Raises InvalidInputError where the file is there and cannot be used.
    """
    named = os.environ.get(NODE_FILE_VARIABLE)
    path = Path(named) if named else workspace / NODE_FILE
    shown = named or NODE_FILE
    if not path.exists():
        if named:
            message = f"there is no file here, and {NODE_FILE_VARIABLE} names it"
            remedy = "write it, or name the file that is meant"
            raise InvalidInputError([Diagnostic(shown, "no-node-settings", message, remedy)])
        return Node(NodeSettings(), path.parent)
    read = read_entry(path, shown, NodeSettings)
    if [fault.code for fault in read.faults] == ["empty-file"]:
        return Node(NodeSettings(), path.parent)
    if read.value is None:
        raise InvalidInputError(read.faults)
    return Node(read.value, path.parent)
