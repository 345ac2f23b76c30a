"""Documents from outside as vendors ship them: each loaded, under an overlay that gives it security, and compiled.

Prints what could not be judged, by reason, what the self-tests came to, and for the largest documents what serving them
takes, each in a process of its own. Exit 1 where something crashes, is refused without a reason, fails its self-test or
takes more than the bound.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from outside_documents import CORPUS, Outcome, documents, take  # noqa: E402

from contracts.compile import CompiledOperation  # noqa: E402
from contracts.selftest import Proof, self_test  # noqa: E402
from contracts.validators import ValidatorBuilder  # noqa: E402

FOLDERS = ("real", "oasdiff")
LARGEST = 2
BUDGET_BYTES = 536_870_912
"""What `validator_memory_bytes` is where nobody says otherwise."""
BOUND_BYTES = 2_000_000_000


@dataclass
class SelfTests:
    """What the self-tests of many operations came to; times are without the building of validators."""

    operations: int = 0
    wholly: int = 0
    messages: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    keywords: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def take(self, outcome: Outcome) -> list[str]:
        """Test all operations of one document; those that fail."""
        failed: list[str] = []
        if outcome.contract is None:
            return failed
        held: list[CompiledOperation] = []  # as a gateway would, within its budget
        for operation in outcome.compiled:
            if sum(one.weight for one in held) > BUDGET_BYTES:
                _drop(held)
            held.append(operation)
            operation.build()
            started = time.perf_counter()
            found = self_test(outcome.contract.document.tree, outcome.contract.version, operation)
            took = time.perf_counter() - started
            self.operations += 1
            self.wholly += not found.left_out
            self.messages += found.tested
            self.seconds += took
            self.slowest = max(self.slowest, took)
            self.keywords.update(found.keywords)
            self.left_out.update(reason.split(":")[0] for reason, _ in found.left_out)
            failed += [
                f"{operation.method} {operation.template}: {one.reason}, {one.pointer}" for one in found.failures
            ]
        _drop(held)
        return failed

    def tell(self) -> None:
        """The figures."""
        print(
            f"\n{self.operations} operations self-tested with {self.messages} messages, {self.wholly} of them wholly: "
            f"{1000 * self.seconds / max(self.operations, 1):.1f} ms for one, at most {1000 * self.slowest:.0f} ms"
        )
        print(
            "  keywords seen to refuse, by operations: " + ", ".join(f"{k} {n}" for k, n in self.keywords.most_common())
        )
        table("what was not self-tested, by reason", self.left_out)


def _drop(held: list[CompiledOperation]) -> None:
    for one in held:
        one.drop()
    held.clear()


def peak_bytes() -> int:
    """Most memory that this process held; what its parent held before does not count."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def alone(path: Path) -> dict[str, float]:
    """Load, compile and build one document as serving does, in this process."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-corpus-") as name:
        outcome = take(path, Path(name))
    compiled = time.perf_counter()
    builder = ValidatorBuilder(BUDGET_BYTES)
    contract = outcome.contract
    proofs = {
        id(one): Proof(contract.document.tree, contract.version, one, one.template)
        for one in (outcome.compiled if contract is not None else ())
    }
    builder.schedule(outcome.compiled, lambda one: proofs[id(one)].run())
    finished = builder.wait(550)
    stats = builder.stats()
    builder.close()
    return {
        "crashed": bool(outcome.crash or outcome.unexplained or not finished),
        "tested": sum(proof.outcome is not None for proof in proofs.values()),
        "operations": outcome.operations,
        "served": len(outcome.compiled),
        "compile_seconds": compiled - started,
        "build_seconds": time.perf_counter() - compiled,
        "built": stats.built,
        "peak_bytes": peak_bytes(),
    }


def in_a_process(path: Path) -> dict[str, float]:
    """The figures of one document."""
    command = [sys.executable, __file__, "--alone", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if ran.returncode:
        print(ran.stderr, file=sys.stderr)
        return {"crashed": 1.0, "peak_bytes": 0}
    return json.loads(ran.stdout)


def table(title: str, counts: Counter[str]) -> None:
    """Reasons, the most frequent first."""
    print(f"\n{title}")
    for reason, number in counts.most_common():
        print(f"  {number:>6}  {reason}")
    if not counts:
        print("       0  none")


def swallow(scratch: Path, tests: SelfTests) -> tuple[list[Outcome], list[str]]:
    """Take every document; what must not happen comes second."""
    outcomes: list[Outcome] = []
    wrong: list[str] = []
    for folder in FOLDERS:
        for path in documents(folder):
            outcome = take(path, scratch, look=True)
            name = path.relative_to(CORPUS)
            wrong += [f"{name}: {outcome.crash}"] if outcome.crash else []
            wrong += [f"{name}: {reason}" for reason in outcome.unexplained]
            wrong += [f"{name}: self-test: {failed}" for failed in tests.take(outcome)]
            outcome.contract = None
            outcomes.append(outcome)
    return outcomes, wrong


def main() -> int:
    """Exit 0 where every document was taken or refused with its reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", type=Path, help="one document, its figures as JSON")
    chosen = parser.parse_args()
    if chosen.alone is not None:
        print(json.dumps(alone(chosen.alone)))
        return 0
    if not CORPUS:
        print("skipped 1: TIDEWAITER_CORPUS names no folder with outside documents")
        return 0
    started = time.perf_counter()
    tests = SelfTests()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-corpus-") as name:
        outcomes, wrong = swallow(Path(name), tests)
    taken = [outcome for outcome in outcomes if not outcome.refused and not outcome.crash]
    print(f"{len(taken)} of {len(outcomes)} documents are contracts, in {time.perf_counter() - started:.0f} s")
    given = sum(outcome.given_security for outcome in taken)
    served = sum(len(outcome.compiled) for outcome in taken)
    print(
        f"{served} of {sum(o.operations for o in taken)} operations can be judged; {given} got security by an overlay"
    )
    table("documents that are no contract, by reason", Counter(o.refused for o in outcomes if o.refused))
    reasons: Counter[str] = Counter()
    for outcome in taken:
        reasons += outcome.left_out
    table("operations that could not be judged, and would not be served, by reason", reasons)
    tests.tell()
    findings: Counter[str] = Counter()
    for outcome in taken:
        findings += outcome.findings
    table("what is wrong inside the documents and keeps nothing else from being served, by code", findings)
    print(f"\nthe {LARGEST} largest, each in a process of its own, built within {BUDGET_BYTES / 1e6:.0f} MB")
    largest = sorted((o.path for o in taken), key=lambda path: path.stat().st_size, reverse=True)[:LARGEST]
    for path in largest:
        figures = in_a_process(path)
        if figures["crashed"] or figures["peak_bytes"] > BOUND_BYTES:
            wrong.append(f"{path.relative_to(CORPUS)}: {figures}")
        if "served" in figures:
            print(
                f"  {path.relative_to(CORPUS)!s:<46} {path.stat().st_size / 1e6:4.1f} MB  "
                f"{figures['served']:.0f} of {figures['operations']:.0f} operations  "
                f"read and compiled {figures['compile_seconds']:.1f} s  built {figures['built']:.0f} and self-tested "
                f"{figures['tested']:.0f} in {figures['build_seconds']:.1f} s  "
                f"peak {figures['peak_bytes'] / 1e6:.0f} MB"
            )
    for one in wrong:
        print(f"WRONG {one}", file=sys.stderr)
    print(f"\n{len(wrong)} crashes, unexplained refusals, failed self-tests or figures past {BOUND_BYTES / 1e9:.0f} GB")
    return 1 if wrong or not taken else 0


if __name__ == "__main__":
    sys.exit(main())
