"""What the board said, and what a release build makes of it: returned, refused, revoked, conditions, who stood in."""

from datetime import UTC, datetime, timedelta

import pytest
from board_acts import Acting

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_statement import Condition
from gateway.trust.decision import About
from gateway.trust.register import read_register
from gateway.trust.signed import payload_digest
from governance.board_rules import BoardRules, Unanswered
from governance.cli.main import main
from governance.decisions.questions import read_board
from governance.release.build import judge_workspace, release_of, verify_release
from governance.release.covering import Ground, rule_on
from governance.release.open_changes import what_is_open
from governance.reports.board import outcome_line


class Built(Acting):
    """A board whose decision `first` covers the whole workspace."""

    def judged(self, base=None):
        return judge_workspace(self.ws, "prod", base, self.trust, datetime.now(UTC))

    def why_not(self):
        """Why no release is built; empty where one is."""
        uncovered = self.judged().uncovered
        return sorted({text for one in uncovered for text in one.why_not or ("nobody decided on it",)})


@pytest.fixture
def board(tmp_path):
    made = Built(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.publics["dora"] = made.new_key("dora")
    made.write_root(members={p: {"keys": [made.publics[p]]} for p in (*made.people, "dora")})
    made.now = datetime.now(UTC)
    made.about = what_is_open(made.judged())
    made.draft(about=made.about)
    return made


def condition(board):
    board.approve("anna")
    board.say("bert", "approve", conditions=(Condition(id="tested", text="a load test"),))


TABLE = {
    "returned": (
        lambda b: (b.say("carl", "return"), b.approve("anna", "bert")),
        "decisions/first.yaml would cover it, but it was returned: decide anew",
    ),
    "refused": (
        lambda b: (b.approve("anna"), b.say("bert", "refuse"), b.say("carl", "refuse")),
        "decisions/first.yaml was refused: T",
    ),
    "revoked by one who was needed": (
        lambda b: (b.approve("anna", "bert"), b.say("anna", "revoke")),
        "decisions/first.yaml would cover it, but it was revoked: decide anew",
    ),
    "revoked by the board": (
        lambda b: (b.approve("anna", "bert", "carl"), b.say("anna", "revoke", takes_back="decision"),
                   b.say("bert", "revoke", takes_back="decision")),
        "decisions/first.yaml would cover it, but it was revoked: decide anew",
    ),
    "a condition": (
        condition,
        ("decisions/first.yaml would cover it, but its condition bert/tested is not met "
        "(tidewaiter board met first bert/tested --evidence TEXT)"),
    ),
    "abstained": (
        lambda b: (b.approve("anna"), b.say("bert", "abstain")),
        ("decisions/first.yaml would cover it, but it lacks signatures: 1 of 2 people needed as board: anna "
        "(tidewaiter board sign first)"),
    ),
    "one person and who stands in for them": (
        lambda b: (b.delegate("anna", "dora"), b.approve("dora", "anna")),
        ("decisions/first.yaml would cover it, but it lacks signatures: 1 of 2 people needed as board: anna "
        "(tidewaiter board sign first)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_nothing_is_built_on_it(board, case):
    said, why = TABLE[case]
    said(board)
    assert board.why_not() == [why]


def test_what_is_settled_is_built_and_carries_what_was_said(board, tmp_path):
    board.delegate("anna", "dora")
    board.approve("dora")
    board.say("bert", "approve", conditions=(Condition(id="tested", text="a load test"),))
    board.say("bert", "met", condition="bert/tested", evidence="run 4")
    assert board.why_not() == []
    release = release_of(board.judged(), board.ws, "dora")
    rests = release.head.decisions[0]
    assert (rests.people, rests.conditions) == (("bert", "dora"), ("bert: a load test",))
    assert sum(path.startswith("decisions/statements/") for path in release.files) == 3
    path = tmp_path / "release.json"
    path.write_bytes(release.text())
    assert verify_release(path, None, board.trust, board.ws, datetime.now(UTC))[2].uncovered == ()

    path.write_bytes(without_statements(release).text())
    common = ["-w", str(board.ws), "--trust", str(board.trust)]
    assert main(["release", "verify", str(path), *common]) == 2


def without_statements(release):
    from gateway.release_file import ReleaseFile

    kept = {path: text for path, text in release.files.items() if "/statements/" not in path}
    return ReleaseFile(release.head, kept)


def test_a_refusal_takes_back_an_approval_that_was_settled_before(board):
    board.approve("anna", "bert")
    assert board.why_not() == []
    board.draft("again", about=board.about)
    board.say("bert", "refuse", "again")
    board.say("carl", "refuse", "again")
    assert outcome_line(board.read("again"), datetime.now(UTC)) == "decisions/again.yaml: refused by bert, carl"
    assert board.why_not() == ["decisions/again.yaml was refused: T"]
    board.draft("after-all", about=board.about)
    board.approve("anna", "carl", name="after-all")
    assert board.why_not() == []


def test_nobody_releases_alone_what_they_submitted(tmp_path):
    alone = Built(tmp_path, people=("anna", "bert"), threshold=1)
    alone.now = datetime.now(UTC)
    alone.draft(about=what_is_open(alone.judged()), submitter="anna")
    alone.approve("anna")
    assert "anna submitted it and does not decide alone" in alone.why_not()[0]
    alone.approve("bert")
    assert alone.why_not() == []


def test_who_drafts_and_signs_at_once_is_who_submitted(tmp_path, capfd):
    alone = Built(tmp_path, people=("anna", "bert"), threshold=1)
    common = ["-w", str(alone.ws), "--trust", str(alone.trust)]
    told = ["--title", "T", "--reason", "because", "-e", "prod", "--sign", "--key", str(alone.key("anna"))]
    assert main(["board", "draft", "mine", *told, *common]) == 0
    assert "anna submitted it and does not decide alone" in capfd.readouterr().err
    assert alone.read("mine").settled is None
    assert main(["board", "list", *common]) == 1
    assert "missing: bert" in capfd.readouterr().out


def test_a_report_is_named_by_its_bytes(board, tmp_path, capfd):
    common = ["-w", str(board.ws), "--trust", str(board.trust), "--title", "T", "--reason", "because", "-e", "prod"]
    file = tmp_path / "gate.html"
    file.write_bytes(b"<h1>read</h1>")
    assert main(["board", "draft", "read", "--report", str(file), *common]) == 0
    assert board.read("read").decision.about.report == payload_digest(b"<h1>read</h1>")
    assert main(["board", "draft", "unread", "--report", str(tmp_path), *common]) == 2
    assert "no-report" in capfd.readouterr().err
    assert not (board.ws / "decisions/unread.yaml").exists()


def test_about_nothing_else(board):
    """An approval of another content says nothing of this one, with or without conditions."""
    board.draft("other", About(contracts={"sales@1.0": "sha256:" + "ab" * 32}))
    board.approve("anna", "bert", name="other")
    assert board.why_not()


def test_decided_after_its_day(tmp_path):
    """`then: refused` of the base's rules: too late is not decided, whatever the clock of who signs says."""
    board = Built(tmp_path, people=("anna", "bert"), threshold=2)
    (board.ws / "governance/board.yaml").write_text("unanswered: {after_days: 5, then: refused}\n", encoding="utf-8")
    board.draft(about=what_is_open(board.judged()))
    board.approve("anna")
    board.now += timedelta(days=7)
    with pytest.raises(InvalidInputError, match="nobody decided by 2026-12-01"):
        board.approve("bert")
    with pytest.raises(InvalidInputError, match="nobody decided by 2026-12-01"):
        board.approve("bert", comment="late")
    asked = read_board(board.ws, board.trusted(), read_register(board.ws), board.now).questions[0]
    assert (asked.state, asked.is_open) == ("lapsed", False)

    # Signed by hand, past the command: the build says so as well.
    rules = BoardRules(unanswered=Unanswered(after_days=5, then="refused"))
    (board.ws / "governance/board.yaml").unlink()
    board.approve("bert")
    judged = board.judged()
    change = next(one.change for one in judged.rulings if one.change.kind == "contract")
    ground = Ground("prod", judged.contents.digests, None, board.now)
    ruling = rule_on([change], judged.decisions, ground, rules)[0]
    assert (ruling.decided_by, ruling.why_not) == (
        None, ("decisions/first.yaml would cover it, but nobody decided by 2026-12-01: submit it anew",),
    )  # fmt: skip
    assert rule_on([change], judged.decisions, ground, BoardRules())[0].decided_by == "first"
