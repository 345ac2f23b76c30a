"""Forty commits, each one kind of change: what each does, who decides on it, and what the gate ends with."""

import shutil
from pathlib import Path

import pytest
import yaml
from gated import classes, rules

TABLE = yaml.safe_load((Path(__file__).parent / "commits.yaml").read_text())


def make(gated, row):
    for file, other in row.get("copy", ()):
        (gated.ws / other).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(gated.ws / file, gated.ws / other)
    for file, text in row.get("write", ()):
        gated.write(file, text)
    for file, old, new in row.get("edit", ()):
        gated.edit(file, old, new)
    gated.commit(row["commit"])


@pytest.fixture(scope="module")
def walked(template, tmp_path_factory):
    """The repository with all commits, and the verdict on each against the one before."""
    gated = template.copied(tmp_path_factory.mktemp("walked") / "gated")
    verdicts = []
    for row in TABLE:
        make(gated, row)
        verdicts.append(gated.judge("HEAD~1"))
    return gated, verdicts


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[row["commit"] for row in TABLE])
def test_a_commit(walked, number):
    row, verdict = TABLE[number], walked[1][number]
    found = {one.change.name: [classes(one), one.asked.who] for one in verdict.rulings}

    assert {name: told[:2] for name, told in row["finds"].items()} == found
    for one in verdict.rulings:
        assert set(row["finds"][one.change.name][2:]) <= rules(one)
    assert verdict.exit_code == int(any(told[1] != "automatic" for told in row["finds"].values()))


@pytest.mark.parametrize("number", [0, 8, 16, 38])
def test_the_command_ends_with_the_same(walked, command, number):
    gated, verdicts = walked
    gated.git("checkout", "-q", f"change~{len(TABLE) - 1 - number}")
    code, out, err = command("gate", "--base", "HEAD~1", "-w", gated.ws, "--trust", gated.trust, "--at", "2026-06-01")

    assert code == verdicts[number].exit_code, err
    for name in TABLE[number]["finds"]:
        assert name in out


def test_half_of_the_commits_are_compatible_and_nobody_may_let_them_pass_unseen():
    unseen = [row for row in TABLE if _does(row) & {"exposes", "unproven"} and not _does(row) & {"breaks", "weakens"}]

    assert (len(TABLE), len(unseen)) == (40, 20)


def _does(row):
    return {word for told in row["finds"].values() for word in told[0].split()}
