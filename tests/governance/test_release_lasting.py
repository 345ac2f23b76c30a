"""Law 6, as a table: what is weakened, ends, leaves or is missing; whether what is active serves on, what is built next."""

from datetime import timedelta

import pytest
from board import NOW, ROLES
from released import LATER, Node

from contracts.diagnostic import InvalidInputError
from gateway.release_file import digest_of
from gateway.releases.taking import remember_live
from gateway.trust.keys import read_private
from gateway.trust.register import read_register
from gateway.trust.root import read_root
from gateway.trust.rotation import sign_successor
from governance.release.build import judge_workspace

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
    for person in PEOPLE:
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


def one_left_before(node):
    root(node, members=left(node, "bert", back=1))


def refused_since(node):
    judged = judge_workspace(node.ws, "prod", f"release:{node.folder}/first.json", node.trust, NOW)
    from governance.release.open_changes import what_is_open

    node.draft("no", what_is_open(judged, covered_too=True), verdict="refuse")
    node.sign("no")


LASTING = {
    # what happened: (whether what is active serves on, whether the same could be built once more a week later)
    "its decision has ended": (ended, True, False),
    "it was refused since": (refused_since, True, False),
    "more people are needed now": (threshold_raised, True, False),
    "one who signed left afterwards": (one_left, True, False),
    "those who activated it have another role": (role_left, True, False),
    "one who signed had left before": (one_left_before, False, False),
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
