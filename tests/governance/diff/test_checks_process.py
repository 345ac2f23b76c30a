"""The process apart: it answers within bounds, is replaced when it does not, and ends with who started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from governance.diff.sets import checks
from governance.diff.sets.checks import MOST_ENDED, Checks

TEXT = {"type": "string"}
# Open alternatives that all hold: twice the work at each of 40 steps.
ENDLESS = {"$defs": {"s40": TEXT}, "$ref": "#/$defs/s0"}
for number in range(40):
    ENDLESS["$defs"][f"s{number}"] = {"allOf": [{"$ref": f"#/$defs/s{number + 1}"}] * 2}


@pytest.fixture
def asked():
    with Checks() as made:
        yield made


@pytest.fixture
def hurried(monkeypatch):
    """What is cut off is cut off soon."""
    monkeypatch.setattr(checks, "QUESTION_SECONDS", 1.0)


def test_questions_have_answers(asked):
    assert asked.covers(TEXT, {"type": "string", "maxLength": 5}) is True
    assert asked.covers({"type": "string", "maxLength": 5}, TEXT) is False
    assert asked.is_empty({"type": "string", "minLength": 2, "maxLength": 1}) is True
    assert asked.kept({"type": "integer"}, [1, "a", 2.0]) == [True, False, True]
    assert asked.any_value({"type": "integer", "minimum": 7}) is True
    assert asked.attempt(TEXT, {"maxLength": 3}, None, False, ("none", None)) == ("found", "aaaa")
    assert asked.message({"type": "object", "properties": {"a": TEXT}}, [("a",)], "x") == ("found", {"a": "x"})
    asked.know("sender", {"s0": TEXT})
    assert [one[0] for one in asked.refused({"$ref": "urn:sender#/$defs/s0"}, 5)] == ["type"]
    assert asked.ended == 0


def test_what_takes_too_long_is_cut_off_and_the_next_question_is_answered(hurried, asked):
    started = time.monotonic()
    assert asked.kept(ENDLESS, ["a"]) is None
    assert time.monotonic() - started < 10
    assert asked.ended == 1
    assert asked.kept(TEXT, ["a"]) == [True]


def test_what_was_told_is_told_to_the_next_process(hurried, asked):
    asked.know("sender", {"s0": TEXT})
    assert asked.kept(ENDLESS, ["a"]) is None
    assert asked.refused({"$ref": "urn:sender#/$defs/s0"}, "a") == []


def test_schemas_made_to_last_are_asked_about_a_few_times_only(hurried, asked):
    for _ in range(MOST_ENDED):
        assert asked.kept(ENDLESS, ["a"]) is None
    started = time.monotonic()
    assert asked.kept(TEXT, ["a"]) is None
    assert time.monotonic() - started < 0.5


def test_a_process_is_used_again(asked):
    assert asked.kept(TEXT, ["a"]) == [True]
    first = asked._process.pid
    asked.__exit__(None)
    with Checks() as other:
        assert other.kept(TEXT, ["a"]) == [True]
        assert other._process.pid == first


def test_a_process_that_died_is_not_used_again():
    with Checks() as one:
        assert one.kept(TEXT, ["a"]) == [True]
        process = one._process
    process.kill()
    process.wait()
    with Checks() as other:
        assert other.kept(TEXT, ["a"]) == [True]
        assert other._process.pid != process.pid
    assert process not in checks._IDLE


def test_nothing_of_the_folder_that_is_worked_in_is_run_and_nothing_is_left(tmp_path):
    package = tmp_path / "governance"
    package.mkdir()
    mark = tmp_path / "ran"
    (package / "__init__.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    root = Path(__file__).resolve().parents[3]
    program = (
        "from governance.diff.sets.checks import Checks\n"
        "with Checks() as checks:\n"
        "    assert checks.kept({'type': 'string'}, ['a']) == [True]\n"
        "    print(checks._process.pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(root)}, timeout=50,
    )  # fmt: skip
    assert not mark.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
