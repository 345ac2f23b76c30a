"""What of a judgement refuses a message, and what is only told."""

import pytest

from contracts.judgement import Judgement, Violation
from policies.strictness import Strictness, settle


def judged(location, rule):
    return Judgement("violates", (Violation(location, "x", rule, "words", "/paths"),))


@pytest.mark.parametrize(
    "strict",
    [Strictness("report", refuse_unchecked=False), Strictness("enforce", True, by_rule={"undeclared": ("report", 0)})],
)
@pytest.mark.parametrize(
    ("location", "rule", "refuses"),
    [("query", "undeclared", True), ("header", "undeclared", False), ("body", "undeclared", False)],
)
def test_an_undeclared_query_parameter_is_never_told_as_let_through(strict, location, rule, refuses):
    """It reaches no system whatever the mode, so counting it as let through would be untrue."""
    settled = settle(judged(location, rule), strict)
    assert settled.refuses is refuses
    assert settled.would_refuse() == (() if refuses else ("undeclared",))


def test_off_tells_nothing_of_it():
    settled = settle(judged("query", "undeclared"), Strictness("off", refuse_unchecked=False))
    assert (settled.refuses, settled.would_refuse()) == (False, ())
