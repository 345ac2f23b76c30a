"""Since when something was promised, by the history of a repository: exact, at least, or not known."""

import json
import subprocess
from datetime import date

import pytest
from gate_repository import Repository
from gate_verdicts import NARROWED

from governance.changes.changed import Point
from governance.finding import Finding
from governance.promised import Since, promised

POINTER = "/components/schemas/Note/maxLength"
LIST = "/components/schemas/State/enum/1"


def document(longest, *states, title="t"):
    schemas = {"Note": {"maxLength": longest}, "State": {"enum": list(states or ("open", "held"))}}
    return json.dumps({"openapi": "3.1.0", "info": {"title": title}, "components": {"schemas": schemas}}, indent=1)


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "repository")
    made.write("contracts/notes/api.yaml", "{title: Notes, owner: o, versions: {'1.0': {stage: active}}}")
    return made


def point(pointer=POINTER, against="notes@1.0"):
    finding = NARROWED.finding
    told = {name: getattr(finding, name) for name in Finding.__slots__} | {
        "pointer_old": pointer,
        "fingerprint": pointer,
    }
    return Point(Finding(**told), NARROWED.classes, "f", 1, against=against)


def asked(repository, *points, seconds=5.0, folder=None):
    commit = repository.git("rev-parse", "HEAD").strip()
    return promised(folder or repository.ws, commit, points or (point(),), seconds).since


def history(repository, file="contracts/notes/1.0.json"):
    """35 since May, after it was 30; the list changed in July, the title in September."""
    for day, text in (
        ("2024-03-01", document(30)),
        ("2024-05-02", document(35)),
        ("2024-07-03", document(35, "open", "kept")),
        ("2024-09-04", document(35, "open", "kept", title="other")),
    ):
        repository.write(file, text)
        repository.commit(day, day)


@pytest.mark.parametrize("file", ["1.0.json", "1.0.yaml", "1.0/openapi.json"])
def test_the_day_on_which_it_became_what_it_is(file, repository):
    history(repository, f"contracts/notes/{file}")

    found = asked(repository, point(), point(LIST), point("/info/title"), point("/info/gone"))
    assert found == {
        POINTER: Since(date(2024, 5, 2), exact=True),
        LIST: Since(date(2024, 7, 3), exact=True),
        "/info/title": Since(date(2024, 9, 4), exact=True),
    }
    assert asked(repository, point("/openapi")) == {"/openapi": Since(date(2024, 3, 1), exact=True)}


def test_where_the_file_is_another_one(repository):
    repository.write(
        "contracts/notes/api.yaml",
        "{title: Notes, owner: o, versions: {'1.0': {stage: active, file: written/notes.yaml}}}",
    )
    history(repository, "contracts/notes/written/notes.yaml")

    assert asked(repository) == {POINTER: Since(date(2024, 5, 2), exact=True)}


def test_what_was_not_read_is_at_least(repository):
    history(repository)

    assert asked(repository, seconds=0) == {POINTER: Since(date(2024, 9, 4), exact=False)}


def test_a_shallow_clone_knows_no_beginning(repository, tmp_path):
    history(repository)
    for depth, expected in ((2, Since(date(2024, 7, 3), exact=False)), (4, Since(date(2024, 5, 2), exact=True))):
        clone = tmp_path / f"clone-{depth}"
        url = f"file://{repository.folder}"
        subprocess.run(["git", "clone", "-q", "--depth", str(depth), url, clone], check=True, capture_output=True)
        assert asked(repository, folder=clone / "ws") == {POINTER: expected}


def test_what_could_not_be_read_is_at_least(repository):
    repository.write("contracts/notes/1.0.json", "<<<<<<< conflict")
    repository.commit("broken", "2024-04-01")
    history(repository)
    repository.git("rm", "-q", "ws/contracts/notes/1.0.json")
    repository.commit("gone", "2024-10-01")
    repository.write("contracts/notes/1.0.json", document(35))
    repository.commit("back", "2024-11-01")

    assert asked(repository) == {POINTER: Since(date(2024, 11, 1), exact=False)}


def test_what_an_overlay_may_have_corrected_is_known_where_the_finding_found_the_same(repository):
    history(repository, "contracts/notes/1.0/vendor.json")
    repository.write("contracts/notes/1.0/overlay.json", "{}")
    repository.commit("an overlay")

    assert asked(repository) == {POINTER: Since(date(2024, 5, 2), exact=True)}
    assert asked(repository, point(LIST)) == {}


def test_nothing_is_known_of(repository):
    history(repository)

    assert asked(repository, point(against="")) == {}
    assert asked(repository, point(against="notes@2.0"), point(against="other@1.0")) == {}
    assert promised(repository.ws, "sha256:" + "ab" * 32, (point(),)).since == {}
    assert promised(repository.folder, "0" * 40, (point(),)).lives == {}


def test_the_life_of_what_it_was_compared_with(repository):
    history(repository)

    lives = promised(repository.ws, "", (point(), point(against="sales-orders@1.0"), point(against="notes@9.0"))).lives
    assert {name: life.stage for name, life in lives.items()} == {
        "notes@1.0": "active",
        "sales-orders@1.0": "active",
    }
