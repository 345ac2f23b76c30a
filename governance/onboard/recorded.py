"""The recording of an onboarding, opened for as long as somebody reads it."""

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.fuzz.recording import Recording, read_recording
from governance.onboard.vault import key_of, unseal
from governance.onboard.work import Work


@contextmanager
def opened(work: Work) -> Iterator[Recording]:
    """Raises InvalidInputError where it was deleted, changed, or is sealed with another key."""
    name = str(work.fact("fuzz", "recording") or "")
    path = work.place.sealed / name
    if not name or not path.is_file():
        message = "the recording is not there: its day came, or somebody deleted it"
        raise InvalidInputError([Diagnostic(work.place.shown(path), "no-recording", message, "--redo fuzz")])
    clear = work.place.raw / "opened.jsonl"
    work.place.raw.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        clear.touch(0o600)
        clear.write_bytes(unseal(path, key_of(work.asked.folder)))
        yield read_recording(clear)
    finally:
        work.place.clear(work.place.raw)
