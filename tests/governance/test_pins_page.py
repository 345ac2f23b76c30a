"""The worked examples of docs/pins.md: `check` finds them fine, and says what the page says where a part is missing."""

import json
import re
from pathlib import Path

import pytest

from governance.starter import write_workspace

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pins.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "ws"
    write_workspace(folder, 1_790_000_000)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def without(folder, name, *lines):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.strip().startswith(lines)]
    assert "".join(kept) != text
    path.write_text("".join(kept), encoding="utf-8")


def findings(command, folder):
    told = json.loads(command("check", folder, "--format", "json")[1])
    return [(found["code"], found["file"], f"{found['message']}; {found['remedy']}") for found in told["findings"]]


def test_the_examples_are_fine_as_they_stand(folder, command):
    assert len(FILES) == 10
    assert findings(command, folder) == []


def test_all_operations_of_both_are_served(folder, command):
    code, out, _ = command("routes", folder, "--format", "json")

    rows = [row for row in json.loads(out) if row["entity"] in ("north", "south", "canada", "america")]
    assert (code, len(rows)) == (0, 2 * 6 + 2 * 2)
    assert {row["served"] for row in rows} == {True}


def test_what_check_says_without_the_proofs(folder, command):
    for entity in ("north", "south"):
        without(folder, f"entities/{entity}.yaml", "proofs:", "listItems:", "addItem:")

    found = findings(command, folder)
    assert {code for code, _, _ in found} == {"not-kept-apart"}
    told = next(text for _, _, text in found if "listItems" in text)
    said = re.search(r"```\n(  GET .*?)```", PAGE, re.DOTALL)[1]
    assert " ".join(said.split()) in told


def test_what_check_says_without_the_pins(folder, command):
    for entity in ("canada", "america"):
        without(folder, f"entities/{entity}.yaml", "pins:", "path:", "nested:")
    assert {code for code, _, _ in findings(command, folder)} == {"not-told-apart"}


def test_what_check_says_of_an_expand_that_nothing_proves(folder, command):
    for entity in ("north", "south"):
        without(folder, f"entities/{entity}.yaml", "nested:")
    assert {code for code, _, _ in findings(command, folder)} == {"expand-not-proven"}


def test_every_code_and_problem_that_the_page_names_is_there(folder, command):
    root = Path(__file__).resolve().parents[2]
    told = "".join(path.read_text(encoding="utf-8") for path in (root / "contracts").glob("*.py"))
    section = PAGE[PAGE.index("## What `check` says") :]
    for code in re.findall(r"\*\*`([a-z-]+)`\*\*", section):
        assert f'"{code}"' in told
    problems = (root / "docs" / "problems.md").read_text(encoding="utf-8")
    for name in re.findall(r"problems\.md#([a-z-]+)", PAGE):
        assert f"## {name}\n" in problems
