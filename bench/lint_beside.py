"""Lint beside npm's Spectral: the same rule set on the same documents, place by place.

What is meant to differ is counted apart, all of it about references. Spectral tells a name whose value is a reference
at what the reference leads to, and a member beside a `$ref` as if it were what is there; it stops where references
lead round in a circle. Lint tells names where they stand, what a reference leads to where that stands, and goes on.
Exit 1 where anything else differs; 2 where there are no documents, or no Spectral.
"""

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from lint_tools import Found, NoAnswerError, asked, why_not  # noqa: E402

from contracts.document import Document, UnresolvedReferenceError  # noqa: E402
from governance.diff.inputs import Sources, read  # noqa: E402
from governance.finding import Severity  # noqa: E402
from governance.lint.judge import lint  # noqa: E402
from governance.lint.rule_sets import RuleSet  # noqa: E402
from governance.lint.settings import LintSettings  # noqa: E402
from governance.lint.spectral.rules import rules_of  # noqa: E402
from governance.lint.spectral.sets import PinnedSpectral, read_set  # noqa: E402

RULES = ROOT / "tests" / "governance" / "lint" / "spectral_rules.yaml"
REAL = (
    "real/paypal-orders/2024-02-02_fb6f1262.json",
    "real/xero-accounting/2026-07-13_e952d0bd.yaml",
    "real/stripe-json/2022-04-12_e0123a38.json",
)
WEIGHTS = {Severity.BREAKING: 0, Severity.WARNING: 1, Severity.INFO: 2}
Place = tuple[str, str, int]
"""Rule, pointer, severity."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One document judged by both."""

    both: int
    only_theirs: tuple[Place, ...]
    only_ours: tuple[Place, ...]
    meant: int
    """Places that differ, and are meant to."""
    seconds: tuple[float, float]
    """Spectral's, which counts its start, and ours."""
    messages: dict[Place, tuple[set[str], set[str]]]
    """Where both find something, and say it in other words."""


def ours(rule_set: Path, document: Path) -> tuple[Document, list[Found], float]:
    """The document, what lint finds, and how long it took, reading counted."""
    with TemporaryDirectory() as folder:
        text = rule_set.read_bytes()
        (Path(folder) / "rules.yaml").write_bytes(text)
        pinned = PinnedSpectral(file="rules.yaml", digest=f"sha256:{sha256(text).hexdigest()}")
        rules = rules_of(read_set(pinned, Path(folder)))
    began = time.perf_counter()
    side = read(str(document), Sources())
    weights = {name: rule.severity for name, rule in rules.items()}
    report = lint(side, RuleSet("beside", weights, rules), LintSettings())
    if report.limits:
        raise NoAnswerError(report.limits[0])
    found = [
        Found(one.rule.removeprefix("spectral:"), one.pointer_new, WEIGHTS[one.severity], one.message)
        for one in report.findings
    ]
    return side.document, found, time.perf_counter() - began


def compare(rule_set: Path, document: Path) -> Compared:
    """Both on one document. Raises NoAnswerError."""
    began = time.perf_counter()
    theirs = asked(rule_set, document)
    took = time.perf_counter() - began
    read_as, mine, own = ours(rule_set, document)
    left, right = _places(theirs), _places(mine)
    only_theirs, only_ours = left.keys() - right.keys(), right.keys() - left.keys()
    excused = {one for one in only_theirs if _is_beside(read_as, one[1])} | _led_to(only_theirs, right, read_as)
    named = _led_to(only_ours, left, read_as)
    differ = {one: (left[one], right[one]) for one in left.keys() & right.keys() if left[one] != right[one]}
    return Compared(
        len(left.keys() & right.keys()), tuple(sorted(only_theirs - excused)), tuple(sorted(only_ours - named)),
        len(excused) + len(named), (took, own), differ,
    )  # fmt: skip


def _places(found: Iterable[Found]) -> dict[Place, set[str]]:
    places: dict[Place, set[str]] = {}
    for one in found:
        places.setdefault((one.rule, one.pointer, min(one.severity, 2)), set()).add(one.message)
    return places


def _led_to(places: Iterable[Place], others: Iterable[Place], document: Document) -> set[Place]:
    """Places that a reference at a place of the other side leads to, or the other way round, or to what is inside."""
    known = {(rule, _behind(document, pointer), severity) for rule, pointer, severity in others}
    found = set()
    for rule, pointer, severity in places:
        at = _behind(document, pointer)
        if (rule, at, severity) in known or (rule, at.rpartition("/")[0], severity) in known:
            found.add((rule, pointer, severity))
    return found


def _behind(document: Document, pointer: str) -> str:
    """The place that a reference at a place leads to; the place itself where there is none."""
    try:
        value, at = document.step(pointer)
        return document.follow(value, at)[1]
    except (UnresolvedReferenceError, ValueError):
        return pointer


def _is_beside(document: Document, pointer: str) -> bool:
    """Whether a place is one with a reference and other members, or inside of one."""
    value = document.tree
    for token in pointer.split("/")[1:]:
        if isinstance(value, dict) and "$ref" in value:
            return True
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value.get(name) if isinstance(value, dict) else None
    return isinstance(value, dict) and "$ref" in value


def main() -> int:
    """Print a line for each document, and each place that differs."""
    corpus, why = os.environ.get("TIDEWAITER_CORPUS"), why_not()
    if not corpus or why:
        print(why or "TIDEWAITER_CORPUS names no documents from outside", file=sys.stderr)
        return 2
    wrong = 0
    print("document                                            both  meant  only Spectral  only lint  seconds")
    for name in REAL:
        try:
            made = compare(RULES, Path(corpus) / name)
        except NoAnswerError as error:
            print(f"{name:<50} no answer: {error}")
            wrong += 1
            continue
        theirs, own = made.seconds
        print(f"{name:<50} {made.both:>5}  {made.meant:>5}  {len(made.only_theirs):>13}  {len(made.only_ours):>9}  "
              f"{theirs:.1f} and {own:.1f}")  # fmt: skip
        for one in (*made.only_theirs[:20], *made.only_ours[:20]):
            print(f"    {'Spectral' if one in made.only_theirs else 'lint'}: {one[0]} {one[1]}")
        wrong += len(made.only_theirs) + len(made.only_ours)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
