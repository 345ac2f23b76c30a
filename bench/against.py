"""This tree beside an earlier commit: the same workspace, the same calls, in interleaved rounds of one run.

Each is a gateway of its own on core 0; load and upstream share core 1, and one is loaded at a time. Prints the ratio of
requests a second, now to then; exit 1 where its median is below `--least` (0.8: a fifth slower) or a call failed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import rig
import throughput
from throughput import PATHS, ROOT, Round


@contextmanager
def checkout(revision: str, folder: Path) -> Iterator[Path]:
    """The tree of a commit, for as long as it is needed."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def run(folder: Path, trees: dict[str, Path], seconds: int, rounds: int) -> list[Round]:
    """All rounds, every second one backwards."""
    from governance.demo.process import free_ports  # noqa: PLC0415 - needs the path set in main

    upstream, *ports = free_ports(1 + 2 * len(trees))
    fresh = min(int(seconds * rounds * 4 * 3000 / throughput.NEW_SHARE), 20_000)
    tokens, key_set = rig.make_tokens(f"http://127.0.0.1:{upstream}", throughput.HOT_TOKENS + fresh)
    rig.write_nginx(folder, upstream, upstream, key_set)
    scripts = throughput.scripts(folder, tokens, rig.NEW_ORDER)
    found, urls = [], {}
    with ExitStack() as stack:
        nginx = ("nginx", "-p", str(folder), "-c", str(folder / "upstream.conf"))
        stack.enter_context(rig.pinned(1, *nginx, log=folder / "up.log"))
        for at, (name, tree) in enumerate(trees.items()):
            place = folder / name
            rig.write_workspace(place / "ws", ports[2 * at], ports[2 * at + 1], upstream)
            env = {"PYTHONPATH": str(tree), "TIDEWAITER_SECRET_KEY_PEPPER": "bench"}
            command = rig.gateway_command(place / "ws", place / "access.log")
            stack.enter_context(rig.pinned(0, *command, log=place / "gw.log", env=env, cwd=tree))
            urls[name] = f"http://127.0.0.1:{ports[2 * at]}"
        for url in (f"http://127.0.0.1:{upstream}", *urls.values()):
            throughput.wait(url + "/")
        for name, kind in ((name, kind) for name in urls for kind in PATHS):
            throughput.load(urls[name] + PATHS[kind], scripts[kind], 2, name, kind)
        for number in range(rounds):
            for name in urls if number % 2 == 0 else reversed(urls):
                for kind, path in PATHS.items():
                    result = throughput.load(urls[name] + path, scripts[kind], seconds, name, kind)
                    print(f"{name:6} {kind:4} {result.rate:7.0f}/s  p50 {result.p50_ms:6.2f} ms  "
                          f"failed {result.failed}", flush=True)  # fmt: skip
                    found.append(result)
    return found


def main() -> int:
    """Exit 0 where nothing became slower than stated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="the commit to compare with")
    parser.add_argument("--least", type=float, default=0.8)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if not throughput.ready():
        return 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-against-") as name:
        os.chmod(name, 0o755)  # noqa: PTH101 - nginx's worker is another user
        with checkout(chosen.revision, Path(name) / "tree") as base:
            found = run(Path(name), {"then": base, "now": ROOT}, chosen.seconds, chosen.rounds)
    slower = False
    for kind in PATHS:
        then, now = ([r for r in found if (r.target, r.kind) == (name, kind)] for name in ("then", "now"))
        ratios = sorted(one.rate / other.rate for one, other in zip(now, then, strict=True))
        middle = statistics.median(ratios)
        slower = slower or middle < chosen.least
        print(f"{kind:4} now / {chosen.revision}: {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return 1 if slower or any(r.failed for r in found) else 0


if __name__ == "__main__":
    sys.exit(main())
