"""Ed25519 keys of people: made here, kept in a file of their own, known to others by their public half."""

import base64
import binascii
import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS

PREFIX: Final = "ed25519:"
_RAW_BYTES: Final = 32
_KEY_FILE_BYTES: Final = 16_384

_SMALL_ORDER: Final = frozenset((
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
))  # fmt: skip
# Points whose multiples are few: a "signature" by one of them can be made by anybody, over anything, and OpenSSL takes
# it. The sign bit does not count.


class PublicKey:
    """The public half of a key, written `ed25519:<base64>`."""

    __slots__ = ("_key", "raw")

    def __init__(self, raw: bytes) -> None:
        """Raises ValueError for bytes that are no key which only its owner can sign with."""
        if len(raw) != _RAW_BYTES:
            raise ValueError(f"a key has {_RAW_BYTES} bytes")
        if (raw[:-1] + bytes([raw[-1] & 0x7F])).hex() in _SMALL_ORDER:
            raise ValueError("anybody could sign with this key: it is a point of small order")
        self.raw = raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    @property
    def id(self) -> str:
        """`sha256:...` of the key's 32 bytes."""
        return "sha256:" + hashlib.sha256(self.raw).hexdigest()

    @property
    def text(self) -> str:
        """As it stands in a trust root."""
        return PREFIX + base64.b64encode(self.raw).decode("ascii")

    def signed(self, value: bytes, message: bytes) -> bool:
        """Whether the value is this key's signature over the message."""
        try:
            self._key.verify(value, message)
        except InvalidSignature:
            return False
        return True


def parse_public(text: str) -> PublicKey:
    """The key that is written `ed25519:<base64>`. Raises ValueError with what is wrong."""
    if not text.startswith(PREFIX):
        raise ValueError(f"a key is written {PREFIX}<base64>")
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the key is not base64") from None
    return PublicKey(raw)


class PrivateKey:
    """The private half. It has no text form: it goes into its file and nowhere else."""

    __slots__ = ("_key", "file", "public")

    def __init__(self, key: Ed25519PrivateKey, file: str = "") -> None:
        self._key = key
        self.file = file
        self.public = PublicKey(key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)

    def pem(self, passphrase: bytes | None) -> bytes:
        """PKCS #8 in PEM, as other tools read it; encrypted where there is a passphrase."""
        how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def new_private() -> PrivateKey:
    """A new key."""
    return PrivateKey(Ed25519PrivateKey.generate())


def workspace_around(path: Path) -> Path | None:
    """The workspace that a path lies in; None where it lies in none. Links are followed."""
    return next((folder for folder in path.resolve().parents if (folder / SETTINGS).exists()), None)


def write_private(key: PrivateKey, path: Path, passphrase: bytes | None = None) -> None:
    """Write the key into a new file that only its owner reads.

    Raises InvalidInputError where the place is inside a workspace or taken; OSError where it cannot be written.
    """
    around = workspace_around(path)
    if around is not None:
        message = f"this is inside the workspace {around}: a private key does not belong where git could take it"
        raise _refused(path, "key-inside", message, "name a file elsewhere, such as ~/.config/tidewaiter/board.key")
    create_private(key, path, passphrase)


def create_private(key: PrivateKey, path: Path, passphrase: bytes | None = None) -> None:
    """As `write_private`, wherever the file is to lie. Raises InvalidInputError where there is a file already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        message = "there is a file already; a key that is written over is lost for good"
        raise _refused(path, "key-exists", message, "name another file") from None
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(key.pem(passphrase))
        file.flush()
        os.fsync(handle)


def read_private(path: Path, passphrase: bytes | None = None) -> PrivateKey:
    """The key in a file. Raises InvalidInputError; PassphraseNeededError where it is encrypted and none is given."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(_KEY_FILE_BYTES)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        remedy = "name the file of your key (--key FILE), or make one: tidewaiter board key --output FILE"
        raise _refused(path, "no-key", f"the key cannot be read: {reason}", remedy) from None
    if mode & 0o077 and b"-----BEGIN" not in text:
        remedy = "name the file of your key (--key FILE), or make one: tidewaiter board key --output FILE"
        raise _refused(path, "wrong-key", "this is no private key in PEM form", remedy)
    if mode & 0o077:
        message = f"others may read this key (mode {mode:04o})"
        raise _refused(path, "key-open", message, f"chmod 600 {path}; if others had it, make a new one")
    try:
        key = load_pem_private_key(text, passphrase)
    except TypeError:
        if passphrase is None:
            raise PassphraseNeededError(str(path)) from None
        return read_private(path)
    except (ValueError, UnsupportedAlgorithm):
        message = "the passphrase is wrong" if passphrase else "this is no private key in PEM form"
        remedy = "try again" if passphrase else "make one: tidewaiter board key --output FILE"
        raise _refused(path, "wrong-key", message, remedy) from None
    if not isinstance(key, Ed25519PrivateKey):
        message = "this is a key of another kind than Ed25519"
        raise _refused(path, "wrong-key", message, "make one: tidewaiter board key --output FILE")
    return PrivateKey(key, str(path))


class PassphraseNeededError(Exception):
    """The key's file is encrypted."""


def _refused(path: Path, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(str(path), code, message, remedy)])
