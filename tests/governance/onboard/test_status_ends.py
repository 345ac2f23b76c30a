"""`onboard status`: how it ends where it cannot tell."""

from governance.cli.main import main
from governance.onboard.place import FOLDER


def test_no_workspace(tmp_path, capsys):
    assert main(["onboard", "status", "-w", str(tmp_path)]) == 2
    assert "this is no workspace" in capsys.readouterr().err


def test_a_broken_journal(tmp_path, capsys):
    assert main(["init", str(tmp_path / "ws")]) == 0
    assert main(["onboard", "status", "-w", str(tmp_path / "ws")]) == 0
    folder = tmp_path / "ws" / FOLDER / "acme" / "prod"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"{}\n")
    capsys.readouterr()
    assert main(["onboard", "status", "-w", str(tmp_path / "ws")]) == 2
    assert "broken" in capsys.readouterr().out
