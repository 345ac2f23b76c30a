"""The gate on contracts from outside: a real pair in a repository, every form of its report, with seconds and bytes.

Each report is held against its schema, or against what the form must not hold. `--full` takes every pair.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import jsonschema_rs  # noqa: E402
from lxml import html  # noqa: E402
from report_schemas import assert_junit, assert_sarif  # noqa: E402

from governance.cli.gate import Formats, written  # noqa: E402
from governance.cli.gating import context_of  # noqa: E402
from governance.file_kinds import schema_of  # noqa: E402
from governance.gate.judge import judge  # noqa: E402
from governance.reports.gate_markdown import MARK, MOST  # noqa: E402

SHORT = ("paypal-orders/1", "xero-accounting/6")
API = """title: A contract from outside
owner: owner@example.com
layer: system
visibility: internal
versions:
  1.0: {stage: active}
"""
TAKEN_OUT = {
    "xero-accounting": ("$.paths['/RepeatingInvoices/{RepeatingInvoiceID}/Attachments/{FileName}']",),
}
"""By api: what an overlay takes out, as no gateway could serve the document with it (two paths are one)."""
TAGS_THAT_ACT = "//script|//iframe|//object|//embed|//img|//form|//base|//link|//svg"
PAGE_BYTES = 33_554_432
"""What a page may hold for a person to open it."""


def held_json(text: str) -> None:
    """The report keeps to its published schema."""
    errors = list(jsonschema_rs.validator_for(schema_of("gate-report")).iter_errors(json.loads(text)))
    assert not errors, errors[0].message


def held_markdown(text: str) -> None:
    """It fits into a comment, and begins with the decision."""
    assert len(text.encode()) <= MOST
    lines = text.splitlines()
    assert lines[0] == MARK
    assert lines[1].startswith("## ")


def held_html(text: str) -> None:
    """Nothing on the page could run or be fetched."""
    page = html.document_fromstring(text)
    assert not page.xpath(TAGS_THAT_ACT)
    assert all(link.get("href", "#").startswith("#") for link in page.iter("a"))
    assert len(text.encode()) < PAGE_BYTES


def held_github(text: str) -> None:
    """Each line is one command of ours."""
    assert all(re.match(r"::(error|warning|notice) [a-z]", line) for line in text.splitlines())


def held_text(text: str) -> None:
    """Nothing that a terminal obeys."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


HELD: dict[Formats, Callable[[str], Any]] = {
    "text": held_text, "json": held_json, "markdown": held_markdown, "html": held_html, "sarif": assert_sarif,
    "junit": assert_junit, "github": held_github,
}  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    """Run git in a repository, as nobody in particular."""
    quiet = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *quiet, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder: Path, base: Path, revision: Path, taken_out: tuple[str, ...]) -> Path:
    """A workspace whose one real contract is `base` on main, and `revision` on the branch that is checked out.

    The document stays as its vendor ships it; an overlay beside it removes what is `taken_out`.
    """
    workspace = folder / "workspace"
    tidewaiter(workspace.parent, "init", str(workspace))
    api = workspace / "contracts" / "real"
    document = api / "1.0" / f"vendor{base.suffix}"
    document.parent.mkdir(parents=True)
    (api / "api.yaml").write_text(API, encoding="utf-8")
    document.write_bytes(base.read_bytes())
    if taken_out:
        actions = [{"target": target, "remove": True} for target in taken_out]
        overlay = {"overlay": "1.0.0", "info": {"title": "Made servable", "version": "1"}, "actions": actions}
        document.with_name("overlay.json").write_text(json.dumps(overlay), encoding="utf-8")
    entity = workspace / "entities" / "acme.yaml"
    entity.write_text(entity.read_text() + "  - {contract: real@1.0, system: sample}\n", encoding="utf-8")
    git(workspace, "init", "-q", "-b", "main", ".")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "base")
    git(workspace, "switch", "-q", "-c", "change")
    document.write_bytes(revision.read_bytes())
    git(workspace, "commit", "-q", "-a", "-m", "revision")
    return workspace


def tidewaiter(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as people do."""
    program = Path(sys.executable).with_name("tidewaiter")
    return subprocess.run(
        [str(program), *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def run(pair: dict[str, Any], corpus: Path) -> bool:
    """Every form for one pair, a line each; the command once, as people run it. Returns whether all held."""
    print(f"\n{pair['pair']} ({pair['kind']}; {pair['base_bytes']:,} and {pair['revision_bytes']:,} bytes)")
    fine = True
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as made:
        documents = (corpus / "real" / pair["base"], corpus / "real" / pair["revision"])
        workspace = repository(Path(made), *documents, TAKEN_OUT.get(pair["api"], ()))
        began = time.perf_counter()
        done = tidewaiter(workspace, "gate", "--base", "main", "--format", "json")
        print(f"  the command took {time.perf_counter() - began:.1f} s and ended with {done.returncode}")
        if done.returncode not in (0, 1):
            print(done.stderr[-600:])
            return False
        print(f"  {_counts(json.loads(done.stdout))}")
        verdict = judge(workspace, "main")
        context = context_of(verdict, "main", workspace, None, None, None, history=True)
        for form, held in HELD.items():
            began = time.perf_counter()
            text = written(verdict, context, form, colour=False, everything=True)
            seconds = time.perf_counter() - began
            try:
                held(text)
                told = "held"
            except AssertionError as error:
                fine, told = False, f"FAILED: {str(error)[:300]}"
            print(f"  {form:<9} {seconds:>6.2f} s {len(text.encode()):>12,} bytes  {told}")
    return fine and done.returncode == verdict.exit_code


def _counts(report: dict[str, Any]) -> str:
    findings = [finding for change in report["changes"] for finding in change["findings"]]
    noted = sum(len(change["noted"]) for change in report["changes"])
    shown = sum(finding["failing_example"] is not None for finding in findings)
    unproven = sum("unproven" in finding["does"] for finding in findings)
    return (
        f"{len(findings)} findings to be decided on ({shown} with a failing example, {unproven} not proven), "
        f"{noted} besides"
    )


def main() -> int:
    """0 where every report held, 1 where one did not, 2 where there are no documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    chosen = parser.parse_args()
    named = os.environ.get("TIDEWAITER_CORPUS")
    if not named:
        print("TIDEWAITER_CORPUS names no documents from outside", file=sys.stderr)
        return 2
    corpus = Path(named)
    lines = (corpus / "real" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [pair for pair in map(json.loads, lines) if pair["format"] == "openapi"]
    held = [run(pair, corpus) for pair in pairs if chosen.full or pair["pair"] in SHORT]
    print(f"\n{sum(held)} of {len(held)} pairs held in all {len(HELD)} forms")
    return int(not held or not all(held))


if __name__ == "__main__":
    sys.exit(main())
