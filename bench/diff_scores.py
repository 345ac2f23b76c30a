"""The diff against the outside corpus: recall and false alarms by source, crashes, hangs, seconds.

Then the same cases with all property, path and schema names replaced at random, which must change nothing; the real
pairs, each in a process of its own; and each failing example put to a validator that the product does not use.
`--check` exits 1 where a target is missed even without the cases whose expectation is listed as a policy of their
source, where a case crashes or hangs, or an example is not confirmed. Without the corpus (TIDEWAITER_CORPUS) nothing is
scored, and that is said.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from diff_cases import CORPUS, Case, Cases, RealPair, read_cases  # noqa: E402
from diff_judge import Job, Outcome, judge  # noqa: E402
from diff_pool import run  # noqa: E402
from diff_table import Examples, Score, disagrees, listing, table  # noqa: E402

from contracts.plain import plain  # noqa: E402

TARGETS = {"semantic": (1.0, 0.0), "oasdiff": (0.97, 0.04), "apihub": (0.92, 0.08)}
"""Least recall and most false alarms."""
CASE_SECONDS = 20
REAL_SECONDS = 300
QUICK_BYTES = 3_000_000
"""Larger real pairs are left to the long form."""


def outcomes(cases: list[Case], seed: str = "") -> list[Outcome]:
    """Every case judged in a worker."""
    found: list[Outcome] = []
    jobs = [Job(case, seed) for case in cases]
    for job, (kind, value) in zip(jobs, run(judge, jobs, CASE_SECONDS), strict=True):
        if kind == "done":
            found.append(value)
        else:
            found.append(Outcome(job.case, crash=value if kind == "crash" else "", hang=kind == "hang"))
        if sys.stderr.isatty():
            print(f"\r{len(found)} of {len(jobs)} cases ", end="", file=sys.stderr, flush=True)
    return found


def scored(found: list[Outcome]) -> dict[str, Score]:
    """By source, in the order in which they come."""
    scores: dict[str, Score] = {}
    for outcome in found:
        scores.setdefault(outcome.case.group, Score(outcome.case.group)).add(outcome)
    return scores


def missed(scores: dict[str, Score]) -> list[str]:
    """Targets that were not reached, crashes and hangs."""
    wrong: list[str] = []
    for group, (recall, alarms) in TARGETS.items():
        one = scores.get(group)
        if one and one.recall < recall:
            wrong.append(f"{group}: recall {one.recall:.3f}, target {recall}")
        if one and one.false_alarms > alarms:
            wrong.append(f"{group}: false alarms {one.false_alarms:.3f}, target {alarms}")
    wrong += [f"{one.group}: {one.crashes} crashes, {one.hangs} hangs" for one in scores.values()
              if one.crashes or one.hangs]  # fmt: skip
    return wrong


def renamed(found: list[Outcome], seed: str) -> tuple[dict[str, Score], list[str]]:
    """The scores under other names, and each case that is then judged otherwise."""
    again = outcomes([outcome.case for outcome in found], seed)
    scores = scored(again)
    wrong = [
        f"{one.case.name} [{one.case.group}]: {dict(one.verdicts() - two.verdicts())} became "
        f"{dict(two.verdicts() - one.verdicts())}{' ' + two.crash if two.crash else ''}{' hang' if two.hang else ''}"
        for one, two in zip(found, again, strict=True)
        if (one.verdicts(), bool(one.crash), one.hang) != (two.verdicts(), bool(two.crash), two.hang)
    ]
    kept = Counter(kind for outcome in again for kind in outcome.kept)
    print(f"\nthe same with all property, path and schema names replaced at random (seed {seed})")
    print("\n".join(table(scores.values())))
    for kind, count in kept.items():
        print(f"  {count} cases keep their {kind} names, since the document itself looks at them")
    print(f"  {len(found) - len(wrong)} of {len(found)} cases have the same findings")
    for text in wrong:
        print(f"  DIFFERS {plain(text)}")
    return scores, wrong


def real(pairs: list[RealPair], examples: Examples) -> tuple[list[dict[str, Any]], list[str]]:
    """Each pair in a process of its own."""
    rows: list[dict[str, Any]] = []
    wrong: list[str] = []
    print("\nreal pairs, each in a process of its own")
    for pair in pairs:
        command = [sys.executable, str(ROOT / "bench" / "diff_judge.py"), str(pair.old), str(pair.new)]
        began = time.monotonic()
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=REAL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            wrong.append(f"{pair.name}: hangs")
            print(f"  {pair.name:<26} HANG: no answer within {REAL_SECONDS} s")
            continue
        if ran.returncode:
            wrong.append(f"{pair.name}: crashes")
            print(f"  {pair.name:<26} CRASH: {plain(' / '.join(ran.stderr.strip().splitlines()[-3:]))}")
            continue
        row = {"pair": pair.name, "whole_seconds": time.monotonic() - began, **json.loads(ran.stdout)}
        rows.append(row)
        severities = Counter(one["severity"] for one in row["findings"])
        unproven = sum(one["proof"] == "unproven" for one in row["findings"])
        print(
            f"  {pair.name:<26} {pair.bytes / 1e6:5.1f} MB  read {row['read_seconds']:5.1f} s  "
            f"compared {row['compare_seconds']:6.1f} s  peak {row['peak_bytes'] / 1e6:5.0f} MB  "
            f"breaking {severities['breaking']}, warning {severities['warning']}, info {severities['info']}, "
            f"could not be proven {unproven}"
        )
        for limit in row["limits"]:
            print(f"  {'':<26} limit: {plain(limit)}")
        examples.add(pair.name, row["findings"])
    return rows, wrong


def listed(found: list[Outcome], sources: list[str], policies: dict[str, str]) -> None:
    """Each disagreeing case of the sources."""
    for outcome in found:
        if disagrees(outcome) and ("all" in sources or outcome.case.group in sources):
            print("\n".join(listing(outcome, policies)))


def known_policies() -> dict[str, str]:
    """Reasons by case."""
    blocks = yaml.safe_load((ROOT / "bench" / "diff_policies.yaml").read_text(encoding="utf-8"))
    return {case: block["reason"] for block in blocks for case in block["cases"]}


def chosen_cases(cases: Cases, chosen: argparse.Namespace) -> list[Case]:
    """Those of the sources that are asked for, or whose name holds a text."""
    wanted = chosen.list or chosen.only
    return [
        case for case in cases.scored
        if (not wanted or "all" in wanted or case.group in wanted) and chosen.case in case.name
        and (wanted or not chosen.quick or case.group in TARGETS)
    ]  # fmt: skip


def main() -> int:
    """Exit 0, or with `--check` 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="SOURCE", help="these sources, without the real pairs")
    parser.add_argument("--case", default="", help="cases whose name holds this text")
    parser.add_argument("--list", action="append", metavar="SOURCE", help="as --only, each disagreeing case printed; `all` for every source")  # fmt: skip  # noqa: E501
    parser.add_argument("--every", action="store_true", help="with --case: print agreeing cases too")
    parser.add_argument("--quick", action="store_true", help="sources with a target only, names replaced in every fourth case, smaller real pairs")  # fmt: skip  # noqa: E501
    parser.add_argument("--seed", default="1", help="of the random names")
    parser.add_argument("--json", type=Path, help="write the scores and all findings here")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    chosen = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    if not CORPUS:
        print("skipped 1: TIDEWAITER_CORPUS names no folder with outside documents; nothing was scored")
        return 0
    began = time.monotonic()
    policies = known_policies()
    cases = read_cases()
    found = outcomes(chosen_cases(cases, chosen))
    if chosen.every:
        print("\n".join(line for outcome in found for line in listing(outcome, policies)))
    listed(found, chosen.list or [], policies)
    scores, examples = scored(found), Examples()
    print("\n".join(table(scores.values())))
    for reason, count in cases.left_out.items():
        print(f"left out {count}: {reason}")
    told = [outcome for outcome in found if outcome.case.name in policies and disagrees(outcome)]
    print(f"{len(told)} disagreeing cases follow a policy of their source; reasons in bench/diff_policies.yaml")
    unknown = sorted(policies.keys() - {case.name for case in cases.scored})
    print("".join(f"listed there, and no case of this corpus: {name}\n" for name in unknown), end="")
    print("".join(f"BELOW {text}, cases of policies counted\n" for text in missed(scores)), end="")
    print("without those:")
    apart = scored([outcome for outcome in found if outcome not in told])
    print("\n".join(table(one for group, one in apart.items() if group in TARGETS)))
    wrong = missed(apart)
    for outcome in found:
        examples.add(outcome.case.name, outcome.findings)
    result: dict[str, Any] = {"scores": {group: one.figures() for group, one in scores.items()}}
    if not (chosen.list or chosen.only or chosen.case):
        other, differing = renamed(found[:: 4 if chosen.quick else 1], chosen.seed)
        result |= {"renamed": {group: one.figures() for group, one in other.items()}, "differing": differing}
        wrong += [f"{len(differing)} cases are judged otherwise under other names"] if differing else []
        pairs = [pair for pair in cases.real if not chosen.quick or pair.bytes < QUICK_BYTES]
        rows, failed = real(pairs, examples)
        wrong += failed
        result["real"] = rows
    print("\n" + "\n".join(examples.lines()))
    wrong += [f"{len(examples.wrong)} failing examples were not confirmed"] if examples.wrong else []
    print(f"{time.monotonic() - began:.0f} s")
    for text in wrong:
        print(f"MISSED {text}")
    if chosen.json:
        result |= {"missed": wrong, "examples": dict(examples.outcomes), "holes": dict(examples.holes)}
        result["cases"] = [
            {"case": one.case.name, "group": one.case.group, "breaking": one.case.breaking, "crash": one.crash,
             "hang": one.hang, "seconds": one.seconds, "findings": one.findings}
            for one in found
        ]  # fmt: skip
        chosen.json.write_text(json.dumps(result, indent=1, default=str) + "\n", encoding="utf-8")
    return 1 if chosen.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
