"""Our diff beside oasdiff and npm's openapi-diff, in one run on one machine; writes `docs/comparison.md`.

On every real pair: time, memory, findings, and which operations only one of them calls broken. A finding of ours that
shows a failing example confirmed by an independent validator decides who is right; the rest is not decided. On the
pairs of the corpus whose verdict was checked by brute force: how often each is right. A tool that is not on the
machine is said to be left out.
"""

import argparse
import hashlib
import json
import platform
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from diff_beside_page import page  # noqa: E402
from diff_cases import CORPUS, Case, RealPair, read_cases  # noqa: E402
from diff_tools import Ran, Report, Said, Tool, bounded, end_all, refusal, reported, shape, tools  # noqa: E402

PAGE = ROOT / "docs" / "comparison.md"
REAL_SECONDS = 120
CASE_SECONDS = 60
SAMPLED = ("apihub", "openapitools", "optic", "specmatic")
"""Sources that neither we nor the tools beside us wrote."""
TIDEWAITER = Path(sys.executable).parent / "tidewaiter"
JUDGE = ROOT / "bench" / "diff_judge.py"


@dataclass(slots=True)
class Beside:
    """What all tools made of one real pair."""

    pair: RealPair
    reports: dict[str, Report] = field(default_factory=dict)


@dataclass(slots=True)
class Verdicts:
    """How often a tool is right on pairs with a known verdict. No answer counts as not breaking."""

    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    breaking: int = 0
    found: int = 0
    compatible: int = 0
    alarms: int = 0
    seconds: float = 0.0


def ours_says(row: dict[str, Any]) -> Iterable[Said]:
    """A finding of `diff_judge.py`: one for each operation that it reaches."""
    proven = bool(row["checked"]) and row["checked"]["outcome"] == "confirmed"
    for operation in row["operations"] or [""]:
        method, _, path = operation.partition(" ")
        yield Said(row["severity"], f"{method} {shape(path)}".strip(), row["rule"], row["message"], proven)


def command(old: Path, new: Path, seconds: float) -> tuple[Ran, Report]:
    """Our command, and what it says without its examples checked."""
    ran = bounded([str(TIDEWAITER), "diff", str(old), str(new), "--format", "json"], seconds)
    if ran.late or ran.code not in (0, 1) or not ran.out:
        return ran, Report(ran.seconds, ran.peak_bytes, refused=refusal(ran, seconds, old, new))
    rows = json.loads(ran.out)["comparisons"][0]["findings"]
    return ran, reported(ran, (Said(row["severity"], "", row["rule"], row["message"]) for row in rows))


def verdict_only(old: Path, new: Path, seconds: float) -> Report:
    """For cases: only whether something breaks is asked."""
    return command(old, new, seconds)[1]


def ours(old: Path, new: Path, seconds: float) -> Report:
    """The command for time and memory, then once more for what it says, its examples checked."""
    ran, report = command(old, new, seconds)
    if report.refused:
        return report
    judged = bounded([sys.executable, str(JUDGE), str(old), str(new)], seconds)
    if judged.late or judged.code:
        return Report(ran.seconds, ran.peak_bytes, refused=refusal(judged, seconds, old, new))
    rows = json.loads(judged.out)["findings"]
    said = tuple(one for row in rows for one in ours_says(row))
    return Report(ran.seconds, ran.peak_bytes, said, findings=len(rows),
                  breaking_findings=sum(row["severity"] == "breaking" for row in rows))  # fmt: skip


def on_real_pairs(pairs: list[RealPair], programs: list[Tool]) -> list[Beside]:
    """One after the other, so that nothing else takes their time."""
    found = []
    for pair in pairs:
        beside = Beside(pair)
        for tool in programs:
            report = tool.compare(pair.old, pair.new, REAL_SECONDS)
            beside.reports[tool.name] = report
            told = report.refused or f"{report.breaking_findings} breaking of {report.findings}"
            print(f"  {pair.name:<26} {tool.name:<13} {report.seconds:6.1f} s  "
                  f"{report.peak_bytes / 1e6:5.0f} MB  {told}", flush=True)  # fmt: skip
        found.append(beside)
    return found


def sampled(cases: list[Case], at_most: int) -> list[Case]:
    """A choice by the hash of the name, the same each time."""
    return sorted(cases, key=lambda case: hashlib.sha256(case.name.encode()).digest())[:at_most]


def on_cases(cases: list[Case], programs: list[Tool]) -> tuple[dict[str, Verdicts], dict[str, dict[str, bool]]]:
    """Each tool on each case: the scores, and by case whether each tool that answers calls it breaking."""
    verdicts = {tool.name: Verdicts() for tool in programs}
    said: dict[str, dict[str, bool]] = {case.name: {} for case in cases}
    with tempfile.TemporaryDirectory(prefix="tidewaiter-sample-") as folder, ThreadPoolExecutor(2) as pool:
        for tool in programs:
            jobs = [pool.submit(tool.compare, *files(case, Path(folder)), CASE_SECONDS) for case in cases]
            for case, job in zip(cases, jobs, strict=True):
                report = job.result()
                count(verdicts[tool.name], case, report)
                if not report.refused:
                    said[case.name][tool.name] = report.breaking
            print(f"  {tool.name}: {len(cases)} pairs in {verdicts[tool.name].seconds:.0f} s", flush=True)
    return verdicts, said


def count(verdict: Verdicts, case: Case, report: Report) -> None:
    """Add one case."""
    verdict.seconds += report.seconds
    verdict.answered += not report.refused
    if report.refused:
        verdict.refused[report.refused] += 1
    if case.breaking:
        verdict.breaking += 1
        verdict.found += report.breaking
    else:
        verdict.compatible += 1
        verdict.alarms += report.breaking


def files(case: Case, folder: Path) -> tuple[Path, Path]:
    """The two files of a case, written where the case holds texts."""
    if isinstance(case.old, Path) and isinstance(case.new, Path):
        return case.old, case.new
    name = hashlib.sha256(case.name.encode()).hexdigest()[:16]
    paths = folder / f"{name}-old.json", folder / f"{name}-new.json"
    for path, text in zip(paths, (case.old, case.new), strict=True):
        path.write_text(str(text), encoding="utf-8")
    return paths


def main() -> int:
    """Write the page. Exit 1 where ours gives no answer to a pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="the smaller real pairs and 20 cases a set; writes nothing")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, end_all)
    if not CORPUS:
        print("skipped 1: TIDEWAITER_CORPUS names no folder with outside documents; nothing was compared")
        return 0
    others, absent = tools()
    for name, why in absent.items():
        print(f"{name} is LEFT OUT: {why}")
    programs = [Tool("tidewaiter", "this tree", ours), *others]
    cases = read_cases()
    most = 20 if chosen.dry else 10_000
    print("real pairs")
    pairs = [pair for pair in cases.real if not chosen.dry or pair.bytes < 3_000_000]
    beside = on_real_pairs(pairs, programs)
    sets = {}
    for title, some in (
        ("semantic", sampled([one for one in cases.scored if one.group == "semantic"], most)),
        ("policies", sampled([one for one in cases.scored if one.group in SAMPLED], min(most, 120))),
    ):
        print(f"{title}: {len(some)} pairs")
        sets[title] = (some, *on_cases(some, [Tool("tidewaiter", "this tree", verdict_only), *others]))
    machine = f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    text = page(beside, sets, programs, absent, cases.left_out.get("real: format swagger2", 0), machine)
    if chosen.dry:
        print("\n" + text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")
    failed = [one.pair.name for one in beside if one.reports["tidewaiter"].refused]
    for name in failed:
        print(f"WRONG tidewaiter gave no answer: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
