"""A release, and what keeps one from being built, as text."""

from collections.abc import Iterable
from itertools import groupby

from contracts.counted import counted
from contracts.plain import plain
from gateway.ending import Ending
from gateway.release_file import AUTOMATIC, ReleaseFile
from governance.release.covering import Ruling
from governance.terminal import table


def refusal(uncovered: Iterable[Ruling]) -> str:
    """Each change that no decision covers, with why it needs one and which decisions are near.

    What is the same for several that follow each other is told once, after them.
    """
    lines: list[str] = []
    for why_not, same in groupby(uncovered, key=lambda one: one.why_not):
        rulings = list(same)
        for one in rulings:
            lines.append(f"{one.change.name}: no decision covers it ({one.change.digest})")
            lines += [f"  {reason}" for reason in one.change.reasons]
        if why_not and len(rulings) > 1:
            lines.append(f"of these {len(rulings)}:")
        lines += [f"  {why}" for why in why_not]
    return "".join(plain(line) + "\n" for line in lines)


def summary(release: ReleaseFile, digest: str) -> str:
    """What a release is, what it rests on, and what changed."""
    head = release.head
    rows = [
        ("release", digest),
        ("workspace", head.workspace),
        ("environment", head.environment or "none"),
        ("workspace digest", head.workspace_digest),
        ("held against", head.base or "no release: everything is new"),
        ("judged as of", head.judged_on.isoformat()),
        ("built by", head.built_by),
        ("trust root", f"version {head.trust_version}, {head.trust_digest}"),
        ("register", f"{counted(head.register_length, 'entry', 'entries')}, head {head.register_head}"),
        ("files", f"{len(release.files)}, {sum(map(len, release.files.values()))} bytes"),
    ]
    if head.development:
        rows.insert(1, ("marked", "DEVELOPMENT: its trust root proves nothing to anybody else"))
    rows += [("rests on", f"{one.name}: {one.title} ({', '.join(one.people)}; {one.digest})") for one in head.decisions]
    rows += [("condition", f"{one.name}: {text}") for one in head.decisions for text in one.conditions]
    rows += [("ends", line) for line in ends_lines(head.ends)]
    width = max(len(name) for name, _ in rows)
    text = "".join(f"{name.ljust(width)}  {plain(value)}\n" for name, value in rows)
    if not head.changes:
        return text + "\nnothing changed\n"
    changes = [(one.kind, one.name, one.decided_by, one.reasons[0] if one.reasons else "") for one in head.changes]
    return text + "\n" + table(("KIND", "NAME", "DECIDED BY", "WHAT"), changes)


def ends_lines(ends: Iterable[Ending]) -> list[str]:
    """Each end with what it does, and what stops."""
    lines: list[str] = []
    for one in ends:
        if one.on_expiry == "stop" and one.operations:
            lines += [f"{one.moment}: {one.let_by} stops {row} (let: {one.of})" for row in one.operations]
        elif one.on_expiry == "stop":
            lines.append(f"{one.moment}: {one.let_by} ends; {one.of} goes on, as no operation follows from it")
        else:
            lines.append(
                f"{one.moment}: {one.let_by} ends; {one.of} goes on, and needs a new decision in the next build"
            )
    return lines


def built(release: ReleaseFile) -> str:
    """In words for the person who built it: how much is in it, and what nobody had to decide on."""
    automatic = sum(one.decided_by == AUTOMATIC for one in release.head.changes)
    changes = counted(len(release.head.changes), "change")
    files = counted(len(release.files), "file")
    return f"{files}, {changes}" + (f", {automatic} proven harmless, so that nobody had to decide" if automatic else "")
