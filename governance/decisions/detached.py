"""A signature made apart: a text and its digest go in, a line to paste comes out. The key stays where it is."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.board_statement import STATEMENT_BYTES, STATEMENT_TYPE
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.envelope import Signature, pre_authentication
from gateway.trust.keys import PrivateKey
from gateway.trust.signed import FOLDER, names_in, payload_digest

SIGN_IN_TYPE: Final = "application/vnd.tidewaiter.board-sign-in+yaml"
"""The payload type under which a sign-in to the board's pages is signed."""
TYPES: Final = {"change": DECISION_TYPE, "board-statement": STATEMENT_TYPE, "board-sign-in": SIGN_IN_TYPE}
"""By `type` of the text: as what it is signed."""
_LINE: Final = re.compile(r"tidewaiter-signature:(sha256:[0-9a-f]{64}):([A-Za-z0-9+/=]{1,400})")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Apart:
    """A text that is signed apart."""

    text: bytes
    payload_type: str


def is_digest(text: str) -> bool:
    """Whether it is written as a digest is."""
    return _DIGEST.fullmatch(text) is not None


def find_text(digest: str, given: bytes | None, workspace: Path) -> Apart:
    """The text of a digest: what was given, else the workspace's decision of that digest.

    Raises InvalidInputError where there is none, where it is another one, or where it is nothing that a board signs:
    nobody signs a digest without its text.
    """
    if given is None:
        paths = [workspace / FOLDER / f"{name}.yaml" for name in names_in(workspace)]
        given = next((text for path in paths if payload_digest(text := path.read_bytes()) == digest), None)
    if given is None:
        message = "no decision of this workspace has this digest, and a digest alone is never signed"
        raise _fault("no-text", message, "save the text that the page shows, and name it: --text FILE (- for stdin)")
    found = next((one for one in _readings(given) if payload_digest(one) == digest), None)
    if found is None:
        message = f"the text that was given has the digest {payload_digest(given)}, not this one"
        raise _fault("wrong-digest", message, "take the text and the digest from the same page, and change neither")
    kind = _tree(found).get("type")
    if kind not in TYPES:
        raise _fault("unknown-text", "this is nothing that a board signs", "sign decisions, statements and sign-ins")
    return Apart(found, TYPES[kind])


def sign_apart(apart: Apart, key: PrivateKey) -> str:
    """The line to paste."""
    value = key.sign(pre_authentication(apart.payload_type, apart.text))
    return f"tidewaiter-signature:{key.public.id}:{base64.b64encode(value).decode('ascii')}"


def parse_line(line: str) -> Signature:
    """The signature in a line that was pasted; space around and in it does not count. Raises InvalidInputError."""
    found = _LINE.fullmatch("".join(line.split()))
    try:
        if found is not None:
            return Signature(found[1], base64.b64decode(found[2], validate=True))
    except binascii.Error:
        pass
    remedy = "paste the whole line that `tidewaiter board sign` printed: tidewaiter-signature:sha256:..."
    raise _fault("no-signature", "this is no signature", remedy)


def _readings(text: bytes) -> tuple[bytes, ...]:
    """The text as it came, and as it was before a browser or an editor touched the ends of its lines."""
    lines = text.replace(b"\r\n", b"\n")
    return text, lines, lines.rstrip(b"\n") + b"\n"


def _tree(text: bytes) -> Any:
    if len(text) > STATEMENT_BYTES * 64:
        raise _fault("too-large", "this text is too large to be signed", "sign decisions, statements and sign-ins")
    tree = yaml12.parse(text, "the text")
    return tree if isinstance(tree, dict) else {}


def _fault(code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic("the text to sign", code, message, remedy)])
