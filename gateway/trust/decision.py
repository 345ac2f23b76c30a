"""`decisions/<name>.yaml`: what was decided, by whom, on which digests, until when. Its exact bytes are signed."""

import posixpath
from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from contracts.model import ApiVersion, Id, Written, fault
from gateway.trust.board_statement import Condition
from gateway.trust.register import NOTHING
from gateway.trust.root import Digest, RoleName

DECISION_TYPE: Final = "application/vnd.tidewaiter.decision+yaml"
"""The payload type under which a decision is signed."""
REMOVED: Final = "removed"

Verdict = Literal["approve", "refuse", "waive"]
OnExpiry = Literal["block", "stop"]
Gone = Literal["removed"]


def _inside(path: str) -> str:
    if path != posixpath.normpath(path) or path.startswith(("/", "..")) or path == ".":
        raise fault("wrong-value", "this is no path inside the workspace", "write it as in `entities/acme.yaml`")
    return path


FilePath = Annotated[str, AfterValidator(_inside)]
"""A file's path, from the workspace's folder on, with slashes."""
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class About(Written):
    """What the decision is about, by digest: whatever changes afterwards is not what was decided."""

    workspace: Digest | None = None
    """All that the gateway reads, as it is in the environment; the decision then covers everything."""
    contracts: dict[ApiVersion, Digest | Gone] = Field(default_factory=dict)
    """By `api@version`: the contract's document with its overlay and all its files, or `removed`."""
    files: dict[FilePath, Digest | Gone] = Field(default_factory=dict)
    """By path in the workspace: systems, entities with their pins, consumers (access), modes and the rest."""
    report: Digest | None = None
    """The report that was read, if there was one."""
    base: Digest | None = None
    """The release that it was held against; it counts for changes of that release only. None: for a first release."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.workspace or self.contracts or self.files):
            message, remedy = "a decision is about something", "give one of workspace, contracts, files"
            raise fault("wrong-value", message, remedy)
        return self


class Validity(Written):
    """From when and until when the decision counts. A build asks; traffic is stopped by it only where it says so."""

    begins: AwareDatetime | None = Field(None, alias="from")
    """From then on; at once where left out."""
    until: AwareDatetime | None = None
    """Until then; without an end where left out."""
    on_expiry: OnExpiry = "block"
    """What its end does. `block`: the next build needs a new decision, and traffic goes on. `stop`: the gateway, too,
    answers no more what this let, until a release with a newer decision is activated."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins and self.until and self.until <= self.begins:
            raise fault("wrong-value", "it ends before it begins", "let `until` be later than `from`", "until")
        if self.on_expiry == "stop" and self.until is None:
            raise fault("wrong-value", "what never ends stops nothing", "say `until`, or leave it out", "on_expiry")
        return self


class Decision(Written):
    """The whole file."""

    format: Literal[1]
    """The form of this file: 1."""
    type: Literal["change"]
    """`change`: on a change of the workspace, before it is released."""
    workspace: str = Field(min_length=1, max_length=200)
    """`name` in tidewaiter.yaml."""
    environment: Id | Literal[""]
    """The environment it counts in; empty: a build without an environment."""
    role: RoleName
    """In which role the signers decide: `board` for changes."""
    submitter: str = Field(min_length=1, max_length=200)
    """Who asked for it."""
    dated: date = Field(alias="date")
    """The day, for readers: what counts is when the register took the signatures."""
    title: str = Field(min_length=1, max_length=200)
    """What is decided, in a line."""
    reason: str = Field(min_length=3, max_length=4000)
    """Why."""
    verdict: Verdict
    """`approve` covers what the digests name. `waive` covers only `findings` of it. `refuse` takes back both."""
    findings: tuple[Fingerprint, ...] = ()
    """Fingerprints of findings that a `waive` accepts."""
    conditions: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)] | Condition, ...] = ()
    """What was agreed with it; printed with every build that rests on it. One with `id` and `text` blocks a release
    until it is met."""
    validity: Validity = Validity()
    """From when and until when it counts."""
    sequence: int = Field(ge=1)
    """One more than the entries that the register had when this was written."""
    head: Digest = NOTHING
    """The digest of the last of those entries: the decision counts in that history and in no other."""
    about: About
    """What it is about."""

    @model_validator(mode="after")
    def _findings_are_waived(self) -> Self:
        if (self.verdict == "waive") != bool(self.findings):
            message = "`findings` belong to `verdict: waive`, which needs them"
            remedy = "take their fingerprints from `tidewaiter diff`" if not self.findings else "leave them out"
            raise fault("wrong-value", message, remedy, "findings" if self.findings else "verdict")
        if (self.head == NOTHING) != (self.sequence == 1):
            message = "`head` is the digest of the register's entry before `sequence`"
            raise fault("wrong-value", message, "let `tidewaiter board draft` write both", "head")
        if self.verdict == "refuse" and self.validity.on_expiry == "stop":
            message, remedy = "what refuses lets nothing that could stop", "leave `on_expiry` out"
            raise fault("wrong-value", message, remedy, "validity")
        ids = [one.id for one in self.conditions if isinstance(one, Condition)]
        if len(set(ids)) < len(ids):
            raise fault("wrong-value", "two conditions have one id", "give each an id of its own", "conditions")
        return self

    @property
    def agreed(self) -> tuple[str, ...]:
        """The conditions in words."""
        return tuple(one.text if isinstance(one, Condition) else one for one in self.conditions)

    def standing(self, now: datetime) -> str:
        """`early`, `ended` or empty where it counts at that time."""
        begins, until = self.validity.begins, self.validity.until
        if begins is not None and now < begins:
            return "early"
        return "ended" if until is not None and now >= until else ""

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it ends; None where it does not."""
        until = self.validity.until
        return None if until is None else (until.astimezone(UTC) - now.astimezone(UTC)).days
