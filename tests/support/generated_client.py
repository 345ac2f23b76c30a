"""Generated clients, made in the test's own folder and imported from there."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from governance.client_contract import asked
from governance.client_package import described, package_of
from governance.client_writing import earlier, write

ROOT = Path(__file__).resolve().parent.parent.parent
MERIDIAN = ROOT / "examples" / "meridian"


def generate(contract, folder, workspace=None, prefix=None):
    """Write a client; its folder and description."""
    found = asked(str(contract), workspace, prefix)
    description = described(found)
    out = folder / found.naming.distribution
    write(out, package_of(found, description, out, earlier(out)))
    return out, description


def load(out):
    """The package of a generated client."""
    source = str(out / "src")
    (name,) = [path.name for path in (out / "src").iterdir() if path.name != "__pycache__"]
    for known in [known for known in sys.modules if known.split(".")[0] == name]:
        del sys.modules[known]
    sys.path.insert(0, source)
    try:
        importlib.invalidate_caches()
        package = importlib.import_module(name)
        for module in ("models", "inputs", "enums", "errors"):
            importlib.import_module(f"{name}.{module}")
        return package
    finally:
        sys.path.remove(source)


def typed(*outs, files=()):
    """What `mypy --strict` says of generated packages, and of files that use them; empty where it finds nothing."""
    sources = [str(out / "src") for out in outs]
    cache = ROOT / ".mypy_cache" / f"clients-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--config-file=",
        "--cache-dir",
        str(cache),
    ]
    ran = subprocess.run(
        [*command, *sources, *map(str, files)], capture_output=True, text=True, check=False, cwd=outs[0],
        env={"MYPYPATH": ":".join(sources), "PATH": ""},
    )  # fmt: skip
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr
