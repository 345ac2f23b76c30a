"""All that is known of one finding, wherever it was found; and how it is found again by its fingerprint."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.changes.changed import WHOLE
from governance.finding import FailingExample
from governance.known_rules import known_rules
from governance.promised import Since

_EXACT: Final = re.compile(r"[0-9]+(\.[0-9]+){0,2}")
_NEAR: Final = 3
_LISTED: Final = 12
_MESSAGE: Final = 120
WAIVER_DAYS: Final = 90
"""How long a waiver lasts that is written for somebody; they may set another end."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One finding at one change. Texts are as they were found: whoever shows them makes them plain."""

    found_by: str
    """The command, or the file, that it is from."""
    fingerprint: str
    rule: str
    message: str
    does: str
    """`breaks and exposes`; its severity where nothing was said of what it does."""
    status: str
    """What becomes of it: `undecided`, `decided by lower-limits`, `waived by x`, `counts`, `for information`."""
    change: str
    """`api@version`, a file of the workspace, or the document."""
    places: tuple[tuple[str, str], ...]
    """Each with what it is: `Stands at`, `Before at`."""
    severity: str = ""
    against: str = ""
    operation: str = ""
    before: Any = None
    after: Any = None
    proof: str = ""
    example: FailingExample | None = None
    reason: str = ""
    operations: tuple[str, ...] = ()
    consumers: tuple[str, ...] | None = None
    """Those that may call what changed, each with its owner; None where it is not known who may."""
    decides: str = ""
    """Who decides, or who did; empty where this is no question of a decision."""
    since: Since | None = None
    """Since when what breaks has stood as it stood."""
    api: str = ""
    """Whose finding it is, where an api's; a waiver names it."""
    version: str = ""
    owner: str = ""
    steps: tuple[tuple[str, str], ...] = field(default=())
    """What can be done, each with its command."""

    @property
    def can_be_waived(self) -> bool:
        """Whether a file of decisions/ can let it pass; else a signed decision can."""
        return self.rule in known_rules() and self.rule not in WHOLE

    def waiver(self, at: date) -> str:
        """A file that lets this finding alone pass, but for what a person must say; empty where none can."""
        if not self.can_be_waived:
            return ""
        lines = [
            "kind: waiver",
            f"api: {_quoted(self.api or 'NAME')}",
            f'finding: "{self.fingerprint}"',
            f"rule: {_quoted(self.rule)}",
            *([f"versions: [{_quoted(self.version)}]"] if _EXACT.fullmatch(self.version) else []),
            f"owner: {_quoted(self.owner)}" + ("" if self.owner else "  # who answers for it"),
            'reason: ""  # why it is let pass',
            f"until: {(at + timedelta(days=WAIVER_DAYS)).isoformat()}",
            "approved_by: []  # who approved it",
        ]
        return "".join(line + "\n" for line in lines)

    @property
    def waiver_name(self) -> str:
        """What that file is called."""
        return f"decisions/waive-{self.fingerprint}.yaml"


class UnknownFindingError(Exception):
    """No finding, or not only one, is meant. `near` are those that may be: `FINGERPRINT rule: message`, a line each."""

    def __init__(self, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


def find(wanted: str, known: Sequence[Explained]) -> tuple[Explained, ...]:
    """The finding whose fingerprint begins so, at each change that has it. Raises UnknownFindingError.

    A fingerprint may stand at several changes: the same change of two versions is one finding.
    """
    prefix = wanted.lower()
    fitting = [one for one in known if prefix and one.fingerprint.startswith(prefix)]
    if len(_by_id(fitting)) == 1:
        return tuple(fitting)
    if fitting:
        message = f"{_number(fitting)} begin with {plain(wanted)}: write more of its digits"
        raise UnknownFindingError(message, _listed(fitting))
    of_rule = [one for one in known if one.rule == wanted]
    if of_rule:
        message = f"{plain(wanted)} is a rule, of which there is {_number(of_rule)}: write its fingerprint"
        raise UnknownFindingError(message, _listed(of_rule))
    if not known:
        raise UnknownFindingError(f"there is no finding {plain(wanted)}: nothing was found there at all")
    ids = _by_id(known)
    near = [_line(ids[one]) for one in difflib.get_close_matches(prefix, ids, n=_NEAR, cutoff=0.5)]
    message = f"there is no finding {plain(wanted)} among the {_number(known)} there"
    raise UnknownFindingError(message, near or _listed(known))


def _by_id(known: Sequence[Explained]) -> dict[str, Explained]:
    return {one.fingerprint: one for one in reversed(known)}


def _number(known: Sequence[Explained]) -> str:
    return counted(len(_by_id(known)), "finding")


def _listed(known: Sequence[Explained]) -> list[str]:
    found = list(_by_id(known).values())[::-1]
    more = len(found) - _LISTED
    return [*map(_line, found[:_LISTED]), *([f"and {more} more"] if more > 0 else [])]


def _line(one: Explained) -> str:
    told = plain(f"{one.fingerprint} {one.rule}: {one.message}")
    return told if len(told) <= _MESSAGE else f"{told[: _MESSAGE - 3]}..."


def _quoted(text: str) -> str:
    """A scalar of YAML; JSON's strings are some."""
    return json.dumps(text, ensure_ascii=False)
