"""How long a text of a pattern can be, and which patterns match some text in ever more ways."""

import pytest
from linted import hits

from governance.lint.ambiguity import is_exponential
from governance.lint.documents import query
from governance.lint.longest import longest_text
from governance.lint.polynomial import is_polynomial


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        ("^[A-Z]{3}$", 3),
        ("^[A-Z]{2,30}$", 30),
        ("^a(b|cd)?$", 3),
        ("^a$|^bcd$", 3),
        ("^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$", 15),
        ("^[A-Z]+$", None),
        ("^[A-Z]{3,}$", None),
        ("[A-Z]{3}", None),
        ("^[A-Z]{3}", None),
        ("^a|b$", None),
        ("^(a$", None),
        ("^()*$", 0),
    ],
)
def test_how_long_a_text_can_be(pattern, most):
    assert longest_text(pattern) == most


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "^(a*)*$",
        "^(a|aa)+$",
        "^(\\w+\\s?)*$",
        "^(\\d+,?)+$",
        "^([a-zA-Z0-9_.]+)*@x$",
        '^("(?:[^"]|\\\\.)*")$',
        "^(a{1,100}){1,100}$",
    ],
)
def test_patterns_that_double(pattern):
    assert is_exponential(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        "^(ab)+$",
        "^[a-z]+(-[a-z]+)*$",
        "^(,\\d+)*$",
        "^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$",
        "^(\\d{1,3},?){1,4}$",
        "^\\s*\\S+\\s*$",
        "^(a|b)*$",
        "^([^,]*,)*$",
        "^(a?b)*$",
        "^(?=x)[a-z]*$",
        "^(",
        "^" + "a?" * 300 + "$",
    ],
)
def test_patterns_that_do_not(pattern):
    assert not is_exponential(pattern)


def test_a_pattern_that_doubles_really_does():
    """The time that Python's own engine takes grows past all bounds on what is found, and does not on what is not."""
    import re
    import time

    def seconds(pattern, text):
        began = time.perf_counter()
        re.match(pattern, text)
        return time.perf_counter() - began

    assert seconds("^(a|aa)+$", "a" * 27 + "!") > 20 * seconds("^(a|aa)+$", "a" * 17 + "!")
    assert seconds("^[a-z]+(-[a-z]+)*$", "a" * 2_000 + "!") < 1


@pytest.mark.parametrize("pattern", [
    "^(.*)(.*)=$", "\\s+$", "^\\s*(.*)\\s*$", "^\\d+\\d+$", "[a-z]+@[a-z]+", "^\\S+@\\S+\\.\\S+$", "^.*a.*$",
    "^[0-9]+[A-Z0-9]*$", "^\\d{1,100}\\d{1,100}$", "^(?:x|[0-9]+[A-Z0-9]*)$",
])  # fmt: skip
def test_patterns_that_cost_the_square(pattern):
    assert is_polynomial(pattern)


@pytest.mark.parametrize("pattern", [
    "^a*b*$", "^[a-z]+@[a-z]+$", "^[a-z]+\\.[a-z]+$", "^[A-Z]{3}$", "[A-Z]{3}", "[a-z]+", "^.*a", "^a.*", ".*", "^.*$",
    "^[a-z0-9]+(-[a-z0-9]+)*$", "https?://.*", "^[^@]+@[^@]+$", "abc[0-9]+x", "^(?:[A-Z]|[A-Z]{2,})$", "^(.*)$|^x$",
    "^\\d{1,9}\\d{1,9}$", "^(a$", "",
])  # fmt: skip
def test_patterns_that_do_not_cost_it(pattern):
    assert not is_polynomial(pattern)


@pytest.mark.parametrize(("most", "told"), [({}, 1), ({"maxLength": 10_000}, 1), ({"maxLength": 256}, 0)])
def test_short_texts_make_the_square_harmless(most, told):
    schema = {"type": "string", "pattern": "^[0-9]+[A-Z0-9]*$", **most}
    assert len(hits("pattern-polynomial", query("code", schema))) == told


def test_what_costs_more_is_told_once():
    assert hits("pattern-polynomial", query("code", {"type": "string", "pattern": "^(a+)+$"})) == []
    assert len(hits("pattern-exponential", query("code", {"type": "string", "pattern": "^(a+)+$"}))) == 1
