"""Recordings and samples never lie where git would keep them."""

import subprocess

import pytest
from fuzz_workspace import workspace

from contracts.diagnostic import InvalidInputError
from governance.fuzz.kept_outside import default_place, outside_git
from governance.fuzz.samples import read_samples


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(".tidewaiter/\nsecret-*\n")
    return workspace(tmp_path / "workspace", 1)


def refused(path, folder):
    with pytest.raises(InvalidInputError) as caught:
        outside_git(path, folder, "a recording")
    return caught.value.diagnostics[0]


@pytest.mark.parametrize("name", ["run.jsonl", "contracts/run.jsonl", "../run.jsonl", "x/../run.jsonl"])
def test_inside_the_repository_it_is_refused(repository, name):
    assert refused(repository / name, repository).code == "inside-git"


def test_over_a_link_too(repository, tmp_path_factory):
    link = tmp_path_factory.mktemp("elsewhere") / "in"
    link.symlink_to(repository)

    assert refused(link / "run.jsonl", repository).code == "inside-git"


def test_what_git_ignores_is_taken(repository):
    assert outside_git(repository / "secret-run.jsonl", repository, "a recording")
    assert default_place(repository, "run.jsonl").parent.name == "fuzz"


def test_elsewhere_it_is_taken(repository, tmp_path_factory):
    assert outside_git(tmp_path_factory.mktemp("elsewhere") / "run.jsonl", repository, "a recording")


def test_a_workspace_without_git_keeps_nothing_either(tmp_path):
    folder = workspace(tmp_path / "workspace", 1)

    assert refused(folder / "run.jsonl", folder).message.endswith("lies in the workspace")
    assert outside_git(tmp_path / "run.jsonl", folder, "a recording")


@pytest.mark.parametrize(
    ("lines", "taken"),
    [(".tidewaiter/\n", True), ("x\n/.tidewaiter\n", True), ("x\n", False), (".tidewaiter/\n!.tidewaiter/\n", False)],
)
def test_without_git_the_workspace_says_what_git_would_leave_out(tmp_path, lines, taken):
    folder = workspace(tmp_path / "workspace", 1)
    (folder / ".gitignore").write_text(lines)

    if taken:
        assert default_place(folder, "run.jsonl").parent.name == "fuzz"
    else:
        told = refused(folder / ".tidewaiter/run.jsonl", folder)
        assert told.remedy == "write a line `.tidewaiter/` into .gitignore of the workspace"
    assert refused(folder / "run.jsonl", folder).code == "inside-git"


def test_samples_inside_git_are_refused(repository):
    path = repository / "samples.yaml"
    path.write_text("parameters: {id: [101]}\n")

    with pytest.raises(InvalidInputError):
        read_samples(path, repository, set())


def test_samples_are_read_and_slips_told(tmp_path):
    folder = workspace(tmp_path / "workspace", 1)
    path = tmp_path / "samples.yaml"
    path.write_text("operations: {getParty: [{parameters: {id: 101}}]}\ncanaries: [CANARY]\nforeign: {id: [9]}\n")

    samples = read_samples(path, folder, {"getParty"})
    assert samples.operations["getParty"][0].parameters == {"id": 101}
    with pytest.raises(InvalidInputError) as caught:
        read_samples(path, folder, {"getParties"})
    assert "`getParties`" in str(caught.value)
    path.write_text("operatons: {}\n")
    with pytest.raises(InvalidInputError) as caught:
        read_samples(path, folder, set())
    assert "`operations`" in str(caught.value)
