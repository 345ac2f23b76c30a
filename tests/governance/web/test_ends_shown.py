"""The board's list says when a decision ends and what that does, and what is live on the node and was withdrawn."""

from datetime import timedelta

import pytest
from board import NOW
from released import Node

from gateway.say import Warned
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from governance.release.live_here import live_here
from governance.web.pages import render
from governance.web.shown import decision_page, questions_page


@pytest.fixture
def node(tmp_path):
    made = Node(tmp_path / "n", threshold=1)
    made.build("first", until=NOW + timedelta(days=400), on_expiry="stop")
    made.activate("first")
    return made


def test_when_a_decision_ends_is_said_before_it_is_signed_and_after(node):
    ground = find_trust(node.ws, node.trust), read_register(node.ws)
    (one,) = questions_page(node.ws, *ground, NOW, settled_too=True)["questions"]
    assert one["ends"] == "Counts until 2027-12-31 12:00 UTC; then gateways answer no more what it let"
    facts = dict(decision_page(node.ws, "first", "anna", *ground, NOW)["facts"])
    assert facts["At its end"].startswith("STOPS TRAFFIC")


def test_what_is_live_and_withdrawn_or_lost_is_told(node):
    (live,) = live_here(node.home)
    assert (live.environment, live.warnings) == ("prod", ())
    node.revoke(releases=(live.release,))
    (told,) = live_here(node.home)
    assert told.release == live.release
    assert told.warnings == ("it was withdrawn (because), and serves until another one is activated",)
    values = questions_page(node.ws, find_trust(node.ws, node.trust), read_register(node.ws), NOW, settled_too=False)
    page = render("questions", all=False, member="anna", form="x", development=False, **{**values, "live": [told]})
    assert "it was withdrawn (because)" in page
    node.log.write_bytes(b"")
    (lost,) = live_here(node.home)
    assert (lost.release, "something is missing" in lost.warnings[0]) == ("", True)


def test_a_gateway_that_runs_tells_each_step_once(capsys):
    warned = Warned()
    steps = [
        [("a", 30, "a in 30")],
        [("a", 30, "a in 30")],
        [("a", 7, "a in 7"), ("b", 30, "b in 30")],
        [("a", 0, "a ended")],
    ]
    for ends in steps:
        warned.tell(ends)
    assert capsys.readouterr().err.splitlines() == ["warning: a in 7", "warning: b in 30", "warning: a ended"]
