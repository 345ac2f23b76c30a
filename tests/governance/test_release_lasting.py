"""Law 6, as a table: what is weakened, ends, leaves or is missing; whether what is active serves on, what is built next."""

from datetime import timedelta

import pytest
from board import NOW, ROLES
from released import LATER, Node

from contracts.diagnostic import InvalidInputError
from gateway.release_file import digest_of
from gateway.releases.taking import remember_live
from gateway.trust.board_statement import Condition
from gateway.trust.keys import read_private
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from gateway.trust.root import read_root
from gateway.trust.rotation import sign_successor
from governance.decisions.stating import Saying, say_it
from governance.release.build import judge_workspace
from governance.release.open_changes import what_is_open

CONTRACT = "contracts/sales/1.0.yaml"
BREAKING = (CONTRACT, "maximum: 100\n", "maximum: 10\n")
PEOPLE = ("anna", "bert", "carl", "dora")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`first` was active, `second` is; the decision on `second` ends in a day, and its limit is tighter."""
    node = Node(tmp_path_factory.mktemp("lasting") / "n", people=PEOPLE)
    node.build("first")
    node.activate("first")
    node.edit(*BREAKING)
    node.build("second", "first", until=NOW + timedelta(days=1))
    node.activate("second")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def root(node, **changes):
    """The next trust root, signed by all."""
    old = read_root(node.trust, "ws")
    new = node.folder / "new.yaml"
    node.write_root(new, version=old.value.version + 1, **changes)
    for person in node.people:
        sign_successor(new, read_private(node.key(person)), old)
    new.replace(node.trust)
    new.with_name("new.dsse.json").replace(node.folder / "trust.dsse.json")


def left(node, person, back=0):
    """That person's entry, once gone: as of the register's end, or so many entries before."""
    register = read_register(node.ws)
    length = register.length - back
    members = node.root()["members"]
    members[person] = {**members[person], "removed": {"length": length, "head": register.heads[length]}}
    return members


def ended(_):
    return None


def threshold_raised(node):
    root(node, roles={name: {"threshold": 3, "members": list(PEOPLE)} for name in ROLES})


def one_left(node):
    root(node, members=left(node, "bert"))


def role_left(node):
    role = {"threshold": 2, "members": ["anna", "bert"]}
    there = {"threshold": 2, "members": ["carl", "dora"]}
    root(node, roles={name: role if name in ("root", "board") else there for name in ROLES})


def one_left_and_is_off_the_lists(node):
    """As one takes somebody out of a file: removed, and no longer named in any role."""
    root(node, members=left(node, "bert"), roles=roles(2, "anna", "carl", "dora"))


def one_left_before_and_is_off_the_lists(node):
    root(node, members=left(node, "bert", back=1), roles=roles(2, "anna", "carl", "dora"))


def one_is_off_the_lists(node):
    root(node, roles=roles(2, "anna", "carl", "dora"))


def roles(threshold, *people):
    return {name: {"threshold": threshold, "members": list(people)} for name in ROLES}


def one_left_before(node):
    root(node, members=left(node, "bert", back=1))


def refused_since(node):
    judged = judge_workspace(node.ws, "prod", f"release:{node.folder}/first.json", node.trust, NOW)
    node.draft("no", what_is_open(judged, covered_too=True), verdict="refuse")
    node.sign("no")


LASTING = {
    # what happened: (whether what is active serves on, whether the same could be built once more a week later)
    "its decision has ended": (ended, True, False),
    "it was refused since": (refused_since, True, False),
    "more people are needed now": (threshold_raised, True, False),
    "one who signed left afterwards": (one_left, True, False),
    "those who activated it have another role": (role_left, True, False),
    "one who signed is in no role now": (one_is_off_the_lists, True, False),
    "one who signed left, and is in no role": (one_left_and_is_off_the_lists, True, False),
    "one who signed had left before": (one_left_before, False, False),
    "one who signed had left before, and is in no role": (one_left_before_and_is_off_the_lists, False, False),
}


@pytest.mark.parametrize("name", LASTING)
def test_what_is_active_serves_on(node, name):
    happen, serves, builds = LASTING[name]
    happen(node)
    if serves:
        assert node.live().digest == digest_of((node.folder / "second.json").read_bytes())
        remember_live(node.node())
        assert node.live().activation.said.sequence == 2
    else:
        with pytest.raises(InvalidInputError) as raised:
            node.live()
        assert {one.code for one in raised.value.diagnostics} <= {"too-few-signed", "uncovered", "forked-register"}
    judged = judge_workspace(
        node.ws, "prod", f"release:{node.folder}/first.json", node.trust, LATER + timedelta(days=7)
    )
    assert (not judged.uncovered) is builds


def test_what_was_once_active_is_returned_to_by_the_people_of_today(node):
    threshold_raised(node)
    waiting = node.roll_back(None, "anna", "bert")
    assert (waiting.state, len(waiting.lacking)) == ("waiting", 1)
    done = node.roll_back(None, "carl")
    assert (done.state, done.sequence) == ("taken", 3)
    assert node.live().digest == digest_of((node.folder / "first.json").read_bytes())


def test_who_signed_left_and_is_off_the_lists_and_what_was_let_is_still_returned_to(node):
    one_left_and_is_off_the_lists(node)
    assert node.roll_back(None, "anna", "carl").state == "taken"
    assert node.live().digest == digest_of((node.folder / "first.json").read_bytes())
    assert node.revoke("anna", "dora", releases=[digest_of((node.folder / "second.json").read_bytes())]).sequence == 1


FIVE = ("anna", "bert", "carl", "dora", "eve")


@pytest.fixture(scope="module")
def talked(tmp_path_factory):
    """Of five, three decide: four approved `first` and one took it back, two refused it, three said the condition met."""
    node = Node(tmp_path_factory.mktemp("talked") / "n", people=FIVE, threshold=3)
    judged = judge_workspace(node.ws, "prod", None, node.trust, NOW)
    node.draft("first", what_is_open(judged), blocking=[Condition(id="load-tested", text="it was tried")])
    node.sign("first", "dora")
    say(node, "dora", "refuse", comment="too early")
    say(node, "eve", "refuse", comment="too early")
    node.sign("first", "anna", "bert", "carl")
    for person in ("anna", "bert", "carl"):
        say(node, person, "met", condition="load-tested", evidence="its report")
    node.build("first")
    node.activate("first", "anna", "bert", "dora")
    return node


def say(node, person, act, **said):
    saying = Saying(act, "first", **said)
    return say_it(node.ws, saying, read_private(node.key(person)), find_trust(node.ws, node.trust), NOW)


def fewer_decide(node):
    """Two would have been enough, to refuse it as well."""
    root(node, roles={**roles(3, *FIVE), "board": {"threshold": 2, "members": list(FIVE)}})


def more_decide(node):
    """Four would have been needed, and one of the four took it back."""
    root(node, roles={**roles(3, *FIVE), "board": {"threshold": 4, "members": list(FIVE)}})


def who_said_met_is_off_the_board(node):
    board = {"threshold": 3, "members": ["anna", "bert", "dora", "eve"]}
    root(node, roles={**roles(3, *FIVE), "board": board})


def who_said_met_left(node):
    root(node, members=left(node, "carl"), roles=roles(3, "anna", "bert", "dora", "eve"))


def who_said_met_had_left_before(node):
    root(node, members=left(node, "carl", back=1), roles=roles(3, "anna", "bert", "dora", "eve"))


def who_refused_had_left_before(node):
    sequence = next(one.sequence for one in read_register(node.ws).entries if one.who == "eve")
    root(node, members=left(node, "eve", back=read_register(node.ws).length - sequence + 1))


TALKED = {
    # what became of the board: whether what is active serves on
    "as many had refused as are enough now": (fewer_decide, True),
    "more are needed now, and one had taken it back": (more_decide, True),
    "one who called the condition met is in no role now": (who_said_met_is_off_the_board, True),
    "one who called the condition met left": (who_said_met_left, True),
    "one who called the condition met had left before": (who_said_met_had_left_before, False),
    "one who refused had left before": (who_refused_had_left_before, True),
}


@pytest.mark.parametrize("name", TALKED)
def test_what_the_board_said_is_not_counted_anew(talked, tmp_path, name):
    node = talked.copied(tmp_path / "n")
    happen, serves = TALKED[name]
    happen(node)
    assert node.node().trust.root.value.version == 2
    if serves:
        assert node.live().digest == digest_of((node.folder / "first.json").read_bytes())
        remember_live(node.node())
        assert node.live().activation.said.sequence == 1
    else:
        with pytest.raises(InvalidInputError) as raised:
            node.live()
        assert {one.code for one in raised.value.diagnostics} == {"uncovered"}


def test_whoever_had_left_lets_nobody_stand_in_for_them(tmp_path):
    """Carl stands in for bert, who had left before he said so: what carl approved never counted."""
    node = Node(tmp_path / "n", people=FIVE, threshold=3)
    node.write_root(roles={**roles(3, *FIVE), "board": {"threshold": 2, "members": ["anna", "bert"]}})
    lent = Saying("delegate", "", to="carl", until=NOW + timedelta(days=3))
    say_it(node.ws, lent, read_private(node.key("bert")), find_trust(node.ws, node.trust), NOW)
    node.draft("first", what_is_open(judge_workspace(node.ws, "prod", None, node.trust, NOW)))
    node.sign("first", "anna", "carl")
    node.build("first")
    node.activate("first", "anna", "carl", "dora")
    today = {**roles(3, *FIVE), "board": {"threshold": 2, "members": ["anna", "bert", "dora"]}}
    after = node.copied(tmp_path / "after")
    root(after, members=left(after, "bert"), roles=today)
    assert after.live().digest == digest_of((node.folder / "first.json").read_bytes())
    members = node.root()["members"]
    members["bert"] = {**members["bert"], "removed": {"length": 0}}
    root(node, members=members, roles=today)
    with pytest.raises(InvalidInputError) as raised:
        node.live()
    assert {one.code for one in raised.value.diagnostics} == {"uncovered"}


def test_whoever_left_activates_nothing_more(node):
    one_left(node)
    with pytest.raises(InvalidInputError) as raised:
        node.roll_back(None, "bert")
    assert {one.code for one in raised.value.diagnostics} == {"removed-signer"}


def test_a_new_root_is_kept_so_that_the_old_one_does_not_come_back(node):
    old, beside = node.trust.read_bytes(), node.folder / "trust.dsse.json"
    one_left(node)
    node.live()
    remember_live(node.node())
    node.trust.write_bytes(old)
    beside.unlink()
    with pytest.raises(InvalidInputError) as raised:
        node.live()
    assert "root-version" in {one.code for one in raised.value.diagnostics}


WEAKER = {
    "the board's rules": ("governance/board.yaml", "#", "# weaker\n#"),
    "a wider audience": ("contracts/sales/api.yaml", "visibility: partner", "visibility: public"),
    "a tighter contract": (CONTRACT, "maximum: 10\n", "maximum: 5\n"),
    "another owner of the entity": ("entities/acme.yaml", "owner: finance", "owner: nobody"),
}


def test_what_is_weakened_without_a_decision_is_not_built(node):
    for what, edit in WEAKER.items():
        if what == "the board's rules":
            rules = node.ws / "governance/board.yaml"
            rules.write_text("branch: main\nowners: {}\n")
        else:
            node.edit(*edit)
    judged = judge_workspace(node.ws, "prod", f"release:{node.folder}/second.json", node.trust, LATER)
    names = {one.change.name for one in judged.uncovered}
    assert {"governance/board.yaml", "contracts/sales/api.yaml", "sales@1.0"} <= names
