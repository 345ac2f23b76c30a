"""Every kind of thing that people sign: changed in each place, used as another kind, elsewhere, by too few, and again."""

import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from board import NOW
from other_values import changed, leaves, others, text_of, tree_of, without, words_in
from signed_kinds import KINDS, PEOPLE, Rig, elsewhere, kept

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_statement import STATEMENT_TYPE, Act
from gateway.trust.envelope import Signature, read_envelope, write_envelope
from gateway.trust.release_statement import Activation, Vouch
from governance.release.build import judge_workspace
from governance.release.open_changes import what_is_open

ROOT = Path(__file__).resolve().parents[3]
SENT = [kind for kind in KINDS if kind.sends_text]
OF_EACH_TYPE = list({kind.payload_type: kind for kind in KINDS}.values())
COUNTED = [kind for kind in KINDS if len(kind.people) > 1]


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)  # what is asked here is what is taken, some thousand times
        yield Rig(tmp_path_factory.mktemp("signed") / "r")


def named(kind):
    return kind.name


def test_every_kind_has_a_row():
    """A payload type that the code knows, an act of the board: whoever adds one adds a row."""
    packages = ("contracts", "policies", "codegen", "gateway", "governance")
    texts = [path.read_text("utf-8") for package in packages for path in (ROOT / package).rglob("*.py")]
    known = {found for text in texts for found in re.findall(r"application/vnd\.tidewaiter\.[a-z0-9.+-]+", text)}
    assert known == {kind.payload_type for kind in KINDS}
    acts = {kind.name for kind in KINDS if kind.payload_type.endswith("board-statement+yaml")}
    assert acts == set(get_args(Act))


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_as_it_should_be_it_is_taken(rig, kind):
    assert kind.taken(rig, kind.envelope(rig))


@pytest.mark.parametrize("kind", SENT, ids=named)
def test_changed_in_any_place_after_it_was_signed(rig, kind):
    """Each value, each key taken out, each key of the model added, each line: nobody signed that."""
    envelope = kind.envelope(rig)
    tree = tree_of(envelope.payload)
    texts = {f"{path} out": without(tree, path) for path, _ in leaves(tree)}
    for path, value in leaves(tree):
        texts[f"{path}"] = changed(tree, path, next(others(value, words(kind, path), PEOPLE)))
    more = {field.alias or name for name, field in kind.model.model_fields.items()} - tree.keys()
    texts |= {f"{name} added": {**tree, name: []} for name in more}
    payloads = {what: text_of(one) for what, one in texts.items()}
    payloads |= {"the same, written otherwise": text_of(tree), "a line more": envelope.payload + b"\n"}
    taken = [what for what, one in payloads.items() if kind.taken(rig, replace(envelope, payload=one))]
    # Written otherwise it may be the same bytes.
    assert [what for what in taken if payloads[what] != envelope.payload] == []


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_what_each_field_says_is_judged(rig, kind):
    """Signed anew by the same people with another value: refused, or the field is named among those that are free."""
    tree = tree_of(kind.text(rig))
    taken: dict[str, list[object]] = {}
    for path, value in list(leaves(tree)):
        for other in others(value, words(kind, path), PEOPLE):
            if not kind.sends_text:
                tree = tree_of(kind.text(rig))  # another text each time: its challenge is drawn
            envelope = rig.signed(kind.payload_type, text_of(changed(tree, path, other)), *kind.people)
            if kind.taken(rig, envelope):
                taken.setdefault(str(path[0]), []).append(other)
    assert taken.keys() <= kind.free, {name: taken[name] for name in taken.keys() - kind.free}
    # A free field that nothing was taken for is no longer free: the row says more than the code. Numbers may be bound by
    # what they follow.
    assert kind.free & tree.keys() - {"sequence"} <= taken.keys()


@pytest.mark.parametrize("kind", OF_EACH_TYPE, ids=named)
def test_nothing_counts_as_another_kind(rig, kind):
    """What was signed as something else: as it is, called this, and the same text signed as this."""
    wrong = []
    for other in OF_EACH_TYPE:
        if other is kind:
            continue
        envelope = other.envelope(rig)
        if not kind.sends_text:
            kind.text(rig)
        anew = rig.signed(kind.payload_type, envelope.payload, *kind.people)
        for what, one in (
            ("as it is", envelope), ("renamed", replace(envelope, payload_type=kind.payload_type)), ("anew", anew),
        ):  # fmt: skip
            if kind.taken(rig, one):
                wrong.append((other.name, what))
        mine = kind.text(rig)
        signed = rig.signed(other.payload_type, mine, *kind.people)
        for what, one in (("its text", signed), ("its text, renamed", replace(signed, payload_type=kind.payload_type))):
            if kind.taken(rig, one):
                wrong.append((other.name, what))
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_it_counts_where_it_is_for_and_nowhere_else(rig, kind):
    envelope = kind.envelope(rig)
    places = elsewhere(rig, kind)
    assert places
    assert [what for what, place in places if kind.taken(rig, envelope, place)] == []


def test_the_other_workspace_takes_what_is_for_it(rig):
    """So that what it refuses above is refused for where it is from."""
    rig.other.delegate("anna", "bert")
    rig.other.sign("first", "anna", "bert")
    assert rig.other.state() == "in force"


def test_a_decision_for_one_environment_lets_nothing_pass_in_another(rig, tmp_path):
    node = rig.node.copied(tmp_path / "n")
    node.edit("entities/acme.yaml", "country: IE", "country: DE")
    base = f"release:{node.folder}/first.json"
    for environment in ("test", "prod"):
        judged = judge_workspace(node.ws, "prod", base, node.trust, NOW)
        assert judged.uncovered
        node.draft(environment, what_is_open(judged), environment=environment)
        node.sign(environment)
    assert not judge_workspace(node.ws, "prod", base, node.trust, NOW).uncovered


@pytest.mark.parametrize("kind", COUNTED, ids=named)
def test_people_are_counted_not_signatures(rig, kind):
    """One person twice, with two keys, or under another's key id is one person; the order says nothing."""
    text = kind.text(rig)

    def by(*people, ids=()):
        envelope = rig.signed(kind.payload_type, text, *people)
        pairs = zip(envelope.signatures, ids or [one.key_id for one in envelope.signatures], strict=True)
        return replace(envelope, signatures=tuple(Signature(key_id, one.value) for one, key_id in pairs))

    bert = by("bert").signatures[0].key_id
    assert kind.taken(rig, by("anna", "bert"))
    assert kind.taken(rig, by("bert", "anna"))
    assert kind.taken(rig, by("anna2", "bert"))
    few = {
        "nobody": by(), "one": by("anna"), "one twice": by("anna", "anna"), "one with two keys": by("anna", "anna2"),
        "one under two ids": by("anna", "anna", ids=("", bert)), "one with two keys under two ids":
        by("anna", "anna2", ids=("x", bert)), "one under another's id": by("anna", ids=(bert,)),
    }  # fmt: skip
    assert [what for what, envelope in few.items() if kind.taken(rig, envelope)] == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in COUNTED], ids=named)
def test_what_one_person_says_has_one_signature(rig, kind):
    for people in ((), ("bert",), ("carl",)):
        envelope = rig.signed(kind.payload_type, kind.text(rig), *people)
        if kind.name == "sign-in" and people:
            continue  # whoever signs it is who comes in
        assert not kind.taken(rig, envelope), people
    if kind.sends_text:
        for people in (("anna", "anna"), ("anna", "bert"), ("anna", "anna2")):
            assert not kind.taken(rig, rig.signed(kind.payload_type, kind.text(rig), *people)), people


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_by_a_stranger(rig, kind):
    for home in (rig.node, rig.board):
        home.new_key("zoe") if not home.key("zoe").exists() else None
    assert not kind.taken(rig, rig.signed(kind.payload_type, kind.text(rig), "zoe"))


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_each_bit_of_a_signature_matters(rig, kind):
    """One bit of it, at each end and in the middle; cut; longer."""
    text = kind.text(rig)
    (one,) = rig.signed(kind.payload_type, text, kind.people[0]).signatures
    rest = rig.signed(kind.payload_type, text, *kind.people[1:]).signatures
    values = [bytes([*one.value[:at], one.value[at] ^ 1, *one.value[at + 1 :]]) for at in (0, 31, 32, 63)]
    for value in (*values, one.value[:-1], one.value + b"\0", b""):
        envelope = replace(rig.signed(kind.payload_type, text), signatures=(Signature(one.key_id, value), *rest))
        assert not kind.taken(rig, envelope), value.hex()


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_taken_again_it_changes_nothing(rig, kind):
    """The same once more, as a node takes it for good: refused, or every file is as it was."""
    envelope = kind.envelope(rig)
    more = {"for_good": True} if kind.model in (Vouch, Activation) else {}
    homes = (rig.board.ws / "decisions", rig.node.own)
    with rig.as_it_was(kind):
        assert kind.take(rig, envelope, **more)
        before = [kept(home) for home in homes]
        if kind.payload_type == STATEMENT_TYPE:
            with pytest.raises(InvalidInputError, match="registered already"):
                rig.board.take(envelope.payload, envelope.signatures[0])
        elif more:
            with pytest.raises(InvalidInputError, match="older-activation"):
                kind.take(rig, envelope, **more)
        else:
            assert kind.take(rig, envelope) or not kind.sends_text
        assert [kept(home) for home in homes] == before


@pytest.mark.parametrize("kind", SENT, ids=named)
def test_an_envelope_is_read_as_it_is_written(rig, kind):
    envelope = kind.envelope(rig)
    assert read_envelope(write_envelope(envelope), "e") == envelope


@cache
def schema(model):
    return model.model_json_schema(by_alias=True)


def words(kind, path):
    return words_in(schema(kind.model), path) if kind.model is not None else ()
