"""Recordings at rest: encrypted with a key of the node, each with a day on which it is deleted.

A file is a line of JSON (form, day, salt) and then pieces of AES-256-GCM. The key of a file is made of the node's
secret and the file's salt. The nonce of a piece is its number; the head, the number and whether it is the last are
authenticated with it, so that no piece can be changed, moved, left out or added.
"""

import json
import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.node import NODE_FILE, NODE_FILE_VARIABLE, load_node
from gateway.trust.files import write_whole
from policies.step import SecretError

SECRET: Final = "RECORDING_KEY"  # noqa: S105 - its name
SECRET_LINE: Final = f'export TIDEWAITER_SECRET_{SECRET}="$(openssl rand -base64 32)"'
FORM: Final = "tidewaiter-sealed/1"
ENDING: Final = ".sealed"
_PIECE_BYTES: Final = 1_048_576
_TAG_BYTES: Final = 16
_LEAST: Final = 20
_HEAD_BYTES: Final = 1000


def key_of(workspace: Path) -> bytes:
    """The node's secret. Raises InvalidInputError where there is none, or one that could be guessed."""
    read = os.environ.get(NODE_FILE_VARIABLE) or NODE_FILE
    try:
        secret = load_node(workspace).secret(f"secret:{SECRET}", "")
    except SecretError as error:
        # The message names the file where settings lie by default; which one was read is known here.
        message = f"recordings are kept encrypted, and there is no key: {str(error).replace(NODE_FILE, read)}"
        remedy = f"make a key for recordings, and give it to the node: {SECRET_LINE}"
        raise InvalidInputError([Diagnostic(read, "no-recording-key", message, remedy)]) from None
    if len(secret) < _LEAST:
        message = f"the secret {SECRET} has fewer than {_LEAST} characters: recordings could be read by guessing"
        raise InvalidInputError([Diagnostic(read, "weak-recording-key", message, f"make a longer one: {SECRET_LINE}")])
    return secret.encode()


def seal(source: Path, to: Path, secret: bytes, until: date) -> None:
    """Write the file encrypted, whole or not at all. Raises OSError."""
    salt = secrets.token_bytes(16)
    head = json.dumps({"form": FORM, "until": until.isoformat(), "salt": salt.hex()}).encode() + b"\n"
    cipher = _cipher(secret, salt)
    data = source.read_bytes()
    pieces = [data[at : at + _PIECE_BYTES] for at in range(0, len(data), _PIECE_BYTES)] or [b""]
    last = len(pieces) - 1
    sealed = [cipher.encrypt(_nonce(n), piece, _bound(head, n, last=n == last)) for n, piece in enumerate(pieces)]
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(to, head + b"".join(sealed), 0o600)


def unseal(path: Path, secret: bytes) -> bytes:
    """What was sealed. Raises InvalidInputError where it was changed, or the key is another one."""
    head, rest = _parts(path)
    told = _head(head)
    if told is None:
        raise _refused(path, "this is no sealed recording")
    cipher = _cipher(secret, bytes.fromhex(told["salt"]))
    size = _PIECE_BYTES + _TAG_BYTES
    pieces = [rest[at : at + size] for at in range(0, len(rest), size)]
    last = len(pieces) - 1
    if not pieces:
        raise _refused(path, "it was cut short")
    try:
        return b"".join(cipher.decrypt(_nonce(n), one, _bound(head, n, last=n == last)) for n, one in enumerate(pieces))
    except InvalidTag:
        raise _refused(path, "it was changed, or was sealed with another key") from None


def ended(path: Path, today: date) -> bool:
    """Whether the day on which a sealed recording is to be deleted has come. False for what is none."""
    told = _head(_parts(path)[0])
    return told is not None and date.fromisoformat(told["until"]) <= today


def sweep(workspace: Path, folder: str, today: date) -> list[Path]:
    """Delete every sealed recording below a folder of the workspace whose day has come; those that were deleted."""
    gone = [path for path in sorted((workspace / folder).rglob(f"*{ENDING}")) if ended(path, today)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _parts(path: Path) -> tuple[bytes, bytes]:
    head, line, rest = path.read_bytes().partition(b"\n")
    return head + line, rest


def _head(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line[:_HEAD_BYTES])
        date.fromisoformat(told["until"])
        bytes.fromhex(told["salt"])
    except (ValueError, TypeError, KeyError):
        return None
    return told if isinstance(told, dict) and told.get("form") == FORM else None


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, b"tidewaiter recording").derive(secret))


def _nonce(number: int) -> bytes:
    # A key seals one file only, so a counter never comes twice under it.
    return number.to_bytes(12, "big")


def _bound(head: bytes, number: int, *, last: bool) -> bytes:
    return head + number.to_bytes(8, "big") + bytes([last])


def _refused(path: Path, message: str) -> InvalidInputError:
    return InvalidInputError(
        [Diagnostic(os.path.relpath(path), "sealed-recording", message, "take it as it was kept, or --redo fuzz")]
    )
