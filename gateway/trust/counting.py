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

Keys = dict[str, tuple[str, PublicKey]]
"""A key's id -> the member, and the key."""
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
    strangers: int = 0
    """How many signatures are of no known key: they count for nobody."""

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
        needed = f"{counted(self.threshold, 'person', 'people')} needed as {self.role}"
        signed = len(self.people)
        of = f"{signed} of {needed}" if signed <= self.threshold else f"{signed} signed, {needed}"
        return f"{of}{who}{alone}{strangers_line(self.strangers)}"


def count_people(envelope: Envelope, root: TrustRoot, role: RoleName, file: str, registered: Registered) -> Count:
    """Who of a role signed. Raises InvalidInputError where a signature is forged.

    `registered` tells when the register took a signature. A signature that it never took counts for nobody.
    """
    known, strangers = signatures_by(envelope, root.keys(), file)
    signers = tuple(_signer(member, one, root, role, registered) for member, one in known)
    return Count(role, root.value.roles.named(role).threshold, signers, strangers=strangers)


def strangers_line(number: int) -> str:
    """In words, how many signatures are of no known key; empty for none."""
    return f"; {counted(number, 'signature')} of no known key, not counted" if number else ""


def signatures_by(envelope: Envelope, keys: Keys, file: str) -> tuple[list[tuple[str, Signature]], int]:
    """The members who signed, each with the signature; and how many signatures are of no known key.

    Those count for nobody and stop nobody, as DSSE says: anybody could add one. Raises InvalidInputError for one that
    bears the id of a member's key and was not made by it: somebody is impersonated, or the bytes were altered.
    """
    found: list[tuple[str, Signature]] = []
    strangers = 0
    faults: list[Diagnostic] = []
    for number, one in enumerate(envelope.signatures, 1):
        member = owner_of(one, envelope.signed_bytes, keys)
        if member:
            found.append((member, one))
        elif one.key_id in keys:
            faults.append(_forged(one, number, file))
        else:
            strangers += 1
    if faults:
        raise InvalidInputError(faults)
    return found, strangers


def owner_of(signature: Signature, message: bytes, keys: Keys) -> str:
    """The member whose key made it; empty for none. The key that it names is only where to look first."""
    hinted = keys.get(signature.key_id)
    ordered = [hinted, *keys.values()] if hinted is not None else list(keys.values())
    return next((member for member, key in ordered if key.signed(signature.value, message)), "")


def digest_of(signature: bytes) -> str:
    """How the register knows a signature."""
    return "sha256:" + hashlib.sha256(signature).hexdigest()


def _forged(signature: Signature, number: int, file: str) -> Diagnostic:
    shown = signature.key_id[:_SHOWN] + "..." if len(signature.key_id) > _SHOWN else signature.key_id
    message = f"signature {number} was not made by the key {shown} over these bytes: it is forged, or was altered"
    return Diagnostic(file, "forged-signature", message, "take the file as it was, or sign it again")


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
