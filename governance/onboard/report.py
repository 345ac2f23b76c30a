"""The onboarding report: a folder, whose `manifest.json` says what it is about and holds a digest of each other file.

The digest of the manifest's bytes is the report's digest: the board signs it, and `tidewaiter verify` holds the folder
against it. Nothing of it is a body, a key or a secret of a system: the recording stays apart, and a salted digest of
each of its entries is here in its place.
"""

import json
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from gateway.release_file import digest_of as content_digest
from gateway.trust.files import write_whole
from governance.json_output import json_output
from governance.onboard.work import Work
from governance.reports.onboarding_html import as_html

MANIFEST: Final = "manifest.json"
FORM: Final = "tidewaiter-onboarding/1"
PAGE: Final = "report.html"
_TOOLS: Final = (
    "tidewaiter", "schemathesis", "jsonschema-rs", "openapi-core", "datamodel-code-generator", "mypy", "cryptography",
)  # fmt: skip
_STEPS: Final = ("check", "lint", "diff", "fuzz", "client", "limits")


def write_report(work: Work) -> str:
    """Write it into `.report.new`, as a whole; its digest. The same evidence gives the same bytes."""
    evidence: dict[str, Any] = {name: work.found(name) for name in _STEPS}
    commitments = evidence["fuzz"].pop("commitments")
    tried = evidence["limits"]["recording"]
    tried_commitments = [] if tried is None else tried.pop("commitments")
    about = _about(work, evidence)
    page = as_html(about, evidence)
    files = {f"{name}.json": json_output(found).encode() for name, found in evidence.items()}
    files["commitments.json"] = json_output(
        {
            "recording": evidence["fuzz"]["recording"],
            "made": "SHA-256 of salt, line feed, entry",
            "entries": commitments,
            "limits_recording": None if tried is None else tried["digest"],
            "limits_entries": tried_commitments,
        }
    ).encode()
    files[PAGE] = page.encode()
    manifest = {
        **about,
        "files": {name: {"digest": content_digest(text), "bytes": len(text)} for name, text in sorted(files.items())},
    }
    text = json_output(manifest).encode()
    stage = work.place.new_report
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o755)
    for name, content in {**files, MANIFEST: text}.items():
        write_whole(stage / name, content)
    return content_digest(text)


def _about(work: Work, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What it is about: who, which files, which rules, which tools, what was not tested, what was waived."""
    subject, state = work.subject, work.subject.state
    entity = state.workspace.entities[subject.entity]
    fuzz, lint = evidence["fuzz"], evidence["lint"]
    return {
        "form": FORM,
        "workspace": state.workspace.settings.name,
        "entity": {"id": subject.entity, "name": entity.name, "country": entity.country, "owner": entity.owner},
        "environment": work.asked.environment or "",
        "tested_in": work.asked.fuzzed_in or "",
        "contracts": {name: _contract(work, name) for name in subject.contracts},
        "files": {},
        "subject_files": {
            path: content_digest(state.files[path]) for path in sorted(subject.files & state.files.keys())
        },
        "rule_sets": {"lint": lint["rule_set"], "fuzz": fuzz["form"], "base": evidence["diff"]["base"]},
        "waivers": lint["waivers"],
        "tools": {**{name: _version(name) for name in _TOOLS}, "python": platform.python_version()},
        "seed": fuzz["seed"],
        "recording": {
            "digest": fuzz["recording"], "entries": fuzz["entries"], "kept_until": work.fact("fuzz", "until"),
        },
        "limits_recording": evidence["limits"]["recording"],
        "counts": {
            "check": len(evidence["check"]["findings"]), "lint": len(lint["findings"]),
            "diff": len(evidence["diff"]["changes"]), "fuzz": fuzz["counts"],
            "limits": sum(len(one["findings"]) for one in evidence["limits"]["systems"]),
        },
        "coverage": {one["operation"]: one["tested"] for one in fuzz["coverage"]},
        "not_tested": fuzz["not_tested"],
        "left_out": fuzz["left_out"],
    }  # fmt: skip


def _contract(work: Work, name: str) -> dict[str, Any]:
    api, _, number = name.partition("@")
    document = work.subject.state.workspace.contracts[api, number].document
    return {
        "digest": document.digest,
        "files": {one.name: content_digest(one.text) for one in document.files},
        "overlay": content_digest(document.overlay.text) if document.overlay is not None else None,
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def read_manifest(text: bytes) -> dict[str, Any] | None:
    """The manifest in its bytes; None where it is none."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    good = isinstance(tree, dict) and tree.get("form") == FORM and isinstance(tree.get("files"), dict)
    return tree if good else None
