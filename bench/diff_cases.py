"""The cases of the outside corpus for `bench/diff_scores.py`: two documents, what is expected, and how it counts."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
APART = re.compile("sunset|stability")
"""oasdiff's ids that judge the calendar or a promise of stability, not messages."""
DETECTED_ONLY = ("libopenapi", "criteo", "swaggerbrake")
"""Sources that judge by policies of their own: only whether a change was seen at all is asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """One pair. `old` and `new` are files, or the text of a JSON document."""

    name: str
    group: str
    """The line of the table that it counts in."""
    old: Path | str
    new: Path | str
    breaking: bool
    """What the source expects."""
    scoped: bool = False
    """Compatible as far as one of the source's checks looked; the rest of the pair may break."""
    at: date | None = None
    expected: tuple[str, ...] = ()
    """What the source says, in its own words."""
    witness: Any = None


@dataclass(frozen=True, slots=True)
class RealPair:
    """Two versions of a real description; nothing is expected of the verdict."""

    name: str
    old: Path
    new: Path
    bytes: int
    """Both files together."""


@dataclass(slots=True)
class Cases:
    """What the corpus holds, and what of it is left out with the number of cases by reason."""

    scored: list[Case] = field(default_factory=list)
    real: list[RealPair] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str) -> None:
        """Count a case that is not scored."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def rows(*place: str) -> Iterator[dict[str, Any]]:
    """The lines of an index."""
    with Path(CORPUS, *place).open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_cases() -> Cases:
    """All cases, in the order of the indexes."""
    cases = Cases()
    for row in rows("semantic", "cases.jsonl"):
        group = "semantic-undeclared" if row.get("needs_undeclared_property") else "semantic"
        old, new = (json.dumps(row[key]) for key in ("base_doc", "revision_doc"))
        cases.scored.append(Case(row["case"], group, old, new, row["expected_breaking"], witness=row.get("witness")))
    for row in rows("oasdiff", "cases.jsonl"):
        _oasdiff(row, cases)
    for row in rows("others", "cases.jsonl"):
        if row["format"] != "openapi":
            cases.leave_out(f"others: format {row['format']}")
            continue
        said = tuple(f"{c['type']} {c['action']} {c['before']} {c['after']}" for c in row.get("changes", ())) or tuple(
            f"{key}: {row[key]}" for key in ("assertion", "rule", "messages", "expected") if row.get(key)
        )
        old, new = (Path(CORPUS, "others", row[key]) for key in ("base", "revision"))
        cases.scored.append(Case(row["case"], row["source"], old, new, row["expected_breaking"], expected=said))
    for row in rows("real", "pairs.jsonl"):
        if row["format"] != "openapi":
            cases.leave_out(f"real: format {row['format']}")
            continue
        old, new = (Path(CORPUS, "real", row[key]) for key in ("base", "revision"))
        cases.real.append(RealPair(row["pair"], old, new, row["base_bytes"] + row["revision_bytes"]))
    cases.scored = named_apart(cases.scored)
    return cases


def named_apart(cases: list[Case]) -> list[Case]:
    """The same cases; where a source gives a name twice, the later ones are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for case in cases:
        seen[case.name] += 1
        found.append(replace(case, name=f"{case.name} ({seen[case.name]})") if seen[case.name] > 1 else case)
    return found


def _oasdiff(row: dict[str, Any], cases: Cases) -> None:
    if row["options"]:
        cases.leave_out("oasdiff: options that are not the default")
        return
    if row["verdict"] == "unknown":
        cases.leave_out("oasdiff: no verdict")
        return
    breaking = row["verdict"] == "breaking"
    ids = [e["id"] for e in row["expected"]]
    deciding = [e["id"] for e in row["expected"] if e["level"] == "ERR"] if breaking else ids
    group = "oasdiff"
    if row["contested"]:
        group = "oasdiff-contested"
    elif deciding and all(APART.search(one) for one in deciding):
        group = "oasdiff-sunset"
    cases.scored.append(
        Case(
            row["case"] + "#" + str(row["line"]), group,
            *(Path(CORPUS, "oasdiff", row[key]) for key in ("base", "revision")),
            breaking,
            scoped=row["verdict"] == "compatible-in-scope",
            at=date.fromisoformat(row["now"]),
            expected=tuple(f"{e['level']} {e['id']} {e['method'] or ''} {e['path'] or ''}".strip()
                           for e in row["expected"]),
        )
    )  # fmt: skip
