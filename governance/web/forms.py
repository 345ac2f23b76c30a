"""What a member asks for on a page -> the text to sign; a pasted signature -> what is kept."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.board_statement import STATEMENT_TYPE
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.envelope import Signature, pre_authentication
from gateway.trust.place import Trust
from gateway.trust.register import Register
from gateway.trust.signed import FOLDER, read_decision
from governance.decisions.detached import SIGN_IN_TYPE, parse_line
from governance.decisions.signing import add_signature
from governance.decisions.stating import Saying, judge_text, make_statement, register_statement
from governance.web.origin import Origin
from governance.web.sessions import Pending


class Refused(Exception):  # noqa: N818 - a page for people, as elsewhere
    """A request that is answered with a page that says why not."""

    def __init__(self, status: int, title: str, remedy: str) -> None:
        super().__init__(title)
        self.status, self.title, self.remedy = status, title, remedy


@dataclass(frozen=True, slots=True)
class Asking:
    """What a member wants to say."""

    saying: Saying

    @property
    def decision(self) -> str:
        """The decision's name; empty for none."""
        return self.saying.decision

    @property
    def back(self) -> str:
        """Where the member comes from, where it is about no decision."""
        return "/passkeys" if self.saying.act in ("passkey", "end-passkey") else "/delegations"


SIGNED: Final = "the signature"


def sign_in_text(origin: Origin, workspace: str, challenge: str, until: datetime) -> bytes:
    """What somebody signs to get in: once, here, soon."""
    return (
        "format: 1\n"
        "type: board-sign-in\n"
        f"workspace: {json.dumps(workspace)}\n"
        f"origin: {json.dumps(origin.text)}\n"
        f"challenge: {challenge}\n"
        f"until: {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    ).encode()


def signer_of(text: bytes, line: str, trust: Trust) -> tuple[str, str]:
    """The member and the id of the key that signed a challenge. Raises InvalidInputError."""
    signature = parse_line(line)
    if not text:
        message = "the text that was to be signed is too old, or was tried too often"
        raise InvalidInputError([Diagnostic(SIGNED, "expired-challenge", message, "sign the one that is shown now")])
    message_bytes = pre_authentication(SIGN_IN_TYPE, text)
    for member, key in trust.root.keys().values():
        if key.signed(signature.value, message_bytes):
            if trust.root.value.members[member].removed is not None:
                message = f"{member} was removed"
                raise InvalidInputError([Diagnostic(SIGNED, "removed-signer", message, "ask the board")])
            return member, key.id
    message = "this is no member's signature over the text that is shown"
    raise InvalidInputError([Diagnostic(SIGNED, "forged-signature", message, "sign the text that is shown now")])


def text_to_sign(
    workspace: Path, member: str, asking: Asking, trust: Trust, register: Register, now: datetime, *,
    stated: bool = False,
) -> tuple[bytes, str]:  # fmt: skip
    """The text, and as what it is signed: the decision itself where it is approved without more words.

    `stated`: a statement in any case, as passkeys sign nothing else.

    Raises InvalidInputError where it would count for nothing.
    """
    saying = asking.saying
    if saying.act == "approve" and not saying.comment and not saying.conditions and not stated:
        before = read_decision(workspace, saying.decision, trust, register)
        mine = [one for one in before.standing.voices if one.member == member]
        if any(one.said is None for one in mine) and not any(one.said is not None for one in mine):
            raise Refused(409, "You have approved it", "There is nothing more to sign.")
        if not mine and not before.standing.final:
            return before.text, DECISION_TYPE
    text = make_statement(workspace, member, saying, trust, register, now)
    judge_text(workspace, text, trust, register, now)
    return text, STATEMENT_TYPE


def keep_signed(
    workspace: Path, pending: Pending, member: str, signature: Signature, trust: Trust, now: datetime
) -> None:
    """Keep what waited, with its signature. Raises InvalidInputError where that is not the member's, OSError."""
    if pending.payload_type == DECISION_TYPE:
        if (workspace / FOLDER / f"{pending.decision}.yaml").read_bytes() != pending.text:
            message = "the decision was changed meanwhile"
            raise InvalidInputError([Diagnostic(SIGNED, "edited-file", message, "read it again, and sign that")])
        register = add_signature(workspace, pending.decision, signature, member, trust, now).register
    else:
        register = register_statement(workspace, pending.text, signature, trust, now).register
    try:
        trust.remember(register)
    except OSError:
        return
