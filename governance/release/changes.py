"""What changed between a base release and a workspace, each change with the reasons why somebody must decide on it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from contracts import yaml12
from contracts.contract import Contract
from contracts.counted import counted
from contracts.diagnostic import InvalidInputError
from governance.decisions.decision import REMOVED
from governance.diff.comparison import compare_documents
from governance.diff.judge import Contract as Layering
from governance.finding import Finding, Proof, Severity
from governance.release.contents import Contents
from governance.release.release_file import digest_of
from governance.severities import DiffSettings

Kind = Literal["contract", "file"]
_NOBODY_LET_OFF: Final = DiffSettings(unstable=())
_MOST_REASONS: Final = 20
"""Findings of one contract that are told; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One contract or file that is not as it was.

    `digest` is `removed` where it is gone. `reasons` say why a person must decide; where there are none, the change is
    proven compatible and exposes nothing. `fingerprints` are those of the findings among the reasons; None where
    a reason is no finding, so that waiving findings is not enough.
    """

    kind: Kind
    name: str
    digest: str
    reasons: tuple[str, ...]
    fingerprints: frozenset[str] | None = frozenset()
    note: str = ""
    """What changed, where nobody must decide."""

    @property
    def is_automatic(self) -> bool:
        """Whether nobody must decide on it."""
        return not self.reasons


def changes_against(
    base: Contents | None, new: Contents, at: dt.date, progress: Callable[[str], None] | None = None
) -> tuple[Changed, ...]:
    """Every contract and file that differs from the base; all of them where there is none.

    Contracts are judged by the rules of `wire` and by no settings of the workspace: what a change is judged by is not
    part of the change. What calls itself a draft breaks like everything else.
    """
    return (*_contracts(base, new, at, progress or (lambda _: None)), *_files(base, new))


def needs_decision(finding: Finding) -> str:
    """Why a person must decide on a finding; empty where nobody must."""
    if finding.severity is Severity.BREAKING:
        return "breaks and exposes" if finding.exposes else "breaks"
    if finding.exposes:
        return "exposes"
    if finding.proof is Proof.UNPROVEN:
        return "could not be proven"
    if finding.proof is Proof.STRUCTURAL and finding.severity is not Severity.INFO:
        return "could not be proven"
    return ""


def _contracts(base: Contents | None, new: Contents, at: dt.date, progress: Callable[[str], None]) -> Iterator[Changed]:
    before = base.workspace.contracts if base is not None else {}
    for key, contract in sorted(new.workspace.contracts.items()):
        api, version = key
        name, digest = f"{api}@{version}", contract.document.digest
        if key in before and before[key].document.digest == digest:
            continue
        old = key if key in before else _predecessor(before, api, version)
        if old is None:
            what = "a contract that the base does not have" if base is not None else "there is no base: all is new"
            yield Changed("contract", name, digest, (f"exposes: {what}",), None)
            continue
        progress(f"comparing {name} with {'the base' if old == key else f'{api}@{old[1]}'}")
        yield _compared(name, f"{old[0]}@{old[1]}", before[old], contract, new, at)
    for api, version in sorted(before.keys() - new.workspace.contracts.keys()):
        yield Changed("contract", f"{api}@{version}", REMOVED, ("breaks: the contract is gone",), None)


def _predecessor(before: Any, api: str, version: str) -> tuple[str, str] | None:
    """The highest version of the base that callers of the new one's major may have had, and that is not above it."""
    wanted = _number(version)
    candidates = [
        key for key in before if key[0] == api and _number(key[1])[0] == wanted[0] and _number(key[1]) <= wanted
    ]
    return max(candidates, key=lambda key: _number(key[1]), default=None)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _compared(name: str, old_name: str, old: Contract, new: Contract, contents: Contents, at: dt.date) -> Changed:
    api = contents.workspace.apis[name.partition("@")[0]]
    layering = Layering(api.layer, api.visibility)
    compared = compare_documents(
        old.document, new.document, profile="wire", at=at, settings=_NOBODY_LET_OFF, contract=layering
    )
    found = [(why, finding) for finding in compared.findings if (why := needs_decision(finding))]
    reasons = [
        f"{why}: {finding.message} [{finding.rule} {finding.fingerprint}]" for why, finding in found[:_MOST_REASONS]
    ]
    if len(found) > _MOST_REASONS:
        reasons.append(f"and {counted(len(found) - _MOST_REASONS, 'more finding')}: tidewaiter diff tells all")
    reasons += [f"could not be compared to the end: {limit}" for limit in compared.limits]
    fingerprints = None if compared.limits else frozenset(finding.fingerprint for _, finding in found)
    against = "" if name == old_name else f" against {old_name}"
    note = f"{counted(len(compared.findings), 'finding')}{against}: none breaks, exposes or went unproven"
    return Changed("contract", name, new.document.digest, tuple(reasons), fingerprints, note)


def _files(base: Contents | None, new: Contents) -> Iterator[Changed]:
    """Files that are no contract. No rule proves a change of theirs harmless, so a person decides on each."""
    before = {path: text for path, text in base.files.items() if path not in base.documents} if base is not None else {}
    now = {path: text for path, text in new.files.items() if path not in new.documents}
    for path, text in sorted(now.items()):
        digest = digest_of(text)
        if path not in before:
            yield Changed("file", path, digest, ("it is new",), None)
        elif before[path] != text and not _same(path, before[path], text):
            yield Changed("file", path, digest, ("it says something else",), None)
        elif before[path] != text:
            yield Changed("file", path, digest, (), note="written otherwise, and says the same")
    for path in sorted(before.keys() - now.keys()):
        yield Changed("file", path, REMOVED, ("it is gone",), None)


def _same(path: str, before: bytes, now: bytes) -> bool:
    """Whether two YAML files say the same: comments and layout apart. `1`, `1.0` and `true` are three things."""
    if PurePosixPath(path).suffix != ".yaml":
        return False
    try:
        return repr(_ordered(yaml12.parse(before, path))) == repr(_ordered(yaml12.parse(now, path)))
    except InvalidInputError:
        return False


def _ordered(tree: Any) -> Any:
    if isinstance(tree, dict):
        return [(key, _ordered(tree[key])) for key in sorted(tree)]
    return [_ordered(one) for one in tree] if isinstance(tree, list) else tree
