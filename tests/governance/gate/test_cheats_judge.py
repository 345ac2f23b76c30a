"""Ways to be judged by a weaker judge: rules, waivers, the board's file, the baseline, the base itself. All are caught."""

import datetime as dt
import hashlib

import pytest
from gated import names, rules, ruling_of

from contracts.diagnostic import InvalidInputError

ORDERS = "contracts/orders/1.0.yaml"
WAIVER = """\
kind: waiver
api: orders
rule: request-maximum-narrowed
paths: [/orders]
owner: orders@quay.example
reason: nobody asks for so many
until: 2026-12-31
approved_by: [the board]
"""


def breaks(gated):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")


def on_main(gated, make):
    """What the base has already; the branch `change` begins there."""
    gated.git("checkout", "-q", "main")
    make(gated)
    gated.commit("before")
    gated.git("checkout", "-q", "-B", "change")


def test_a_rule_made_weaker(gated):
    breaks(gated)
    gated.write("governance/lint.yaml", 'diff:\n  severities: [{rule: "*", severity: info, reason: all is well}]\n')
    verdict = gated.judge()

    assert names(verdict.undecided) == ["orders@1.0", "governance/lint.yaml"]
    assert rules(ruling_of(verdict, "governance/lint.yaml")) == {"judge-changed"}


def test_a_profile_that_asks_something_else(gated):
    """By code that is generated anew nothing of this breaks; callers fail all the same."""
    on_main(gated, lambda g: g.write("governance/lint.yaml", "diff: {profile: sdk}\n"))
    breaks(gated)

    assert names(gated.judge().undecided) == ["orders@1.0"]


@pytest.mark.parametrize("file", ["governance/lint.yaml", "governance/lifecycle.yaml", "governance/board.yaml"])
def test_a_file_of_the_judge_taken_away(gated, file):
    on_main(gated, lambda g: g.write("governance/lint.yaml", "diff: {profile: strict}\n"))
    gated.remove(file)
    verdict = gated.judge()

    assert names(verdict.undecided) == [file]
    assert ruling_of(verdict, file).asked.who == "quorum"


RULES = "rule_set: quay/1\nrules: {example-invalid: error}\n"


def pin(gated, text, file="governance/own-rules.yaml"):
    digest = hashlib.sha256(text.encode()).hexdigest()
    gated.write(file, text)
    gated.write("governance/lint.yaml", f"lint: {{rule_set: {{file: {file}, digest: 'sha256:{digest}'}}}}\n")


@pytest.mark.parametrize("file", ["governance/own-rules.yaml", "rules/own.yaml"])
def test_the_rule_set_itself(gated, file):
    """The base's is asked, whatever the pinned file of the change says, wherever it lies."""
    on_main(gated, lambda g: pin(g, RULES, file))
    gated.edit(ORDERS, 'total: "12.50"', "total: 12.5")
    pin(gated, RULES.replace("error", "'off'"), file)
    verdict = gated.judge()

    assert set(names(verdict.undecided)) == {"orders@1.0", "governance/lint.yaml", file}
    assert "example-invalid" in rules(ruling_of(verdict, "orders@1.0"))


def test_a_waiver_with_what_it_lets_pass(gated):
    breaks(gated)
    gated.write("decisions/limit.yaml", WAIVER)
    verdict = gated.judge()
    assert names(verdict.undecided) == ["orders@1.0", "decisions/limit.yaml"]
    assert rules(ruling_of(verdict, "decisions/limit.yaml")) == {"waiver-added"}
    assert not verdict.waivers

    gated.decide("d1", verdict, names=["decisions/limit.yaml"])
    verdict = gated.judge()
    assert not verdict.undecided
    assert [one.name for one in verdict.waivers] == ["limit"]
    assert ruling_of(verdict, "orders@1.0").decided_by == "automatic"


def test_a_decision_on_another_content_of_a_waiver(gated):
    breaks(gated)
    gated.write("decisions/limit.yaml", WAIVER)
    gated.decide("d1", gated.judge(), names=["decisions/limit.yaml"])
    gated.edit("decisions/limit.yaml", "until: 2026-12-31", "until: 2027-05-31")

    assert names(gated.judge().undecided) == ["orders@1.0", "decisions/limit.yaml"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("paths: [/orders]", "paths: [/orders, /orders/**]"), ("until: 2026-12-31", "until: 2027-05-31"),
        ("rule: request-maximum-narrowed", "rule: request-*-narrowed"), ("paths: [/orders]", 'paths: ["/**"]\nversions: ["1.0"]'),
        ("approved_by: [the board]", "approved_by: [me]"),
    ],
)  # fmt: skip
def test_a_waiver_made_wider(gated, old, new):
    on_main(gated, lambda g: g.write("decisions/limit.yaml", WAIVER))
    breaks(gated)
    gated.edit(ORDERS, "maxLength: 15}\n      responses", "maxLength: 5}\n      responses")
    gated.edit("decisions/limit.yaml", old, new)
    verdict = gated.judge()

    assert names(verdict.undecided) == ["orders@1.0", "decisions/limit.yaml"]
    # Edited, it lets nothing pass, what it was decided for neither.
    assert "request-maximum-narrowed" in rules(ruling_of(verdict, "orders@1.0"))
    assert rules(ruling_of(verdict, "decisions/limit.yaml")) == {"waiver-edited"}


def test_a_waiver_under_another_name(gated):
    """What ended under its old name would begin anew."""
    on_main(gated, lambda g: g.write("decisions/limit.yaml", WAIVER))
    (gated.ws / "decisions/limit.yaml").rename(gated.ws / "decisions/other.yaml")
    breaks(gated)
    verdict = gated.judge()

    assert names(verdict.undecided) == ["orders@1.0", "decisions/other.yaml"]


def test_a_waiver_that_matches_nothing_yet(gated):
    """A dormant wildcard: it is decided on when it comes, and told of as long as it matches nothing."""
    gated.write("decisions/later.yaml", WAIVER.replace("[/orders]", "[/orders/*/lines/**]").replace("narrowed", "*"))
    verdict = gated.judge()

    assert names(verdict.undecided) == ["decisions/later.yaml"]
    assert ruling_of(verdict, "decisions/later.yaml").asked.who == "quorum"


def test_a_waiver_for_everything_lets_nothing_pass(gated):
    wide = WAIVER.replace("rule: request-maximum-narrowed\npaths: [/orders]", 'rule: "*"')
    on_main(gated, lambda g: g.write("decisions/wide.yaml", wide))
    breaks(gated)
    verdict = gated.judge()

    assert names(verdict.undecided) == ["orders@1.0"]
    assert [one.finding.rule for one in verdict.about_waivers] == ["waiver-too-wide"]


@pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01"])
def test_a_waiver_whose_time_is_over(gated, day):
    on_main(gated, lambda g: g.write("decisions/limit.yaml", WAIVER))
    breaks(gated)
    now = dt.datetime.fromisoformat(f"{day}T12:00:00Z")
    # Whatever day is asked for: backdated, it would hold again.
    verdict = gated.judge(now=now, at=dt.date(2026, 6, 1))

    assert names(verdict.undecided) == ([] if day == "2026-12-31" else ["orders@1.0"])
    assert "as if it were 2026-06-01" in verdict.notes[0]


def test_the_board_file_with_what_it_lets_pass(gated):
    gated.edit(
        "governance/board.yaml",
        "{changes: [breaks, unproven], who: owner-and-consumers}",
        "{changes: [breaks, unproven], who: owner}",
    )
    breaks(gated)
    verdict = gated.judge()
    assert ruling_of(verdict, "orders@1.0").asked.who == "owner-and-consumers"
    assert "board-weaker" in rules(ruling_of(verdict, "governance/board.yaml"))

    gated.decide("d1", verdict, "ole", names=["orders@1.0"])
    assert "orders@1.0" in names(gated.judge().undecided)


def test_who_stands_for_an_owner(gated):
    gated.edit("governance/board.yaml", "  portal@quay.example: [paul]", "  portal@quay.example: [paul, ole]")
    gated.edit("governance/board.yaml", "  edi@partner.example: [petra]", "  edi@partner.example: [petra, ole]")
    breaks(gated)
    gated.decide("d1", gated.judge(), "ole", names=["orders@1.0"])
    verdict = gated.judge()

    assert set(names(verdict.undecided)) == {"orders@1.0", "governance/board.yaml"}
    (why,) = ruling_of(verdict, "orders@1.0").why_not
    assert "petra" in why
    assert "paul" in why


def warnings_count(gated):
    gated.write("governance/lint.yaml", "lint: {fail_on: warning}\n")


def test_the_baseline_with_a_finding_of_lint(gated):
    on_main(gated, warnings_count)
    gated.edit(ORDERS, 'total: "12.50"', "total: 12.5")
    (point,) = ruling_of(gated.judge(), "orders@1.0").change.points
    assert [one.value for one in point.classes] == ["lint"]
    known = (
        f"{{document: orders@1.0, rule: x, place: '', fingerprint: {point.finding.fingerprint}, owner: o, reason: old}}"
    )
    gated.write("governance/lint-baseline.yaml", f"form: tidewaiter-lint-baseline/1\nknown: [{known}]\n")
    verdict = gated.judge()

    assert names(verdict.undecided) == ["orders@1.0", "governance/lint-baseline.yaml"]
    assert rules(ruling_of(verdict, "governance/lint-baseline.yaml")) == {"baseline-widened"}


def test_a_baseline_of_the_base_counts(gated):
    on_main(gated, warnings_count)
    gated.edit(ORDERS, 'total: "12.50"', "total: 12.5")
    (point,) = ruling_of(gated.judge(), "orders@1.0").change.points
    gated.git("checkout", "-q", ORDERS)
    known = (
        f"{{document: orders@1.0, rule: x, place: '', fingerprint: {point.finding.fingerprint}, owner: o, reason: old}}"
    )
    text = f"form: tidewaiter-lint-baseline/1\nknown: [{known}]\n"
    on_main(gated, lambda g: g.write("governance/lint-baseline.yaml", text))
    gated.edit(ORDERS, 'total: "12.50"', "total: 12.5")

    assert names(gated.judge().undecided) == []


def test_hidden_files_of_the_judge_are_judged(gated):
    gated.write("governance/.more/rules.yaml", "anything: 1\n")

    assert names(gated.judge().undecided) == ["governance/.more/rules.yaml"]


def test_hidden_files_that_no_gateway_reads_say_nothing(gated):
    gated.write("consumers/.evil.yaml", gated.text("consumers/web.yaml"))
    gated.write(".governance/board.yaml", "rules: []\n")

    assert names(gated.judge().rulings) == []


def test_what_git_writes_when_it_checks_out_does_not_reach_the_base(gated):
    """A filter would make the base look like the change; the base is read as it is kept."""
    gated.git("config", "filter.same.smudge", "sed s/100,/10,/")
    gated.git("config", "filter.same.clean", "cat")
    gated.write(".gitattributes", f"{ORDERS} filter=same export-ignore ident working-tree-encoding=UTF-16\n")
    gated.write(".git/info/attributes", f"{ORDERS} filter=same -text\n")
    breaks(gated)

    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_an_environment_that_weakens_by_what_it_leaves_out(gated):
    """The system's own file says false since long; the environment alone asked for certificates."""

    def before(g):
        g.append("systems/erp.yaml", "tls: {verify: false}\n")
        g.append("environments/prod.yaml", "systems:\n  erp: {tls: {verify: true}}\n")
        g.edit("environments/test.yaml", "  erp: {url", "  erp: {tls: {verify: true}, url")

    on_main(gated, before)
    gated.write("environments/prod.yaml", "public: {host: 0.0.0.0}\nsystems:\n  erp: {tls: {}}\n")
    verdict = gated.judge()

    assert names(verdict.undecided) == ["environments/prod.yaml"]
    assert rules(ruling_of(verdict, "environments/prod.yaml")) == {"tls-weaker"}


def test_one_environment_only_is_told(gated):
    gated.edit("environments/test.yaml", "purpose: test\n", "")
    verdict = gated.judge(environment="prod")

    assert names(verdict.rulings) == []
    assert any("only the environment prod was judged" in note for note in verdict.notes)


def test_a_break_split_over_two_commits_of_a_branch(gated):
    on_main(gated, lambda g: g.append("governance/board.yaml", "branch: main\n"))
    gated.edit(ORDERS, "maximum: 100,", "maximum: 55,")
    gated.commit("half of it")
    breaks_more = ("maximum: 55,", "maximum: 10,")
    gated.edit(ORDERS, *breaks_more)
    gated.commit("the other half")

    assert names(gated.judge("main").undecided) == ["orders@1.0"]
    with pytest.raises(InvalidInputError) as told:
        gated.judge("HEAD~1")
    assert told.value.diagnostics[0].code == "foreign-base"


def test_a_break_split_over_two_merges(gated):
    """A draft by its mark first, with a decision, then the break of what is a draft: the release saw it stable."""
    release = gated.release("live.json")
    gated.edit(ORDERS, "operationId: listOrders", "operationId: listOrders\n      x-stability-level: draft")
    lowered = gated.judge()
    assert names(lowered.undecided) == ["orders@1.0"]
    gated.decide("lowered", lowered)
    gated.commit("a draft from now on")
    gated.git("branch", "-f", "main")
    breaks(gated)
    assert names(gated.judge("main").undecided) == []

    against = ruling_of(gated.judge(release), "orders@1.0")
    assert against.decided_by is None
    assert "request-maximum-narrowed" in rules(against)


def test_a_stability_level_lowered_with_the_break(gated):
    gated.edit(ORDERS, "operationId: listOrders", "operationId: listOrders\n      x-stability-level: draft")
    breaks(gated)

    assert {"request-maximum-narrowed", "stability-lowered"} <= rules(ruling_of(gated.judge(), "orders@1.0")) | {
        "stability-lowered"
    }


def test_two_changes_that_are_harmless_apart(gated):
    """One changes a draft, which nobody is served; one serves the draft as it was decided on. Together nobody decided."""
    on_main(gated, lambda g: g.append("governance/board.yaml", "branch: main\n"))
    gated.git("checkout", "-q", "-b", "draft")
    gated.edit("contracts/orders/2.0.yaml", "security:\n  - staff: [orders.read]", "security: []")
    gated.commit("a draft is open to everybody")
    assert gated.judge("main").exit_code == 0

    gated.git("checkout", "-q", "change")
    gated.edit("contracts/orders/api.yaml", '"2.0": {stage: draft}', '"2.0": {stage: active}')
    gated.edit(
        "entities/north.yaml",
        "  - contract: catalog",
        "  - contract: orders@2.0\n    system: desk\n    shared: true\n  - contract: catalog",
    )
    gated.decide("served", gated.judge("main"))
    gated.commit("the draft is served")
    assert gated.judge("main").exit_code == 0

    gated.git("checkout", "-q", "main")
    gated.git("merge", "-q", "draft")
    gated.git("checkout", "-q", "change")
    with pytest.raises(InvalidInputError) as told:
        gated.judge("main")
    assert told.value.diagnostics[0].code in ("not-an-ancestor", "stale-base")
    gated.git("merge", "-q", "main")
    assert "orders@2.0" in names(gated.judge("main").undecided)
