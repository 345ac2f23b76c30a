"""What is live where the entity goes: the base that changes are held against, and whether the entity is in it."""

from dataclasses import dataclass
from pathlib import Path

from contracts.diagnostic import InvalidInputError
from gateway.release_file import ReleaseFile, read_release
from gateway.releases.store import open_node
from governance.onboard.work import Work
from governance.release.contents import RELEASE_PREFIX


@dataclass(frozen=True, slots=True)
class Live:
    """The release that is live. All empty where nothing is, as far as this node knows."""

    written: str = ""
    """As `--base` takes it."""
    digest: str = ""
    shown: str = ""


def base_of(work: Work) -> Live:
    """The release that was named, else the one that is active on this node. Raises InvalidInputError."""
    base = work.asked.base
    if base is not None:
        path = Path(base.removeprefix(RELEASE_PREFIX))
        return Live(f"{RELEASE_PREFIX}{path}", read_release(path)[1], str(path))
    digest, path = active_in(work)
    return Live(f"{RELEASE_PREFIX}{path}", digest, digest) if digest else Live()


def active_in(work: Work) -> tuple[str, Path]:
    """Digest and file of the release that is active on this node; empty where none is, or nobody is trusted here."""
    try:
        node = open_node(work.asked.folder, work.asked.environment or "")
    except InvalidInputError as error:
        if {one.code for one in error.diagnostics} <= {"no-root"}:
            return "", Path()
        raise
    log, _ = node.log()
    return (log.live.release, node.release_path(log.live.release)) if log.live is not None else ("", Path())


def live_as_it_is(work: Work) -> str:
    """The digest of the active release where all that the entity rests on is in it as it is now; empty else."""
    digest, path = active_in(work)
    if not digest:
        return ""
    release, _ = read_release(path)
    return digest if _holds(release, work) else ""


def _holds(release: ReleaseFile, work: Work) -> bool:
    state = work.subject.state
    served = state.digests[work.asked.environment or ""].files | state.documents
    files = [path for path in work.subject.files if path in served and path in state.files]
    return all(release.files.get(path) == state.files[path] for path in files)
