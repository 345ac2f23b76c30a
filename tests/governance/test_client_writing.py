"""A client's folder: written whole or not at all, over nothing of somebody else, and known to be current or not."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from generated_client import MERIDIAN, ROOT

from contracts.diagnostic import InvalidInputError
from governance import client_writing
from governance.cli.main import main
from governance.client_contract import asked, version_of
from governance.client_writing import differences, earlier, with_manifest, write

FILES = with_manifest({"a.txt": b"a", "src/b.py": b"b"}, made_by="tidewaiter client", contract="sha256:1")


def codes(folder):
    with pytest.raises(InvalidInputError) as told:
        earlier(folder)
    return [fault.code for fault in told.value.diagnostics]


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_that_is_not_there_or_empty_is_written(tmp_path):
    for folder in (tmp_path / "new" / "deep", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        assert earlier(folder) is None
        write(folder, FILES)
        assert names(folder) == ["a.txt", "client.json", "src/b.py"]
        assert earlier(folder).contract == "sha256:1"


def test_files_that_are_gone_from_the_package_go_and_what_tools_left_stays_out_of_the_way(tmp_path):
    folder = tmp_path / "out"
    write(folder, FILES)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "x").write_text("kept")
    (folder / "uv.lock").write_text("of a tool")
    for cache in (".pytest_cache", ".mypy_cache", ".ruff_cache"):
        (folder / cache).mkdir()
    (folder / "src" / "__pycache__").mkdir()
    (folder / "src" / "__pycache__" / "b.pyc").write_text("x")

    assert earlier(folder) is not None
    write(folder, with_manifest({"c.txt": b"c"}, made_by="tidewaiter client"))

    assert names(folder) == [".venv/x", "c.txt", "client.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def foreign(folder):
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")


def foreign_beside(folder):
    write(folder, FILES)
    (folder / "mine.txt").write_text("mine")


def changed(folder):
    write(folder, FILES)
    (folder / "a.txt").write_text("changed")


def other_manifest(folder):
    folder.mkdir()
    (folder / "client.json").write_text(json.dumps({"made_by": "somebody", "files": {}}))


def a_file(folder):
    folder.write_text("x")


def a_link(folder):
    write(folder.parent / "real", FILES)
    folder.symlink_to(folder.parent / "real")


@pytest.mark.parametrize(
    ("make", "code"),
    [(foreign, "foreign-files"), (foreign_beside, "foreign-files"), (changed, "changed-files"),
     (other_manifest, "foreign-files"), (a_file, "not-a-folder"), (a_link, "not-a-folder")],
)  # fmt: skip
def test_what_somebody_else_wrote_is_not_overwritten(make, code, tmp_path):
    folder = tmp_path / "out"
    make(folder)

    assert codes(folder) == [code]


def test_a_run_that_fails_leaves_all_as_it_was(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    write(folder, FILES)
    before = {name: (folder / name).read_bytes() for name in names(folder)}

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space"):
            write(folder, with_manifest({"c.txt": b"c"}))
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before

    rename = Path.rename
    with monkeypatch.context() as broken:
        broken.setattr(
            Path,
            "rename",
            lambda one, to: (
                rename(one, to) if ".new-" not in one.name else (_ for _ in ()).throw(OSError(13, "denied"))
            ),
        )
        with pytest.raises(OSError, match="denied"):
            write(folder, with_manifest({"c.txt": b"c"}))
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_ended_between_its_last_two_steps_is_made_good(tmp_path):
    folder = tmp_path / "out"
    write(folder, FILES)
    folder.rename(tmp_path / ".out.old")

    assert earlier(folder).contract == "sha256:1"
    assert names(folder) == ["a.txt", "client.json", "src/b.py"]
    shutil.copytree(folder, tmp_path / ".out.old")
    (tmp_path / ".out.old" / ".git").mkdir()
    assert earlier(folder) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert (folder / ".git").is_dir()


def test_what_a_killed_run_left_is_taken_away_after_an_hour(tmp_path):
    folder = tmp_path / "out"
    for name, age in ((".out.new-1", 7200), (".out.new-2", 60), (".other.new-1", 7200)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)

    assert earlier(folder) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.new-1", ".out.new-2"]


def test_differences_are_told_by_file(tmp_path):
    write(tmp_path / "out", FILES)
    assert differences(tmp_path / "out", FILES) == []
    (tmp_path / "out" / "a.txt").unlink()
    (tmp_path / "out" / "more.txt").write_text("x")

    assert differences(tmp_path / "out", {**FILES, "src/b.py": b"other"}) == [
        "a.txt: missing", "src/b.py: differs", "more.txt: not of this contract",
    ]  # fmt: skip


def test_killed_runs_leave_the_old_folder_or_the_new_one(tmp_path):
    """Runs are killed at several moments; after each the folder is whole, of one contract or the other."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "governance.cli.main", "client", "-w", str(MERIDIAN), "--out", str(out)]
    subprocess.run([*command, "stock@1.0"], check=True, capture_output=True, cwd=ROOT)
    for number in range(3):
        process = subprocess.Popen([*command, f"stock@1.{number % 2}"], cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(0.4 + 0.35 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert earlier(out) is not None
        assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".out.new-")) == ["out"]


@pytest.mark.parametrize(
    ("stated", "version"),
    [("1.1", "1.1.0"), ("1.1.0", "1.1.0"), ("v2", "2.0.0"), ("2024-02-01", "0.0.0+2024.02.01"), ("1.0.0-rc.1", "1.0.0rc1"),
     ("1.0-beta2", "1.0b2"), ("", "0.0.0"), ("next (2)", "0.0.0+next.2"), ("1.2.3.4", "1.2.3.4"), ("é", "0.0.0")],
)  # fmt: skip
def test_versions_are_as_python_wants_them(stated, version):
    assert version_of(stated) == version


def test_a_contract_is_named_by_path_version_or_address_and_its_package_by_the_workspace(tmp_path):
    by_version = asked("stock@1.1", MERIDIAN, None)
    assert (by_version.naming.distribution, by_version.naming.module) == ("meridian-stock", "meridian_stock")
    assert by_version.contract.document.tree["servers"] == [{"url": "http://127.0.0.1:8080/stock/v1"}]
    path = MERIDIAN / "contracts" / "stock" / "1.1.yaml"
    assert asked(str(path), None, "acme").naming.distribution == "acme-stock-and-reservations"
    for prefix, code in ((None, "no-prefix"), ("Acme", "wrong-prefix"), ("a_b", "wrong-prefix")):
        with pytest.raises(InvalidInputError) as told:
            asked(str(path), None, prefix)
        assert [fault.code for fault in told.value.diagnostics] == [code]


def test_pins_and_addresses_of_systems_are_in_no_client(tmp_path):
    out = tmp_path / "central"
    assert main(["client", "business-central@2.0", "-w", str(MERIDIAN), "--out", str(out)]) == 0

    text = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file()).decode()
    assert "company_id" not in text
    assert "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410" not in text


BROKEN = """openapi: 3.1.0
info: {title: Broken, version: '1'}
paths:
  /good:
    get: {operationId: good, security: [], responses: {'200': {description: x}}}
  /bad/{id}:
    get: {operationId: bad, security: [], responses: {'200': {description: x}}}
"""


def test_an_operation_that_cannot_be_generated_is_told_and_the_rest_only_on_request(tmp_path, capsys):
    path, out = tmp_path / "broken.yaml", tmp_path / "out"
    path.write_text(BROKEN)
    arguments = ["client", str(path), "--out", str(out), "--prefix", "acme"]

    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert "broken.yaml:7" in told
    assert "GET /bad/{id} cannot be generated: " in told
    assert "--skip-unsupported" in told
    assert not out.exists()

    assert main([*arguments, "--skip-unsupported"]) == 0
    readme = (out / "README.md").read_text()
    assert "## Left out" in readme
    assert "`GET /bad/{id}`" in readme


def test_check_says_whether_a_package_is_current(tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["client", "-w", str(MERIDIAN), "--out", str(out)]
    assert main([*arguments, "stock@1.1", "--check"]) == 1
    assert not out.exists()
    assert main([*arguments, "stock@1.0"]) == 0
    assert main([*arguments, "stock@1.0", "--check"]) == 0
    assert main([*arguments, "stock@1.1", "--check"]) == 1
    assert "src/meridian_stock/resources/stock.py: missing" in capsys.readouterr().err

    assert main([*arguments, "stock@1.1"]) == 0
    changes = (out / "CHANGELOG.md").read_text()
    assert changes.index("## 1.1.0") < changes.index("## 1.0.0")
    assert "path /reservations" in changes
    assert main([*arguments, "stock@1.1"]) == 0
    assert (out / "CHANGELOG.md").read_text() == changes


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nothing.yaml", "--prefix", "a"], "there is no such file"),
        (["stock@9.9", "-w", str(MERIDIAN)], "has no version 9.9"),
        (["http://127.0.0.1:9/x.yaml", "--prefix", "a"], "cannot be reached"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(arguments, word, tmp_path, capsys):
    assert main(["client", *arguments, "--out", str(tmp_path / "out")]) == 2

    told = capsys.readouterr().err
    assert word in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_without_the_generator_the_extra_is_named(tmp_path):
    code = "import sys; sys.modules['datamodel_code_generator'] = None; from governance.cli.main import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", code, "client", "stock@1.1", "-w", str(MERIDIAN), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 2
    assert "tidewaiter[governance]" in ran.stderr
    assert client_writing.MANIFEST == "client.json"


def test_a_check_says_what_is_not_current_and_how_much_more(tmp_path, capsys):
    out = tmp_path / "out"
    command = ["client", "stock@1.1", "--workspace", str(MERIDIAN), "--out", str(out), "--check"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "and " in said
    assert " more\n" in said

    assert main(command[:-1]) == 0
    (out / "README.md").write_text("by hand")
    assert main(command) == 1
    assert "changed by hand, such as README.md" in capsys.readouterr().err
    assert main(command[:-1]) == 2
    assert (out / "README.md").read_text() == "by hand"
    (out / "README.md").unlink()
    (out / "mine.txt").write_text("mine")
    assert main(command) == 1
    assert "mine.txt" in capsys.readouterr().err
