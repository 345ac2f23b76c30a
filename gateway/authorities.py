"""Which certificates count towards a system: the public authorities, or a private one that the workspace names."""

import hashlib
import ssl
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.systems import Tls


def read_authority(folder: Path, name: str, file: str) -> str:
    """The PEM bundle that `tls.ca` names, a file inside the workspace folder. `file` says who names it.

    Raises InvalidInputError where it is outside the folder, cannot be read, or holds no certificate.
    """
    root = folder.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(root):
        raise _invalid(file, f"`{name}` is not inside the workspace")
    try:
        text = path.read_text(encoding="ascii")
        ssl.create_default_context(cadata=text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a PEM file"
        if isinstance(error, ssl.SSLError):
            reason = "it holds no certificate in PEM form"
        raise _invalid(file, f"`{name}` cannot be used: {reason}") from None
    return text


def context(tls: Tls, authority: str) -> ssl.SSLContext:
    """For the system itself: with a private authority only that one counts."""
    made = ssl.create_default_context(cadata=authority or None)
    if not tls.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def wider_context(authority: str) -> ssl.SSLContext:
    """For a token endpoint or a key set elsewhere: the public authorities and the private one."""
    made = ssl.create_default_context()
    if authority:
        made.load_verify_locations(cadata=authority)
    return made


def fingerprint(*parts: object) -> str:
    """Of what shapes a pool: settings that differ must not share connections."""
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).hexdigest()[:16]


def _invalid(file: str, message: str) -> InvalidInputError:
    return InvalidInputError([
        Diagnostic(file, "authority", message, "name a PEM file with certificates, relative to the workspace's folder")
    ])  # fmt: skip
