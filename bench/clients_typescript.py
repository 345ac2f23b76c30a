"""TypeScript clients of the example's contracts and of documents from outside: written, and compiled strictly.

One line a document with time, size, and the time of a program that imports the client; then those for which there is no
client, with their reasons. The documents are those of `bench/clients.py`. Then user code is compiled against clients of
newer contracts.
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
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from clients import TOOL, documents  # noqa: E402 - the other bench
from typescript_compatible import compatible  # noqa: E402

from codegen.typescript import node  # noqa: E402

PROGRAM = 'import { createClient } from "{name}";\ncreateClient({ baseUrl: "https://host.example" });\n'
STRICT = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext", "--noEmit"]


@dataclass
class Row:
    """What became of one document. `reason` is empty where there is a client; `failed`: that is our fault."""

    name: str
    operations: int = 0
    left_out: int = 0
    seconds: float = 0
    kilobytes: int = 0
    typed_seconds: float = 0
    import_seconds: float = 0
    reason: str = ""
    failed: bool = False


def measured(name: str, arguments: list[str], folder: Path) -> Row:
    """Write one client, which compiles it; then use it in a program, compile that and run it."""
    row = Row(name)
    out = folder / "client"
    start = time.perf_counter()
    command = [*TOOL, "client", *arguments, "--out", str(out), "--skip-unsupported", "--language", "typescript"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder, timeout=1800)
    row.seconds = time.perf_counter() - start
    told = ran.stderr.strip().splitlines()
    row.left_out = sum("cannot be generated:" in line for line in told)
    more = re.search(r"and (\d+) more", ran.stderr)
    row.left_out += int(more[1]) if more else 0
    if ran.returncode:
        row.reason = " ".join(told or ["no word"]).replace(os.environ.get("TIDEWAITER_CORPUS", " "), "")[-240:]
        row.failed = ran.returncode != 2 or "did not do as asked" in ran.stderr or "nobody foresaw" in ran.stderr
        return row
    counted = re.search(r": (\d+) operations?, in", ran.stderr)
    row.operations = int(counted[1]) if counted else 0
    row.kilobytes = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) // 1024
    row.reason = used(row, json.loads((out / "package.json").read_text())["name"], out, folder)
    row.failed = bool(row.reason)
    return row


def used(row: Row, name: str, out: Path, folder: Path) -> str:
    """What is wrong with a program that uses the client; empty where nothing is."""
    modules = folder / "node_modules"
    place = modules / name
    place.parent.mkdir(parents=True)
    out.rename(place)
    for tool in ("openapi-fetch", "openapi-typescript-helpers"):
        (modules / tool).symlink_to(node.installed() / "node_modules" / tool)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "program.ts").write_text(PROGRAM.replace("{name}", name))
    compiler = str(node.installed() / "node_modules" / "typescript" / "bin" / "tsc")
    start = time.perf_counter()
    command = [node.program(), "--max-old-space-size=6144", compiler, *STRICT, "program.ts"]
    typed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=1800)
    row.typed_seconds = time.perf_counter() - start
    if typed.returncode:
        return f"tsc: {typed.stdout.strip().splitlines()[0][:200]}"
    start = time.perf_counter()
    script = f"await import({json.dumps(name)})"
    loaded = subprocess.run(
        [node.program(), "--input-type=module", "-e", script],
        capture_output=True, text=True, check=False, cwd=folder, timeout=600,
    )  # fmt: skip
    row.import_seconds = time.perf_counter() - start
    return f"not imported: {loaded.stderr.strip()[-160:]}" if loaded.returncode else ""


def main() -> int:
    """Exit 0 when each document has a client, or is none that one could be written for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smaller", type=int, default=5, help="how many documents of others/")
    parser.add_argument(
        "--full", action="store_true", help="the newest document of each API of real/, and 50 of others/"
    )
    parser.add_argument("--only", help="documents whose name contains this")
    parser.add_argument("--output", type=Path, help="the rows as JSON")
    chosen = parser.parse_args()
    try:
        node.program()
        node.installed()
    except node.MissingToolError as error:
        print(f"not measured: {error}")
        return 1 if os.environ.get("CI") else 0
    rows: list[Row] = []
    columns = ("ops", "out", "write s", "kB", "tsc s", "import s")
    print(f"{'document':56}" + "".join(f"{name:>9}" for name in columns))
    for title, arguments in documents(50 if chosen.full else chosen.smaller):
        if (chosen.only and chosen.only not in title) or (
            title.startswith("real ") and not (chosen.full or chosen.only)
        ):
            continue
        with tempfile.TemporaryDirectory() as name:
            row = measured(title, arguments, Path(name))
        rows.append(row)
        print(
            f"{row.name[:56]:56}{row.operations:9}{row.left_out:9}{row.seconds:9.1f}{row.kilobytes:9}"
            f"{row.typed_seconds:9.1f}{row.import_seconds:9.2f}"
            f"{'  FAILED' if row.failed else '  none' if row.reason else ''}",
            flush=True,
        )
    without = [row for row in rows if row.reason]
    print(f"\n{len(rows) - len(without)} of {len(rows)} documents have a client: written, compiled strictly, imported")
    for row in without:
        print(f"  {row.name}: {row.reason}")
    if chosen.output:
        chosen.output.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    with tempfile.TemporaryDirectory() as name:
        broken = [] if chosen.only else compatible(Path(name))
    return 1 if broken or any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
