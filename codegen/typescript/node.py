"""Node and the generator's packages: where they are, whether they will do, and what they make of a document.

The packages are those of `tools/package-lock.json`, by their hashes. They are installed into a folder of the user's
cache, named after that lock, when the user asks for it, and never otherwise.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from codegen.verified import UnfaithfulError

TOOLS: Final = Path(__file__).parent / "tools"
OLDEST: Final = (18, 18)
"""The oldest Node that will do."""
FOLDER: Final = "TIDEWAITER_NODE_PACKAGES"
"""The variable that names another folder than the cache."""
INSTALL: Final = "tidewaiter client --install-generator"
_INSTALLED: Final = ("package.json", "package-lock.json", ".npmrc")
_WANTED: Final = ("typescript", "openapi-typescript", "openapi-fetch")
_NODE_OPTIONS: Final = ("--max-old-space-size=6144", "--stack-size=4000")
"""Large documents take their room, deep ones their stack."""
_GENERATE_SECONDS: Final = 900
_INSTALL_SECONDS: Final = 600


class MissingToolError(Exception):
    """Node or the generator's packages are not there; the message says what to do."""


def folder() -> Path:
    """Where the generator's packages are, or would be."""
    named = os.environ.get(FOLDER, "")
    if named:
        return Path(named).absolute()
    held = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(held) if held.startswith("/") else Path.home() / ".cache"
    lock = hashlib.sha256((TOOLS / "package-lock.json").read_bytes()).hexdigest()[:12]
    return cache / "tidewaiter" / f"typescript-{lock}"


def program() -> str:
    """The path of Node. Raises MissingToolError where it is absent or too old."""
    found = shutil.which("node")
    needed = f"Node {OLDEST[0]}.{OLDEST[1]} or newer writes TypeScript clients"
    if found is None:
        raise MissingToolError(f"{needed}, and there is no `node` on the PATH: install it (https://nodejs.org)")
    ran = _run([found, "--version"], 30)
    version = re.match(r"v(\d+)\.(\d+)", ran.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        said = ran.stdout.strip()[:40] or "no version"
        raise MissingToolError(f"{needed}; `{found}` says {said}: install a newer one (https://nodejs.org)")
    return found


def installed() -> Path:
    """The folder with the packages of the lock. Raises MissingToolError where they are not there."""
    found = folder()
    wanted = json.loads((TOOLS / "package.json").read_bytes())["dependencies"]
    for name in _WANTED:
        if _version(found, name) != wanted[name]:
            message = f"the packages that write TypeScript are not installed in {found}; once: {INSTALL}"
            raise MissingToolError(message)
    return found


def install() -> Path:
    """Fetch the packages from the npm registry, by the lock and its hashes. Raises MissingToolError."""
    program()
    npm = shutil.which("npm")
    if npm is None:
        raise MissingToolError("there is no `npm` on the PATH: it comes with Node (https://nodejs.org)")
    place = folder()
    if place.exists() and not _ours(place):
        raise MissingToolError(f"{place} holds other things: name a folder of its own by {FOLDER}")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".typescript-", dir=place.parent) as name:
        stage = Path(name) / "packages"
        stage.mkdir()
        for file in _INSTALLED:
            shutil.copy(TOOLS / file, stage / file)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(stage)]
        ran = _run(command, _INSTALL_SECONDS, cwd=stage)
        if ran.returncode:
            said = " ".join((ran.stderr + ran.stdout).split())[-400:] or "it says nothing"
            raise MissingToolError(f"`npm ci` could not fetch the packages: {said}")
        if place.exists():
            place.rename(Path(name) / "before")
        stage.rename(place)
    return installed()


class Generator:
    """Asks for types and compiled sources, as often as needed. To be closed, as a context manager."""

    def __init__(self) -> None:
        """Raises MissingToolError."""
        command = [program(), *_NODE_OPTIONS, str(TOOLS / "generate.mjs"), str(installed())]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            encoding="utf-8", env=_environment(), cwd=TOOLS,
        )  # fmt: skip

    def __call__(
        self, document: Mapping[str, Any], sources: Mapping[str, str], options: Mapping[str, Any], note: str
    ) -> dict[str, str]:
        """Types of the document, and all sources compiled: text by path. Raises UnfaithfulError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = json.dumps({"document": document, "sources": sources, "options": options, "note": note})
        watch = threading.Timer(_GENERATE_SECONDS, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(asked + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            raise UnfaithfulError(self._last_words())
        said = json.loads(line)
        if "fault" in said:
            raise UnfaithfulError(str(said["fault"]))
        return dict(said["files"])

    def _last_words(self) -> str:
        """Why there is no answer: what Node said before it ended."""
        ended = self._process.wait()
        self._errors.seek(0)
        told = " ".join(self._errors.read().decode("utf-8", "replace").split())
        if "heap out of memory" in told:
            return "it needs more memory than it was given"
        return told[-400:] or f"it ended with {ended}, or was not done within {_GENERATE_SECONDS} seconds"

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()
        self._errors.close()


def _ours(place: Path) -> bool:
    """Whether a folder may be replaced: nothing is in it, or an earlier installation."""
    if not place.is_dir():
        return False
    mine = json.loads((TOOLS / "package.json").read_bytes())["name"]
    try:
        found = json.loads((place / "package.json").read_bytes())
    except (OSError, ValueError):
        return not any(place.iterdir())
    return isinstance(found, dict) and found.get("name") == mine


def _version(place: Path, name: str) -> str:
    try:
        found = json.loads((place / "node_modules" / name / "package.json").read_bytes())
    except (OSError, ValueError):
        return ""
    return str(found.get("version", "")) if isinstance(found, dict) else ""


def _environment() -> dict[str, str]:
    """Without what could make Node run something else."""
    return {name: value for name, value in os.environ.items() if name not in ("NODE_OPTIONS", "NODE_PATH")}


def _run(command: list[str], seconds: int, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program, and no shell
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds,
        check=False, env=_environment(), cwd=cwd,
    )  # fmt: skip
