"""Marks of a merge that nobody settled: told as that, at their line, whatever the file is."""

import pytest

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document

MARKS = "<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> other\n"
FILES = [
    ("a.yaml", "a: 1\n" + MARKS.format(ours="b: 1", theirs="b: 2"), 2),
    ("a.yaml", "a:\n  b: |\n    text\n" + MARKS.format(ours="    one", theirs="    two"), 4),
    ("a.yaml", "a: 1\r\n<<<<<<< HEAD\r\nb: 1\r\n=======\r\n", 2),
    ("a.yaml", "<<<<<<< HEAD\n", 1),
    ("a.yaml", "<<<<<<<\n", 1),
    ("a.json", '{"a": 1,\n' + MARKS.format(ours='"b": 1', theirs='"b": 2') + "}\n", 2),
]


@pytest.mark.parametrize(("name", "text", "line"), FILES)
def test_the_first_mark_is_told(name, text, line):
    read = yaml12.parse if name.endswith(".yaml") else parse_document
    with pytest.raises(InvalidInputError) as error:
        read(text.encode(), name)
    (fault,) = error.value.diagnostics
    assert (fault.code, fault.file, fault.line, fault.column) == ("merge-conflict", name, line, 1)
    assert "<<<<<<<" in fault.remedy


@pytest.mark.parametrize(
    "text", ["a: <<<<<<< HEAD\n", "a: |\n  <<<<<<< HEAD\n  =======\n", '"<<<<<<< HEAD": 1\n', "# <<<<<<< x\na: 1\n"]
)
def test_what_is_no_conflict_is_read(text):
    assert isinstance(yaml12.parse(text.encode(), "a.yaml"), dict)


def test_other_faults_stay_what_they_are():
    with pytest.raises(InvalidInputError) as error:
        yaml12.parse(b"a: b: c\nd: <<<<<<<\n", "a.yaml")
    assert error.value.diagnostics[0].code == "yaml-syntax"
