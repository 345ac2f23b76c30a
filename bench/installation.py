"""Builds the wheel and installs it into an empty environment, at the locked versions."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path) -> None:
    """Run it quietly; raises CalledProcessError with what it printed."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        done.check_returncode()


def build_wheel(folder: Path) -> Path:
    """The wheel, built from this checkout without fetching anything."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    return next(folder.glob("*.whl"))


def install(wheel: Path, environment: Path, extra: str = "") -> Path:
    """An environment with the wheel, its dependencies and nothing else; returns its `bin`."""
    run(sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, environment)
    target = f"{wheel}[{extra}]" if extra else str(wheel)
    run(
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", environment / "bin" / "python",
        "--constraint", ROOT / "requirements.lock", "--compile-bytecode", target,
    )  # fmt: skip
    return environment / "bin"
