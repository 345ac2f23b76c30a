"""Signatures -> people. Distinct people count: neither keys nor key ids nor signatures."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.counted import counted
from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.envelope import Envelope, Signature
from gateway.trust.keys import PublicKey
from gateway.trust.root import RoleName, TrustRoot

_SHOWN: Final = 23
"""Characters of a key's id that messages show."""

Registered = Callable[[str], int | None]
"""A signature's digest -> the sequence at which the register took it; None where it never did."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One signature that is genuine, and whether it counts."""

    member: str
    signature: str
    """`sha256:...` of the signature's bytes."""
    registered: int | None
    """Its sequence in the register."""
    why_not: str = ""
    """Why it does not count in the role; empty where it does."""
    stands: bool = False
    """Whether it counts for the member, whatever the role: it is registered, and came before any removal."""
    acts_for: str = ""
    """The member of the role in whose place it counts; empty where that is the signer."""


@dataclass(frozen=True, slots=True)
class Count:
    """Who signed in a role."""

    role: RoleName
    threshold: int
    signers: tuple[Signer, ...]
    alone: str = ""
    """The submitter, where nobody else signed: nobody decides alone on what they submitted."""

    @property
    def people(self) -> tuple[str, ...]:
        """The different people whose signatures count."""
        return tuple(sorted({one.member for one in self.signers if not one.why_not}))

    @property
    def reached(self) -> bool:
        """Whether enough people signed, and not the submitter alone."""
        return len(self.people) >= self.threshold and not self.alone

    def __str__(self) -> str:
        """`1 of 2 people of the board: anna`."""
        who = f": {', '.join(self.people)}" if self.people else ""
        alone = f"; {self.alone} submitted it and does not decide alone" if self.alone else ""
        return f"{len(self.people)} of {counted(self.threshold, 'person', 'people')} needed as {self.role}{who}{alone}"


def count_people(envelope: Envelope, root: TrustRoot, role: RoleName, file: str, registered: Registered) -> Count:
    """Who of a role signed. Raises InvalidInputError where a signature is forged or of a key that nobody knows.

    `registered` tells when the register took a signature. A signature that it never took counts for nobody.
    """
    keys = root.keys()
    signers: list[Signer] = []
    faults: list[Diagnostic] = []
    for number, signature in enumerate(envelope.signatures, 1):
        member, is_known = _owner(signature, envelope.signed_bytes, keys)
        if member:
            signers.append(_signer(member, signature, root, role, registered))
        else:
            faults.append(_fault(signature, number, file, is_known=is_known))
    if faults:
        raise InvalidInputError(faults)
    return Count(role, root.value.roles.named(role).threshold, tuple(signers))


def digest_of(signature: bytes) -> str:
    """How the register knows a signature."""
    return "sha256:" + hashlib.sha256(signature).hexdigest()


def _owner(signature: Signature, message: bytes, keys: dict[str, tuple[str, PublicKey]]) -> tuple[str, bool]:
    """The member who signed, empty for none, and whether the key that is named is known."""
    for member, key in keys.values():
        if key.signed(signature.value, message):
            return member, True
    return "", signature.key_id in keys


def _fault(signature: Signature, number: int, file: str, *, is_known: bool) -> Diagnostic:
    shown = signature.key_id[:_SHOWN] + "..." if len(signature.key_id) > _SHOWN else signature.key_id or "no key id"
    if is_known:
        message = f"signature {number} was not made by the key {shown} over these bytes: it is forged, or was altered"
        return Diagnostic(file, "forged-signature", message, "take the file from git as it was, or sign it again")
    message = f"signature {number} ({shown}) is of no key that the trust root knows"
    remedy = "the person signs with a registered key, or a new trust root names the key; else take the signature out"
    return Diagnostic(file, "unknown-signer", message, remedy)


def _signer(member: str, signature: Signature, root: TrustRoot, role: RoleName, registered: Registered) -> Signer:
    digest = digest_of(signature.value)
    sequence = registered(digest)
    removed = root.value.members[member].removed
    why_not = ""
    if removed is not None and (sequence is None or sequence > removed.length):
        when = f"as entry {sequence}, " if sequence is not None else "not registered "
        why_not = f"came too late: {when}after the member was removed at entry {removed.length}"
    elif sequence is None:
        why_not = "is not in the register yet: tidewaiter board register"
    stands = not why_not
    if member not in root.value.roles.named(role).members:
        why_not = f"is not in the role {role}"
    return Signer(member, digest, sequence, why_not, stands)
