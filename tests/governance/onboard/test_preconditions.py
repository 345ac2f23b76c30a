"""`onboard --dry-run` says what the real run would stop at; `onboard` asks where the entity goes live."""

import pytest

from governance.cli.main import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A fresh workspace whose entity could be asked over HTTP; nobody ever is."""
    monkeypatch.delenv("TIDEWAITER_SECRET_RECORDING_KEY", raising=False)
    folder = tmp_path / "ws"
    assert main(["init", str(folder)]) == 0
    system = folder / "systems/sample.yaml"
    system.write_text(system.read_text().replace("product: example", "product: generic"))
    return folder


def planned(folder, capsys, *more):
    capsys.readouterr()
    code = main(["onboard", "acme", "-w", str(folder), "--dry-run", *more])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_a_dry_run_says_all_that_fuzzing_would_stop_at(folder, capsys):
    code, told = planned(folder, capsys, "-e", "prod")
    assert code == 0
    assert "fuzz     would stop: " in told
    assert "RECORDING_KEY" in told
    assert "the environment prod is production" in told
    assert "`purpose: test` with --test-environment, or let" in told
    assert "client " not in told
    assert not (folder / ".tidewaiter/onboarding").exists()


def test_with_a_key_and_an_environment_for_tests_nothing_stops_it(folder, capsys, monkeypatch):
    """What `init` calls `test` is one for tests."""
    monkeypatch.setenv("TIDEWAITER_SECRET_RECORDING_KEY", "a-secret-of-twenty-characters")
    _, told = planned(folder, capsys, "-e", "prod", "--test-environment", "test")
    assert "would stop" not in told
    assert "fuzz     would be done" in told


def test_where_it_goes_live_is_asked(folder, capsys):
    code, told = planned(folder, capsys)
    assert code == 2
    assert "error[no-environment] it is not said where the entity goes live" in told
    assert "write -e prod" in told
    assert main(["onboard", "acme", "-w", str(folder)]) == 2
    assert not (folder / ".tidewaiter/onboarding").exists()
