"""The fingerprint of a finding: what it survives, and what makes another finding of it."""

import re

import pytest
from diff_changes import change

from governance.diff.change import Area, Effect
from governance.diff.fingerprint import fingerprint
from governance.finding import Direction

REQUEST = Direction.REQUEST


def made(**fields: object):
    stated = {
        "pointer_old": "/paths/~1orders/get/parameters/0/schema/maxLength",
        "pointer_new": "/paths/~1orders/get/parameters/0/schema/maxLength",
        "subject": "query parameter limit",
        "old": 20,
        "new": 10,
    }
    return change(Area.SCHEMA, "maxLength", Effect.NARROWS, REQUEST, **{**stated, **fields})


def of(**fields: object) -> str:
    return fingerprint("a-rule", made(**fields))


def test_it_has_twelve_hexadecimal_digits():
    assert re.fullmatch("[0-9a-f]{12}", of())
    assert of() == of()


@pytest.mark.parametrize(
    "fields",
    [
        {"pointer_new": "/paths/~1orders/get/parameters/3/schema/maxLength"},
        {"reach": ()},
        {"reason": "other words"},
    ],
)
def test_it_survives_what_is_not_about_it(fields):
    assert of(**fields) == of()


@pytest.mark.parametrize(
    "fields",
    [
        {"new": 5},
        {"old": 30},
        {"subject": "query parameter offset"},
        {"pointer_old": "/paths/~1stock/get/parameters/0/schema/maxLength"},
        {"identity": "another thing"},
    ],
)
def test_another_thing_has_another(fields):
    assert of(**fields) != of()


def test_the_rule_and_the_direction_are_part_of_it():
    assert fingerprint("another-rule", made()) != of()
    answered = change(Area.SCHEMA, "maxLength", Effect.NARROWS, Direction.RESPONSE, identity="x")
    sent = change(Area.SCHEMA, "maxLength", Effect.NARROWS, REQUEST, identity="x")
    assert fingerprint("a-rule", answered) != fingerprint("a-rule", sent)


def test_an_identity_stands_for_pointers():
    assert of(identity="x") == of(identity="x", pointer_old="/elsewhere", pointer_new="/moved", subject="renamed")


def test_lists_without_an_order_have_none():
    assert of(old=["a", "b"], new=["a"]) == of(old=["b", "a"], new=["a"])
    assert of(old={"x": 1, "y": 2}) == of(old={"y": 2, "x": 1})
    assert of(old=["a", "b"]) != of(old=["a", "c"])
    assert of(old=1) != of(old="1")


def test_statuses_are_names():
    answers = [f"/paths/~1orders/get/responses/{status}/content" for status in ("200", "404")]
    assert of(pointer_old=answers[0]) != of(pointer_old=answers[1])


def test_a_named_thing_may_be_edited_inside():
    added = [change(Area.OPERATION, "operation", Effect.ADDS, old=None, new={"summary": text}) for text in "ab"]
    assert fingerprint("a-rule", added[0]) == fingerprint("a-rule", added[1])


def test_alternatives_of_security_are_told_apart():
    added = [change(Area.SECURITY, "alternative", Effect.ADDS, old=None, new={name: []}) for name in ("key", "token")]
    assert fingerprint("a-rule", added[0]) != fingerprint("a-rule", added[1])
