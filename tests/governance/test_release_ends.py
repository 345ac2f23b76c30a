"""What is let until a moment: carried from release to release, said as it was signed, decided anew in time."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from board import NOW
from released import Node

from gateway.ending import waiver_end, warnings_of
from gateway.release import make_release
from gateway.release_file import parse_release, read_release
from gateway.releases.covered import Covering, load_apart
from gateway.releases.released import Released
from gateway.stopping import stops_of
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from gateway.trust.signed import read_decisions
from governance.cli.main import main
from governance.gate.judge import judge as gate
from governance.release.build import judge_workspace, verify_release
from governance.release.open_changes import what_is_open
from policies.forward_clock import ForwardClock
from policies.step import Refusal

CONTRACT = "contracts/sales/1.0.yaml"
TIGHTER = (CONTRACT, "maximum: 100\n", "maximum: 10\n")
ENDS = NOW + timedelta(days=3)
AFTER = NOW + timedelta(days=4)
WAIVER = """kind: waiver
api: sales
rule: request-maximum-narrowed
paths: ["/orders"]
methods: [GET]
owner: finance
reason: No page has had more than ten rows since 2019.
until: 2026-11-28
approved_by: [anna]
on_expiry: stop
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`first` is a base without an end; `second` has a tighter limit, let for three days, that stops then."""
    node = Node(tmp_path_factory.mktemp("ends") / "n")
    node.build("first")
    node.edit(*TIGHTER)
    node.build("second", "first", until=ENDS, on_expiry="stop")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def judged(node, base, now=NOW):
    return judge_workspace(node.ws, "prod", f"release:{node.folder}/{base}.json", node.trust, now)


def head(node, name):
    return read_release(node.folder / f"{name}.json")[0].head


def rows(node, name):
    return {
        (one.by, one.name, one.of, one.on_expiry, str(row)) for one in head(node, name).ends for row in one.operations
    }


def test_what_a_decision_let_stops_by_its_own_word(node):
    assert head(node, "first").ends == ()
    assert b'"ends"' not in (node.folder / "first.json").read_bytes()
    (one,) = head(node, "second").ends
    assert (one.by, one.name, one.of, one.at, one.on_expiry) == ("decision", "second", "sales@1.0", ENDS, "stop")
    assert rows(node, "second") == {
        ("decision", "second", "sales@1.0", "stop", "GET /orders of sales@1.0 for every entity")
    }
    assert parse_release((node.folder / "second.json").read_bytes(), "x").head.ends == (one,)
    base = f"release:{node.folder}/first.json"
    assert verify_release(node.folder / "second.json", base, node.trust, node.home, AFTER)[2].ends == (one,)


def test_it_is_carried_on_by_a_release_that_decides_on_something_else(node):
    node.edit("entities/acme.yaml", "name: ", "name: The ")
    node.build("third", "second")
    assert head(node, "third").ends == head(node, "second").ends
    assert {one.decided_by for one in head(node, "third").changes} == {"automatic"}


def test_before_its_end_it_can_be_decided_anew_and_need_not(node):
    before = judged(node, "second")
    assert not before.uncovered
    assert [one.name for one in before.renewable] == ["sales@1.0"]
    assert what_is_open(before) is None
    node.draft("again", what_is_open(before, renew=True), until=ENDS + timedelta(days=30))
    node.sign("again")
    node.build("third", "second")
    (one,) = head(node, "third").ends
    assert (one.name, one.on_expiry, one.operations) == ("again", "block", ())
    base = f"release:{node.folder}/second.json"
    assert verify_release(node.folder / "third.json", base, node.trust, node.home, AFTER)[2].ends == (one,)


def test_after_its_end_nothing_is_built_before_somebody_decides(node):
    (one,) = judged(node, "second", AFTER).uncovered
    assert one.change.name == "sales@1.0"
    assert [point.finding.rule for point in one.change.points] == ["approval-ends"]
    assert "the decision second let it until 2026-11-29T12:00:00Z" in one.change.reasons[0]
    node.draft("again", what_is_open(judged(node, "second", AFTER)))
    node.sign("again")
    done = judged(node, "second", AFTER)
    assert (done.uncovered, done.ends) == ((), ())


def test_the_gate_says_the_same_as_the_build(node):
    base = f"release:{node.folder}/second.json"
    rulings = {
        at: gate(node.ws, base, environment="prod", trust_file=node.trust, now=at).rulings for at in (NOW, AFTER)
    }
    assert rulings[NOW] == ()
    (one,) = rulings[AFTER]
    assert (one.change.name, one.decided_by, one.asked.who) == ("sales@1.0", None, "quorum")


def test_a_change_that_is_proven_compatible_carries_it_on(node):
    node.edit(CONTRACT, "maximum: 10\n", "maximum: 20\n")
    node.build("third", "second")
    assert {one.decided_by for one in head(node, "third").changes} == {"automatic"}
    assert head(node, "third").ends == head(node, "second").ends
    assert [one.change.name for one in judged(node, "third", AFTER).uncovered] == ["sales@1.0"]


@pytest.mark.parametrize(
    ("edit", "row"),
    [
        (("entities/acme.yaml", "owner: finance", "owner: others"), "all of sales@1.0 for entity acme"),
        (
            ("contracts/sales/api.yaml", "visibility: partner", "visibility: public"),
            "all of sales@1.0 for every entity",
        ),
    ],
)
def test_of_a_file_stops_what_it_is_of(node, edit, row):
    node.edit(*edit)
    node.build("third", "second", until=ENDS, on_expiry="stop")
    assert (edit[0], row) in {(of, said) for _, _, of, _, said in rows(node, "third")}


def test_a_decision_that_can_stop_nothing_is_not_taken_for_one(node):
    node.edit("policies/plans.yaml", "requests: 120", "requests: 240")
    node.draft("third", what_is_open(judged(node, "second")), until=ENDS, on_expiry="stop")
    node.sign("third")
    (one,) = judged(node, "second").uncovered
    assert "no operation follows from what it lets" in " ".join(one.why_not)


def waived(node):
    (node.ws / "decisions/pages.yaml").write_text(WAIVER)
    node.edit(CONTRACT, "maximum: 10\n", "maximum: 5\n")
    node.build("third", "second")


def test_a_waiver_stops_what_it_let_pass(node):
    waived(node)
    told = rows(node, "third")
    assert ("waiver", "pages", "sales@1.0", "stop", "GET /orders of sales@1.0 for every entity") in told
    one = next(one for one in head(node, "third").ends if one.by == "waiver")
    assert one.moment == "2026-11-29T00:00:00Z"
    (node.ws / "decisions/pages.yaml").unlink()
    node.build("fourth", "third")
    assert one in head(node, "fourth").ends


# Law 6, as rows: what is served after the end, and whether the same can be built once more.


def stopped(proven, at):
    """Operations that a node which serves it answers no more at that time."""
    release = Released(proven).given_to(make_release(proven.loaded.workspace), at)
    routes = {("acme", one.api, one.version, one.pointer): one for one in release.contracts["sales", "1.0"].operations}
    stops = stops_of(release, routes, ForwardClock(at.timestamp))
    found = set()
    for key, one in routes.items():
        try:
            stops.check_route(SimpleNamespace(entity_id=key[0], operation=one), SimpleNamespace(consumer="first-app"))
        except Refusal:
            found.add(f"{one.method} {one.template}")
    return found, release.notes


@pytest.mark.parametrize(("on_expiry", "stops"), [("block", set()), ("stop", {"GET /orders"})])
@pytest.mark.parametrize("by", ["decision", "waiver"])
def test_after_an_end(made, tmp_path, on_expiry, stops, by):
    node = made.copied(tmp_path / "n")
    until = {"until": ENDS, "on_expiry": on_expiry} if by == "decision" else {}
    if by == "waiver":
        text = WAIVER.replace("on_expiry: stop", f"on_expiry: {on_expiry}")
        (node.ws / "decisions/pages.yaml").write_text(text)
    node.edit(CONTRACT, "maximum: 10\n", "maximum: 20\n")
    node.build("other", "first", **until)
    node.activate("first")
    node.activate("other")
    proven = node.live()
    assert stopped(proven, NOW) == (set(), stopped(proven, NOW)[1])
    told = "\n".join(stopped(proven, NOW)[1])
    assert f"the {by} {'other' if by == 'decision' else 'pages'} ends within 7 days" in told
    found, notes = stopped(node.live(), AFTER)
    assert found == stops
    assert ("gateways answer no more, until a release" in "\n".join(notes)) is bool(stops)
    assert judged(node, "other", AFTER).uncovered


def test_warned_of_at_thirty_seven_and_one_day_and_at_its_end(node):
    ends = head(node, "second").ends
    days = {29: 30, 8: 30, 7: 7, 2: 7, 1: 1, 0.5: 1, 0: 0, -400: 0}
    assert {left: key[1] for left in days for key, _ in warnings_of(ends, ENDS - timedelta(days=left))} == days
    assert not list(warnings_of(ends, ENDS - timedelta(days=31)))


def test_who_loses_what_and_when_is_told(node, capsys):
    first, second = (str(node.folder / f"{name}.json") for name in ("first", "second"))
    assert main(["release", "show", second]) == 0
    stop = "2026-11-29T12:00:00Z: the decision second stops GET /orders of sales@1.0 for every entity (let: sales@1.0)"
    assert stop in capsys.readouterr().out
    assert main(["release", "diff", first, second, "--effective"]) == 0
    out = capsys.readouterr().out
    said = "until 2026-11-29T12:00:00Z, when the decision second ends and stops it: of sales@1.0: GET /sales/v1/orders"
    assert f"first-app: calls for acme: {said}" in out
    assert main(["release", "diff", second, first, "--effective"]) == 0
    assert "would have stopped it on 2026-11-29T12:00:00Z" in capsys.readouterr().out
    assert main(["board", "show", "second", "-w", str(node.ws), "--trust", str(node.trust)]) == 0
    assert "STOPS TRAFFIC" in capsys.readouterr().out


def test_a_new_operation_that_is_let_for_a_time_is_one_gain(node, capsys):
    text = (node.ws / CONTRACT).read_text()
    start = text.index("  /orders:")
    block = text[start : start + re.search(r"\n(  /|\w)", text[start + 3 :]).start() + 4]
    other = block.replace("/orders:", "/lines:").replace("operationId: ", "operationId: of")
    (node.ws / CONTRACT).write_text(text.replace(block, block + other))
    node.build("third", "first", until=ENDS, on_expiry="stop")
    base, newer = (str(node.folder / f"{name}.json") for name in ("first", "third"))
    assert main(["release", "diff", base, newer, "--effective"]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "/lines" in line]
    said = "until 2026-11-29T12:00:00Z, when the decision third ends and stops it: of sales@1.0: "
    assert told == [f"  first-app: calls for acme: {said}GET /sales/v1/lines, POST /sales/v1/lines"]
    assert main(["release", "diff", newer, base, "--effective"]) == 0
    assert sum("/lines" in line for line in capsys.readouterr().out.splitlines()) == 1


# What the gateway itself finds, whoever vouched.


def covering(node, release, base):
    trust, register = find_trust(node.ws, node.trust), read_register(node.ws)
    there = load_apart(release)
    decisions = read_decisions(node.ws, trust, register)
    held = load_apart(read_release(node.folder / f"{base}.json")[0])
    return [fault.message for fault in Covering(there, decisions, lambda: held, "x").faults()]


def changed(node, built, **fields):
    release = read_release(node.folder / f"{built}.json")[0]
    ends = release.head.ends
    new = tuple(one.model_copy(update=fields) for one in ends) if fields else ()
    return replace(release, head=release.head.model_copy(update={"ends": new}))


FORGED = {
    "left out": ({}, "it does not say so"),
    "later": ({"at": ENDS + timedelta(days=9)}, "says another end"),
    "blocks in place of stops": ({"on_expiry": "block"}, "says another end"),
    "another decision": ({"name": "first"}, "no such decision lets it"),
    "stops nothing": ({"operations": ()}, "no operation is named"),
    "another waiver": ({"by": "waiver"}, "the waiver says another end"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_release_that_says_otherwise_is_not_served(node, name):
    fields, why = FORGED[name]
    assert any(why in told for told in covering(node, changed(node, "second", **fields), "first")), name
    assert not covering(node, read_release(node.folder / "second.json")[0], "first")


def test_what_is_left_of_a_decision_that_was_decided_anew_in_part_is_carried_on(node):
    node.edit("policies/plans.yaml", "requests: 120", "requests: 240")
    node.edit(CONTRACT, "maximum: 10\n", "maximum: 5\n")
    node.build("third", "second", until=ENDS, on_expiry="stop")
    assert [bool(one.operations) for one in head(node, "third").ends if one.name == "third"] == [True, False]
    about = what_is_open(judged(node, "third"), renew=True)
    node.draft("again", about.model_copy(update={"files": {}}))
    node.sign("again")
    node.build("fourth", "third")
    assert [(one.name, one.of) for one in head(node, "fourth").ends] == [("third", "policies/plans.yaml")]
    assert not covering(node, read_release(node.folder / "fourth.json")[0], "third")


def test_a_renewal_that_did_not_count_when_it_was_built_is_none_when_it_is_judged_again(node):
    about = what_is_open(judged(node, "second"), renew=True)
    node.draft("late", about, until=NOW - timedelta(hours=1))
    node.sign("late")
    node.build("third", "second")
    assert head(node, "third").ends == head(node, "second").ends
    base = f"release:{node.folder}/second.json"
    assert not verify_release(node.folder / "third.json", base, node.trust, node.home, AFTER)[2].uncovered


def test_a_waivers_last_day_is_read_as_the_waiver_is():
    end = datetime(2026, 11, 29, tzinfo=UTC)
    for until in ("2026-11-28", date(2026, 11, 28), int(datetime(2026, 11, 28, tzinfo=UTC).timestamp())):
        assert waiver_end({"kind": "waiver", "until": until, "on_expiry": "stop"}) == (end, "stop")
    assert waiver_end({"kind": "waiver", "until": "2026-11-28", "api": "x"}) == (end, "block")
    for none in (None, [], {}, {"kind": "waiver"}, {"kind": "waiver", "until": "soon"}, {"type": "change"}):
        assert waiver_end(none) is None


@pytest.mark.parametrize("fields", [{}, {"at": ENDS + timedelta(days=9)}])
def test_nor_one_that_does_not_carry_it_on(node, fields):
    node.edit("entities/acme.yaml", "name: ", "name: The ")
    node.build("third", "second")
    assert not covering(node, read_release(node.folder / "third.json")[0], "second")
    assert any("nobody decided anew" in told for told in covering(node, changed(node, "third", **fields), "second"))
