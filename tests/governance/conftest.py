import shutil
from pathlib import Path

import pytest

GOOD = Path(__file__).resolve().parent.parent / "workspaces" / "harbour"


class Broken:
    """A copy of the good workspace that a test edits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(GOOD, folder)

    def replace(self, file: str, old: str, new: str) -> "Broken":
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def write(self, file: str, text: str | bytes) -> "Broken":
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def append(self, file: str, text: str) -> "Broken":
        return self.write(file, (self.folder / file).read_text(encoding="utf-8") + text)

    def remove(self, file: str) -> "Broken":
        (self.folder / file).unlink()
        return self

    def rename(self, file: str, to: str) -> "Broken":
        (self.folder / file).rename(self.folder / to)
        return self

    def line_of(self, file: str, text: str, nth: int = 1) -> int:
        lines = (self.folder / file).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) >= nth, f"{text!r} is not in {file}"
        return found[nth - 1]


SECRETS = ("STORE_URL", "KEY_PEPPER", "NORTH_ID", "NORTH_SECRET", "SOUTH_USER", "SOUTH_PASSWORD")
"""What the good workspace needs to be served."""


@pytest.fixture(autouse=True)
def _a_node_without_settings(monkeypatch):
    monkeypatch.delenv("TIDEWAITER_NODE", raising=False)
    for name in SECRETS:
        monkeypatch.setenv(f"TIDEWAITER_SECRET_{name}", "redis://127.0.0.1" if name == "STORE_URL" else "a-value")


@pytest.fixture
def workspace(tmp_path):
    return Broken(tmp_path / "ws")


@pytest.fixture
def command(capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""
    from governance.cli.main import main

    def run(*arguments):
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
