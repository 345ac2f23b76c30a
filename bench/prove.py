"""The claims of the project as commands. Short by default; `--full` runs each whole.

Two at once, what each says in one piece; then those that take both cores or judge times, one after the other.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


@dataclass(frozen=True)
class Claim:
    """What is claimed, and the command that shows it; `full` where the whole differs from the short form."""

    name: str
    short: list[str] | None
    """None where the suites of `make test` are the short form."""
    full: list[str] | None = None
    alone: bool = False
    """It takes both cores, or judges times: nothing runs beside it."""
    seconds: int = 20
    """About how long its short form takes: the longest starts first."""


def bench(name: str, *arguments: str) -> list[str]:
    """A script of this folder."""
    return [sys.executable, f"bench/{name}.py", *arguments]


def laws(times: int, *, anew: bool = False) -> list[str]:
    """The test files that draw by tests/support/laws.py, so many times as often; `anew`: by chance."""
    files = [p for p in sorted((ROOT / "tests").rglob("test_*.py")) if "from laws import" in p.read_text("utf-8")]
    named = [str(path.relative_to(ROOT)) for path in files]
    drawn = ["TIDEWAITER_LAWS_ANEW=1"] if anew else []
    return [
        "env",
        f"TIDEWAITER_LAWS={times}",
        *drawn,
        *PYTEST,
        "-n",
        "2",
        "--timeout",
        "3600",
        "-m",
        "not corpus",
        *named,
    ]


CLAIMS = (
    Claim("the demo: every answer as expected", [str(BIN / "tidewaiter"), "demo", "--check", "--port", "0"]),
    Claim("the refusal table over real sockets, both ways", [*PYTEST, "tests/flows/test_refusals.py"]),
    Claim("framing rows: refused, or both sides saw the same", [*PYTEST, "tests/gateway", "-k", "wire or framing"]),
    Claim("the token table, and rotation", [*PYTEST, "tests/policies", "-k", "token or jwks or identify"]),
    Claim("broken workspaces and their messages", [*PYTEST, "tests/contracts", "tests/governance", "-k", "broken"]),
    Claim("the misbehaving-system table", [*PYTEST, "tests/gateway", "-k", "misbehav or transport"]),
    Claim(
        "entities on one system: no foreign row read, changed or hinted at",
        bench("isolation", "--attacks", "3000", "--flips", "6"),
        bench("isolation"),
        alone=True,
    ),
    Claim(
        "reloads, killed workers, suspension, drain: no call failed by us",
        bench("rolling", "--reloads", "5", "--kills", "2"),
        bench("rolling"),
        alone=True,
    ),
    Claim(
        "faults: labelled answers told apart, no write sent twice unless proven without effect",
        bench("faults", "--calls", "2000"),
        bench("faults"),
        alone=True,
    ),
    Claim(
        "fair sharing: no 429, Jain's index, one budget for two workers",
        bench("fairness"),
        bench("fairness", "--full"),
        alone=True,
    ),
    Claim(
        "the JSON Schema test suite through the compiled path",
        bench("conformance", "--short"),
        bench("conformance"),
    ),
    Claim("each keyword refuses in each version and direction, and is missed where it is taken out", bench("keywords")),
    Claim(
        "a self-test of every operation, and openapi-core's second opinion: each difference explained",
        [str(BIN / "tidewaiter"), "check", "examples/meridian", "--second-opinion", "--files-only"],
    ),
    Claim(
        "vendors' documents: overlays by their specification, each fault gone once its action is pasted",
        [
            *PYTEST,
            "tests/contracts/test_overlay.py",
            "tests/contracts/test_jsonpath.py",
            "tests/governance/test_vendor_faults.py",
        ],
    ),
    Claim("documents from outside: taken, or refused with a reason; time and memory of the largest", bench("corpus")),
    Claim(
        "each version of the documents from outside, of which `make test` takes the newest",
        None,
        ["env", "TIDEWAITER_EACH_VERSION=1", *PYTEST, "-n", "2", "-m", "corpus", "tests/contracts", "tests/governance"],
    ),
    Claim(
        "the diff on the outside corpus: recall and false alarms, the same under other names, examples confirmed",
        bench("diff_scores", "--check", "--quick"),
        bench("diff_scores", "--check"),
    ),
    Claim(
        "lint beside Spectral, where `make lint-tools` has it: the same rule set, the same findings at the same places",
        [*PYTEST, "tests/governance/lint/test_spectral_beside.py"],
        bench("lint_beside"),
    ),
    Claim(
        "onboarding: killed after each event and at random times, resumed, the same; nothing left in the system",
        bench("onboard_killed"),
        bench("onboard_killed", "--full"),
        seconds=120,
    ),
    Claim(
        "a real ERP: every operation of Tryton's contracts through the gateway; the whole: from candidate to live",
        [sys.executable, "examples/erp/walk.py"],
        [sys.executable, "examples/erp/onboard.py"],
        seconds=100,
    ),
    Claim(
        "laws, with more examples than in `make test`; the whole draws anew", laws(2), laws(40, anew=True), alone=True
    ),
    Claim(
        "the portal: crawled for each visibility with canaries, every page in Chromium",
        [*PYTEST, "tests/flows/test_portal_visibility.py", "tests/browser/test_portal.py"],
        [
            *("env", "TIDEWAITER_EVERY_PAGE=1", *PYTEST, "--timeout", "900"),
            *("tests/flows/test_portal_visibility.py", "tests/browser/test_portal.py"),
        ],
    ),
    Claim(
        "the gate: forty commits as the table says, and ways to cheat it, all caught",
        [*PYTEST, "tests/governance/gate", "-k", "commit or cheats"],
        bench("gate_table"),
        seconds=40,
    ),
    Claim(
        "the gate on real pairs of contracts: every form of its report held against its schema",
        bench("gate_reports"),
        bench("gate_reports", "--full"),
    ),
    Claim(
        "fuzzing: one seed asks the same, mde fuzzed and every row as before, killed runs taken back",
        bench("fuzz_proof"),
        bench("fuzz_proof", "--full"),
        seconds=90,
    ),
    Claim(
        "fuzzing: of 20 planted faults at least 18 are found, and none where there is none",
        bench("planted_table", "--short"),
        bench("planted_table"),
        seconds=60,
    ),
    Claim(
        "a release that is activated is live or not, whenever something is killed; what was revoked stays revoked",
        bench("release_kills", "--times", "2"),
        bench("release_kills", "--times", "15"),
    ),
    Claim(
        "what is signed: rewritten as a whole, put back, shared by two nodes, two commands at once: nothing is taken",
        bench("signed_attacks", "--short"),
        bench("signed_attacks"),
    ),
    Claim("mutants: each step out, each fault on", bench("mutants"), bench("mutants", "--full"), alone=True),
    Claim(
        "mixed calls: accounts, canaries, slopes",
        bench("soak", "--seconds", "60"),
        bench("soak", "--seconds", "600"),
        alone=True,
    ),
    Claim(
        "clients: written, imported, typed strictly; old ones with newer contracts; an order through the gateway",
        [*PYTEST, "tests/codegen", "tests/flows/test_client_orders.py", "tests/flows/test_client_large.py"],
        bench("clients"),
        seconds=50,
    ),
    Claim(
        "clients in TypeScript: written, compiled strictly, imported",
        bench("clients_typescript", "--only", "others"),
        bench("clients_typescript", "--full"),
        seconds=110,
    ),
    Claim(
        "a newcomer: from the portal's address to a first typed call, nothing looked up elsewhere", bench("newcomer")
    ),
    Claim("footprint of an installation", bench("footprint")),
)


def prove(claim: Claim, *, full: bool, live: bool) -> bool:
    """Run a claim's command and say whether it held; `live`: as it goes, else in one piece once it has ended."""
    command = claim.full if full and claim.full else claim.short
    assert command is not None
    title = f"\n=== {claim.name}\n    {' '.join(command).replace(str(ROOT), '.')}\n"
    started = time.monotonic()
    said = ""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-claim-") as runtime, tempfile.TemporaryFile() as kept:
        # Each has a folder of its own for what a running demo tells of itself.
        env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": runtime}
        if live:
            print(title, end="", flush=True)
            code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        else:
            ran = subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=kept, stderr=subprocess.STDOUT)
            code = ran.returncode
            kept.seek(0)
            said = title + kept.read().decode("utf-8", "replace")
    outcome = "held" if code == 0 else f"FAILED ({code})"
    sys.stdout.write(f"{said}--- {outcome} in {time.monotonic() - started:.0f} s\n")
    sys.stdout.flush()
    return code == 0


def main() -> int:
    """Exit 0 when every claim held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", help="run the claims whose name contains this")
    parser.add_argument("--at-once", type=int, default=2, help="so many claims beside each other")
    chosen = parser.parse_args()
    began = time.monotonic()
    claims = [claim for claim in CLAIMS if not chosen.only or chosen.only in claim.name]
    claims = [claim for claim in claims if claim.short or chosen.full]
    beside = sorted((claim for claim in claims if not claim.alone), key=lambda claim: -claim.seconds)
    alone = [claim for claim in claims if claim.alone]
    held: dict[str, bool] = {}
    with ThreadPoolExecutor(chosen.at_once) as pool:
        live = chosen.at_once == 1 or len(beside) == 1
        tried = pool.map(lambda claim: prove(claim, full=chosen.full, live=live), beside)
        held |= zip((claim.name for claim in beside), tried, strict=True)
    for claim in alone:
        held[claim.name] = prove(claim, full=chosen.full, live=True)
    failed = [name for name, well in held.items() if not well]
    print(
        f"\n{len(claims) - len(failed)} of {len(claims)} claims held in {time.monotonic() - began:.0f} s"
        + "".join(f"\n  failed: {name}" for name in failed)
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
