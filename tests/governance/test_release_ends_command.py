"""The whole of it by commands, on a development root: drafted with an end, built, carried on, renewed."""

import pytest

from gateway.release_file import read_release
from governance.cli.main import main
from governance.starter import write_workspace


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    write_workspace(tmp_path / "ws", 1_790_000_000)
    monkeypatch.chdir(tmp_path / "ws")

    def command(*words):
        capsys.readouterr()
        code = main([*words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


DRAFT = ("--title", "T", "--reason", "because", "-e", "prod", "--sign")


def test_an_end_that_stops_from_draft_to_renewal(run, tmp_path):
    assert run("board", "draft", "none", *DRAFT, "--on-expiry", "stop")[0] == 2
    code, _, err = run("board", "draft", "trial", *DRAFT, "--days", "5", "--on-expiry", "stop")
    assert code == 0, err
    assert "  on_expiry: stop\n" in (tmp_path / "ws/decisions/trial.yaml").read_text()
    code, _, err = run("release", "build", "-e", "prod", "-o", "first.json")
    assert code == 0, err
    assert "warning: the decision trial ends within 7 days" in err
    ends = read_release(tmp_path / "ws/first.json")[0].head.ends
    assert {str(row) for one in ends if one.kind == "contract" for row in one.operations} == {
        "all of sales@1.0 for every entity"
    }

    base = ("--base", "release:first.json")
    code, _, err = run("release", "build", "-e", "prod", *base, "-o", "second.json")
    assert code == 0, err
    assert "can be decided anew before: tidewaiter board draft NAME --renew" in err
    assert read_release(tmp_path / "ws/second.json")[0].head.ends == ends
    assert run("board", "draft", "again", *DRAFT, *base)[0] == 1
    code, _, err = run("board", "draft", "again", *DRAFT, *base, "--renew")
    assert code == 0, err
    code, _, err = run("release", "build", "-e", "prod", *base, "-o", "third.json")
    assert (code, read_release(tmp_path / "ws/third.json")[0].head.ends) == (0, ()), err
