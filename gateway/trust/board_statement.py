"""What a member states on a decision, or on who stands in for whom. The exact bytes of the text are signed.

A signature over the decision itself is an approval. All else that a member can say is a statement: one text, one
member, one signature, one entry of the register.
"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Id, Written, fault
from contracts.wording import faults_of
from gateway.trust.register import NOTHING
from gateway.trust.root import Digest, RoleName

STATEMENT_TYPE: Final = "application/vnd.tidewaiter.board-statement+yaml"
"""The payload type under which a statement is signed."""
STATEMENT_BYTES: Final = 65_536
"""The largest statement that is read."""
DELEGATION_DAYS: Final = 90
"""The longest time for which somebody may stand in for another."""
PASSKEY_DAYS: Final = 366
"""The longest time for which a passkey may sign."""

Act = Literal[
    "approve", "return", "refuse", "abstain", "revoke", "met", "delegate", "end-delegation", "passkey", "end-passkey"
]
POSITIONS: Final = ("approve", "return", "refuse", "abstain", "revoke")
"""Acts that say how a member stands to a decision; the last one counts."""

_PARTS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "approve": (frozenset(("decision", "digest")), frozenset(("comment", "conditions"))),
    "return": (frozenset(("decision", "digest", "comment")), frozenset()),
    "refuse": (frozenset(("decision", "digest", "comment")), frozenset()),
    "abstain": (frozenset(("decision", "digest")), frozenset(("comment",))),
    "revoke": (frozenset(("decision", "digest", "comment", "takes_back")), frozenset()),
    "met": (frozenset(("decision", "digest", "condition", "evidence")), frozenset(("comment",))),
    "delegate": (frozenset(("to", "until")), frozenset(("comment",))),
    "end-delegation": (frozenset(("to",)), frozenset(("comment",))),
    "passkey": (frozenset(("credential", "public_key", "origin", "until")), frozenset(("comment",))),
    "end-passkey": (frozenset(("credential",)), frozenset(("comment",))),
}
"""By act: the parts that it needs, and those that it may have."""
_OF_SOME: Final = (
    "decision", "digest", "comment", "conditions", "condition", "evidence", "takes_back", "to", "until",
    "credential", "public_key", "origin",
)  # fmt: skip

_UNSEEN: Final = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=1400)]
Text = Annotated[str, StringConstraints(max_length=4000)]


class Condition(Written):
    """Something that has to be done before what was decided may be released."""

    id: Id
    """How it is called, within the decision or within what one member stated."""
    text: str = Field(min_length=1, max_length=1000)
    """What has to be done."""


class BoardStatement(Written):
    """The whole text."""

    format: Literal[1]
    """The form of this text: 1."""
    type: Literal["board-statement"]
    """So that it is taken for nothing else."""
    act: Act
    """What is stated."""
    workspace: str = Field(min_length=1, max_length=200)
    """`name` in tidewaiter.yaml: it counts in that workspace only."""
    environment: Id | Literal[""]
    """The environment of the decision; empty for one without, and where somebody stands in for another."""
    role: RoleName
    """The role in which it is stated."""
    member: Id
    """Who states it: the member of the trust root whose key signs."""
    decision: str = Field("", max_length=100)
    """The decision's name."""
    digest: Digest | None = None
    """Of the decision's exact bytes, and with them of the report that they name."""
    comment: Text = ""
    """Why."""
    conditions: tuple[Condition, ...] = Field((), max_length=20)
    """What has to be done before it may be released."""
    condition: str = Field("", max_length=140)
    """The condition that is met: `ID` of the decision's own, `MEMBER/ID` of what a member stated."""
    evidence: Text = ""
    """How anybody can see that it is met."""
    takes_back: Literal["own", "decision"] | None = None
    """`own`: the member's approval. `decision`: the board's, once as many people say so as it takes to decide."""
    to: Id | Literal[""] = ""
    """The member who stands in."""
    credential: Base64Url = ""
    """The passkey's id, as browsers tell it."""
    public_key: Base64Url = ""
    """The passkey's public key, as its authenticator tells it (COSE)."""
    origin: str = Field("", max_length=300)
    """The pages at which the passkey signs: it counts for what was signed there only."""
    until: AwareDatetime | None = None
    """Until then."""
    at: AwareDatetime
    """When it was written, by its writer's word."""
    sequence: int = Field(ge=1)
    """One more than the entries that the register had when this was written."""
    head: Digest = NOTHING
    """The digest of the last of those entries: it counts in that history and in no other."""

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        needed, allowed = _PARTS[self.act]
        given = {name for name in _OF_SOME if getattr(self, name)}
        for name in sorted(needed - given):
            raise fault("wrong-value", f"`{self.act}` needs `{name}`", f"add `{name}`", "act")
        for name in sorted(given - needed - allowed):
            raise fault("wrong-value", f"`{self.act}` has no `{name}`", f"leave `{name}` out", name)
        if "decision" not in needed and self.environment:
            message = f"`{self.act}` is for every environment"
            raise fault("wrong-value", message, 'write `environment: ""`', "environment")
        if self.act.endswith("passkey") and self.role != "board":
            message = "a passkey signs what the board says, in whatever role that is decided"
            raise fault("wrong-value", message, "write `role: board`", "role")
        if len({one.id for one in self.conditions}) < len(self.conditions):
            raise fault("wrong-value", "two conditions have one id", "give each an id of its own", "conditions")
        if (self.head == NOTHING) != (self.sequence == 1):
            message = "`head` is the digest of the register's entry before `sequence`"
            raise fault("wrong-value", message, "let `tidewaiter board` write both", "head")
        return self

    @model_validator(mode="after")
    def _holds_for_a_while(self) -> Self:
        if self.act == "delegate" and self.to == self.member:
            raise fault("wrong-value", "nobody stands in for themselves", "name another member", "to")
        if self.until is not None:
            if self.until <= self.at:
                raise fault("wrong-value", "it ends before it begins", "let `until` lie ahead", "until")
            if self.act == "delegate" and self.until > self.at + timedelta(days=DELEGATION_DAYS):
                message = f"somebody stands in for another for {DELEGATION_DAYS} days at most"
                raise fault("wrong-value", message, "name an earlier day", "until")
            if self.until > self.at + timedelta(days=PASSKEY_DAYS):
                message = f"a passkey signs for {PASSKEY_DAYS} days at most"
                raise fault("wrong-value", message, "name an earlier day", "until")
        return self


def statement_text(statement: BoardStatement) -> bytes:
    """The statement as it is signed: YAML, each part on a line, what does not belong to its act left out."""
    lines = [
        "format: 1",
        "type: board-statement",
        f"act: {statement.act}",
        f"workspace: {_quoted(statement.workspace)}",
        f"environment: {_quoted(statement.environment)}",
        f"role: {statement.role}",
        f"member: {_quoted(statement.member)}",
    ]
    for name in ("decision", "digest", "takes_back", "condition", "to", "origin", "credential", "public_key"):
        lines += [f"{name}: {_quoted(value)}"] if (value := getattr(statement, name)) else []
    if statement.until is not None:
        lines.append(f"until: {_moment(statement.until)}")
    lines += [f"{name}: {_quoted(text)}" for name in ("comment", "evidence") if (text := getattr(statement, name))]
    if statement.conditions:
        lines.append("conditions:")
        lines += [f"  - {{id: {_quoted(one.id)}, text: {_quoted(one.text)}}}" for one in statement.conditions]
    lines += [f"at: {_moment(statement.at)}", f"sequence: {statement.sequence}", f"head: {statement.head}"]
    return ("\n".join(lines) + "\n").encode()


def parse_statement(text: bytes, file: str) -> BoardStatement:
    """The statement in a text. Raises InvalidInputError where it is none."""
    if len(text) > STATEMENT_BYTES:
        message = f"a statement has {STATEMENT_BYTES} bytes at most"
        raise InvalidInputError([Diagnostic(file, "too-large", message, "say it in fewer words")])
    try:
        return _parsed(text)
    except InvalidInputError as error:
        raise InvalidInputError(replace(one, file=file) for one in error.diagnostics) from None


@lru_cache(maxsize=4096)
def _parsed(text: bytes) -> BoardStatement:
    """Pages and commands read the same texts again and again."""
    tree = yaml12.parse(text, "the statement")
    try:
        return BoardStatement.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, BoardStatement, tree)
        raise InvalidInputError(
            Diagnostic("the statement", one.code, one.message, one.remedy) for one in faults
        ) from None


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str) -> str:
    """A scalar of YAML; JSON's strings are some. What a reader cannot see stands there as its escape."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
