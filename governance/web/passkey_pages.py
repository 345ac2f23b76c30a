"""Passkeys on the pages: one is made here and named with a key; after that it signs in, and signs statements.

These are the only pages on which a script runs: the one file of ours that asks the browser for the passkey.
"""

import base64
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import parse_json
from gateway.trust.board_stated import read_statements
from gateway.trust.board_statement import PASSKEY_DAYS
from gateway.trust.envelope import Signature, pre_authentication
from gateway.trust.passkeys import Passkey, answer_of, challenge_of, credential_of, passkeys_of, signed_by
from gateway.trust.place import Trust
from gateway.trust.register import Register
from governance.decisions.detached import SIGN_IN_TYPE
from governance.decisions.stating import Saying
from governance.web.forms import SIGNED
from governance.web.origin import HEADERS, Origin
from governance.web.sessions import Visit

SCRIPTED: Final = {
    "content-security-policy": HEADERS["content-security-policy"] + "; script-src 'self'",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
"""Headers of the pages on which our script runs."""
_LIFE: Final = timedelta(days=PASSKEY_DAYS - 2)


def active(
    workspace: Path, origin: Origin, trust: Trust, register: Register, now: datetime, member: str = ""
) -> list[Passkey]:
    """The passkeys that count now at this origin: of a member, or of all. Raises InvalidInputError."""
    stated = read_statements(workspace, trust, register)
    members = trust.root.value.members
    return [
        one
        for one in passkeys_of(stated.said, trust.root)
        if one.origin == origin.text
        and (not member or one.member == member)
        and one.holds(register.length + 1, now)
        and members[one.member].removed is None
    ]


def asking(text: bytes, payload_type: str, passkeys: list[Passkey], origin: Origin) -> dict[str, Any]:
    """What the script is told, so that it asks the browser for a signature."""
    return {
        "challenge": _encoded(challenge_of(pre_authentication(payload_type, text))),
        "rp": origin.name,
        "credentials": " ".join(one.credential for one in passkeys),
    }


def making(visit: Visit, member: str, origin: Origin) -> dict[str, Any]:
    """What the script is told, so that it asks the browser for a new passkey."""
    visit.making = secrets.token_urlsafe(32)
    return {"challenge": visit.making, "rp": origin.name, "user": _encoded(secrets.token_bytes(16)), "member": member}


def named(visit: Visit, answer: str, origin: Origin, now: datetime) -> Saying:
    """The statement that names the passkey which a browser has just made. Raises InvalidInputError."""
    from webauthn import verify_registration_response  # noqa: PLC0415 - costs a second, and only this page needs it

    challenge, visit.making = visit.making, ""
    tree = _parsed(answer)
    try:
        made = verify_registration_response(
            credential=tree,
            expected_challenge=_decoded(challenge),
            expected_rp_id=urlsplit(origin.text).hostname or "",
            expected_origin=origin.text,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - on bytes of strangers the library raises what its parsers do
        raise _fault("no-passkey", "this is no new passkey of these pages", "make it again, on this page") from None
    return Saying(
        "passkey",
        credential=_encoded(made.credential_id),
        public_key=_encoded(made.credential_public_key),
        origin=origin.text,
        until=now.astimezone(UTC).replace(microsecond=0) + _LIFE,
    )


def signature_in(answer: str) -> Signature:
    """What a browser answered for a passkey, as a signature. Raises InvalidInputError."""
    tree = _parsed(answer)
    response, credential = tree.get("response"), tree.get("id")
    try:
        if isinstance(response, dict) and isinstance(credential, str):
            return answer_of(credential, response)
    except ValueError:
        pass
    raise _fault("no-signature", "this is no answer of a passkey", "try again")


def member_signed_in(text: bytes, answer: str, passkeys: list[Passkey]) -> tuple[str, str]:
    """The member whose passkey signed a challenge, and the passkey's id. Raises InvalidInputError."""
    signature = signature_in(answer)
    if not text:
        message = "the text that was to be signed is too old, or was tried too often"
        raise _fault("expired-challenge", message, "sign the one that is shown now")
    for one in passkeys:
        if hmac.compare_digest(one.credential, credential_of(signature)) and signed_by(
            one, signature, pre_authentication(SIGN_IN_TYPE, text)
        ):
            return one.member, one.credential
    raise _fault("forged-signature", "no passkey that a member named for these pages signed this", "use your key")


def passkeys_page(passkeys: list[Passkey]) -> dict[str, Any]:
    """A member's passkeys."""
    return {"mine": [{"id": one.credential, "until": f"{one.until.astimezone(UTC):%Y-%m-%d}"} for one in passkeys]}


def _parsed(answer: str) -> dict[str, Any]:
    tree = parse_json(answer.encode(), SIGNED)
    if not isinstance(tree, dict):
        raise _fault("no-signature", "this is no answer of a passkey", "try again")
    return tree


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fault(code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(SIGNED, code, message, remedy)])
