"""npm's Spectral, in `.cache/lint-tools`, asked for what it finds by a rule set in a document.

`python bench/lint_tools.py` installs it; where npm is not on the machine, that is said and ends with 0.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "lint-tools"
SPECTRAL = ("@stoplight/spectral-cli", "6.16.3")
PROGRAM = FOLDER / "node_modules" / ".bin" / "spectral"
INSTALL_SECONDS = 300
LINT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Found:
    """One result of Spectral."""

    rule: str
    pointer: str
    """Into the document that the result names."""
    severity: int
    """0 error, 1 warning, 2 information, 3 hint."""
    message: str


class NoAnswerError(Exception):
    """Spectral gave none; the message says why."""


def why_not() -> str:
    """Why Spectral cannot be asked; empty where it can."""
    if shutil.which("node") is None:
        return "node is not on this machine"
    return "" if PROGRAM.exists() else "Spectral is not installed: make lint-tools"


def asked(rule_set: Path, document: Path) -> list[Found]:
    """What Spectral finds. Raises NoAnswerError."""
    command = [str(PROGRAM), "lint", "-r", str(rule_set), "-f", "json", "-q", "--fail-severity", "hint", str(document)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LINT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"not done within {LINT_SECONDS} s") from None
    if not ran.stdout.lstrip().startswith("["):
        raise NoAnswerError(" ".join((ran.stdout + ran.stderr).split())[:300])
    return [
        Found(str(one["code"]), "".join(map(_token, one["path"])), one["severity"], " ".join(one["message"].split()))
        for one in json.loads(ran.stdout)
    ]


def _token(step: str | int) -> str:
    return "/" + str(step).replace("~", "~0").replace("/", "~1")


def install() -> str:
    """Install it; why it could not be, empty where it is there."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not on this machine"
    if PROGRAM.exists():
        return ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    package, version = SPECTRAL
    command = [npm, "install", "--prefix", str(FOLDER), "--silent", "--no-audit", "--no-fund", f"{package}@{version}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    return "" if ran.returncode == 0 else " ".join(ran.stderr.split())[:300]


def main() -> int:
    """Install it."""
    why = install()
    print(f"spectral {SPECTRAL[1]}: {why or f'in {FOLDER.relative_to(ROOT)}'}")
    return int(bool(why) and shutil.which("npm") is not None)


if __name__ == "__main__":
    sys.exit(main())
