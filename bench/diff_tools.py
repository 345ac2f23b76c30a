"""Other diff tools, built and run: oasdiff (a Go program) and npm's openapi-diff, each bounded in time.

`python bench/diff_tools.py` installs both below `.cache/diff-tools/`; a tool whose builder is not on the machine is
said aloud and left out.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "diff-tools"
OASDIFF = ("github.com/oasdiff/oasdiff", "v1.37.0")
OPENAPI_DIFF = ("openapi-diff", "0.24.1")
BUILD_SECONDS = 600
LIVE: set[int] = set()
"""Process groups that run."""
PREFIX = "tidewaiter-beside-"
LOCATION = re.compile(r"^paths\.(?P<path>/.*?)(?:\.(?P<method>get|put|post|delete|options|head|patch|trace)(?:\.|$)|$)")


@dataclass(frozen=True, slots=True)
class Ran:
    """One process: how it ended, what it took, what it wrote."""

    code: int
    """Its exit code; negative for a signal."""
    seconds: float
    peak_bytes: int
    out: str
    err: str
    late: bool = False
    """Killed, since it did not end in time."""


@dataclass(frozen=True, slots=True)
class Said:
    """One finding of a tool. `operation`: `GET /orders/{}`, empty where it belongs to none."""

    severity: str
    """`breaking`, `warning`, `info`, or `unclassified`."""
    operation: str
    rule: str
    text: str
    proven: bool = False
    """It shows a failing example that an independent validator confirmed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a tool made of a pair. `refused`: why it gave no answer; empty where it did."""

    seconds: float
    peak_bytes: int
    said: tuple[Said, ...] = ()
    refused: str = ""
    note: str = ""
    findings: int = 0
    breaking_findings: int = 0

    @property
    def breaking(self) -> bool:
        """Whether one finding is breaking."""
        return any(one.severity == "breaking" for one in self.said)

    def operations(self) -> set[str]:
        """Those with a breaking finding."""
        return {one.operation for one in self.said if one.severity == "breaking" and one.operation}


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that compares two files."""

    name: str
    version: str
    compare: Callable[[Path, Path, float], Report] = field(repr=False)


def end_all(number: int, frame: object) -> NoReturn:
    """For SIGTERM: what runs ends with this process."""
    del frame
    for pid in list(LIVE):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(128 + number)


def bounded(command: Sequence[str], seconds: float, env: dict[str, str] | None = None) -> Ran:
    """Run in an empty folder and a process group of its own, which is killed whole at the end or when it is late."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        work = Path(folder, "work")
        work.mkdir()
        began, late = time.monotonic(), False
        with out.open("wb") as to_out, err.open("wb") as to_err:
            process = subprocess.Popen(command, stdout=to_out, stderr=to_err, stdin=subprocess.DEVNULL, cwd=work,
                                       start_new_session=True, env={**os.environ, **(env or {})})  # fmt: skip
            LIVE.add(process.pid)
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() - began > seconds:
                    late = True
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(0.005)
            took = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            LIVE.discard(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        texts = (one.read_text(encoding="utf-8", errors="replace") for one in (out, err))
        return Ran(process.returncode, took, usage.ru_maxrss * 1024, *texts, late)


def shape(path: str) -> str:
    """A path template without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def refusal(ran: Ran, seconds: float, old: Path, new: Path) -> str:
    """Why there is no answer, in one line; the files are called OLD and NEW."""
    if ran.late:
        return f"not done within {seconds:.0f} s"
    lines = [line.strip() for line in ran.err.splitlines() if line.strip()]
    if not lines:
        return f"ended with {ran.code}"
    said = re.sub(rf"\S*{PREFIX}\S*", "", lines[0].replace(str(old), "OLD").replace(str(new), "NEW"))
    return said[:160]


def reported(ran: Ran, said: Iterable[Said], note: str = "") -> Report:
    """A tool's answer, where it states one finding for each place."""
    found = tuple(said)
    breaking = sum(one.severity == "breaking" for one in found)
    return Report(ran.seconds, ran.peak_bytes, found, note=note, findings=len(found), breaking_findings=breaking)


def read_oasdiff(text: str) -> Iterable[Said]:
    """The changelog in JSON."""
    levels = {1: "info", 2: "warning", 3: "breaking"}
    for row in json.loads(text) or ():
        operation = f"{row.get('operation', '')} {shape(row.get('path', ''))}".strip()
        yield Said(levels[row["level"]], operation, row["id"], row["text"])


def with_oasdiff(program: Path) -> Callable[[Path, Path, float], Report]:
    """Its changelog with its defaults; once more as its own message advises, where two paths differ in names only."""

    def compare(old: Path, new: Path, seconds: float) -> Report:
        command = [str(program), "changelog", str(old), str(new), "--format", "json", "--allow-external-refs=false"]
        env = {"OASDIFF_NO_TELEMETRY": "1"}
        ran, note = bounded(command, seconds, env), ""
        if ran.code and "--include-path-params" in ran.err:
            note = "refused at first; run again with `--include-path-params`, as its message advises"
            ran = bounded([*command, "--include-path-params"], seconds, env)
        if ran.code or ran.late:
            return Report(ran.seconds, ran.peak_bytes, refused=refusal(ran, seconds, old, new), note=note)
        return reported(ran, read_oasdiff(ran.out), note)

    return compare


def read_openapi_diff(text: str) -> Iterable[Said]:
    """What stands after its first line."""
    kinds = {"breakingDifferences": "breaking", "nonBreakingDifferences": "info", "unclassifiedDifferences":
             "unclassified"}  # fmt: skip
    answer: dict[str, Any] = json.loads(text[text.index("{") :]) if "{" in text else {}
    for key, severity in kinds.items():
        for row in answer.get(key, ()):
            details = [*row.get("sourceSpecEntityDetails", ()), *row.get("destinationSpecEntityDetails", ())]
            location = str(details[0]["location"]) if details else ""
            found = LOCATION.match(location)
            operation = f"{(found['method'] or '').upper()} {shape(found['path'])}".strip() if found else ""
            yield Said(severity, operation, f"{row['code']}", location)


def with_openapi_diff(program: Path) -> Callable[[Path, Path, float], Report]:
    """With its defaults; it ends with 1 where something breaks, and where it fails."""

    def compare(old: Path, new: Path, seconds: float) -> Report:
        ran = bounded([str(program), str(old), str(new)], seconds)
        if ran.late or (ran.code and "{" not in ran.out):
            return Report(ran.seconds, ran.peak_bytes, refused=refusal(ran, seconds, old, new))
        return reported(ran, read_openapi_diff(ran.out))

    return compare


def not_built(ran: Ran) -> str:
    """Why there is no program, in one line."""
    return refusal(ran, BUILD_SECONDS, Path("/nowhere/old"), Path("/nowhere/new"))


def go() -> str:
    """The Go command; empty where there is none."""
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin") or ""


def build_oasdiff() -> Path | str:
    """The program, built once; or why there is none."""
    module, version = OASDIFF
    program = FOLDER / f"oasdiff-{version}" / "oasdiff"
    if program.exists():
        return program
    if not go():
        return "Go is not on this machine"
    env = {"GOBIN": str(program.parent), "CGO_ENABLED": "0"}
    ran = bounded([go(), "install", "-trimpath", f"{module}@{version}"], BUILD_SECONDS, env)
    return program if program.exists() and not ran.code else f"it could not be built: {not_built(ran)}"


def install_openapi_diff() -> Path | str:
    """The program, installed once; or why there is none."""
    package, version = OPENAPI_DIFF
    folder = FOLDER / f"{package}-{version}"
    program = folder / "node_modules" / ".bin" / package
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not on this machine"
    folder.mkdir(parents=True, exist_ok=True)
    flags = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    ran = bounded([npm, "install", "--prefix", str(folder), *flags, f"{package}@{version}"], BUILD_SECONDS)
    return program if program.exists() and not ran.code else f"not installed: {not_built(ran)}"


def tools() -> tuple[list[Tool], dict[str, str]]:
    """Those that can be run, and why the others cannot."""
    found: list[Tool] = []
    absent: dict[str, str] = {}
    for (_, version), name, install, use in (
        (OASDIFF, "oasdiff", build_oasdiff, with_oasdiff),
        (OPENAPI_DIFF, "openapi-diff", install_openapi_diff, with_openapi_diff),
    ):
        program = install()
        if isinstance(program, str):
            absent[name] = program
        else:
            found.append(Tool(name, version, use(program)))
    return found, absent


def main() -> int:
    """Install both; exit 0 though one is absent, for that is said in the page too."""
    found, absent = tools()
    for tool in found:
        print(f"{tool.name} {tool.version} is ready")
    for name, why in absent.items():
        print(f"{name} is LEFT OUT: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
