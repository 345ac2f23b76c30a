"""What a decision covers, judged as its draft was: only where the workspace still has exactly that content."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.node import load_node
from gateway.release_file import read_release
from gateway.releases.store import release_path
from gateway.trust.signed import Signed
from governance.changes.changed import Changed, Kind
from governance.changes.contracts import change_of
from governance.changes.files import change_of_file
from governance.release.build import Judged, judge_workspace
from governance.release.contents import RELEASE_PREFIX

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What changes by a decision, as far as it can be told here."""

    changes: tuple[Changed, ...] = ()
    """Of what it covers, with the digests that it names; those without a finding are as they were in the base."""
    elsewhere: tuple[str, ...] = ()
    """Names of what it covers with another content than the workspace has by now."""
    untold: str = ""
    """Why nothing can be told."""
    missing_base: str = ""
    """The digest of the release that it was held against, where that lies nowhere here."""
    base: Path | None = None
    """The release that it was held against."""


def decided_changes(
    one: Signed, workspace: Path, trust: Path | None, now: datetime, base: str | None = None,
    progress: Progress | None = None,
) -> Decided:  # fmt: skip
    """Judge the workspace against the decision's base: `base` (`release:FILE`), else as it lies in the node's store.

    Raises InvalidInputError where `base` is another release than the decision names. A workspace that cannot be judged
    raises nothing: `untold` says why.
    """
    about = one.decision.about
    held = _named(base, one) if base is not None else None
    if held is None and about.base is not None:
        try:
            held = release_path(load_node(workspace).releases, about.base)
            if not held.is_file() or read_release(held)[1] != about.base:
                return Decided(missing_base=about.base)
        except InvalidInputError:
            return Decided(missing_base=about.base)
    if held is None and about.workspace is None:
        return Decided(
            untold="it names no release that it was held against, so it counts for the gate: tidewaiter gate"
        )
    written = f"{RELEASE_PREFIX}{held}" if held is not None else None
    try:
        judged = judge_workspace(
            workspace, one.decision.environment or None, written, trust, now, progress=progress
        )  # fmt: skip
        if judged.base is not None and judged.base.digest != about.base:
            return Decided(missing_base=about.base or "")
        return _covered(one, judged, held)
    except InvalidInputError as error:
        return Decided(untold=f"the workspace cannot be judged: {error.diagnostics[0]}")


def _named(base: str, one: Signed) -> Path | None:
    path = Path(base.removeprefix(RELEASE_PREFIX))
    wanted = one.decision.about.base
    if base.startswith(RELEASE_PREFIX) and read_release(path)[1] == wanted:
        return path
    message = f"{one.file} was held against {wanted or 'no release'}, not against this"
    remedy = f"write {RELEASE_PREFIX}FILE, of the release that it names" if wanted else "leave --base out"
    raise InvalidInputError([Diagnostic(base, "wrong-base", message, remedy)])


def _covered(one: Signed, judged: Judged, held: Path | None) -> Decided:
    about = one.decision.about
    found = {(each.kind, each.name): each for each in (*judged.renewable, *(row.change for row in judged.rulings))}
    changes: list[Changed] = []
    elsewhere: list[str] = []
    if about.workspace is not None:
        contents = judged.contents
        if contents.workspace.digest == about.workspace:
            within = contents.digests[contents.workspace.environment].files
            changes += [each for each in found.values() if each.kind == "contract" or each.name in within]
        else:
            elsewhere.append("the whole workspace")
    named: list[tuple[Kind, str, str]] = [("contract", name, digest) for name, digest in about.contracts.items()]
    named += [("file", name, digest) for name, digest in about.files.items()]
    for kind, name, digest in named:
        change = found.get((kind, name)) or _unchanged(kind, name, judged)
        if change is not None and change.digest == digest:
            changes.append(change)
        else:
            elsewhere.append(name)
    each_once = {(change.kind, change.name): change for change in changes}
    return Decided(tuple(each_once[key] for key in sorted(each_once)), tuple(sorted(elsewhere)), base=held)


def _unchanged(kind: Kind, name: str, judged: Judged) -> Changed | None:
    """What is as it was in the base; None for a contract that is nowhere."""
    before = judged.base.contents if judged.base is not None else None
    if kind == "file":
        return change_of_file(name, before, judged.contents)
    api, _, version = name.partition("@")
    there = (api, version) in judged.contents.workspace.contracts
    return change_of(before, judged.contents, (api, version)) if there else None
