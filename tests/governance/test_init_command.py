import re
import stat
import subprocess

import pytest

from contracts.consumers import KeyCredential
from contracts.workspace import load
from governance.check import check
from policies.keys import hash_key, same_hash


@pytest.fixture
def started(command, tmp_path):
    folder = tmp_path / "Spring Harbour"
    code, out, err = command("init", folder)
    assert code == 0, err
    return folder, out


def test_it_is_fine_in_every_environment(started):
    report = check(started[0])

    assert ([], 0) == ([str(one) for one in report.found], report.exit_code)
    assert ("", "prod", "test") == report.environments
    assert (3, 0) == (report.operations, report.not_served)


def test_it_serves_every_operation(started, command):
    code, out, err = command("routes", started[0])

    assert code == 0
    assert "3 routes, 3 served, 0 not" in err
    assert out.count("  yes\n") == 3


def test_the_key_is_printed_once_and_only_its_hash_is_kept(started):
    folder, out = started
    (key,) = set(re.findall(r"tw_\w+", out))

    (credential,) = load(folder).consumers["first-app"].credentials
    pepper = re.search('value: "(.+)"', (folder / ".tidewaiter" / "node.yaml").read_text())[1]
    assert isinstance(credential, KeyCredential)
    assert same_hash(credential.hash, hash_key(key, pepper))
    for path in folder.rglob("*"):
        assert path.is_dir() or key not in path.read_text()


def test_the_next_commands_are_printed(started):
    folder, out = started

    assert f"tidewaiter check '{folder}'" in out
    assert f"tidewaiter serve '{folder}'" in out
    assert "http://127.0.0.1:8080/sales/v1/orders" in out


def test_secrets_stay_out_of_git_and_of_other_users(started):
    folder, _ = started

    assert (folder / ".gitignore").read_text().startswith(".tidewaiter/\n")
    assert stat.S_IMODE((folder / ".tidewaiter" / "node.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ".tidewaiter").stat().st_mode) == 0o700


def test_statements_that_wait_for_signatures_stay_out_of_git(started):
    folder, _ = started
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    waiting = ["override-1.yaml", "override-1.dsse.json", "revocation-2.yaml", "r.vouch.yaml", "r.activation.dsse.json"]
    words = ["git", "check-ignore", *waiting, "decisions/override-1.yaml"]
    told = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert told.split() == waiting


def test_no_mark_of_a_template_is_left(started):
    for path in started[0].rglob("*"):
        assert path.is_dir() or "@@" not in path.read_text()


def test_the_contract_is_easily_edited(started):
    """Block style, unquoted paths indented by two spaces."""
    text = (started[0] / "contracts" / "sales" / "1.0.yaml").read_text()

    assert re.findall(r"^  (/\S*):$", text, re.MULTILINE) == ["/orders", "/orders/{orderId}"]
    assert not re.search(r"[{\[]\s*$|: [{\[](?!\])", text.replace("gatewayKey: []", ""), re.MULTILINE)


def test_the_name_of_the_folder_is_the_name_of_the_workspace(started):
    assert load(started[0]).settings.name == "spring-harbour"


def test_two_workspaces_have_different_keys(command, tmp_path):
    keys = {re.search(r"tw_\w+", command("init", tmp_path / name)[1])[0] for name in ("a", "b")}

    assert len(keys) == 2


def test_a_folder_that_is_not_empty_is_left_alone(command, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    code, out, err = command("init", tmp_path)

    assert (2, "") == (code, out)
    assert "is not an empty folder: nothing was written" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_its_place(command, tmp_path):
    (tmp_path / "file").write_text("mine")

    assert command("init", tmp_path / "file")[0] == 2
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_is_taken(command, tmp_path):
    (tmp_path / "new").mkdir()

    assert command("init", tmp_path / "new")[0] == 0


def test_an_all_digit_key_id_stays_text(tmp_path, monkeypatch):
    import policies.keys
    from governance.starter import write_workspace

    monkeypatch.setattr(policies.keys, "_random", lambda _, length: "7" * length)

    write_workspace(tmp_path / "ws", 1_800_000_000)

    assert load(tmp_path / "ws").consumers["first-app"].credentials[0].id == "77777777"
