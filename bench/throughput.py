"""The gateway with every step on beside nginx as a plain proxy, in the same run.

One worker each, pinned to core 0; load and upstream share core 1. Rounds are interleaved. What counts is the ratio
inside one round; the figures themselves say more about the machine.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import rig

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
HOT_TOKENS = 1_000
NEW_SHARE = 20
"""Every so-manieth call carries a token that was never seen."""
CONNECTIONS = 32

LUA = """
local tokens, hot, at, n = {}, %d, %d, 0
for line in io.lines("%s") do tokens[#tokens + 1] = line end
local fresh = hot
request = function()
  n = n + 1
  local token = tokens[(n %% hot) + 1]
  if n %% %d == 0 and fresh < #tokens then fresh = fresh + 1; token = tokens[fresh] end
  return wrk.format(%s, nil, {["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json"}, %s)
end
"""


@dataclass
class Round:
    """One measurement: requests a second, latency in milliseconds, answers that were not 2xx."""

    target: str
    kind: str
    rate: float
    p50_ms: float
    p99_ms: float
    failed: int


def need(name: str, package: str) -> bool:
    """Whether the program is there; installs it where apt can, and says so aloud where it is absent."""
    if shutil.which(name):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {package}", flush=True)
        quiet = subprocess.DEVNULL
        for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "-qq", *command], check=False, stdout=quiet, stderr=quiet)
    if shutil.which(name):
        return True
    print(f"SKIPPED: {name} is not here; install the package {package}", file=sys.stderr)
    return False


def ready() -> bool:
    """Whether this machine can run the bench; says aloud why not."""
    if not (need("nginx", "nginx-light") and need("wrk", "wrk") and need("taskset", "util-linux")):
        return False
    if (os.cpu_count() or 1) < 2:
        print("SKIPPED: the bench needs two cores", file=sys.stderr)
        return False
    return True


def milliseconds(text: str) -> float:
    """wrk's `1.23ms`, `456.00us`, `1.20s`."""
    number, unit = re.match(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def load(url: str, script: Path, seconds: int, target: str, kind: str) -> Round:
    """One round of wrk from core 1."""
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    command = ["taskset", "-c", "1", *wrk]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    p50, p99 = (milliseconds(re.search(rf"(?m)^\s+{p}%\s+(\S+)", text)[1]) for p in ("50", "99"))  # type: ignore[index]
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = (int(wrong[1]) if wrong else 0) + (sum(map(int, errors.groups())) if errors else 0)
    return Round(target, kind, rate, p50, p99, failed)


def wait(url: str) -> None:
    """Until it answers anything."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def scripts(folder: Path, tokens: list[str], new_order: dict[str, object]) -> dict[str, Path]:
    """The wrk scripts: read an order, write an order."""
    listed = folder / "tokens.txt"
    listed.write_text("\n".join(tokens), encoding="utf-8")
    body = json.dumps(json.dumps(new_order, separators=(",", ":")))
    made = {}
    for at, (kind, method, sent) in enumerate((("GET", '"GET"', "nil"), ("POST", '"POST"', body))):
        made[kind] = folder / f"{kind}.lua"
        made[kind].write_text(LUA % (HOT_TOKENS, at, listed, NEW_SHARE, method, sent), encoding="utf-8")
    return made


PATHS = {"GET": "/orders/v1/salesOrders(5d115c9c-44e3-ea11-bb43-000d3a2feca1)", "POST": "/orders/v1/salesOrders"}


def run(folder: Path, seconds: int, rounds: int) -> list[Round]:
    """All rounds, interleaved."""
    from governance.demo.process import free_ports  # noqa: PLC0415 - needs the path set in main

    upstream, proxy, gateway, health = free_ports(4)
    fresh = int(seconds * rounds * 2 * 6000 / NEW_SHARE)
    tokens, key_set = rig.make_tokens(f"http://127.0.0.1:{upstream}", HOT_TOKENS + min(fresh, 20_000))
    rig.write_nginx(folder, upstream, proxy, key_set)
    rig.write_workspace(folder / "ws", gateway, health, upstream)
    by_kind = scripts(folder, tokens, rig.NEW_ORDER)
    env = {"PYTHONPATH": str(ROOT), "TIDEWAITER_SECRET_KEY_PEPPER": "bench"}
    nginx = shutil.which("nginx") or "nginx"
    with (
        rig.pinned(1, nginx, "-p", str(folder), "-c", str(folder / "upstream.conf"), log=folder / "up.log"),
        rig.pinned(0, nginx, "-p", str(folder), "-c", str(folder / "proxy.conf"), log=folder / "px.log"),
        rig.pinned(0, *rig.gateway_command(folder / "ws", folder / "access.log"), log=folder / "gw.log", env=env),
    ):
        for port in (upstream, proxy, gateway):
            wait(f"http://127.0.0.1:{port}/")
        urls = {"nginx": f"http://127.0.0.1:{proxy}", "tidewaiter": f"http://127.0.0.1:{gateway}"}
        for kind, path in PATHS.items():  # warm: pools, validators, the hot tokens
            load(urls["tidewaiter"] + path, by_kind[kind], 2, "tidewaiter", kind)
        found = []
        for number in range(rounds):
            for kind, path in PATHS.items():
                for target in ("nginx", "tidewaiter") if number % 2 == 0 else ("tidewaiter", "nginx"):
                    result = load(urls[target] + path, by_kind[kind], seconds, target, kind)
                    print(f"{target:11} {kind:4} {result.rate:9.0f}/s  p50 {result.p50_ms:7.2f} ms  "
                          f"p99 {result.p99_ms:7.2f} ms  failed {result.failed}", flush=True)  # fmt: skip
                    found.append(result)
    return found


def page(rounds: list[Round], seconds: int) -> tuple[str, bool]:
    """The page, and whether every answer was the expected one."""
    lines = [
        "<!-- Made by `make bench`; do not edit. -->",
        "",
        "# Performance",
        "",
        "The gateway with every step on (1,000 tokens, one call in twenty with a token never seen, access, rate, quota",
        "and concurrency limits in memory, request and answer judged by the contract, links in the body rewritten,",
        "access log and metrics on) beside nginx as a plain proxy with no policy at all. One worker each, pinned to",
        f"one core, load (wrk, {CONNECTIONS} connections) and upstream on the other; interleaved, {seconds} s a round.",
        "Only the ratio inside one round means anything, and differences under about 15 % are unproven.",
        "",
        "| call | nginx /s | tidewaiter /s | ratio (median, least to most) | added p50 ms | p99 ms | not 2xx |",
        "|---|---|---|---|---|---|---|",
    ]
    good = True
    for kind in PATHS:
        pairs = list(zip(*([r for r in rounds if (r.target, r.kind) == (t, kind)] for t in ("nginx", "tidewaiter")),
                         strict=True))  # fmt: skip
        ratios = sorted(ours.rate / theirs.rate for theirs, ours in pairs)
        failed = sum(ours.failed + theirs.failed for theirs, ours in pairs)
        good = good and failed == 0
        middle = statistics.median
        cells = (
            kind,
            f"{middle(t.rate for t, _ in pairs):.0f}",
            f"{middle(o.rate for _, o in pairs):.0f}",
            f"**{middle(ratios):.3f}** ({ratios[0]:.3f} to {ratios[-1]:.3f})",
            f"{middle(o.p50_ms - t.p50_ms for t, o in pairs):.2f}",
            f"{middle(o.p99_ms for _, o in pairs):.2f}",
            str(failed),
        )
        lines.append(f"| {' | '.join(cells)} |")
    read, written = (len(json.dumps(order, separators=(",", ":"))) for order in (rig.ORDER, rig.NEW_ORDER))
    lines += [
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}. An order of",
        f"{read} bytes is read, one of {written} bytes is written.",
        "The raw rounds are in `bench/results/`.",
        "",
    ]
    return "\n".join(lines), good


@dataclass(frozen=True)
class Form:
    """How long a bench takes: seconds a round, and rounds."""

    seconds: int
    rounds: int


def publish(
    description: str, name: str, place: Path, short: Form, full: Form,
    run: Callable[[Path, int, int], list[Round]], page: Callable[[list[Round], int], tuple[str, bool]],
) -> int:  # fmt: skip
    """Run a bench and write `bench/results/NAME.json` and its page. Exit 0 where every answer was as expected."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--full", action="store_true", help=f"{full.rounds} rounds of {full.seconds} s, in place of "
                        f"{short.rounds} of {short.seconds} s")  # fmt: skip
    parser.add_argument("--dry", action="store_true", help="one short round; writes nothing")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if not ready():
        return 0
    form = Form(1, 1) if chosen.dry else full if chosen.full else short
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101 - nginx's worker is another user
        found = run(Path(folder), form.seconds, form.rounds)
    text, good = page(found, form.seconds)
    if not chosen.dry:
        RESULTS.mkdir(exist_ok=True)
        raw = json.dumps([asdict(r) for r in found], indent=1) + "\n"
        (RESULTS / f"{name}.json").write_text(raw, encoding="utf-8")
        place.write_text(text, encoding="utf-8")
    print("\n" + text[text.index("\n|") :])
    return 0 if good else 1


def main() -> int:
    """Write `bench/results/throughput.json` and `docs/performance.md`."""
    return publish(str(__doc__), "throughput", PAGE, Form(5, 3), Form(15, 5), run, page)


if __name__ == "__main__":
    sys.exit(main())
