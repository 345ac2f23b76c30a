"""Every field of every statement about a release mutated, every envelope used elsewhere, everything rewritten at once."""

import json
import shutil
from dataclasses import replace

import pytest
from board import ROLES, Board
from released import LATER, Node

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from gateway.release_file import digest_of, parse_release
from gateway.releases.covered import load_apart
from gateway.releases.live import Candidate, judge_candidate
from gateway.releases.taking import keep_candidate, take_activation, take_revocation
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.envelope import Envelope, Signature, pre_authentication
from gateway.trust.keys import read_private
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import PAYLOAD_TYPES, Activation, Revocation, Vouch
from gateway.trust.root import ROOT_TYPE, read_root
from governance.release.statements import read_statement_file, sign_file

ELSE = "sha256:" + "cd" * 32
CONTRACT = "contracts/sales/1.0.yaml"


class Prepared:
    """A node on which `first` is live, and all that activates `second`, signed and not taken."""

    def __init__(self, folder):
        self.node = Node(folder)
        self.node.build("first")
        self.node.activate("first")
        self.node.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
        file = self.node.build("second", "first")
        self.node.activate("second", "anna")
        self.release = file.read_bytes()
        self.digest = digest_of(self.release)
        self.vouch, self.activation = (self._signed(f"second.{kind}.yaml") for kind in ("vouch", "activation"))
        self.node.revoke("anna", releases=[ELSE])
        self.revocation = self._signed("revocation-1.yaml")
        keep_candidate(self.node.node(), self.release, None, self.vouch, self.activation)

    def _signed(self, name):
        path = self.node.folder / name
        sign_file(path, read_private(self.node.key("bert")), self.node.node().trust.root)
        return read_statement_file(path)[2]

    def sign(self, kind, text, *people):
        message = pre_authentication(kind, text)
        keys = [read_private(self.node.key(one)) for one in people or ("anna", "bert")]
        return Envelope(kind, text, tuple(Signature(key.public.id, key.sign(message)) for key in keys))

    def judge(self, vouch=None, activation=None, release=None):
        node = self.node.node()
        candidate = Candidate(release or self.digest, vouch or self.vouch, activation or self.activation)
        with self.node.unpacked(candidate.release) as folder:
            return judge_candidate(node, candidate, folder)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    made = Prepared(tmp_path_factory.mktemp("attacked") / "n")
    assert made.judge().digest == made.digest
    return made


def codes(act):
    with pytest.raises(InvalidInputError) as raised:
        act()
    return {one.code for one in raised.value.diagnostics}


def tree_of(envelope):
    return dict(yaml12.parse(envelope.payload, "statement"))


def text(tree):
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in tree.items()).encode()


VALUES = {
    "format": (2, "wrong-value"),
    "workspace": ("other", "foreign-statement"),
    "environment": ("test", "foreign-statement"),
    "submitter": ("zoe", "unknown-submitter"),
    "date": ("2020-01-01", None),
    "reason": ("another one", None),
}
"""A field, another value of it, and what is told where it is signed so; None: it is for readers."""
FIELDS = {
    Vouch: {**VALUES, "type": ("activation", "wrong-value"), "release": (ELSE, "wrong-release")},
    Activation: {
        **VALUES, "type": ("vouch", "wrong-value"), "release": (ELSE, "wrong-release"),
        "sequence": (1, "older-activation"),
        "register": ({"length": 1, "head": ELSE}, "other-register"),
        "revocations": ({"length": 1, "head": ELSE}, "other-revocations"),
        # On a node whose clock is as it remembers, it says nothing.
        "clock_is_right": (True, None),
    },
    Revocation: {
        **VALUES, "type": ("vouch", "wrong-value"), "sequence": (2, "wrong-value"), "previous": (ELSE, "wrong-value"),
        "withdrawn": ([], "wrong-value"), "credentials": ([{"kind": "system", "name": "x"}], "wrong-value"),
        "issuer_keys": ([{"issuer": "x"}], "missing-key"),
    },
}  # fmt: skip


@pytest.mark.parametrize("model", FIELDS, ids=lambda one: one.__name__)
def test_every_field_is_judged(ready, model):
    """As it was signed and edited afterwards: forged. Signed anew by the right people: told by what it says."""
    envelope = {Vouch: ready.vouch, Activation: ready.activation, Revocation: ready.revocation}[model]
    assert tree_of(envelope).keys() == FIELDS[model].keys()
    wrong = []
    for name, (value, code) in FIELDS[model].items():
        changed = text({**tree_of(envelope), name: value})
        edited = replace(envelope, payload=changed)
        forged = codes(lambda edited=edited: use(ready, model, edited))
        if code not in forged and forged != {"forged-signature"}:
            wrong.append((name, "edited", forged))
        anew = ready.sign(PAYLOAD_TYPES[model], changed)
        if code is None:
            use(ready, model, anew, keep=False)
        elif (found := codes(lambda anew=anew: use(ready, model, anew))) != {code}:
            wrong.append((name, "signed anew", found))
    assert wrong == []


def use(ready, model, envelope, *, keep=True):
    if model is Vouch:
        return ready.judge(vouch=envelope)
    if model is Activation:
        return ready.judge(activation=envelope)
    if keep:
        return take_revocation(ready.node.node(), envelope, LATER)
    return None


def test_a_field_that_is_unknown_or_missing_is_refused(ready):
    tree = tree_of(ready.activation)
    more = ready.sign(PAYLOAD_TYPES[Activation], text({**tree, "until": "2030-01-01"}))
    assert codes(lambda: ready.judge(activation=more)) == {"unknown-key"}
    for name in tree.keys() - {"clock_is_right"}:
        less = ready.sign(PAYLOAD_TYPES[Activation], text({key: value for key, value in tree.items() if key != name}))
        assert codes(lambda less=less: ready.judge(activation=less)) == {"missing-key"}, name


def test_no_envelope_counts_as_another_type(ready):
    kinds = [*PAYLOAD_TYPES.values(), DECISION_TYPE, ROOT_TYPE, "text/plain", ""]
    for model, envelope in ((Vouch, ready.vouch), (Activation, ready.activation), (Revocation, ready.revocation)):
        for kind in kinds:
            if kind == PAYLOAD_TYPES[model]:
                continue
            # The same bytes, properly signed as something else; and what was signed, called something else.
            for other in (ready.sign(kind, envelope.payload), replace(envelope, payload_type=kind)):
                assert codes(lambda model=model, other=other: use(ready, model, other)) == {"foreign-signature"}
            renamed = replace(ready.sign(kind, envelope.payload), payload_type=PAYLOAD_TYPES[model])
            assert codes(lambda model=model, other=renamed: use(ready, model, other)) == {"forged-signature"}
    assert codes(lambda: ready.judge(vouch=ready.activation)) == {"foreign-signature"}
    assert codes(lambda: ready.judge(activation=ready.vouch)) == {"foreign-signature"}


def test_an_envelope_counts_in_one_environment_and_one_workspace(ready, tmp_path):
    test = replace(ready.node.node(), environment="test")
    with ready.node.unpacked(ready.digest) as folder:
        there = Candidate(ready.digest, ready.vouch, ready.activation)
        assert codes(lambda: judge_candidate(test, there, folder)) == {"foreign-statement"}
    assert codes(lambda: take_revocation(test, ready.revocation, LATER)) == {"foreign-statement"}

    node = ready.node.node()
    tree = ready.node.root(workspace="other")
    (tmp_path / "trust.yaml").write_text(json.dumps(tree))
    trust = replace(node.trust, workspace="other", root=read_root(tmp_path / "trust.yaml", "other"))
    other = replace(node, trust=trust, memory_file=tmp_path / "activated.json", store=tmp_path / "releases")
    other.keep_release(ready.release)
    with ready.node.unpacked(ready.digest) as folder:
        there = Candidate(ready.digest, ready.vouch, ready.activation)
        assert codes(lambda: judge_candidate(other, there, folder)) == {"foreign-statement"}
    assert codes(lambda: take_revocation(other, ready.revocation, LATER)) == {"foreign-statement"}


SIGNERS = {
    "one person of two": (("anna",), "too-few-signed"),
    "one person twice": (("anna", "anna"), "too-few-signed"),
    "a stranger in the place of one": (("anna", "zoe"), "too-few-signed"),
}


@pytest.mark.parametrize("name", SIGNERS)
def test_people_are_counted(ready, name):
    people, code = SIGNERS[name]
    ready.node.new_key("zoe")
    for model, part in ((Vouch, ready.vouch), (Activation, ready.activation), (Revocation, ready.revocation)):
        envelope = ready.sign(PAYLOAD_TYPES[model], part.payload, *people)
        assert codes(lambda model=model, envelope=envelope: use(ready, model, envelope)) == {code}


def test_a_stranger_counts_for_nobody_and_stops_nobody(ready):
    ready.node.new_key("zoe")
    for model, part in ((Vouch, ready.vouch), (Activation, ready.activation)):
        proven = use(ready, model, ready.sign(PAYLOAD_TYPES[model], part.payload, "zoe", "anna", "bert"))
        stated = proven.vouch if model is Vouch else proven.activation
        assert (stated.count.people, stated.count.strangers, len(stated.signatures)) == (("anna", "bert"), 1, 2)


def test_a_person_of_another_role_does_not_count(tmp_path):
    ready = Prepared(tmp_path / "n")
    roles = {name: {"threshold": 2, "members": ["anna", "bert", "carl"]} for name in ROLES}
    roles["activation"] = {"threshold": 2, "members": ["anna", "carl"]}
    ready.node.write_root(roles=roles)
    seen = ready.node.own / "seen.json"
    seen.unlink()
    assert codes(ready.judge) == {"too-few-signed"}


def altered(release, change):
    """The release with something changed in it, written as one is."""
    parsed = parse_release(release, "release")
    return change(parsed).text()


def without(path):
    return lambda one: replace(one, files={name: text for name, text in one.files.items() if name != path})


def head(**values):
    return lambda one: replace(one, head=one.head.model_copy(update=values))


def covered(**values):
    return lambda one: head(changes=(one.head.changes[0].model_copy(update=values),))(one)


RELEASES = {
    "another workspace": (head(workspace="other"), {"foreign-release"}),
    "another environment": (head(environment="test"), {"foreign-release"}),
    "a development root": (head(development=True), {"development-release"}),
    "another digest of the workspace": (head(workspace_digest=ELSE), {"altered-release"}),
    "another head of the register": (head(register_head=ELSE), {"altered-release"}),
    "another length of the register": (head(register_length=1), {"altered-release"}),
    "no register": (without("decisions/register.jsonl"), {"altered-release"}),
    "no base": (head(base=None), {"wrong-base"}),
    "another base": (head(base=ELSE), {"wrong-base"}),
    "no changes": (head(changes=()), {"uncovered"}),
    "a change of another digest": (covered(digest=ELSE), {"uncovered"}),
    "a change of another kind": (covered(kind="system"), {"uncovered"}),
    "a change of another name": (covered(name="sales@2.0"), {"uncovered"}),
    "a decision that is not there": (covered(decided_by="nobody"), {"uncovered"}),
    "a decision on another base": (covered(decided_by="first"), {"uncovered"}),
    "a file that is gone": (without("systems/sample.yaml"), None),
    "a contract that is gone": (without(CONTRACT), None),
    "a decision that is gone": (without("decisions/first.yaml"), {"decision-gone"}),
    "signatures that are gone": (without("decisions/first.dsse.json"), {"decision-gone"}),
}  # fmt: skip


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_is_judged_though_it_was_vouched_for(ready, name):
    """The role `release` signs what it should not have: the gateway finds it by itself."""
    change, expected = RELEASES[name]
    made = altered(ready.release, change)
    digest = digest_of(made)
    ready.node.node().keep_release(made)
    parts = {}
    for model, part in ((Vouch, ready.vouch), (Activation, ready.activation)):
        parts[model] = ready.sign(PAYLOAD_TYPES[model], text({**tree_of(part), "release": digest}))
    found = codes(lambda: ready.judge(parts[Vouch], parts[Activation], digest))
    if expected is not None:
        assert found == expected


def test_a_file_that_is_not_listed_is_found(ready):
    """A consumer's rights are widened in what was vouched for, and the list of changes says nothing of it."""
    name = "consumers/first-app.yaml"

    def widened(one):
        files = {**one.files, name: one.files[name] + b"# wider\n"}
        return replace(one, files=files)

    made = altered(ready.release, widened)
    made = altered(made, head(workspace_digest=load_apart(parse_release(made, "r")).workspace.digest))
    ready.node.node().keep_release(made)
    sign = {
        model: ready.sign(PAYLOAD_TYPES[model], text({**tree_of(part), "release": digest_of(made)}))
        for model, part in ((Vouch, ready.vouch), (Activation, ready.activation))
    }
    with pytest.raises(InvalidInputError, match=r"consumers/first-app\.yaml is another one than before"):
        ready.judge(sign[Vouch], sign[Activation], digest_of(made))


def test_everything_rewritten_together_is_refused_by_the_old_root(tmp_path):
    """Board, keys, decisions, register and release of an attacker fit each other: the node has its root."""
    node = Node(tmp_path / "n")
    node.build("first")
    node.activate("first")
    attacker = Node(tmp_path / "attacker")
    attacker.build("evil")
    attacker.activate("evil", "anna")
    attacker.activate("evil", "bert")
    before = node.live().digest

    # The attacker's release and statements, put before this node.
    shutil.copy(attacker.folder / "evil.json", node.folder)
    for path in attacker.folder.glob("evil.*.*"):
        shutil.copy(path, node.folder)
    with pytest.raises(InvalidInputError):
        node.activate("evil")
    # Its whole store, with its memory.
    shutil.rmtree(node.own / "releases")
    shutil.copytree(attacker.own / "releases", node.own / "releases")
    assert codes(node.live) == {"forked-log"}
    shutil.copy(attacker.own / "activated.json", node.own)
    assert codes(node.live) == {"too-few-signed"}
    # And its root in the place of the node's: that is another one of the same version, which nobody signed.
    shutil.copy(attacker.trust, node.trust)
    assert codes(node.live) == {"root-version", "member-gone"}
    assert before != attacker.live().digest


def test_nobody_signs_with_a_key_that_the_root_does_not_know(ready):
    stranger = Board.new_key(ready.node, "eve")
    assert stranger
    path = ready.node.folder / "second.activation.yaml"
    assert codes(lambda: sign_file(path, read_private(ready.node.key("eve")), ready.node.node().trust.root)) == {
        "unknown-signer"
    }


def test_a_statement_that_was_edited_is_not_signed_by_the_next(ready, tmp_path):
    for name in ("second.activation.yaml", "second.activation.dsse.json"):
        shutil.copy(ready.node.folder / name, tmp_path)
    path = tmp_path / "second.activation.yaml"
    path.write_bytes(path.read_bytes().replace(b'"because"', b'"why not"'))
    root = ready.node.node().trust.root
    assert codes(lambda: sign_file(path, read_private(ready.node.key("carl")), root)) == {"edited-file"}


def test_taken_once_an_activation_is_never_taken_again(tmp_path):
    ready = Prepared(tmp_path / "n")
    candidate = Candidate(ready.digest, ready.vouch, ready.activation)
    with ready.node.unpacked(ready.digest) as folder:
        take_activation(ready.node.node(), candidate, folder, LATER)
        assert codes(lambda: take_activation(ready.node.node(), candidate, folder, LATER)) == {"older-activation"}
    assert ready.node.node().log()[0].length == 2
    # A revocation is: whoever takes it again takes nothing.
    first = take_revocation(ready.node.node(), ready.revocation, LATER)
    assert take_revocation(ready.node.node(), ready.revocation, LATER) == first
    assert first.point[0] == 1
    assert NOTHING not in first.point
