"""The forty commits of the gate's table, each judged against the one before in three ways that must agree.

Against the revision of git, against a release of it, and as `release build` judges. Prints a line a commit: what it
does, who decides, and how long each judgement took. With `--large FILE` it gates a workspace that holds this document,
before and after a change of it, and prints time and memory. Exit 1 where something does not hold.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from importlib import util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull)

from gated import Gated, classes, rules, told  # noqa: E402

MOST_SECONDS = 60.0
"""For one judgement of the large document."""


def table() -> ModuleType:
    """The test's own module: the table and how a row is made a commit."""
    spec = util.spec_from_file_location("commits", ROOT / "tests/governance/gate/test_commits.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forty(folder: Path) -> int:
    """How many commits are judged otherwise than the table says, or not the same in all three ways."""
    commits, gated = table(), Gated.new(folder)
    wrong = 0
    for number, row in enumerate(commits.TABLE):
        release = gated.release(f"{number}.json")
        commits.make(gated, row)
        began = time.monotonic()
        by_git = gated.judge("HEAD~1")
        one = time.monotonic() - began
        by_release, built = gated.judge(release), gated.build(release)
        three = time.monotonic() - began
        found = {one.change.name: [classes(one), one.asked.who] for one in by_git.rulings}
        wanted = {name: said[:2] for name, said in row["finds"].items()}
        named = (
            all(set(row["finds"][one.change.name][2:]) <= rules(one) for one in by_git.rulings)
            if found == wanted
            else False
        )
        same = told(by_git.rulings) == told(by_release.rulings) == told(built.rulings)
        wrong += not (named and same)
        said = "; ".join(f"{name}: {does}, {who}" for name, (does, who) in found.items())
        mark = "ok   " if named and same else "WRONG" if not named else "APART"
        print(
            f"{mark} {row['commit']:<55} exit {by_git.exit_code}  {one:4.1f} s, all three {three:4.1f} s  {said}",
            flush=True,
        )
    print(f"{len(commits.TABLE) - wrong} of {len(commits.TABLE)} as the table says, and the same in all three ways")
    return wrong


def large(document: Path, folder: Path) -> int:
    """1 where a large document cannot be gated in time."""
    gated = Gated.new(folder)
    tree = json.loads(document.read_text())
    gated.write(
        "contracts/large/api.yaml",
        "title: Large\nowner: orders@quay.example\nlayer: process\nversions: {'1.0': {stage: active}}\n",
    )
    gated.write("contracts/large/1.0.json", json.dumps(tree))
    gated.edit(
        "entities/north.yaml",
        "  - contract: catalog",
        "  - contract: large@1.0\n    system: desk\n    shared: true\n  - contract: catalog",
    )
    gated.commit("a large contract")
    operations = sum(len(item) for item in tree["paths"].values())
    print(f"{document.name}: {document.stat().st_size / 1e6:.1f} MB, about {operations} operations")
    slow = 0
    for name, change in (("nothing changed", None), ("another file", ("tidewaiter.yaml", "[10.0.0.0/8]", "[]"))):
        if change:
            gated.edit(*change)
        slow += timed(gated, name)
    path = next(one for one, item in tree["paths"].items() if "get" in item)
    del tree["paths"][path]["get"]
    gated.write("contracts/large/1.0.json", json.dumps(tree))
    slow += timed(gated, "an operation less")
    return int(bool(slow))


def timed(gated: Gated, name: str) -> bool:
    """Whether a judgement took too long; prints what it took."""
    began = time.monotonic()
    verdict = gated.judge("main")
    seconds = time.monotonic() - began
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"  {name:<18} {seconds:5.1f} s, {kilobytes / 1024:.0f} MB at most so far, "
        f"{verdict.made.operations} operations tested, exit {verdict.exit_code}", flush=True,
    )  # fmt: skip
    return seconds > MOST_SECONDS


def main() -> int:
    """Exit 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=Path, metavar="FILE", help="gate a workspace with this document instead")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        folder = Path(made) / "gated"
        folder.mkdir()
        return large(chosen.large, folder) if chosen.large else int(bool(forty(folder)))


if __name__ == "__main__":
    sys.exit(main())
