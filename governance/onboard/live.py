"""What is live where the entity goes: the base that changes are held against."""

from dataclasses import dataclass
from pathlib import Path

from gateway.release_file import read_release
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
    """The release that is live. Raises InvalidInputError where the named one cannot be read."""
    base = work.asked.base
    if base is None:
        return Live()
    _, digest = read_release(Path(base.removeprefix(RELEASE_PREFIX)))
    return Live(base if base.startswith(RELEASE_PREFIX) else RELEASE_PREFIX + base, digest, base)
