"""Writes a decision file with its digests filled in: nobody copies 64 digits by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import faults_of
from gateway.trust.board_statement import Condition
from gateway.trust.decision import About, Decision, OnExpiry, Verdict
from gateway.trust.files import write_new
from gateway.trust.place import workspace_name
from gateway.trust.register import Register
from gateway.trust.signed import FOLDER, judge_name, payload_digest
from governance.onboard.report import MANIFEST


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person says; the rest is filled in."""

    title: str
    reason: str
    verdict: Verdict
    submitter: str
    environment: str
    until: datetime | None = None
    conditions: Sequence[str] = ()
    findings: Sequence[str] = ()
    blocking: Sequence[Condition] = ()
    """Conditions that block a release until they are met."""
    on_expiry: OnExpiry = "block"
    """What its end does."""


def write_draft(workspace: Path, name: str, draft: Draft, about: About, register: Register, now: datetime) -> str:
    """Write `decisions/<name>.yaml` and return its path in the workspace.

    Raises InvalidInputError where a file of that name is there, OSError where none can be written.
    """
    file = f"{FOLDER}/{name}.yaml"
    text = _text(workspace_name(workspace), draft, about, register, now)
    judge_name(name)
    _judge(text, file)
    path = workspace / file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_new(path, text.encode())
    except FileExistsError:
        message = "there is a decision of this name"
        remedy = "give this one another name; a decision is taken back by a later one"
        raise InvalidInputError([Diagnostic(file, "decision-exists", message, remedy)]) from None
    return file


def report_digest(path: Path) -> str:
    """The digest by which a decision names a report: of the file, or of the manifest in an onboarding report's folder.

    Raises InvalidInputError where there is none.
    """
    try:
        return payload_digest((path / MANIFEST if path.is_dir() else path).read_bytes())
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        remedy = f"name a file, or a folder with a {MANIFEST}"
        raise InvalidInputError([Diagnostic(str(path), "no-report", f"it cannot be read: {reason}", remedy)]) from None


def _judge(text: str, file: str) -> None:
    tree = yaml12.parse(text.encode(), file)
    try:
        Decision.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, Decision, tree)
        raise InvalidInputError(Diagnostic(file, one.code, one.message, one.remedy) for one in faults) from None


def _text(workspace: str, draft: Draft, about: About, register: Register, now: datetime) -> str:
    lines = [
        "format: 1",
        "type: change",
        f"workspace: {_quoted(workspace)}",
        f"environment: {_quoted(draft.environment)}",
        "role: board",
        f"submitter: {_quoted(draft.submitter)}",
        f"date: {now.astimezone(UTC):%Y-%m-%d}",
        f"title: {_quoted(draft.title)}",
        f"reason: {_quoted(draft.reason)}",
        f"verdict: {draft.verdict}",
    ]
    if draft.findings:
        lines.append(f"findings: [{', '.join(_quoted(one) for one in draft.findings)}]")
    if draft.conditions or draft.blocking:
        lines += ["conditions:", *(f"  - {_quoted(one)}" for one in draft.conditions)]
        lines += [f"  - {{id: {_quoted(one.id)}, text: {_quoted(one.text)}}}" for one in draft.blocking]
    if draft.until is not None:
        lines += ["validity:", f"  until: {draft.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
        lines += [f"  on_expiry: {draft.on_expiry}"] if draft.on_expiry != "block" else []
    lines += [
        "# The register as it was; the decision counts in this history only.",
        f"sequence: {register.length + 1}",
        f"head: {register.head}",
        "about:",
        *_about(about),
    ]
    return "\n".join(lines) + "\n"


def _about(about: About) -> list[str]:
    lines = [f"  base: {about.base}"] if about.base else []
    lines += [f"  report: {about.report}"] if about.report else []
    lines += [f"  workspace: {about.workspace}"] if about.workspace else []
    for name, digests in (("contracts", about.contracts), ("files", about.files)):
        if digests:
            lines += [f"  {name}:", *(f"    {_quoted(key)}: {digests[key]}" for key in sorted(digests))]
    return lines


def _quoted(text: str) -> str:
    """A scalar of YAML; JSON's strings are some."""
    return json.dumps(text, ensure_ascii=False)
