"""Runs pytest in a process group of its own and tells what became of each test. Leaves no process behind."""

import asyncio
import ctypes
import os
import signal
import sys
import xml.etree.ElementTree as ET  # the file is written by the pytest that was just run
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_END_SECONDS = 20
_PYTEST = (
    "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:xdist",
    "-p", "no:cov", "-p", "no:hypothesispytest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ran:
    """The exit code (None where it had to be ended), and `passed`, `failed` or `error` by the test's id."""

    code: int | None
    outcomes: Mapping[str, str]
    said: str

    def only(self, outcome: str) -> list[str]:
        """The tests of that outcome."""
        return [name for name, became in self.outcomes.items() if became == outcome]


async def run_pytest(folder: Path, tests: Sequence[str], seconds: float, *more: str, **env: str) -> Ran:
    """Run `tests` in `folder`, a copy of the project, with its packages first on the path; for `seconds` at most."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    own = (f"--junitxml={report}", f"--basetemp={scratch / 'pytest'}")
    command = [sys.executable, "-m", "pytest", *_PYTEST, *own, *more, *tests]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTEST", "PYTHON", "TIDEWAITER_"))}
    kept |= {"PYTHONPATH": str(folder), "TMPDIR": str(scratch), **env}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=kept, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True, preexec_fn=_die_with_parent,
    )  # fmt: skip
    said = b""
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
        code = process.returncode
    except TimeoutError:
        code = None
    finally:
        await _end(process)
    return Ran(code, _outcomes(report), said.decode("utf-8", "replace"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """As Ctrl-C does, so that fixtures stop what they started; what is left of the group after that is killed."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        if process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await process.wait()


def _die_with_parent() -> None:
    """Ask Linux to end this process with its parent, however the parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _outcomes(report: Path) -> dict[str, str]:
    if not report.exists():
        return {}
    found: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.get("name", "")
        if case.find("error") is not None:
            found[name] = "error"
        elif case.find("failure") is not None:
            found.setdefault(name, "failed")
        elif case.find("skipped") is None:
            found.setdefault(name, "passed")
    return found
