"""Lint on documents from outside: the share of findings that were judged right, its time, and findings per rule.

`tests/governance/lint/sample.yaml` holds what was judged. A right finding that is gone is a failure; a wrong one
that is gone was mended, and does not count any more.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contracts import yaml12  # noqa: E402
from governance.diff.inputs import Sources, read  # noqa: E402
from governance.lint.judge import lint  # noqa: E402
from governance.lint.report import LintReport  # noqa: E402
from governance.lint.rule_sets import NEWEST, built_in  # noqa: E402
from governance.lint.settings import LintSettings  # noqa: E402

SAMPLE = ROOT / "tests" / "governance" / "lint" / "sample.yaml"
REAL = (
    "real/paypal-orders/2024-02-02_fb6f1262.json",
    "real/xero-accounting/2026-07-13_e952d0bd.yaml",
    "real/stripe-json/2022-04-12_e0123a38.json",
    "real/composite/twilio_2026-04-14_d50069b4.json",
)


def judged(path: Path) -> LintReport:
    """One document by the newest rule set."""
    return lint(read(str(path), Sources()), built_in(NEWEST), LintSettings())


def main() -> int:
    """Print both tables; 1 where a right finding is gone, 2 where there are no documents."""
    corpus = os.environ.get("TIDEWAITER_CORPUS")
    if not corpus:
        print("TIDEWAITER_CORPUS names no documents from outside", file=sys.stderr)
        return 2
    sample = yaml12.parse(SAMPLE.read_bytes(), SAMPLE.name)["findings"]
    reports: dict[str, LintReport] = {}
    took: dict[str, float] = {}
    for name in dict.fromkeys((*REAL, *(entry["document"] for entry in sample))):
        began = time.perf_counter()
        reports[name] = judged(Path(corpus) / name)
        took[name] = time.perf_counter() - began
    gone = _share(sample, reports)
    print("\ndocument                                           operations  findings  seconds (reading included)")
    for name in REAL:
        print(f"{name:<50} {reports[name].operations:>10}  {len(reports[name].findings):>8}  {took[name]:>7.1f}")
    print("\nfindings per rule, over those documents")
    counts = Counter(finding.rule for name in REAL for finding in reports[name].findings)
    for rule, number in counts.most_common():
        print(f"{number:>7}  {rule}")
    return int(gone)


def _share(sample: list[dict[str, object]], reports: dict[str, LintReport]) -> bool:
    right = wrong = mended = 0
    gone = []
    for entry in sample:
        found = {(finding.rule, finding.fingerprint) for finding in reports[str(entry["document"])].findings}
        if (entry["rule"], entry["fingerprint"]) in found:
            right, wrong = right + (entry["right"] is True), wrong + (entry["right"] is not True)
        elif entry["right"]:
            gone.append(entry)
        else:
            mended += 1
    total = right + wrong
    print(f"{right} of {total} findings are right ({right / total:.1%}); {mended} wrong ones were mended")
    for entry in sample:
        if entry["right"] is not True:
            print(f"  wrong: {entry['rule']} at {entry['pointer']}: {entry['why']}")
    for entry in gone:
        print(f"  gone: {entry['rule']} at {entry['pointer']} of {entry['document']}", file=sys.stderr)
    return bool(gone)


if __name__ == "__main__":
    sys.exit(main())
