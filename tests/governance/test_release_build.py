"""`tidewaiter release`: one file, the same for the same input, and only where somebody decided on what changed."""

import base64
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from board import NOW, Board

from contracts.diagnostic import InvalidInputError
from contracts.workspace import load
from gateway.release_file import digest_of, parse_release
from gateway.trust.decision import About
from governance.changes.changed import Point, classes_of
from governance.changes.state import read_state
from governance.finding import Direction, Finding, Proof, Severity
from governance.release.build import judge_workspace, release_of
from governance.release.open_changes import what_is_open

CONTRACT = "contracts/sales/1.0.yaml"


class Releases(Board):
    """A workspace whose first release is built, held against that from then on."""

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.ws / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    @property
    def first(self) -> str:
        return f"release:{self.folder / 'first.json'}"

    def judge(self, base=None, environment="prod", now=NOW):
        return judge_workspace(self.ws, environment, base, self.trust, now)

    def decide(self, name, base=None, **said):
        judged = self.judge(base)
        self.draft(name, what_is_open(judged, covered_too=said.get("verdict") == "refuse"), **said)
        self.sign(name)

    def build(self, name, base=None, by="dora"):
        judged = self.judge(base)
        assert not judged.uncovered, judged.uncovered
        text = release_of(judged, self.ws, by).text()
        (self.folder / f"{name}.json").write_bytes(text)
        return text


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    board = Releases(tmp_path_factory.mktemp("made"))
    board.decide("start")
    board.build("first")
    return board


@pytest.fixture
def board(made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "b")
    copy = object.__new__(Releases)
    copy.folder = tmp_path / "b"
    copy.ws, copy.trust = copy.folder / "ws", copy.folder / "trust.yaml"
    copy.people, copy.threshold, copy.publics = made.people, made.threshold, dict(made.publics)
    return copy


@pytest.fixture
def run(board, command):
    def call(verb, *arguments):
        where = () if verb == "show" else ("--trust", board.trust, "-w", board.ws)
        return command("release", verb, *arguments, *where)

    return call


def names(rulings):
    return [one.change.name for one in rulings]


def test_without_a_base_everything_needs_one_decision(board):
    shutil.rmtree(board.ws / "decisions")
    judged = board.judge()

    assert len(judged.uncovered) == len(judged.rulings) == 11
    rules = digest_of((board.ws / "governance/board.yaml").read_bytes())
    # The gateway's digest says nothing of what it does not read.
    assert what_is_open(judged) == About(
        workspace=load(board.ws, "prod").digest, files={"governance/board.yaml": rules}
    )


def test_the_same_input_makes_the_same_bytes(board, tmp_path):
    one, other = board.build("one"), board.build("other")
    assert one == other

    shutil.copytree(board.ws, tmp_path / "elsewhere" / "ws")
    board.ws = tmp_path / "elsewhere" / "ws"
    assert digest_of(one) == digest_of(board.build("third"))


def test_it_holds_what_the_gateway_reads_and_no_other_file(board):
    (board.ws / "notes.md").write_text("private")
    files = parse_release(board.build("one"), "r").files

    assert {path for path in files if not path.startswith("decisions/")} == {
        "tidewaiter.yaml", "contracts/sales/1.0.yaml", "contracts/sales/api.yaml", "entities/acme.yaml",
        "systems/sample.yaml", "consumers/first-app.yaml", "environments/prod.yaml", "policies/issuers.yaml",
        "policies/modes.yaml", "policies/plans.yaml", "governance/board.yaml",
    }  # fmt: skip
    assert {path for path in files if path.startswith("decisions/")} == {
        "decisions/register.jsonl", "decisions/start.yaml", "decisions/start.dsse.json"
    }  # fmt: skip
    assert files[CONTRACT] == (board.ws / CONTRACT).read_bytes()


def test_contracts_of_several_files_and_certificates_are_in_it(tmp_path):

    harbour = Path(__file__).resolve().parents[1] / "workspaces" / "harbour"
    contents = read_state(harbour, "test")
    assert {"systems/north-ca.pem", "contracts/stock/2.0/items.yaml", "contracts/stock/2.0/overlay.yaml"} <= set(
        contents.files
    )
    assert contents.files["systems/north-ca.pem"] == (harbour / "systems" / "north-ca.pem").read_bytes()


CHANGES = {
    "nothing": (None, [], []),
    "words of the contract": ((CONTRACT, "openapi:", "# a note\nopenapi:"), [], ["sales@1.0"]),
    "a bound that is tighter": ((CONTRACT, "maximum: 100\n", "maximum: 10\n"), ["sales@1.0"], []),
    "a bound that is wider": ((CONTRACT, "maximum: 100\n", "maximum: 200\n"), [], ["sales@1.0"]),
    "a comment elsewhere": (("entities/acme.yaml", "name:", "# c\nname:"), [], ["entities/acme.yaml"]),
    "an entity's name": (("entities/acme.yaml", "name: ", "name: Other "), [], ["entities/acme.yaml"]),
    "an entity's country": (("entities/acme.yaml", "country: IE", "country: DE"), ["entities/acme.yaml"], []),
    "a wider audience": (("contracts/sales/api.yaml", "visibility: partner", "visibility: public"),
                         ["contracts/sales/api.yaml"], []),
    "another environment's file": (("environments/test.yaml", "", "# c\n"), [], []),
}  # fmt: skip


@pytest.mark.parametrize(("change", "needed", "automatic"), CHANGES.values(), ids=CHANGES)
def test_who_decides_on_what(board, change, needed, automatic):
    if change:
        board.edit(*change)
    judged = board.judge(board.first)

    assert needed == names(judged.uncovered)
    assert automatic == [one.change.name for one in judged.rulings if one.decided_by == "automatic"]
    for one in judged.uncovered:
        assert one.change.reasons


ADDED = """\
  /invoices:
    get:
      operationId: listInvoices
      security: []
      responses:
        "200": {description: All}
"""


def test_a_new_operation_exposes_and_a_person_decides(board):
    board.edit(CONTRACT, "paths:\n", "paths:\n" + ADDED)
    (ruling,) = board.judge(board.first).uncovered

    assert any(reason.startswith("exposes: ") for reason in ruling.change.reasons), ruling.change.reasons


def test_a_draft_in_name_breaks_like_everything_else(board):
    board.edit(CONTRACT, "    get:\n", "    get:\n      x-stability-level: draft\n")
    board.decide("draft", board.first)
    board.build("second", board.first)
    board.edit(CONTRACT, "    get:\n", "    put:\n")
    (ruling,) = board.judge(f"release:{board.folder / 'second.json'}").uncovered

    assert any(one.startswith("breaks: ") and "operation-removed" in one for one in ruling.change.reasons)


@pytest.mark.parametrize(
    ("severity", "exposes", "proof", "why"),
    [
        ("breaking", True, "proven", "breaks and exposes"), ("breaking", False, "structural", "breaks"),
        ("info", True, "proven", "exposes"), ("info", False, "unproven", "could not be proven"),
        ("warning", False, "unproven", "could not be proven"), ("warning", False, "structural", "could not be proven"),
        ("info", False, "structural", ""), ("warning", False, "proven", ""), ("info", False, "proven", ""),
    ],
)  # fmt: skip
def test_which_findings_need_a_person(severity, exposes, proof, why):
    finding = Finding(
        "r", Severity(severity), "m", Direction.NONE, "", "", "", "", exposes, Proof(proof), None, "0" * 12, ()
    )

    assert why == Point(finding, classes_of(finding), "", 0).why


def test_what_was_settled_last_counts_not_what_was_signed_last_or_first(board):
    """Anna approves, two refuse, then Bert approves too: the approval is whole only then, and is the later one."""
    renamed(board)
    board.draft("approval", about(board))
    board.draft("refusal", about(board), verdict="refuse", title="No")
    board.sign("approval", "anna")
    board.sign("refusal", "anna", "carl")
    assert "refuses it" in board.judge(board.first).uncovered[0].why_not[0]
    board.sign("approval", "bert")

    assert not board.judge(board.first).uncovered


def test_severities_of_the_workspace_let_nothing_pass(board):
    """Law: nobody weakens the judge in the change that is judged."""
    weaker = 'diff:\n  severities:\n    - {rule: "**", severity: info, reason: all is well}\n'
    (board.ws / "governance" / "lint.yaml").write_text(weaker)
    board.edit(CONTRACT, "maximum: 100\n", "maximum: 10\n")

    assert names(board.judge(board.first).uncovered) == ["sales@1.0", "governance/lint.yaml"]


def second_version(board):
    text = (board.ws / CONTRACT).read_text()
    (board.ws / "contracts/sales/1.1.yaml").write_text(text.replace("version: 1.0", "version: 1.1"))
    api = (board.ws / "contracts/sales/api.yaml").read_text()
    assert "versions:\n" in api
    (board.ws / "contracts/sales/api.yaml").write_text(
        api.replace("versions:\n", 'versions:\n  "1.1": {stage: active}\n')
    )


def test_a_new_version_is_held_against_the_one_before(board):
    second_version(board)
    rulings = {one.change.name: one for one in board.judge(board.first).rulings}
    assert rulings["sales@1.1"].decided_by == "automatic"
    assert "against sales@1.0" in rulings["sales@1.1"].change.note
    assert rulings["contracts/sales/api.yaml"].decided_by is None

    text = (board.ws / "contracts/sales/1.1.yaml").read_text()
    (board.ws / "contracts/sales/1.1.yaml").write_text(text.replace("maximum: 100\n", "maximum: 10\n"))
    assert "sales@1.1" in names(board.judge(board.first).uncovered)


def test_a_version_that_is_gone_breaks(board):
    second_version(board)
    board.decide("more", board.first)
    board.build("second", board.first)
    (board.ws / "contracts/sales/1.1.yaml").unlink()
    board.edit("contracts/sales/api.yaml", '  "1.1": {stage: active}\n', "")
    judged = board.judge(f"release:{board.folder / 'second.json'}")

    gone = {one.change.name: one.change for one in judged.uncovered}
    assert gone["sales@1.1"].digest == "removed"
    assert gone["sales@1.1"].reasons[0].startswith("breaks: the contract is gone [contract-removed ")
    board.decide("less", f"release:{board.folder / 'second.json'}")
    assert not board.judge(f"release:{board.folder / 'second.json'}").uncovered


ENTITY = "entities/acme.yaml"


def renamed(board):
    """A change that somebody must decide on, and no question of schemas."""
    board.edit(ENTITY, "country: ", "country: DE # ")


def about(board, **more):
    base = digest_of((board.folder / "first.json").read_bytes())
    return About(**{"base": base, "files": {ENTITY: digest_of((board.ws / ENTITY).read_bytes())}, **more})


OTHER = "sha256:" + "1" * 64
NOT_COVERED = {
    "nobody signed": ({}, {}, (), "nobody has signed it"),
    "one of two signed": ({}, {}, ("anna",), "1 of 2 people needed as board: anna"),
    "for another environment": ({"environment": "test"}, {}, None, "it is for the environment test"),
    "it has ended": ({"until": NOW - timedelta(days=1)}, {}, None, "it has ended"),
    "another content": ({}, {"files": {ENTITY: OTHER}}, None, "about another content"),
    "another base": ({}, {"base": OTHER}, None, "it was decided against another base"),
    "no base": ({}, {"base": None}, None, "it was decided against no base"),
    "waives a finding": ({"verdict": "waive", "findings": ("0" * 12,)}, {}, None, "it does not waive"),
    "another file": ({}, {"files": {"entities/other.yaml": OTHER}}, None, ""),
}


@pytest.mark.parametrize(("said", "covers", "signers", "message"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_a_decision_that_does_not_cover_is_named_with_the_reason(board, said, covers, signers, message):
    renamed(board)
    board.draft("second", about(board, **covers), **said)
    if signers is None or signers:
        board.sign("second", *(signers or ()))
    (ruling,) = board.judge(board.first).uncovered

    assert message in " ".join(ruling.why_not)
    assert bool(message) == ("decisions/second.yaml" in " ".join(ruling.why_not))


def test_the_same_decision_covers_where_all_is_right(board):
    renamed(board)
    board.draft("second", about(board))
    board.sign("second")

    assert not board.judge(board.first).uncovered


def test_an_old_approval_does_not_let_the_workspace_go_back(board):
    renamed(board)
    board.decide("second", board.first)
    board.build("second", board.first)
    board.edit(ENTITY, "country: DE # ", "country: ")
    (ruling,) = board.judge(f"release:{board.folder / 'second.json'}").uncovered

    assert ruling.change.name == ENTITY
    assert "decisions/start.yaml would cover it, but it was decided against no base" in ruling.why_not


def test_the_release_role_does_not_decide_on_changes(board):
    renamed(board)
    path = board.draft("second", about(board))
    path.write_text(path.read_text().replace("role: board", "role: release"))
    board.sign("second")

    (ruling,) = board.judge(board.first).uncovered
    assert any("decided as release; changes are the board's to decide" in one for one in ruling.why_not)


def test_a_waiver_of_every_finding_covers(board):
    board.edit(CONTRACT, "maximum: 100\n", "maximum: 10\n")
    (ruling,) = board.judge(board.first).uncovered
    covers = about(board, files={}, contracts={"sales@1.0": ruling.change.digest})
    board.draft("second", covers, verdict="waive", findings=("0" * 12,))
    board.sign("second")
    (ruling,) = board.judge(board.first).uncovered
    (fingerprint,) = ruling.change.fingerprints
    assert ruling.why_not[-1] == f"decisions/second.yaml would cover it, but it does not waive {fingerprint}"

    board.draft("third", covers, verdict="waive", findings=(fingerprint,))
    board.sign("third")
    assert not board.judge(board.first).uncovered


def test_what_was_approved_can_be_refused_and_approved_again(board):
    renamed(board)
    board.decide("second", board.first)
    assert not board.judge(board.first).uncovered

    board.decide("third", board.first, verdict="refuse", title="We stop this")
    (ruling,) = board.judge(board.first).uncovered
    assert ruling.why_not == ("decisions/third.yaml refuses it: We stop this",)

    board.decide("fourth", board.first)
    assert {ENTITY: "fourth"} == {one.change.name: one.decided_by for one in board.judge(board.first).rulings}


def test_a_refusal_stops_what_would_be_automatic(board):
    board.edit(CONTRACT, "maximum: 100\n", "maximum: 200\n")
    board.decide("second", board.first, verdict="refuse")

    assert names(board.judge(board.first).uncovered) == ["sales@1.0"]


def test_the_command_names_all_and_what_to_do(board, run):
    board.edit(CONTRACT, "maximum: 100\n", "maximum: 10\n")
    arguments = ("-e", "prod", "--base", board.first, "-o", board.folder / "second.json")
    code, out, err = run("build", *arguments)

    assert code == 1
    assert "sales@1.0: no decision covers it" in out
    assert "breaks: query parameter limit: maximum was 100, is now 10" in out
    where = f"--workspace {board.ws} --trust {board.trust}"
    draft = "tidewaiter board draft NAME --title WHAT --reason WHY --sign --environment prod"
    assert f"not built: 1 of 1 change without a decision. Next:\n  {draft} --base {board.first} {where}\n" in err
    assert not (board.folder / "second.json").exists()

    board.decide("second", board.first)
    code, out, err = run("build", *arguments, "--by", "dora")
    assert code == 0, err
    assert out.strip() == digest_of((board.folder / "second.json").read_bytes())
    code, out, _ = run("show", board.folder / "second.json")
    assert (0, True) == (code, "rests on          second: T (anna, bert; sha256:" in out)
    shown = json.loads(run("show", board.folder / "second.json", "--format", "json")[1])
    assert ("dora", 4, ["second"]) == (
        shown["built_by"], shown["register_length"], [one["name"] for one in shown["decisions"]]
    )  # fmt: skip
    code, out, _ = run("verify", board.folder / "second.json", "--base", board.first)
    assert (0, True) == (code, out.startswith("fine: sha256:"))


def test_what_is_drafted_waits_for_signatures(board, run):
    renamed(board)
    board.draft("second", about(board))
    board.sign("second", "anna")
    code, _, err = run("build", "-e", "prod", "--base", board.first, "-o", board.folder / "second.json")

    assert code == 1
    assert err.endswith(f"Next:\n  tidewaiter board sign second --workspace {board.ws} --trust {board.trust}\n")


def test_what_several_changes_lack_is_told_once(board, run):
    renamed(board)
    board.edit("policies/plans.yaml", "requests: 120", "requests: 100")
    code, out, _ = run("build", "-e", "prod", "--base", board.first, "-o", board.folder / "second.json")
    assert code == 1
    first = [line for line in out.splitlines() if "no decision covers it" in line]
    board.draft("second", what_is_open(board.judge(board.first)))
    board.sign("second", "anna")
    _, out, _ = run("build", "-e", "prod", "--base", board.first, "-o", board.folder / "second.json")

    assert len(first) == 2
    assert out.count("decisions/second.yaml would cover it, but it lacks signatures") == 1
    assert "of these 2:\n  decisions/second.yaml" in out


def test_development_is_marked(command, tmp_path):
    command("init", tmp_path / "mine")
    where = ("-w", tmp_path / "mine", "-e", "prod")
    assert command("release", "build", "-o", tmp_path / "r.json", *where)[0] == 1
    assert command("board", "draft", "go", "--title", "T", "--reason", "because", "--sign", *where)[0] == 0
    code, _, err = command("release", "build", "-o", tmp_path / "r.json", *where)

    assert (0, True) == (code, "development trust root" in err), err
    assert "DEVELOPMENT" in command("release", "show", tmp_path / "r.json")[1]
    assert command("release", "verify", tmp_path / "r.json", "-w", tmp_path / "mine")[0] == 0


def test_a_development_release_is_no_base_of_a_real_one(board):
    tree = json.loads((board.folder / "first.json").read_text())
    tree["development"] = True
    (board.folder / "dev.json").write_text(canonical(tree))

    with pytest.raises(InvalidInputError, match=r"foreign-base.*development trust root"):
        board.judge(f"release:{board.folder / 'dev.json'}")


def canonical(tree):
    return json.dumps(tree, indent=1, sort_keys=True) + "\n"


def content(tree, path, text):
    tree["files"][path] = {"content": text, "digest": digest_of(text.encode()), "encoding": "utf-8"}


def unreviewed(tree):
    content(tree, "entities/acme.yaml", tree["files"]["entities/acme.yaml"]["content"].replace("name: ", "name: X "))


def approve_all(tree):
    """Changes its files and says that it was so from the beginning: the decision is about other digests."""
    unreviewed(tree)
    tree["workspace_digest"] = "sha256:" + "1" * 64


def forged_register(tree):
    tree["files"]["decisions/register.jsonl"] = {
        "content": "", "digest": digest_of(b""), "encoding": "utf-8",
    }  # fmt: skip
    tree["register_length"], tree["register_head"] = 0, "sha256:" + "0" * 64


def forged_decision(tree):
    envelope = json.loads(tree["files"]["decisions/start.dsse.json"]["content"])
    text = tree["files"]["decisions/start.yaml"]["content"].replace("because", "bribery")
    envelope["payload"] = base64.b64encode(text.encode()).decode()
    content(tree, "decisions/start.yaml", text)
    content(tree, "decisions/start.dsse.json", json.dumps(envelope))


ALTERED = {
    "not JSON": (lambda t: "{", "json-syntax"),
    "another file": (lambda t: "{}\n", "no-release"),
    "another form": (lambda t: t.update(format="tidewaiter-release/9"), "release-format"),
    "a file edited": (lambda t: t["files"][CONTRACT].update(content="x"), "altered-release"),
    "a file and its digest": (unreviewed, "altered-release"),
    "a file, its digest and the whole": (approve_all, "altered-release"),
    "a file taken out": (lambda t: t["files"].pop("entities/acme.yaml") and None, "dangling-reference"),
    "a file outside": (lambda t: content(t, "../../x", "x"), "broken-release"),
    "written otherwise": (json.dumps, "broken-release"),
    "a member too many": (lambda t: t.update(more=1), "broken-release"),
    "no register": (forged_register, "altered-release"),
    "another head": (lambda t: t.update(register_head="sha256:" + "1" * 64), "altered-release"),
    "a decision edited": (forged_decision, "forged-signature"),
    "its decision taken out": (lambda t: [t["files"].pop(f"decisions/start{e}") for e in (".yaml", ".dsse.json")] and None,
                               "decision-gone"),
    "another list of changes": (lambda t: t["changes"].pop() and None, "altered-release"),
    "a day that has not come": (lambda t: t.update(judged_on="2999-01-01"), "future-day"),
    "of another workspace": (lambda t: t.update(workspace="other"), "foreign-root"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), ALTERED.values(), ids=ALTERED)
def test_an_altered_release_is_refused(board, run, change, code):
    tree = json.loads((board.folder / "first.json").read_text())
    text = change(tree)
    (board.folder / "x.json").write_text(text if isinstance(text, str) else canonical(tree))
    if code == "altered-release" and change is forged_register:
        code = "no decision in it covers"

    exit_code, _, err = run("verify", board.folder / "x.json")
    assert exit_code == (1 if code.startswith("no decision") else 2), err
    assert code in err


BASES = {
    "no prefix": (lambda b: str(b.folder / "first.json"), "prod", "wrong-base"),
    "missing": (lambda b: "release:missing.json", "prod", "no-release"),
    "of another environment": (lambda b: b.first, "test", "for the environment prod, not for test"),
    "another register": (lambda b: b.first, "prod", "does not go on from"),
}


@pytest.mark.parametrize(("base", "environment", "message"), BASES.values(), ids=BASES)
def test_a_base_that_is_none(board, run, base, environment, message):
    if message == "does not go on from":
        shutil.rmtree(board.ws / "decisions")
        (board.ws / ".tidewaiter" / "seen.json").unlink(missing_ok=True)
    code, _, err = run("build", "-e", environment, "--base", base(board), "-o", board.folder / "x.json")

    assert (2, True) == (code, message in err), err


def test_a_day_ahead_ends_nothing_yet(board, run):
    code, _, err = run(
        "build", "-e", "prod", "--base", board.first, "-o", board.folder / "x.json", "--at", "2999-01-01"
    )

    assert (2, True) == (code, "future-day" in err), err


def test_a_release_is_judged_again_with_its_base_only(board, run):
    board.build("second", board.first)
    assert run("verify", board.folder / "second.json")[0] == 2
    board.build("third", by="emil")
    code, _, err = run("verify", board.folder / "second.json", "--base", f"release:{board.folder / 'third.json'}")

    assert (2, True) == (code, "wrong-base" in err)


def test_an_older_release_is_told_from_the_newest(board, run):
    assert run("verify", board.folder / "first.json")[0] == 0
    renamed(board)
    board.decide("second", board.first)
    assert run("build", "-e", "prod", "--base", board.first, "-o", board.folder / "second.json")[0] == 0

    code, _, err = run("verify", board.folder / "first.json")
    assert (2, True) == (code, "older-release" in err)


def test_an_edited_decision_stops_the_build(board, run):
    path = board.ws / "decisions" / "start.yaml"
    path.write_text(path.read_text().replace("because", "another"))
    code, _, err = run("build", "-e", "prod", "--base", board.first, "-o", board.folder / "x.json")

    assert (2, True) == (code, "decisions/start.yaml:9:1: error[edited-file]" in err), err
