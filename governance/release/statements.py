"""Statements about releases as files that people sign: the text that is signed, and the envelope beside it."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Written
from contracts.wording import faults_of
from contracts.written import FILE_BYTES, pointer_to
from gateway.releases.stated import parse_statement
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.release_statement import PAYLOAD_TYPES, ROLES, Activation, Override, Revocation, Statement, Vouch
from gateway.trust.root import TrustRoot

M = TypeVar("M", bound=Written)
_KINDS: dict[str, type[Statement]] = {
    "vouch": Vouch,
    "activation": Activation,
    "revocation": Revocation,
    "override": Override,
}

_WRITERS = "that `release activate`, `rollback`, `withdraw` or `override begin`"


def make(model: type[M], **said: Any) -> M:
    """A statement, or a part of one, of these values. Raises InvalidInputError where they make none."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        faults = faults_of(error, model, said)
        name = model.__name__.lower()
        raise InvalidInputError(
            Diagnostic(name, one.code, f"{pointer_to(*one.path) or name}: {one.message}", one.remedy) for one in faults
        ) from None


def text_of(statement: Statement) -> bytes:
    """The bytes that are signed: YAML with a key a line, each value as JSON, which is YAML too."""
    tree = statement.model_dump(mode="json", by_alias=True)
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in tree.items()).encode()


def is_envelope(path: Path) -> bool:
    """Whether the file's name says that it is an envelope, as a node's store keeps it: the statement lies in it."""
    return path.name.endswith(ENVELOPE_ENDING)


def beside(path: Path) -> Path:
    """Where the signatures of a statement's file lie; an envelope has them in itself."""
    return path if is_envelope(path) else path.with_name(path.stem + ENVELOPE_ENDING)


def signed(envelope: Envelope | None, model: type[Statement], text: bytes, key: PrivateKey) -> Envelope:
    """The envelope with this key's signature in it; the same where it is there already."""
    kind = PAYLOAD_TYPES[model]
    message = pre_authentication(kind, text)
    signatures = envelope.signatures if envelope is not None else ()
    if not any(key.public.signed(one.value, message) for one in signatures):
        signatures = (*signatures, Signature(key.public.id, key.sign(message)))
    return Envelope(kind, text, signatures)


def member_of(key: PrivateKey, root: TrustRoot, model: type[Statement]) -> str:
    """Whose key it is. Raises InvalidInputError where nobody's who may sign such a statement."""
    name = owner_of(key, root)
    role = ROLES[model]
    if root.value.members[name].removed is not None:
        message = f"{name} was removed: what {name} signs from now on counts for nothing"
        raise InvalidInputError([Diagnostic(root.file, "removed-signer", message, "somebody else of the role signs")])
    # A second override so soon after another one is the quorum's business.
    also = root.value.roles.board.members if model is Override else ()
    if name not in (*root.value.roles.named(role).members, *also):
        message = f"{name} is not in the role {role}"
        raise InvalidInputError([Diagnostic(root.file, "wrong-role", message, f"somebody of {role} signs")])
    return name


def owner_of(key: PrivateKey, root: TrustRoot) -> str:
    """The member whose key it is. Raises InvalidInputError where it is nobody's."""
    found = root.keys().get(key.public.id)
    if found is not None:
        return found[0]
    message = f"the key{' ' * bool(key.file)}{key.file} is of no member of the trust root"
    remedy = f"sign with a member's key, or have {key.public.text} added to a new trust root"
    raise InvalidInputError([Diagnostic(root.file, "unknown-signer", message, remedy)])


def read_statement_file(path: Path) -> tuple[Statement, bytes, Envelope | None]:
    """A statement, its bytes and who signed so far; also of an envelope alone, as a node's store keeps it.

    Raises InvalidInputError where it cannot be read, or was edited afterwards.
    """
    shown = str(path)
    if is_envelope(path):
        return _from_envelope(path)
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        remedy = f"name the file {_WRITERS} wrote"
        raise InvalidInputError([Diagnostic(shown, "unreadable", f"it cannot be read: {reason}", remedy)]) from None
    stated = next((name for name in _KINDS if f'type: "{name}"'.encode() in text.splitlines()), "")
    if not stated:
        message = "this is no statement about a release"
        remedy = f"name the file {_WRITERS} wrote"
        raise InvalidInputError([Diagnostic(shown, "no-statement", message, remedy)])
    model = _KINDS[stated]
    statement = parse_statement(text, model, shown)
    place = beside(path)
    envelope = envelope_at(place, str(place))
    if envelope is not None and (envelope.payload_type, envelope.payload) != (PAYLOAD_TYPES[model], text):
        message = "it is not what was signed: it was edited afterwards, or the signatures are of another file"
        remedy = f"bring it back, or take {place.name} away and let all sign again"
        raise InvalidInputError([Diagnostic(shown, "edited-file", message, remedy)])
    return statement, text, envelope


def _from_envelope(path: Path) -> tuple[Statement, bytes, Envelope]:
    shown = str(path)
    envelope = envelope_at(path, shown)
    if envelope is None:
        remedy = f"name the file {_WRITERS} wrote, or one of statements/ in a node's store"
        raise InvalidInputError([Diagnostic(shown, "unreadable", "there is no such file", remedy)])
    model = next((one for one, kind in PAYLOAD_TYPES.items() if kind == envelope.payload_type), None)
    if model is None:
        message = "what was signed here is no statement about a release"
        raise InvalidInputError([Diagnostic(shown, "no-statement", message, "name the envelope of one")])
    return parse_statement(envelope.payload, model, shown), envelope.payload, envelope


def sign_file(path: Path, key: PrivateKey, root: TrustRoot) -> tuple[Statement, str]:
    """Add this key's signature beside a statement's file; returns the statement and the member.

    Raises InvalidInputError where it may not sign this, OSError where the envelope cannot be written.
    """
    statement, text, envelope = read_statement_file(path)
    member = member_of(key, root, type(statement))
    write_whole(beside(path), write_envelope(signed(envelope, type(statement), text, key)))
    return statement, member
