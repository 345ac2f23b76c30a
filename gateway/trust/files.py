"""Signed files on disk: envelopes beside what they are over, written whole or not at all, never through links."""

import os
import tempfile
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.envelope import ENVELOPE_BYTES, Envelope, read_envelope

ENVELOPE_ENDING: Final = ".dsse.json"


def envelope_at(path: Path, shown: str) -> Envelope | None:
    """The envelope in a file, None where there is none. Raises InvalidInputError."""
    if path.is_symlink():
        message = "the envelope is a link"
        raise InvalidInputError([Diagnostic(shown, "signed-link", message, "put the file itself here")])
    try:
        with path.open("rb") as file:
            return read_envelope(file.read(ENVELOPE_BYTES + 1), shown)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        message, remedy = f"it cannot be read: {reason}", "let this command's user read it"
        raise InvalidInputError([Diagnostic(shown, "unreadable", message, remedy)]) from None


def write_new(path: Path, text: bytes) -> None:
    """Write a file that is not there yet, whole or not at all. Raises FileExistsError where it is, OSError."""
    handle, name = _apart(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        os.link(name, path)
    except OSError as error:
        _names(error, path)
        raise
    finally:
        Path(name).unlink(missing_ok=True)


def _apart(path: Path) -> tuple[int, str]:
    """A new file beside it. Raises OSError that names the file that is meant, not this one."""
    try:
        return tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        _names(error, path)
        raise


def _names(error: OSError, path: Path) -> None:
    """Let it name the file that is meant, where it names one at all."""
    if error.errno is not None:
        error.filename, error.filename2 = str(path), None


def write_whole(path: Path, text: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; on return it is on disk. Raises OSError."""
    handle, name = _apart(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        _names(error, path)
        raise
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
