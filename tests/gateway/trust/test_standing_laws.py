"""Laws of the walk: whoever says what in whatever order, too few never decide, and nothing that is late changes it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from laws import tried

from contracts import yaml12
from gateway.trust.board_stated import Said, Stated
from gateway.trust.board_statement import BoardStatement
from gateway.trust.decision import Decision
from gateway.trust.delegations import delegations_of
from gateway.trust.keys import new_private
from gateway.trust.root import Root, TrustRoot
from gateway.trust.standing import stand

AT = datetime(2026, 11, 26, tzinfo=UTC)
SOME = "sha256:" + "ab" * 32
ROLE, OTHERS = ("anna", "bert", "carl"), ("emil", "fred")
ROLES = ("root", "board", "release", "activation", "override", "revocation")
MEMBERS = {one: {"keys": [new_private().public.text]} for one in (*ROLE, *OTHERS)}


def root_of(threshold):
    roles = {name: {"threshold": threshold, "members": list(ROLE)} for name in ROLES}
    tree = {"format": 1, "workspace": "ws", "version": 1, "members": MEMBERS, "roles": roles}
    return TrustRoot("trust.yaml", Root.model_validate(tree), b"", None)


ROOTS = {threshold: root_of(threshold) for threshold in (1, 2)}
DECISION = {
    "format": 1, "type": "change", "workspace": "ws", "environment": "prod", "role": "board", "submitter": "anna",
    "date": "2026-11-26", "title": "T", "reason": "because", "verdict": "approve", "sequence": 1,
    "about": {"workspace": SOME},
}  # fmt: skip

POSITIONS = (*("approve",) * 5, "return", "return", "refuse", "abstain", "revoke", "revoke-decision")
acts = st.one_of(
    st.tuples(st.sampled_from((*ROLE, *OTHERS)), st.sampled_from(POSITIONS)),
    st.tuples(st.sampled_from((*ROLE, *OTHERS)), st.sampled_from(POSITIONS)),
    st.tuples(st.sampled_from(ROLE), st.sampled_from([f"delegate {one}" for one in ("bert", *OTHERS, *OTHERS)])),
    st.tuples(st.sampled_from(ROLE), st.sampled_from([f"end-delegation {one}" for one in OTHERS])),
)
histories = st.lists(acts, min_size=4, max_size=12)
thresholds = st.sampled_from((1, 2))


def said(number, member, act, *, registered=True):
    name, _, to = act.partition(" ")
    tree = {"format": 1, "type": "board-statement", "workspace": "ws", "role": "board", "member": member, "at": AT,
            "sequence": number, "head": SOME if number > 1 else "sha256:" + "0" * 64, "environment": ""}  # fmt: skip
    if to:
        until = AT + timedelta(days=9) if name == "delegate" else None
        tree |= {"act": name, "to": to, "until": until}
    else:
        back = {"revoke": "own", "revoke-decision": "decision"}.get(name)
        tree |= {"act": name.removesuffix("-decision"), "decision": "first", "digest": SOME, "environment": "prod",
                 "comment": "x", "takes_back": back}  # fmt: skip
    statement = BoardStatement.model_validate(tree)
    return Said("f", statement, b"", SOME, f"sha256:{number:064}", number if registered else None)


def heard(history):
    return [said(number, *one) for number, one in enumerate(history, 1) if one[1] != f"delegate {one[0]}"]


def standing(statements, verdict="approve", threshold=2):
    root = ROOTS[threshold]
    stated = Stated(tuple(statements), tuple(AT for _ in range(99)))
    decision = Decision.model_validate(yaml12.parse(str({**DECISION, "verdict": verdict}).encode(), "d"))
    about = [one for one in statements if one.statement.decision]
    return stand(decision, (), about, stated, delegations_of(stated, root), root)


def positions(found):
    """By member the last thing that counts."""
    return {voice.member: voice for voice in found.voices if not voice.why_not}


def most(people, taken):
    """How many different people can sit in different seats, none of which is taken."""
    if not people:
        return 0
    seats, *rest = people
    return max(most(rest, taken), *(1 + most(rest, taken | {one}) for one in seats if one not in taken), 0)


@given(histories, thresholds)
@tried(250)
def test_too_few_never_decide(history, threshold):
    statements = heard(history)
    found = standing(statements, threshold=threshold)
    people = {one.member for one in found.signers if not one.why_not}
    last = positions(found)
    spoken = {name for name in last if name in ROLE}
    approving = [last[name].seats for name in people if name not in ROLE]
    assert len(people & spoken) + most(approving, spoken) >= len(people)
    assert all(last[name].act == "approve" for name in people)
    if found.outcome == "approved":
        assert len(people) >= threshold
        assert any("anna" not in (one.member, one.acts_for) for one in found.signers if not one.why_not)
        then = standing([one for one in statements if one.registered <= found.settled], threshold=threshold)
        assert not [one for one in positions(then).values() if one.act == "return" and one.member in ROLE]
    if found.outcome == "open":
        assert not [one for one in last.values() if one.act == "return" and one.member in ROLE]


@given(histories)
@tried(80)
def test_what_is_final_stays_and_when_it_was_settled_is_when_it_was(history):
    statements = heard(history)
    final = None
    for length in range(len(statements) + 1):
        found = standing(statements[:length])
        if final is not None:
            assert (found.outcome, found.settled) == final
        if found.final:
            final = (found.outcome, found.settled)
        if found.settled is not None:
            then = standing([one for one in statements if one.registered <= found.settled])
            assert then.outcome == found.outcome


@given(histories, acts)
@tried(60)
def test_what_no_register_took_and_who_has_no_seat_changes_nothing(history, more):
    statements = heard(history)
    before = standing(statements)
    member, act = more
    if act != f"delegate {member}":
        after = standing([*statements, said(50, member, act, registered=False)])
        assert (after.outcome, after.settled) == (before.outcome, before.settled)
    if member in OTHERS and not any(one.statement.to == member for one in statements):
        after = standing([*statements, said(50, member, act)])
        assert (after.outcome, after.settled) == (before.outcome, before.settled)


@given(histories, thresholds)
@tried(160)
def test_a_refusal_in_force_is_not_taken_back(history, threshold):
    statements = heard(history)
    was = False
    for length in range(len(statements) + 1):
        found = standing(statements[:length], "refuse", threshold)
        assert not was or found.outcome == "approved"
        was = was or found.outcome == "approved"
