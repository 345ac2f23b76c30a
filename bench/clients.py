"""Clients of the example's contracts and of documents from outside: written, imported, `mypy --strict`.

One line a document with time, size and import time, then the failures with their reasons. Documents from outside are
those of TIDEWAITER_CORPUS: the newest of each API under real/, and so many smaller ones under others/.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MERIDIAN = ROOT / "examples" / "meridian"
CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
TOOL = [sys.executable, "-m", "governance.cli.main"]
_IMPORT = """
import importlib, json, pkgutil, sys, time
sys.path.insert(0, sys.argv[1])
import httpx2, pydantic
start = time.perf_counter()
package = importlib.import_module(sys.argv[2])
client = package.Client("http://127.0.0.1:9")
first = time.perf_counter() - start
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not found.name.endswith((".testing", "._runtime.double")):
        importlib.import_module(found.name)
whole = time.perf_counter() - start
count = 0
for name in ("models", "inputs"):
    for kind in vars(sys.modules[f"{package.__name__}.{name}"]).values():
        if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
            kind.model_rebuild()
            count += 1
print(json.dumps({"first": first, "whole": whole, "models": count}))
"""


@dataclass
class Row:
    """What became of one document. `reason` is empty where all went well, else the first thing that did not."""

    name: str
    operations: int = 0
    left_out: int = 0
    models: int = 0
    seconds: float = 0
    kilobytes: int = 0
    import_seconds: float = 0
    whole_import_seconds: float = 0
    typed_seconds: float = 0
    reason: str = ""


def documents(smaller: int) -> list[tuple[str, list[str]]]:
    """Name and arguments of each document."""
    found = [
        (f"meridian {path.parent.name}@{path.stem}", [f"{path.parent.name}@{path.stem}", "-w", str(MERIDIAN)])
        for path in sorted(MERIDIAN.glob("contracts/*/[0-9]*.yaml"))
    ]
    if not CORPUS:
        return found
    for folder in sorted(path for path in Path(CORPUS, "real").iterdir() if path.is_dir()):
        newest = sorted(folder.iterdir())[-1]
        found.append((f"real {folder.name}", [str(newest), "--prefix", "bench"]))
    cases = [json.loads(line) for line in Path(CORPUS, "others", "cases.jsonl").read_text().splitlines()]
    paths = sorted({case["revision"] for case in cases if case.get("format") == "openapi"})
    step = max(1, len(paths) // max(1, smaller))
    for path in paths[::step][:smaller]:
        found.append((f"others {path}", [str(Path(CORPUS, "others", path)), "--prefix", "bench"]))
    return found


def measured(name: str, arguments: list[str], folder: Path, *, types: bool) -> Row:
    """Write one client, import all of it, type it."""
    row = Row(name)
    out = folder / re.sub(r"\W+", "-", name)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    command = [*TOOL, "client", *arguments, "--out", str(out), "--skip-unsupported"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder, timeout=900)
    row.seconds = time.perf_counter() - start
    told = ran.stderr.strip().splitlines()
    row.left_out = sum("cannot be generated:" in line for line in told)
    more = re.search(r"and (\d+) more", ran.stderr)
    row.left_out += int(more[1]) if more else 0
    if ran.returncode:
        row.reason = f"not written: {(told or ['no word'])[0][:160]}"
        return row
    counted = re.search(r": (\d+) operations?, in", ran.stderr)
    row.operations = int(counted[1]) if counted else 0
    row.kilobytes = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) // 1024
    (package,) = [path.name for path in (out / "src").iterdir()]
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT, str(out / "src"), package],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    if loaded.returncode:
        row.reason = f"not imported: {loaded.stderr.strip().splitlines()[-1][:160]}"
        return row
    said = json.loads(loaded.stdout)
    row.import_seconds, row.whole_import_seconds, row.models = said["first"], said["whole"], said["models"]
    if types:
        start = time.perf_counter()
        typed = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(folder / "mypy"), "-p", package],
            capture_output=True, text=True, check=False, timeout=1800, cwd=folder, env={"MYPYPATH": str(out / "src")},
        )  # fmt: skip
        row.typed_seconds = time.perf_counter() - start
        if typed.returncode:
            row.reason = f"mypy: {typed.stdout.strip().splitlines()[0][:200]}"
    return row


def main() -> int:
    """Exit 0 when each document was written, imported and typed, or refused as a document that is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smaller", type=int, default=50, help="how many documents of others/")
    parser.add_argument("--only", help="documents whose name contains this")
    parser.add_argument("--no-types", action="store_true")
    parser.add_argument("--output", type=Path)
    chosen = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        print(
            f"{'document':58} {'ops':>5} {'out':>4} {'models':>6} {'write s':>8} {'kB':>6} {'import s':>8} {'all s':>6} {'mypy s':>7}"
        )
        for title, arguments in documents(chosen.smaller):
            if chosen.only and chosen.only not in title:
                continue
            row = measured(title, arguments, Path(name), types=not chosen.no_types)
            rows.append(row)
            print(
                f"{row.name[:58]:58} {row.operations:5} {row.left_out:4} {row.models:6} {row.seconds:8.1f} {row.kilobytes:6}"
                f" {row.import_seconds:8.2f} {row.whole_import_seconds:6.2f} {row.typed_seconds:7.1f} {row.reason and '!'}",
                flush=True,
            )
    failed = [row for row in rows if row.reason]
    print(f"\n{len(rows) - len(failed)} of {len(rows)} documents: written, imported, typed")
    for row in failed:
        print(f"  {row.name}: {row.reason}")
    if chosen.output:
        chosen.output.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
