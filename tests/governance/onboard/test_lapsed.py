"""What had been let for a time and has ended: a draft of onboarding that would let it on says so, in what is signed."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from board import NOW, SOME
from released import Node

from gateway.trust.signed import decision_entry
from governance.onboard.asked import Asked
from governance.onboard.deciding import ask_board
from governance.onboard.place import Place
from governance.onboard.work import Work

ENDS = NOW + timedelta(days=3)
CONTRACT = "contracts/sales/1.0.yaml"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """`trial` let a tighter limit for three days, and stops what it let then."""
    made = Node(tmp_path_factory.mktemp("lapsed") / "n")
    made.build("first")
    made.edit(CONTRACT, "maximum: 100\n", "maximum: 10\n")
    made.build("trial", "first", until=ENDS, on_expiry="stop")
    return made


class At(Work):
    """A run at the time that its journal holds, which knows its report."""

    @property
    def now(self):
        return self.journal.now

    def found(self, _step):
        return {"counts": {"error": 0, "warning": 1}, "entries": 9, "not_tested": []}


def drafted(node, now, **asked):
    """What came of the step, and the decision that it drafted."""
    asked = Asked(node.ws, "acme", "prod", base=f"release:{node.folder}/trial.json", trust=node.trust, **asked)
    entity = SimpleNamespace(name="Acme")
    subject = SimpleNamespace(
        contracts=("sales@1.0",), files=frozenset(("entities/acme.yaml",)),
        state=SimpleNamespace(workspace=SimpleNamespace(entities={"acme": entity})),
    )  # fmt: skip
    journal = SimpleNamespace(now=now, last=lambda *_: SimpleNamespace(facts={"report": SOME}))
    outcome = ask_board(At(asked, subject, Place(node.ws, "acme", "prod"), journal, lambda _: None))
    return outcome, decision_entry(node.ws, outcome.facts["draft"]).value


def test_before_its_end_the_draft_is_about_the_entity_alone(node):
    outcome, decision = drafted(node, NOW)
    assert (decision.title, decision.about.contracts) == ("Acme goes live", {})
    assert "lets on" not in "".join((decision.reason, *outcome.told))


@pytest.mark.parametrize(("asked", "how_long"), [({}, "without an end"), ({"days": 9}, "until 2026-12-09T12:00:00Z")])
def test_after_its_end_title_reason_and_command_name_it(node, asked, how_long):
    outcome, decision = drafted(node, ENDS + timedelta(days=1), **asked)
    assert decision.title == "Acme goes live; lets on what the decision trial let until 2026-11-29"
    what = (
        "the decision trial let sales@1.0 until 2026-11-29T12:00:00Z (on_expiry: stop): GET /orders of sales@1.0 "
        "for every entity"
    )
    assert f"It lets on what has ended, too: {what}; it is let on {how_long}." in decision.reason
    assert what in outcome.told
    assert any(step.startswith("tidewaiter board draft NAME") for step in outcome.next)
    assert set(decision.about.contracts) == {"sales@1.0"}


def test_a_draft_from_before_its_end_is_not_taken_for_one_that_says_so(node, tmp_path):
    other = node.copied(tmp_path / "n")
    other.edit(CONTRACT, "maximum: 10\n", "maximum: 5\n")
    before, early = drafted(other, NOW)
    after, late = drafted(other, ENDS + timedelta(days=1))
    assert early.about == late.about
    assert before.facts["draft"] != after.facts["draft"]
    assert ("lets on" in early.title, "lets on" in late.title) == (False, True)
