"""A real Tryton on this machine: installed, seeded, started and stopped. See docs/erp.md.

Everything lies in `.cache/erp` of the project: `venv` (its own environment), `seeded-<digest>` (a database made once
for what is installed and seeded, with the key of its REST API). A run works on a copy, so that each begins alike.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import seed  # noqa: E402

from governance.demo.process import Child, StartError, free_ports  # noqa: E402

CACHE = ROOT / ".cache" / "erp"
PINS = HERE / "requirements.txt"
MODULE = "sale"
"""Its dependencies come along: party, product, stock, account and what these need."""
INSTALL_SECONDS, CREATE_SECONDS, START_SECONDS = 300, 600, 90
CONTEXT = "eyJjb21wYW55IjogMX0g"
"""Base64 of {"company": 1}: the pin of the entity `mse`."""


def installed_and_seeded() -> Path:
    """A folder with `erp.sqlite` and `key`. Made once: a second run at the same time waits for the first."""
    with _alone():
        _clear()
        return _seeded(_install())


def run_folder(kind: str) -> "tempfile.TemporaryDirectory[str]":
    """A folder of this process in the cache; the next run clears it where this one is killed."""
    return tempfile.TemporaryDirectory(prefix=f"{kind}-{os.getpid()}-", dir=CACHE)


def _clear() -> None:
    """Remove what runs left that were killed."""
    for folder in CACHE.glob("*-*-*") if Path("/proc/self").exists() else ():
        if (pid := folder.name.split("-")[1]).isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _install() -> Path:
    """The folder of Tryton's commands. Does nothing where the pinned versions are there already."""
    venv = CACHE / "venv"
    stamp = venv / f".installed-{_digest(PINS)}"
    if not stamp.exists():
        print(f"installing Tryton into {venv.relative_to(ROOT)}", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(venv)], INSTALL_SECONDS)
        python, exact = str(venv / "bin/python"), ["--quiet", "--no-deps", "--require-hashes", "-r", str(PINS)]
        try:
            uv = str(Path(sys.executable).with_name("uv"))
            _run([uv, "pip", "install", "--python", python, *exact], INSTALL_SECONDS)
        except (OSError, StartError):  # uv knows no settings of pip
            pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
            _run([*pip, *exact], INSTALL_SECONDS)
        stamp.touch()
    return venv / "bin"


def _seeded(commands: Path) -> Path:
    folder = CACHE / f"seeded-{_digest(PINS, HERE / 'seed.py')}"
    if folder.exists():
        return folder
    print("making and seeding a database: a minute or two, once", file=sys.stderr)
    with run_folder("seeding") as name:
        making = Path(name)
        (making / "erp.sqlite").touch()
        _configure(making, 0)
        password = secrets.token_urlsafe(24)
        secret = making / "password"
        secret.touch(0o600)
        secret.write_text(password, encoding="ascii")
        command = [str(commands / "trytond-admin"), "-c", str(making / "trytond.conf"), "-d", "erp", "-u", MODULE]
        mail = ["--activate-dependencies", "--email", "erp@meridian.example"]
        _run([*command, *mail], CREATE_SECONDS, TRYTONPASSFILE=str(secret))
        with Erp(making, commands) as erp:
            key = seed.seed(erp.url, password)
        secret.unlink()
        (making / "key").touch(0o600)
        (making / "key").write_text(key, encoding="ascii")
        for left in ("trytond.conf", "trytond.log"):
            (making / left).unlink(missing_ok=True)
        # Whole or not at all: a run that was stopped here begins anew.
        making.rename(folder)
        making.mkdir()
    return folder


class Erp:
    """A context manager: Tryton runs inside it on `folder`, nothing after it. Raises StartError."""

    def __init__(self, folder: Path, commands: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}/erp"
        self._command = [str(commands / "trytond"), "-c", str(folder / "trytond.conf"), "-d", "erp"]
        self._child: Child | None = None

    def __enter__(self) -> Self:
        _configure(self.folder, self.port)
        self._child = Child("tryton", self._command, self.folder / "trytond.log", _environment())
        try:
            self._child.wait_for_port(self.port, START_SECONDS)
            self._wait_until_it_answers()
        except BaseException:
            self._child.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stop()

    def _wait_until_it_answers(self) -> None:
        """It listens before it has read its modules; the first call that it answers tells."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/rest/model/party.party?s=1", timeout=START_SECONDS)
            except urllib.error.HTTPError as error:
                if error.code == 401:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise StartError(f"tryton did not answer within {START_SECONDS} seconds:\n{self._child.tail()}")


class Running(Erp):
    """A seeded Tryton on a copy of its data that is gone afterwards. `key` is that of its REST API."""

    def __init__(self) -> None:
        made = installed_and_seeded()
        self._stack = ExitStack()
        copy = Path(self._stack.enter_context(run_folder("run")))
        for path in made.iterdir():
            shutil.copy2(path, copy / path.name)
        self.key = (copy / "key").read_text(encoding="ascii")
        super().__init__(copy, CACHE / "venv/bin")

    def __exit__(self, *more: object) -> None:
        with self._stack:
            super().__exit__(*more)

    def call(
        self, method: str, path: str, body: object = None, key: str | None = None, **more: str
    ) -> tuple[int, str, bytes]:  # fmt: skip
        """(status, media type, body) of a call that goes to Tryton itself."""
        head = {"Authorization": f"bearer {self.key if key is None else key}", "X-Tryton-Context": CONTEXT, **more}
        head |= {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body is not None else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/rest/model{path}", data, head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read()


@contextmanager
def _alone() -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _configure(folder: Path, port: int) -> None:
    text = f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n"
    (folder / "trytond.conf").write_text(text, encoding="utf-8")


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def _environment(**more: str) -> dict[str, str]:
    """Of this environment without proxies, and nothing that changes what Tryton's Python loads."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith("PYTHON")}
    return {**kept, **more}


def _run(command: list[str], seconds: float, **more: str) -> None:
    """Raises StartError with what was printed last where it fails or takes too long."""
    pip = "pip" in command
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=seconds,
            env={**os.environ, **more} if pip else _environment(**more),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise StartError(f"{Path(command[0]).name} took more than {seconds:.0f} seconds") from None
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise StartError(f"{Path(command[0]).name} ended with {done.returncode}:\n{told}")
