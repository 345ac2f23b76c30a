"""Clients of the example's contracts and of documents from outside: written, imported, `mypy --strict`.

One line a document with time, size and import time, then those for which there is no client, with their reasons.
Documents from outside are those of TIDEWAITER_CORPUS: the newest of each API under real/, and many smaller ones under
others/. Then a client calls a real gateway with much: a walk of 1,000 records, files of 100 MB both ways, 200 at once.
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
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from large_system import PEPPER, LargeGateway  # noqa: E402 - the tests' own

FLAT = 16 * 2**20
"""By how much the most memory of the process may grow while 200 MB stream."""
MERIDIAN = ROOT / "examples" / "meridian"
CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
MYPY = [sys.executable, "-m", "mypy", "--strict", "--config-file="]
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
    """What became of one document. `reason` is empty where there is a client, else says why there is none.

    `failed`: that is our fault, not the document's.
    """

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
    failed: bool = False


def documents(smaller: int) -> list[tuple[str, list[str]]]:
    """Name and arguments of each document."""
    found = [
        (f"meridian {path.parent.name}@{path.stem}", [f"{path.parent.name}@{path.stem}", "-w", str(MERIDIAN)])
        for path in sorted(MERIDIAN.glob("contracts/*/[0-9]*.yaml"))
    ]
    if not CORPUS:
        return found
    for folder in sorted(path for path in Path(CORPUS, "real").iterdir() if path.is_dir()):
        newest = max(folder.iterdir())
        found.append((f"real {folder.name}", [str(newest), "--prefix", "bench"]))
    cases = [json.loads(line) for line in Path(CORPUS, "others", "cases.jsonl").read_text().splitlines()]
    paths = sorted({case["revision"] for case in cases if case.get("format") == "openapi"})
    step = max(1, len(paths) // max(1, smaller))
    chosen = paths[::step][:smaller]
    return found + [(f"others {path}", [str(Path(CORPUS, "others", path)), "--prefix", "bench"]) for path in chosen]


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
        row.reason = (told or ["no word"])[0].replace(str(CORPUS), "")[:160]
        row.failed = ran.returncode != 2 or "nobody foresaw" in ran.stderr
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
        row.reason, row.failed = f"not imported: {loaded.stderr.strip().splitlines()[-1][:160]}", True
        return row
    said = json.loads(loaded.stdout)
    row.import_seconds, row.whole_import_seconds, row.models = said["first"], said["whole"], said["models"]
    if types:
        start = time.perf_counter()
        typed = subprocess.run(
            [*MYPY, "--cache-dir", str(folder / "mypy"), "-p", package], capture_output=True, text=True, check=False,
            timeout=1800, cwd=folder, env={"MYPYPATH": str(out / "src")},
        )  # fmt: skip
        row.typed_seconds = time.perf_counter() - start
        if typed.returncode:
            row.reason, row.failed = f"mypy: {typed.stdout.strip().splitlines()[0][:200]}", True
    return row


def flow(records: int, size: int, at_once: int) -> bool:
    """Much at once through a real gateway; whether all of it came and memory stayed flat."""
    os.environ["TIDEWAITER_SECRET_LARGE_PEPPER"] = PEPPER
    with tempfile.TemporaryDirectory() as name:
        large = LargeGateway(Path(name), records)
        try:
            said = large.run(bytes=size, at_once=at_once)
        finally:
            large.close()
    whole = all(said[key] == records for key in ("records", "async_records"))
    whole = whole and all(said[key] == size for key in ("down", "up", "async_down", "async_up"))
    whole = whole and said["at_once"] == said["async_at_once"] == 5 * at_once
    for kind, lead in (("waiting", ""), ("on a loop", "async_")):
        print(
            f"{kind}: {said[lead + 'records']} records walked; {size // 2**20} MB down and up, memory grew by "
            f"{said[lead + 'grown'] / 2**20:.1f} MB; {at_once} calls at once in {said[lead + 'seconds']:.2f} s"
        )
    return whole and max(said["grown"], said["async_grown"]) < FLAT


def main() -> int:
    """Exit 0 when each document has a client, or is none that one could be written for, and the flow went through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smaller", type=int, default=50, help="how many documents of others/")
    parser.add_argument("--only", help="documents whose name contains this")
    parser.add_argument("--no-types", action="store_true")
    parser.add_argument("--no-flow", action="store_true")
    parser.add_argument("--output", type=Path, help="the rows as JSON")
    chosen = parser.parse_args()
    rows: list[Row] = []
    columns = ("ops", "out", "models", "write s", "kB", "import s", "all s", "mypy s")
    print(f"{'document':56}" + "".join(f"{name:>9}" for name in columns))
    with tempfile.TemporaryDirectory() as name:
        for title, arguments in documents(chosen.smaller):
            if chosen.only and chosen.only not in title:
                continue
            row = measured(title, arguments, Path(name), types=not chosen.no_types)
            rows.append(row)
            print(
                f"{row.name[:56]:56}{row.operations:9}{row.left_out:9}{row.models:9}{row.seconds:9.1f}{row.kilobytes:9}"
                f"{row.import_seconds:9.2f}{row.whole_import_seconds:9.2f}{row.typed_seconds:9.1f}"
                f"{'  FAILED' if row.failed else '  none' if row.reason else ''}",
                flush=True,
            )
    without = [row for row in rows if row.reason]
    failed = [row for row in rows if row.failed]
    print(f"\n{len(rows) - len(without)} of {len(rows)} documents have a client: written, imported, typed strictly")
    for row in without:
        print(f"  {row.name}: {row.reason}")
    if chosen.output:
        chosen.output.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    went = chosen.no_flow or flow(1_000, 100 * 2**20, 200)
    return 0 if went and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
