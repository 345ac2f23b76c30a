"""What changes by a decision, in words, for the person who is to sign: no more lines than can be read."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from gateway.trust.decision import REMOVED
from gateway.trust.signed import Signed
from governance.changes.changed import Point
from governance.release.contents import RELEASE_PREFIX
from governance.release.decided_changes import Decided
from governance.typed import typed

MOST_LINES: Final = 60
_CALLERS: Final = 6


def decided_lines(
    one: Signed, found: Decided, workspace: Path, trust: Path | None, *, whole: bool = False
) -> tuple[str, ...]:
    """A line for each thing covered and each finding, with who may call it; then how to see the rest."""
    lines = list(_lines(found))
    more = 0 if whole else len(lines) - MOST_LINES
    if more > 0:
        lines = lines[:MOST_LINES]
        rest = typed("board", "show", one.name, "--all", workspace=workspace, trust=trust)
        lines.append(f"and {counted(more, 'more line')}: {rest}")
    lines += [f"{name}: the workspace has other content by now than this decision covers" for name in found.elsewhere]
    if found.missing_base:
        lines.append(f"not told here: the release {found.missing_base} is not in this node's store; with its file:")
        base = f"{RELEASE_PREFIX}FILE"
        lines.append("  " + typed("board", "show", one.name, "--base", base, workspace=workspace, trust=trust))
    if found.untold:
        lines.append(f"not told here: {found.untold}")
    if found.base is not None and not found.elsewhere:
        environment = one.decision.environment or None
        effects = ("release", "diff", str(found.base), str(workspace), "--effective")
        lines.append(f"who gains or loses what, by all of the workspace: {typed(*effects, environment=environment)}")
    return tuple(lines)


def decided_text(lines: tuple[str, ...]) -> str:
    """The same below a heading, for a terminal."""
    return "".join(["what changes:\n", *(f"  {plain(line)}\n" for line in lines)])


def _lines(found: Decided) -> Iterator[str]:
    for change in found.changes:
        yield change.name + (" is gone" if change.digest == REMOVED else "")
        if not change.points:
            yield f"  compatible: {change.note}" if change.note else "  nothing that somebody must decide on"
        yield from (f"  {_said(one)}" for one in change.points)
        yield from (f"  not looked at in full: {limit}" for limit in change.limits)
        if called := sorted({(one.consumer, one.owner) for point in change.points for one in point.callers}):
            names = ", ".join(f"{name} ({owner})" for name, owner in islice(called, _CALLERS))
            yield f"  may be called by {names}" + (f" and {len(called) - _CALLERS} more" * (len(called) > _CALLERS))


def _said(point: Point) -> str:
    finding = point.finding
    operation = f"{finding.method} {finding.path}".strip()
    more = len({(use.method, use.path) for use in finding.reach}) - 1
    where = f"{operation}{f' and {more} more' if more > 0 else ''}: " if operation else ""
    where = "" if operation and operation in finding.message else where
    return f"{point.why}: {where}{finding.message} [{finding.rule} {finding.fingerprint}]"
