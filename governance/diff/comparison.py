"""Two documents -> findings: one walk, the comparison of schemas, the rules."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from contracts.counted import counted
from contracts.document import Document, UnresolvedReferenceError, references
from governance.diff.change import Area, Change, Effect, Outcome
from governance.diff.digests import Digests
from governance.diff.from_files import before, loaded
from governance.diff.judge import Contract, judge
from governance.diff.sets.changes import Schemas
from governance.diff.sets.checks import Checks
from governance.diff.walk.whole import walk
from governance.finding import Direction, Finding, Proof
from governance.severities import DiffSettings

Profile = Literal["wire", "strict", "sdk"]

PROOF_SECONDS: Final = 60.0
"""So long all questions of one comparison may take; what is not asked by then could not be proven."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison came to."""

    findings: list[Finding]
    seconds: float
    limits: tuple[str, ...]
    """Bounds that were hit, in words; empty for none."""
    operations: int
    """How many operations both documents have."""


def compare(
    old: Path | str | Document,
    new: Path | str | Document,
    *,
    profile: Profile = "wire",
    at: dt.date | None = None,
) -> list[Finding]:
    """What changed between two documents, given as paths or parsed. `at` is the day to assume for sunsets.

    Raises InvalidInputError for files that cannot be read.
    """
    return compare_documents(_document(old), _document(new), profile=profile, at=at).findings


def _document(given: Path | str | Document) -> Document:
    if isinstance(given, Document):
        return given
    path = Path(given)
    return loaded(path, before(path if path.is_dir() else path.parent))


def compare_documents(
    old: Document, new: Document, *, profile: Profile = "wire", at: dt.date | None = None,
    settings: DiffSettings | None = None, contract: Contract | None = None,
    progress: Callable[[str], None] | None = None,
) -> Comparison:  # fmt: skip
    """As `compare`, with what it took. `progress` is told in words what is being done."""
    started = time.monotonic()
    changes, limits, operations = changes_between(old, new, closing=profile != "strict", progress=progress)
    day = at or dt.datetime.now(tz=dt.UTC).date()
    findings = judge(changes, profile=profile, at=day, settings=settings, contract=contract)
    return Comparison(findings, time.monotonic() - started, limits, operations)


def changes_between(
    old: Document, new: Document, *, closing: bool = True, progress: Callable[[str], None] | None = None
) -> tuple[list[Change], tuple[str, ...], int]:
    """All facts about two documents; the bounds that were hit; how many operations both have."""
    if old is new or old.digest == new.digest:
        return [], (), 0
    say = progress or (lambda _: None)
    say("reading paths and operations")
    digests = Digests(old), Digests(new)
    walked = walk(old, new, digests)
    changes = [*walked.changes, *_nowhere(old, new)]
    limits: list[str] = []
    # Equal texts are equal schemas only where both are read by the same version.
    same = str(old.tree.get("openapi"))[:3] == str(new.tree.get("openapi"))[:3]
    same = same and old.tree.get("jsonSchemaDialect") == new.tree.get("jsonSchemaDialect")
    ends = time.monotonic() + PROOF_SECONDS
    with Checks() as checks:
        for direction in (Direction.REQUEST, Direction.RESPONSE):
            schemas = Schemas(old, new, direction, digests if same else None, checks, closing=closing)
            for site in walked.sites:
                if site.direction is direction:
                    schemas.add(site)
            changes += schemas.changes(ends, progress)
            limits += schemas.limits
        if checks.ended:
            limits.append(f"{counted(checks.ended, 'question')} took too long and went without an answer")
    return changes, tuple(limits), walked.operations


def _nowhere(old: Document, new: Document) -> list[Change]:
    """References that lead nowhere in one document: what stands there is not known, and so not compared."""
    sides = [
        {(ref, pointer): None for ref, pointer in references(side) if _is_broken(side, ref)} for side in (old, new)
    ]
    found = []
    for number, (mine, other) in enumerate((sides, sides[::-1])):
        for ref, pointer in [one for one in mine if one not in other][:_MOST_BROKEN]:
            found.append(Change(
                Area.SCHEMA, "reference", Effect.CHANGES, Direction.REQUEST,
                "" if number else pointer, pointer if number else "", None if number else ref, ref if number else None,
                subject=pointer, outcome=Outcome.UNKNOWN, proof=Proof.UNPROVEN,
                reason="a reference leads nowhere, so what stands there is not known", identity=f"{pointer} {ref}",
            ))  # fmt: skip
    return found


_MOST_BROKEN: Final = 50
"""So many references of one document that lead nowhere are told."""


def _is_broken(document: Document, ref: str) -> bool:
    if not ref.startswith("#/"):
        return False
    try:
        document.step(ref)
    except UnresolvedReferenceError:
        return True
    return False
