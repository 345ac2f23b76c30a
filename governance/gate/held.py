"""What a working tree is held against: a revision of git, what a gateway serves, or a release."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.ending import Ending
from gateway.trust.register import read_register
from governance.changes.state import State, read_state
from governance.gate.from_git import revision
from governance.gate.from_live import served
from governance.release.contents import RELEASE_PREFIX, base_release

LIVE_PREFIX: Final = "live:"


@dataclass(frozen=True, slots=True)
class Held:
    """A base that was read. `digest` is its identity: a commit, or the digest of what is served or of a release."""

    kind: Literal["git", "live", "release"]
    shown: str
    digest: str
    environment: str | None
    """None where all environments are judged, as their files stand."""
    state: State
    register_length: int
    register_head: str
    """The register as the base knows it; what is judged must go on from there."""
    development: bool = False
    """Whether it is a release that rests on a development trust root."""
    ends: tuple[Ending, ...] = ()
    """What it lets until a moment, where it is a release."""


@contextmanager
def held_against(written: str, folder: Path, environment: str | None) -> Iterator[Held]:
    """The base `REV`, `live:URL` or `release:FILE`, for as long as the context lasts.

    Raises InvalidInputError where it is not there, is no ancestor of what is judged, or was broken already.
    """
    with ExitStack() as stack:
        if written.startswith(RELEASE_PREFIX):
            base = stack.enter_context(base_release(written))
            head = base.release.head
            yield Held(
                "release", base.shown, base.digest, head.environment or None, base.contents, head.register_length,
                head.register_head, head.development, head.ends,
            )  # fmt: skip
        elif written.startswith(LIVE_PREFIX):
            live = stack.enter_context(served(written.removeprefix(LIVE_PREFIX), folder))
            state = _state(live.folder, live.environment, live.shown, "tidewaiter reload")
            register = read_register(live.folder)
            yield Held(
                "live", live.shown, live.digest, live.environment, state, register.length, register.head
            )  # fmt: skip
        else:
            at = stack.enter_context(revision(written, folder))
            how = f"mend it there first: git switch --detach {at.commit[:12]}, then tidewaiter check --files-only"
            state = _state(at.folder, environment, at.shown, how)
            at.judge_newest(state.board.branch)
            register = read_register(at.folder)
            yield Held("git", at.shown, at.commit, environment, state, register.length, register.head)


def _state(folder: Path, environment: str | None, shown: str, how: str) -> State:
    try:
        return read_state(folder, environment, shown)
    except InvalidInputError as error:
        message = "the base was broken already, before this change: nothing can be held against it"
        broken = Diagnostic(shown, "broken-base", message, how)
        faults = (replace(one, file=f"{shown}:{one.file}") for one in error.diagnostics)
        raise InvalidInputError([broken, *faults]) from None
