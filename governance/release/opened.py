"""A release or a workspace, opened to be compared with another one."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.workspace import Workspace
from gateway.ending import Ending
from gateway.release_file import read_release
from governance.changes.state import read_state
from governance.release.contents import RELEASE_PREFIX, contents_of, unpacked


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of either."""

    shown: str
    digest: str
    """Of the release; of what a gateway loads, where it is a workspace."""
    workspace: Workspace
    files: Mapping[str, str]
    """By path: the digest of each file that a gateway compiles."""
    ends: tuple[Ending, ...] | None = None
    """What it lets until a moment; None for a workspace: nobody knows before it is built."""


@contextmanager
def opened(written: str, environment: str | None) -> Iterator[Opened]:
    """A release's file (`release:` may stand in front), or a workspace's folder, for as long as the context lasts.

    `environment` counts for a workspace; a release has its own. Raises InvalidInputError.
    """
    path = Path(written.removeprefix(RELEASE_PREFIX))
    if path.is_dir():
        state = read_state(path, environment, str(path))
        yield Opened(str(path), state.workspace.digest, state.workspace, _digests(state.files))
        return
    release, digest = read_release(path)
    with unpacked(release) as folder:
        state = contents_of(release, folder, str(path))
        yield Opened(str(path), digest, state.workspace, _digests(state.files), release.head.ends)


def _digests(files: Mapping[str, bytes]) -> Mapping[str, str]:
    return {name: "sha256:" + hashlib.sha256(text).hexdigest() for name, text in files.items()}
