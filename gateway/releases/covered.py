"""Whether decisions let a release, as far as a gateway can tell: it compares no meanings, it reads what is signed.

Every content that differs from the base stands among the release's changes under its true digest, and each change was
decided on by exactly that digest, for that environment and base. What is new or gone as a whole needs somebody. Which
other changes need nobody, and whose owners were asked, is on the word of the role `release`, which judged the whole.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import Files, read_files
from contracts.workspace import Workspace, assemble, documents_of, files_in_digest
from gateway.release_file import AUTOMATIC, Covered, ReleaseFile, digest_of
from gateway.releases.automatic import Side, needs_somebody
from gateway.releases.ending import Ends
from gateway.trust.board_stated import STATEMENTS
from gateway.trust.decision import REMOVED
from gateway.trust.files import ENVELOPE_ENDING
from gateway.trust.register import REGISTER
from gateway.trust.signed import FOLDER, Signed

CHANGE: Final = "change"
"""`type` of a decision, which no other file of its folder states."""
_REMEDY: Final = "build the release anew, and have what it changes decided: tidewaiter release build"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A release with what its files are, read as the gateway reads them."""

    release: ReleaseFile
    files: Files
    workspace: Workspace

    def digest(self, kind: str, name: str) -> str:
        """What it has of a name that changes have: a digest, or `removed`."""
        if kind == "contract":
            api, _, version = name.partition("@")
            contract = self.workspace.contracts.get((api, version))
            return contract.document.digest if contract is not None else REMOVED
        content = self.release.files.get(name)
        return digest_of(content) if content is not None else REMOVED

    @property
    def side(self) -> Side:
        """What a change of it is held against."""
        return Side(self.workspace, self.release.files)

    @property
    def named(self) -> Mapping[tuple[str, str], str]:
        """Everything that it has, as changes name it: by kind and name the digest."""
        documents = {path for key in self.files.contracts for path in documents_of(self.files, key)}
        contracts = {("contract", "@".join(key)): one.document.digest for key, one in self.workspace.contracts.items()}
        files = {
            ("file", path): digest_of(text)
            for path, text in self.release.files.items()
            if path not in documents and not _is_evidence(path, self.release.files)
        }
        return {**contracts, **files}


def loaded(release: ReleaseFile, folder: Path) -> Loaded:
    """Read an unpacked release. Raises InvalidInputError where it does not load."""
    files = read_files(folder)
    return Loaded(release, files, assemble(files, release.head.environment or None))


def load_apart(release: ReleaseFile) -> Loaded:
    """As `loaded`, from a folder that is gone afterwards. Raises InvalidInputError."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        unpack(release, Path(made))
        return loaded(release, Path(made))


def unpack(release: ReleaseFile, folder: Path) -> None:
    """Write the release's files. Raises OSError."""
    for name, content in release.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass(frozen=True, slots=True)
class Covering:
    """What a release is held against. `base` loads the one that it was built on; None for a first release."""

    new: Loaded
    decisions: tuple[Signed, ...]
    base: Callable[[], Loaded] | None
    shown: str
    earlier_root: bool = False
    """Whether all was counted by an earlier trust root, as this node remembers: it is not counted anew by this one."""
    _by_name: dict[str, Signed] = field(default_factory=dict)

    def faults(self) -> Iterator[Diagnostic]:
        """Everything that is not covered."""
        self._by_name.update({one.name: one for one in self.decisions})
        head = self.new.release.head
        yield from self._rests()
        listed: dict[tuple[str, str], Covered] = {}
        for change in head.changes:
            listed[change.kind, change.name] = change
            found = self.new.digest(change.kind, change.name)
            if change.kind not in ("contract", "file") or found != change.digest:
                yield self._fault(change, f"it is {found} in the release, and the release says {change.digest}")
            elif why := self._uncovered(change):
                yield self._fault(change, why)
        yield from self._unlisted(listed)
        base = self.base().release.head.ends if self.base is not None else ()
        for why in Ends(self.new.release, base, self._by_name, self.new.digest).faults():
            yield Diagnostic(self.shown, "uncovered", why, _REMEDY)

    def _rests(self) -> Iterator[Diagnostic]:
        for one in self.new.release.head.decisions:
            signed = self._by_name.get(one.name)
            if signed is None or signed.digest != one.digest:
                message = f"the decision {one.name} on which it rests is not in it as it says"
                yield Diagnostic(self.shown, "uncovered", message, _REMEDY)

    def _unlisted(self, listed: Mapping[tuple[str, str], Covered]) -> Iterator[Diagnostic]:
        before = self.base().named if self.base is not None else {}
        now = self.new.named
        for key in sorted(before.keys() | now.keys()):
            if before.get(key) != now.get(key) and key not in listed:
                message = f"{key[1]} is another one than before, and is not among its changes"
                yield Diagnostic(self.shown, "uncovered", message, _REMEDY)

    def _uncovered(self, change: Covered) -> str:
        """Why nothing lets a change; empty where something does."""
        if change.decided_by == AUTOMATIC:
            base = self.base().side if self.base is not None else None
            why = needs_somebody(change.kind, change.name, self.new.side, base)
            if why:
                return f"nobody decided on it, and {why}"
            return "" if self.earlier_root else self._refused(change, 0)
        signed = self._by_name.get(change.decided_by)
        if signed is None:
            return f"the decision {change.decided_by or 'on it'} is not in the release"
        head, decision = self.new.release.head, signed.decision
        if decision.role != "board" or decision.verdict == "refuse":
            return f"{signed.name} does not let it"
        if decision.environment != head.environment:
            return f"{signed.name} is for the environment {decision.environment or 'none'}"
        if decision.about.base != head.base:
            return f"{signed.name} was decided against another base"
        if not self._is_about(signed, change):
            return f"{signed.name} is about another content of it"
        if self._was_counted(signed):
            return ""
        settled = signed.settled_by(change.asked)
        if settled is None:
            return f"{signed.name} lacks signatures: {signed.count or 'nobody signed it'}"
        if signed.unmet:
            return f"the condition {signed.unmet[0].id} of {signed.name} is not met"
        return self._refused(change, settled)

    def _refused(self, change: Covered, settled: int) -> str:
        """By which later decision the change is refused; empty for none."""
        for one in self.decisions:
            decision = one.decision
            if decision.environment != self.new.release.head.environment or not self._is_about(one, change):
                continue
            refused = one.settled_by(change.asked) if decision.verdict == "refuse" else one.refused
            if (refused or 0) > settled:
                return f"{one.name} refuses it"
        return ""

    def _is_about(self, signed: Signed, change: Covered) -> bool:
        about = signed.decision.about
        named = about.contracts if change.kind == "contract" else about.files
        if named.get(change.name) == change.digest:
            return True
        return about.workspace == self.new.workspace.digest and self._is_within(change)

    def _is_within(self, change: Covered) -> bool:
        """Whether the digest of the whole says anything of what changed."""
        if change.kind == "contract":
            return True
        if change.digest != REMOVED:
            return change.name in files_in_digest(self.new.files, self.new.workspace)
        held = self.base() if self.base is not None else None
        return held is not None and change.name in files_in_digest(held.files, held.workspace)

    def _was_counted(self, signed: Signed) -> bool:
        """Whether an earlier root's people let it, none of whom turns out to have left before they spoke for it.

        Roles and thresholds of today say nothing of it, nor of who refused it or called a condition met then.
        """
        signers = signed.count.signers if signed.count is not None else ()
        return self.earlier_root and not signed.left_before and any(one.registered is not None for one in signers)

    def _fault(self, change: Covered, why: str) -> Diagnostic:
        return Diagnostic(self.shown, "uncovered", f"nothing lets the change of {change.name}: {why}", _REMEDY)


def _is_evidence(path: str, files: Mapping[str, bytes]) -> bool:
    """The register, decisions and what was signed on them: what a release is let by, and no part of what is served."""
    if path == REGISTER or path.startswith(f"{STATEMENTS}/"):
        return True
    if path.startswith(f"{FOLDER}/") and path.endswith(ENVELOPE_ENDING):
        return True
    if not path.startswith(f"{FOLDER}/"):
        return False
    try:
        tree = yaml12.parse(files[path], path)
    except InvalidInputError:
        return False
    return isinstance(tree, dict) and tree.get("type") == CHANGE
