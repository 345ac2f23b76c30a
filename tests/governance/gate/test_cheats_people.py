"""Ways to be let pass by nobody: forged and old decisions, another register, an owner of one's own making. All are caught."""

import base64
import json
from datetime import timedelta

import pytest
from gated import NOW, OWNERS, names, rules, ruling_of

from contracts.diagnostic import InvalidInputError
from gateway.trust.decision import About
from gateway.trust.keys import new_private

ORDERS = "contracts/orders/1.0.yaml"
NORTH = "entities/north.yaml"


def breaks(gated):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")


def decided(gated, *signers, **said):
    """A break that these people decided on."""
    breaks(gated)
    gated.decide("d1", gated.judge(), *signers, **said)
    return ruling_of(gated.judge(), "orders@1.0")


def envelope(gated, name="d1"):
    return gated.ws / "decisions" / f"{name}.dsse.json"


def edit_envelope(gated, change):
    tree = json.loads(envelope(gated).read_text())
    change(tree)
    envelope(gated).write_text(json.dumps(tree))


def fails_with(gated, code, **said):
    with pytest.raises(InvalidInputError) as told:
        gated.judge(**said)
    assert code in [one.code for one in told.value.diagnostics], told.value.diagnostics
    assert told.value.diagnostics[0].remedy


# Who is enough.


def test_the_quorum_may_decide_on_anything(gated):
    assert decided(gated).decided_by == "d1"


def test_the_owner_and_each_consumer(gated):
    assert decided(gated, "ole", "paul", "petra").decided_by == "d1"


@pytest.mark.parametrize("missing", ["ole", "paul", "petra"])
def test_one_of_them_is_missing(gated, missing):
    found = decided(gated, *(name for name in ("ole", "paul", "petra") if name != missing))

    assert found.decided_by is None
    assert missing in found.why_not[0]
    assert found.unsigned == ("d1",)


def test_one_member_of_the_board_is_no_quorum(gated):
    found = decided(gated, "anna")

    assert found.decided_by is None
    assert found.unsigned == ("d1",)


def test_the_same_person_twice_is_no_quorum(gated):
    breaks(gated)
    gated.decide("d1", gated.judge(), "anna")
    edit_envelope(gated, lambda tree: tree["signatures"].append(tree["signatures"][0]))

    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_owners_are_not_enough_for_the_quorum(gated):
    gated.edit("tidewaiter.yaml", "[10.0.0.0/8]", "[10.0.0.0/8, 192.168.0.0/16]")
    gated.decide("d1", gated.judge(), *OWNERS)

    assert names(gated.judge().undecided) == ["tidewaiter.yaml"]


def test_an_owner_may_refuse_what_an_owner_decides(gated):
    gated.edit(
        ORDERS,
        "  /orders/{id}:\n    get:",
        "  /orders/{id}:\n    head: {operationId: lookAt, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: There.}}}\n    get:",
    )
    gated.decide("d1", gated.judge(), "ole")
    assert gated.judge().exit_code == 0
    gated.decide("d2", gated.judge(), "ole", names=["orders@1.0"], verdict="refuse", title="No")

    found = ruling_of(gated.judge(), "orders@1.0")
    assert found.decided_by is None
    assert "refuses it" in found.why_not[0]


def test_what_is_automatic_is_refused_by_the_quorum_alone(gated):
    gated.edit(ORDERS, "summary: List orders", "summary: List all orders")
    gated.decide("d1", gated.judge(), "ole", names=["orders@1.0"], verdict="refuse", title="No")
    assert gated.judge().exit_code == 0
    gated.sign("d1", "anna", "bert")
    assert gated.judge().exit_code == 1


def test_nobody_stands_for_an_owner(gated):
    gated.edit("entities/south.yaml", "country: DE", "country: AT")
    found = ruling_of(gated.judge(), "entities/south.yaml")

    assert found.asked.who == "quorum"
    assert "south@quay.example" in found.asked.note


def test_the_access_of_a_consumer_is_for_those_to_decide_whose_things_are_reached(gated):
    """Not for the consumer's own owner, who asks for it."""
    gated.git("checkout", "-q", "main")
    gated.edit(
        "governance/board.yaml",
        "  - {changes: [weakens]",
        "  - {changes: [exposes], who: owner}\n  - {changes: [weakens]",
    )
    gated.edit("consumers/web.yaml", "entities: [north]", "entities: [north]\napis: [catalog]")
    gated.edit("contracts/stock/api.yaml", "visibility: partner", "visibility: public")
    gated.commit()
    gated.git("checkout", "-q", "-B", "change")
    gated.edit("consumers/web.yaml", "apis: [catalog]", "apis: [catalog, stock]")
    verdict = gated.judge()
    groups = ruling_of(verdict, "consumers/web.yaml").asked.groups
    assert [(one.of, one.members) for one in groups] == [("the entity north", ("nils",)), ("the api stock", ("ole",))]

    gated.decide("d1", verdict, "paul")
    assert names(gated.judge().undecided) == ["consumers/web.yaml"]
    gated.sign("d1", "ole", "nils")
    assert gated.judge().exit_code == 0


def test_a_new_consumer_whose_owner_is_its_author(gated):
    gated.write("consumers/mine.yaml", gated.text("consumers/portal.yaml").replace("claim: portal", "claim: mine"))
    found = ruling_of(gated.judge(), "consumers/mine.yaml")

    assert found.asked.who == "quorum"


def test_an_offer_on_somebody_elses_system(gated):
    gated.git("checkout", "-q", "main")
    gated.edit(
        "governance/board.yaml",
        "  - {changes: [weakens]",
        "  - {changes: [exposes], who: owner}\n  - {changes: [weakens]",
    )
    gated.edit("governance/board.yaml", "owners:\n", "owners:\n  erp@quay.example: [lena]\n")
    gated.commit()
    gated.git("checkout", "-q", "-B", "change")
    gated.edit(NORTH, 'query: {company: "10"}', 'query: {company: "30"}')
    asked = ruling_of(gated.judge(), NORTH).asked

    assert [(one.of, one.members) for one in asked.groups] == [
        ("it", ("nils",)), ("the system erp", ("lena",)), ("the api ledger", ("lena",)),
        ("portal", ("paul",)), ("web", ("paul",)),
    ]  # fmt: skip


def test_an_owner_who_makes_it_theirs(gated):
    gated.edit("contracts/orders/api.yaml", "owner: orders@quay.example", "owner: ledger@quay.example")
    breaks(gated)
    gated.decide("d1", gated.judge(), "lena", "paul", "petra", names=["orders@1.0"])
    verdict = gated.judge()

    assert set(names(verdict.undecided)) == {"orders@1.0", "contracts/orders/api.yaml"}
    assert "owner-changed" in rules(ruling_of(verdict, "contracts/orders/api.yaml"))
    assert ruling_of(verdict, "contracts/orders/api.yaml").asked.who == "quorum"


def test_a_consumer_taken_out_so_that_nobody_asks_for_it(gated):
    gated.remove("consumers/edi.yaml")
    breaks(gated)
    verdict = gated.judge()

    assert "petra" in str(ruling_of(verdict, "orders@1.0").asked)
    assert rules(ruling_of(verdict, "consumers/edi.yaml")) == {"file-removed"}


def test_a_consumer_switched_off_so_that_nobody_asks_for_it(gated):
    gated.append("consumers/edi.yaml", "suspended_since: 2026-01-01T00:00:00Z\n")
    breaks(gated)

    assert "petra" in str(ruling_of(gated.judge(), "orders@1.0").asked)


# What was decided.


def test_another_content_than_was_decided_on(gated):
    assert decided(gated).decided_by == "d1"
    gated.edit(ORDERS, "maximum: 10,", "maximum: 9,")
    found = ruling_of(gated.judge(), "orders@1.0")

    assert found.decided_by is None
    assert "another content" in found.why_not[0]


def test_an_old_approval_used_again(gated):
    """Let once, taken back, and put in again: who decided then decided on other callers."""
    decided(gated)
    gated.commit("let")
    gated.git("branch", "-f", "main")
    gated.edit(ORDERS, "maximum: 10,", "maximum: 100,")
    gated.commit("taken back")
    gated.git("branch", "-f", "main")
    breaks(gated)
    found = ruling_of(gated.judge("main"), "orders@1.0")
    assert found.decided_by is None
    assert "taken back since" in found.why_not[0]

    gated.decide("d2", gated.judge("main"))
    assert ruling_of(gated.judge("main"), "orders@1.0").decided_by == "d2"


def test_an_old_approval_of_a_removal_used_again(gated):
    text = gated.text("consumers/web.yaml")
    gated.remove("consumers/web.yaml")
    gated.decide("d1", gated.judge())
    gated.commit("gone")
    gated.git("branch", "-f", "main")
    gated.write("consumers/web.yaml", text)
    gated.commit("back")
    gated.git("branch", "-f", "main")
    gated.remove("consumers/web.yaml")

    assert names(gated.judge("main").undecided) == ["consumers/web.yaml"]


def test_an_approval_that_came_before_its_change(gated):
    """Decided on the branch of the board, merged first; the content was never there."""
    breaks(gated)
    gated.decide("d1", gated.judge())
    gated.git("checkout", "-q", ORDERS)
    gated.commit("decided")
    gated.git("branch", "-f", "main")
    breaks(gated)

    assert gated.judge("main").exit_code == 0


def test_an_approval_reused_after_a_merge_that_took_it_back(gated):
    decided(gated)
    gated.commit("let")
    gated.git("branch", "-f", "main")
    gated.git("checkout", "-q", "-b", "ours", "main~1")
    gated.git("commit", "-q", "--allow-empty", "-m", "x")
    gated.git("checkout", "-q", "main")
    gated.git("merge", "-q", "-s", "ours", "--no-commit", "ours")
    gated.git("checkout", "-q", "ours", "--", ORDERS)
    gated.git("commit", "-q", "-m", "merged, and taken back")
    gated.git("checkout", "-q", "-B", "change")
    breaks(gated)

    assert names(gated.judge("main").undecided) == ["orders@1.0"]


@pytest.mark.parametrize(("days", "said"), [(-1, "has ended"), (30, "")])
def test_a_decision_whose_time_is_over(gated, days, said):
    found = decided(gated, until=NOW + timedelta(days=days))

    assert (found.decided_by is None) == bool(said)
    assert said in " ".join(found.why_not)


def test_a_decision_on_the_whole_workspace_is_none_on_what_a_gateway_does_not_read(gated):
    gated.edit("governance/board.yaml", "who: quorum", "who: owner")
    gated.append("environments/test.yaml", "trusted_proxies: [192.168.0.0/16]\n")
    breaks(gated)
    digest = gated.judge().made.workspace_digest
    gated.draft("d1", About(workspace=digest))
    gated.sign("d1")
    verdict = gated.judge()

    assert names(verdict.decided) == ["orders@1.0"]
    assert names(verdict.undecided) == ["environments/test.yaml", "governance/board.yaml"]


def test_a_decision_on_the_whole_workspace_in_one_environment(gated):
    """It is over what is loaded there: that environment's file, and no other one's."""
    for name in ("test", "prod"):
        gated.append(f"environments/{name}.yaml", "trusted_proxies: [192.168.0.0/16]\n")
    gated.draft("d1", About(workspace=gated.judge(environment="prod").made.workspace_digest), environment="prod")
    gated.sign("d1")

    assert names(gated.judge().undecided) == ["environments/test.yaml"]
    assert names(gated.judge(environment="prod").undecided) == []
    assert names(gated.judge(environment="test").undecided) == ["environments/test.yaml"]


def test_a_decision_for_another_environment(gated):
    breaks(gated)
    gated.decide("d1", gated.judge(), environment="test")

    assert gated.judge().exit_code == 0
    assert names(gated.judge(environment="prod").undecided) == ["orders@1.0"]


def test_a_decision_in_another_role(gated):
    path = gated.ws / "decisions/d1.yaml"
    breaks(gated)
    verdict = gated.judge()
    gated.draft("d1", About(contracts={"orders@1.0": ruling_of(verdict, "orders@1.0").change.digest}))
    path.write_text(path.read_text().replace("role: board", "role: release"))
    gated.sign("d1")
    found = ruling_of(gated.judge(), "orders@1.0")

    assert found.decided_by is None
    assert "the board's to decide" in found.why_not[0]


# Decisions, signatures and the register themselves.


def test_a_decision_edited_after_it_was_signed(gated):
    decided(gated)
    gated.append("decisions/d1.yaml", "# a word\n")
    fails_with(gated, "edited-file")


def test_a_forged_signature(gated):
    decided(gated)

    def forge(tree):
        tree["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()

    edit_envelope(gated, forge)
    fails_with(gated, "forged-signature")


def test_a_signature_of_a_stranger_counts_for_nobody_and_stops_nobody(gated):
    decided(gated)
    before = gated.judge()

    def add(tree):
        stranger = new_private()
        signature = base64.b64encode(stranger.sign(b"anything")).decode()
        tree["signatures"].append({"keyid": stranger.public.id, "sig": signature})

    edit_envelope(gated, add)
    assert [one.decided_by for one in gated.judge().rulings] == [one.decided_by for one in before.rulings]

    def in_the_place_of_one(tree):
        tree["signatures"] = tree["signatures"][:1]

    edit_envelope(gated, in_the_place_of_one)
    edit_envelope(gated, add)
    fails_with(gated, "decision-gone")


def test_a_signature_that_nobody_registered(gated):
    decided(gated)
    text = gated.register.read_text()
    gated.register.write_text("".join(text.splitlines(keepends=True)[:1]))

    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_a_workspace_under_another_name(gated):
    decided(gated)
    gated.edit("tidewaiter.yaml", "name: quay", "name: other")
    fails_with(gated, "foreign-root")


def test_the_file_of_another_workspaces_decision(gated):
    decided(gated)
    path = gated.ws / "decisions/d2.yaml"
    path.write_text(gated.text("decisions/d1.yaml").replace("quay", "other"))
    fails_with(gated, "foreign-decision")


def _shorter(gated):
    lines = gated.register.read_text().splitlines(keepends=True)
    gated.register.write_text("".join(lines[:-1]))


def _gone(gated):
    for path in (gated.ws / "decisions").iterdir():
        path.unlink()


def _other(gated):
    """Made anew, with as many entries."""
    text = gated.text("decisions/d1.yaml")
    _gone(gated)
    gated.draft("d1", About(contracts={"orders@1.0": "sha256:" + "ab" * 32}), title="Another")
    gated.sign("d1")
    assert text


@pytest.mark.parametrize("change", [_shorter, _gone, _other])
def test_a_register_that_is_not_the_bases(gated, change):
    decided(gated)
    gated.commit("decided")
    gated.git("branch", "-f", "main")
    change(gated)
    gated.commit("another register")
    fails_with(gated, "forked-register", base="main")


def test_a_refusal_that_is_taken_away(gated):
    breaks(gated)
    gated.decide("d1", gated.judge(), verdict="refuse", title="No")
    gated.commit("refused")
    gated.git("branch", "-f", "main")
    (gated.ws / "decisions/d1.yaml").unlink()
    envelope(gated).unlink()
    fails_with(gated, "decision-gone", base="main")


def test_a_broken_register(gated):
    decided(gated)
    text = gated.register.read_text()
    gated.register.write_text(text.replace("anna", "bert", 1))
    with pytest.raises(InvalidInputError):
        gated.judge()
