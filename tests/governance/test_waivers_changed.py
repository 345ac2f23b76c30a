"""Waivers of two states of a workspace: what was added, and what was edited."""

import pytest

from contracts.written import Source
from governance.finding import Severity
from governance.waiver import Waiver
from governance.waiver_changes import changes
from governance.waiver_files import Decided

TERMS = {
    "kind": "waiver", "api": "orders", "rule": "request-enum-narrowed", "versions": ["1.1"], "owner": "a@b.example",
    "reason": "It was agreed with all of them.", "until": "2026-12-31", "approved_by": ["the board"],
}  # fmt: skip


def decided(name="one", **keys):
    return Decided(name, Source(f"decisions/{name}.yaml"), Waiver.model_validate({**TERMS, **keys}))


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        ({"until": "2027-12-31"}, "until"),
        ({"until": "2026-06-30"}, "until"),
        ({"versions": ["1.1", "1.2"]}, "versions"),
        ({"versions": [], "paths": ["/orders"]}, "versions, paths"),
        ({"api": "ord*"}, "api"),
        ({"rule": "request-*"}, "rule"),
        ({"methods": ["GET"]}, "methods"),
        ({"consumers": ["shop"]}, "consumers"),
        ({"approved_by": ["somebody else"]}, "approved_by"),
        ({"on_expiry": "stop"}, "on_expiry"),
        ({"finding": "0123456789ab"}, "finding"),
    ],
)
def test_an_edit_of_its_terms_is_no_decision(edit, key):
    (told,) = changes([decided()], [decided(**edit)])
    assert (told.finding.rule, told.finding.severity) == ("waiver-edited", Severity.BREAKING)
    assert f"decided otherwise: {key} changed" in told.finding.message


def test_every_term_is_compared():
    compared = {
        "until",
        "versions",
        "paths",
        "api",
        "rule",
        "methods",
        "consumers",
        "approved_by",
        "on_expiry",
        "finding",
    }
    assert compared | {"kind", "owner", "reason"} == set(Waiver.model_fields)


@pytest.mark.parametrize("edit", [{"owner": "c@d.example"}, {"reason": "It was agreed, in writing."}, {}])
def test_words_for_the_reader_may_change(edit):
    assert changes([decided()], [decided(**edit)]) == ()


def test_a_new_one_is_told_with_its_end():
    (told,) = changes([decided()], [decided(), decided("two", versions=["1.2"])])
    assert (told.finding.rule, told.finding.severity, told.file) == (
        "waiver-added", Severity.WARNING, "decisions/two.yaml",
    )  # fmt: skip
    assert "until 2026-12-31" in told.finding.message


def test_another_name_is_the_same_decision_and_one_that_is_gone_is_none():
    assert changes([decided()], [decided("two")]) == ()
    assert changes([decided(), decided("two", versions=["1.2"])], []) == ()


def test_two_that_change_places_are_the_same_two():
    one, two = decided(), decided("two", versions=["1.2"])
    swapped = [decided(versions=["1.2"]), decided("two")]
    assert changes([one, two], swapped) == ()
