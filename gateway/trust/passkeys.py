"""Passkeys: a member's key names one, for one origin and a while; what it signs then counts as the member's.

A passkey signs no text of ours but a record of its own: where it was asked, and a challenge. That is the digest
of what a key would sign, so a signature goes with one text and one type of text.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from contracts.diagnostic import InvalidInputError
from contracts.json_text import parse_json
from gateway.trust.envelope import Signature
from gateway.trust.root import TrustRoot

if TYPE_CHECKING:
    from gateway.trust.board_stated import Said

PREFIX: Final = "passkey:"
"""Before the id of a passkey, where an envelope names a key."""
_PARTS: Final = ("authenticatorData", "clientDataJSON", "signature")
_ANSWER_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey as its member named it."""

    member: str
    credential: str
    """Its id, base64url."""
    public_key: str
    """COSE, base64url."""
    origin: str
    until: datetime
    begins: int
    """The entry of the register by which it was named."""
    ends: int | None = None
    """The entry by which its member ended it."""
    why_not: str = ""
    """Why it counts for nothing; empty where it does."""

    def holds(self, sequence: int, moment: datetime) -> bool:
        """Whether it counts for what the register takes as that entry, at that time."""
        is_before_end = self.ends is None or sequence < self.ends
        return not self.why_not and self.begins < sequence and is_before_end and moment < self.until


def passkeys_of(said: "Iterable[Said]", root: TrustRoot) -> tuple[Passkey, ...]:
    """All passkeys that members named with their keys, in the register's order."""
    made: list[Passkey] = []
    named = [one for one in said if one.registered is not None and one.statement.act in ("passkey", "end-passkey")]
    for one in sorted(named, key=lambda each: each.registered or 0):
        statement, sequence = one.statement, one.registered
        removed = root.value.members[statement.member].removed
        if one.passkey or sequence is None or (removed is not None and sequence > removed.length):
            continue
        if statement.act == "end-passkey":
            made = [
                replace(p, ends=sequence)
                if (p.member, p.credential) == (statement.member, statement.credential)
                and p.ends is None
                and p.begins < statement.sequence  # an end that was written before, and kept back, ends nothing
                else p
                for p in made
            ]
            continue
        why_not = ""
        if any(p.credential == statement.credential and p.member != statement.member for p in made):
            why_not = "was signed with a passkey that another member named first"
        last = max((p.ends or 0 for p in made if p.credential == statement.credential), default=0)
        if statement.sequence <= last:
            why_not = f"was signed with a passkey that was ended at entry {last}"
        assert statement.until is not None
        made.append(
            Passkey(
                statement.member, statement.credential, statement.public_key, statement.origin, statement.until,
                sequence, None, why_not,
            )
        )  # fmt: skip
    return tuple(made)


def is_by_passkey(signature: Signature) -> bool:
    """Whether a signature says that a passkey made it."""
    return signature.key_id.startswith(PREFIX)


def credential_of(signature: Signature) -> str:
    """The id of the passkey that a signature names."""
    return signature.key_id.removeprefix(PREFIX)


def challenge_of(signed_bytes: bytes) -> bytes:
    """What a passkey is given to sign: the digest of what a key would sign."""
    return hashlib.sha256(signed_bytes).digest()


def answer_of(credential: str, response: Mapping[str, str]) -> Signature:
    """What a browser answered, as the signature that an envelope keeps. Raises ValueError where a part is missing."""
    if any(not isinstance(response.get(part), str) for part in _PARTS):
        raise ValueError("this is no answer of a passkey")
    shape = {part: response[part] for part in _PARTS}
    return Signature(PREFIX + credential, json.dumps(shape, separators=(",", ":"), sort_keys=True).encode())


def signed_by(passkey: Passkey, signature: Signature, signed_bytes: bytes) -> bool:
    """Whether the passkey signed these bytes at its origin, its holder being present and verified."""
    # Loaded where a passkey is judged only: it costs a node without any a second.
    from webauthn import verify_authentication_response  # noqa: PLC0415

    response = _response(signature)
    if response is None:
        return False
    credential = {
        "id": passkey.credential, "rawId": passkey.credential, "type": "public-key", "response": response,
    }  # fmt: skip
    try:
        verify_authentication_response(
            credential=credential,
            expected_challenge=challenge_of(signed_bytes),
            expected_rp_id=urlsplit(passkey.origin).hostname or "",
            expected_origin=passkey.origin,
            credential_public_key=_decoded(passkey.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - on bytes of strangers the library raises what its parsers do
        return False
    return True


def _response(signature: Signature) -> Mapping[str, Any] | None:
    if len(signature.value) > _ANSWER_BYTES:
        return None
    try:
        tree = parse_json(signature.value, "a passkey's answer")
    except InvalidInputError:
        return None
    if not isinstance(tree, dict) or tree.keys() != set(_PARTS):
        return None
    try:
        # Written in one way only: the register knows a signature by its bytes.
        is_ours = answer_of(credential_of(signature), tree).value == signature.value
    except ValueError:
        return None
    return tree if is_ours else None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
