"""A signed statement about releases, held against the trust root: every field is judged each time that it is used."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import faults_of
from contracts.written import FILE_BYTES, Source, pointer_to
from gateway.trust.counting import Count, Signer, digest_of, signatures_by
from gateway.trust.envelope import Envelope
from gateway.trust.release_statement import PAYLOAD_TYPES, ROLES, Statement
from gateway.trust.root import TrustRoot

S = TypeVar("S", bound=Statement)

Taken = Callable[[str], int | None]
"""A signature's digest -> how long the register was when this node took it; None where it is new here."""


@dataclass(frozen=True, slots=True)
class Stated(Generic[S]):
    """A statement that is for here, and who signed it."""

    said: S
    text: bytes
    envelope: Envelope
    count: Count

    @property
    def digest(self) -> str:
        """Of the bytes that are signed."""
        return "sha256:" + hashlib.sha256(self.text).hexdigest()

    @property
    def signatures(self) -> tuple[str, ...]:
        """The digests of its signatures, those of no known key apart: nobody who gets to be known later signed it."""
        return tuple(one.signature for one in self.count.signers)


def parse_statement(text: bytes, model: type[S], file: str) -> S:
    """A statement in its bytes. Raises InvalidInputError."""
    if len(text) > FILE_BYTES:
        message, remedy = f"the file is larger than {FILE_BYTES} bytes", "name the statement that `tidewaiter` wrote"
        raise InvalidInputError([Diagnostic(file, "too-large", message, remedy)])
    tree = yaml12.parse(text, file)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        source = Source(file, text, tree)
        faults = faults_of(error, model, tree)
        raise InvalidInputError(
            source.fault(pointer_to(*one.path), one.code, one.message, one.remedy) for one in faults
        ) from None


def count_statement(
    envelope: Envelope, model: type[S], file: str, *, workspace: str, environment: str, root: TrustRoot, taken: Taken
) -> Stated[S]:
    """Who signed a statement. Raises InvalidInputError where it is of another kind, place or environment, or forged.

    Too few signatures are no fault here: `count` tells. `taken` tells of signatures that this node took before: those
    of people who left since count still.
    """
    kind = PAYLOAD_TYPES[model]
    if envelope.payload_type != kind:
        message = f"what was signed here is of another kind: {envelope.payload_type}, not {kind}"
        raise InvalidInputError([Diagnostic(file, "foreign-signature", message, "name the right file")])
    said = parse_statement(envelope.payload, model, file)
    faults = list(_elsewhere(said, envelope.payload, file, workspace, environment, root))
    if faults:
        raise InvalidInputError(faults)
    return Stated(said, envelope.payload, envelope, _count(envelope, model, root, file, taken))


def _elsewhere(
    said: Statement, text: bytes, file: str, workspace: str, environment: str, root: TrustRoot
) -> Iterator[Diagnostic]:
    source = Source(file, text)
    if said.workspace != workspace:
        message = f"this is for the workspace {said.workspace}, not for {workspace}"
        yield source.fault("/workspace", "foreign-statement", message, "make and sign one for this workspace")
    if said.environment != environment:
        message = f"this is for the environment {said.environment or 'none'}, not for {environment or 'none'}"
        yield source.fault("/environment", "foreign-statement", message, "make and sign one for this environment")
    if said.submitter not in root.value.members:
        message = "who asked for it is no member of the trust root"
        yield source.fault("/submitter", "unknown-submitter", message, "a member asks for it, by the id in the root")


def _count(envelope: Envelope, model: type[Statement], root: TrustRoot, file: str, taken: Taken) -> Count:
    role = ROLES[model]
    signers: list[Signer] = []
    known, strangers = signatures_by(envelope, root.keys(), file)
    for member, one in known:
        digest = digest_of(one.value)
        when, removed = taken(digest), root.value.members[member].removed
        is_late = removed is not None and (when is None or when > removed.length)
        why_not = ""
        if is_late:
            why_not = "was removed before this node took the signature"
        elif member not in root.value.roles.named(role).members:
            why_not = f"is not in the role {role}"
        # Whoever left later, and is in no role since then, let it all the same.
        stands = not is_late and (not why_not or when is not None)
        signers.append(Signer(member, digest, when, why_not, stands=stands))
    return Count(role, root.value.roles.named(role).threshold, tuple(signers), strangers=strangers)
