"""What a gate cannot be held against, and what lies in a workspace that must not: exit code 2, with what mends it."""

import shutil
from pathlib import Path

import pytest
from gated import Gated, names

from contracts.diagnostic import InvalidInputError

ORDERS = "contracts/orders/1.0.yaml"


def shallow(gated):
    gated.commit()
    clone = gated.folder / "clone"
    gated.git("clone", "-q", "--depth", "1", f"file://{gated.repo}", str(clone))
    gated.ws = gated.repo = clone
    return "HEAD~1"


def shallow_branch(gated):
    """Both branches are there, and no commit that both have."""
    gated.commit()
    clone = gated.folder / "clone"
    gated.git("clone", "-q", "--depth", "1", "--no-single-branch", f"file://{gated.repo}", str(clone))
    gated.ws = gated.repo = clone
    return "origin/main"


def gone_on(gated):
    gated.git("checkout", "-q", "main")
    gated.commit("main goes on")
    gated.git("checkout", "-q", "change")
    return "main"


def protected(gated, branch="main"):
    gated.git("checkout", "-q", "main")
    gated.append("governance/board.yaml", f"branch: {branch}\n")
    gated.commit("a protected branch")
    gated.git("checkout", "-q", "change")
    gated.git("merge", "-q", "main")


def stale(gated):
    protected(gated)
    base = gated.git("rev-parse", "main")
    gone_on(gated)
    return base


def own_commit(gated):
    protected(gated)
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.commit("a break")
    return "HEAD"


def stale_remote(gated):
    """The branch here is at the base; that of the remote has gone on."""
    protected(gated)
    base = gated.git("rev-parse", "main")
    gone_on(gated)
    gated.git("update-ref", "refs/remotes/origin/main", "main")
    gated.git("branch", "-f", "main", base)
    return base


def unknown_branch(gated):
    protected(gated, "trunk")
    return "main"


def a_branch_below_it(gated):
    """`main/x` is not `main`."""
    protected(gated, "release")
    gated.git("branch", "release/1", "main")
    return "main"


def a_tag_of_the_same_name(gated):
    gated.git("update-ref", "refs/remotes/origin/main", "main")
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.commit("a break")
    gated.git("tag", "origin/main", "HEAD")
    return "origin/main"


def a_branch_that_looks_like_a_commit(gated):
    short = gated.git("rev-parse", "--short", "main")
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.commit("a break")
    gated.git("branch", short, "HEAD")
    return short


def broken_base(gated):
    gated.git("checkout", "-q", "main")
    gated.append("consumers/web.yaml", "plann: small\n")
    gated.commit("broken")
    gated.git("checkout", "-q", "-b", "mend")
    gated.edit("consumers/web.yaml", "plann: small\n", "")
    return "main"


def broken_board_in_base(gated):
    gated.git("checkout", "-q", "main")
    gated.append("governance/board.yaml", "rulez: []\n")
    gated.commit("broken")
    gated.git("checkout", "-q", "-b", "mend")
    gated.edit("governance/board.yaml", "rulez: []\n", "")
    return "main"


def nowhere(gated):
    gated.git("checkout", "-q", "main")
    (gated.repo / "inner").mkdir()
    for path in gated.repo.iterdir():
        if path.name not in (".git", "inner"):
            path.rename(gated.repo / "inner" / path.name)
    gated.ws = gated.repo / "inner"
    return "main"


def no_repository(gated):
    shutil.rmtree(gated.repo / ".git")
    return "main"


def no_commit(gated):
    gated.git("checkout", "-q", "--orphan", "empty")
    return "main"


def partial(gated):
    gated.git("config", "uploadpack.allowFilter", "true")
    clone = gated.folder / "clone"
    gated.git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{gated.repo}", str(clone))
    for path in gated.repo.iterdir():
        if path.name != ".git":
            shutil.copytree(path, clone / path.name) if path.is_dir() else shutil.copy(path, clone)
    gated.git("read-tree", "HEAD", folder=clone)
    gated.ws = gated.repo = clone
    return "HEAD"


def replaced(gated):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.commit("a break")
    gated.git("replace", "main", "change")
    return "main"


def grafted(gated):
    (gated.repo / ".git" / "info").mkdir(exist_ok=True)
    (gated.repo / ".git" / "info" / "grafts").write_text(gated.git("rev-parse", "HEAD") + "\n")
    return "main"


def a_link_to_a_file(gated):
    (gated.ws / "consumers/web.yaml").rename(gated.folder / "web.yaml")
    (gated.ws / "consumers/web.yaml").symlink_to(gated.folder / "web.yaml")
    return "main"


def a_link_to_a_folder(gated):
    (gated.ws / "governance").rename(gated.folder / "governance")
    (gated.ws / "governance").symlink_to(gated.folder / "governance")
    return "main"


def a_link_deep_inside(gated):
    (gated.ws / "contracts/orders/notes").symlink_to(gated.folder)
    return "main"


def a_link_that_is_written_as_a_file(gated):
    """As on a machine that has no links."""
    gated.git("config", "core.symlinks", "false")
    gated.edit("consumers/web.yaml", "large", "small")
    digest = gated.git("hash-object", "-w", "consumers/web.yaml")
    gated.git("update-index", "--cacheinfo", f"120000,{digest},consumers/web.yaml")
    return "main"


def a_link_in_the_base(gated):
    gated.git("checkout", "-q", "main")
    (gated.ws / "decisions").mkdir()
    (gated.ws / "decisions/old.md").symlink_to("elsewhere.md")
    gated.commit("a link")
    gated.git("checkout", "-q", "-b", "mend")
    gated.git("rm", "-q", "decisions/old.md")
    gated.commit("no link")
    return "main"


def a_submodule(gated):
    other = gated.folder / "other"
    other.mkdir()
    gated.git("init", "-q", folder=other)
    gated.git("commit", "-q", "--allow-empty", "-m", "x", folder=other)
    gated.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "contracts/other")
    return "main"


def a_submodule_that_is_not_there(gated):
    gated.git("update-index", "--add", "--cacheinfo", f"160000,{gated.git('rev-parse', 'HEAD')},mappings/x")
    return "main"


def names_that_differ_in_capitals(gated):
    gated.write("governance/Board.yaml", "rules: []\n")
    return "main"


def names_that_differ_in_capitals_in_the_base(gated):
    gated.git("checkout", "-q", "main")
    gated.write("governance/Lint.yaml", "{}\n")
    gated.commit()
    gated.git("checkout", "-q", "-b", "mend")
    gated.git("rm", "-q", "governance/Lint.yaml")
    return "main"


def markers_in(file):
    def made(gated):
        text = gated.text(file)
        first, rest = text.split("\n", 1)
        gated.write(file, f"<<<<<<< HEAD\n{first}\n=======\n{first}x\n>>>>>>> other\n{rest}")
        return "main"

    return made


def unreadable_environment(gated):
    gated.append("environments/prod.yaml", "publik_url: x\n")
    return "main"


def an_empty_environment(gated):
    gated.write("environments/prod.yaml", "")
    return "main"


def an_environment_that_does_not_fit(gated):
    gated.append("environments/prod.yaml", "systems:\n  nobody: {url: https://x.example}\n")
    return "main"


def a_waiver_without_an_end(gated):
    gated.write(
        "decisions/w.yaml",
        "kind: waiver\napi: orders\nrule: request-*\npaths: [/orders]\nowner: o\nreason: because it is so\n",
    )
    return "main"


def a_baseline_elsewhere(gated):
    gated.write("governance/known.yaml", "form: tidewaiter-lint-baseline/1\nknown: []\n")
    return "main"


def a_rule_set_that_is_another(gated):
    gated.write("governance/own.yaml", "extends: tidewaiter/1\n")
    gated.write("governance/lint.yaml", f"lint: {{rule_set: {{file: own.yaml, digest: 'sha256:{'0' * 64}'}}}}\n")
    return "main"


def a_large_file(gated):
    gated.write("governance/notes.md", b"x" * 5_000_000)
    return "main"


CASES = {
    "a shallow clone without the base": (shallow, "shallow-clone", "--unshallow"),
    "a shallow clone with the base's branch": (shallow_branch, "shallow-clone", "fetch-depth: 0"),
    "a base that is not there": (lambda g: "nowhere", "unknown-revision", "git fetch"),
    "a base that is misspelt": (lambda g: "mian", "unknown-revision", "write `main`"),
    "an option for a base": (lambda g: "--upload-pack=x", "wrong-revision", "origin/main"),
    "no base": (lambda g: "", "wrong-revision", "origin/main"),
    "a file for a base": (lambda g: "main:tidewaiter.yaml", "unknown-revision", "name a branch"),
    "a base that is no ancestor": (gone_on, "not-an-ancestor", "git merge main"),
    "an older base than the protected branch": (stale, "stale-base", "git merge refs/heads/main"),
    "an older base than the remote's protected branch": (stale_remote, "stale-base", "git merge refs/remotes/origin/main"),
    "a base of the change itself": (own_commit, "foreign-base", "--base refs/heads/main"),
    "a protected branch that is not here": (unknown_branch, "unknown-branch", "git fetch origin trunk"),
    "a protected branch of which there are parts only": (a_branch_below_it, "unknown-branch", "git fetch origin release"),
    "a tag that takes a branch's name": (a_tag_of_the_same_name, "ambiguous-revision", "--base refs/remotes/origin/main"),
    "a branch that takes a commit's name": (a_branch_that_looks_like_a_commit, "ambiguous-revision", "name it in full"),
    "a broken base": (broken_base, "broken-base", "git switch --detach"),
    "a base with broken board rules": (broken_board_in_base, "broken-base", "git switch --detach"),
    "a workspace that is elsewhere now": (nowhere, "no-workspace", "release build"),
    "no repository": (no_repository, "no-repository", "go into it"),
    "no commit": (no_commit, "no-commit", "commit"),
    "a partial clone": (partial, "shallow-clone", "git fetch"),
    "replaced objects": (replaced, "replaced", "git replace -d"),
    "grafts": (grafted, "replaced", "take the file away"),
    "a link to a file": (a_link_to_a_file, "symlink", "the file itself"),
    "a link to a folder": (a_link_to_a_folder, "symlink", "the file itself"),
    "a link deep inside": (a_link_deep_inside, "symlink", "the file itself"),
    "a link that lies here as a file": (a_link_that_is_written_as_a_file, "symlink", "the file itself"),
    "a link in the base": (a_link_in_the_base, "symlink", "the file itself"),
    "a submodule": (a_submodule, "submodule", "the files themselves"),
    "a submodule that is not checked out": (a_submodule_that_is_not_there, "submodule", "the files themselves"),
    "two names for one file": (names_that_differ_in_capitals, "same-name", "another name"),
    "two names for one file in the base": (names_that_differ_in_capitals_in_the_base, "same-name", "another name"),
    "conflict markers in a contract": (markers_in(ORDERS), None, ""),
    "conflict markers in a consumer": (markers_in("consumers/edi.yaml"), None, ""),
    "conflict markers in the board rules": (markers_in("governance/board.yaml"), None, ""),
    "conflict markers in the settings": (markers_in("tidewaiter.yaml"), None, ""),
    "an environment with an unknown key": (unreadable_environment, "unknown-key", "public_url"),
    "an environment that is empty": (an_empty_environment, "empty-file", ""),
    "an environment that names nobody": (an_environment_that_does_not_fit, "dangling-reference", ""),
    "a waiver without an end": (a_waiver_without_an_end, "missing-key", "until"),
    "a baseline of another name": (a_baseline_elsewhere, "unknown-file", "governance/lint-baseline.yaml"),
    "a rule set of another digest": (a_rule_set_that_is_another, None, ""),
    "a file that is too large": (a_large_file, "too-large", "split it"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "code", "mends"), CASES.values(), ids=CASES)
def test_nothing_can_be_judged(gated, make, code, mends):
    base = make(gated)
    with pytest.raises(InvalidInputError) as told:
        gated.judge(base)

    first = told.value.diagnostics[0]
    assert code is None or first.code == code, first
    assert mends in first.remedy, first
    assert first.file
    assert first.message


def test_the_command_ends_with_2_and_says_what_mends_it(gated, command):
    code, out, err = command("gate", "--base", "mian", "-w", gated.ws, "--trust", gated.trust)

    assert (code, out) == (2, "")
    assert "write `main`" in err


def test_a_fault_of_the_working_tree_has_file_and_line(gated):
    gated.edit("consumers/edi.yaml", "plan: small", "plann: small")
    with pytest.raises(InvalidInputError) as told:
        gated.judge()

    assert ("consumers/edi.yaml", 3) in [(one.file, one.line) for one in told.value.diagnostics]


@pytest.mark.parametrize("base", ["main", "HEAD", "main~0", "main^{commit}", "refs/heads/main", "main@{0}", "v1"])
def test_a_base_may_be_named_in_any_way(gated, base):
    gated.git("tag", "-a", "v1", "-m", "v1", "main")
    gated.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")

    assert names(gated.judge(base).rulings) == ["entities/north.yaml"]


def test_the_protected_branch_is_a_base_where_it_is_the_newest(gated):
    protected(gated)
    gated.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")

    assert gated.judge("main").exit_code == 0
    gated.git("update-ref", "refs/remotes/origin/main", "main")
    assert gated.judge("origin/main").exit_code == 0
    gated.git("update-ref", "refs/remotes/other/main", "main~1")
    assert gated.judge("origin/main").exit_code == 0


def test_a_tag_of_the_same_commit_is_no_other_meaning(gated):
    gated.git("tag", "-a", "main", "-m", "t", "main")

    assert gated.judge("main").exit_code == 0


def test_a_workspace_in_a_folder_of_a_large_repository(gated):
    """What else lies in the repository is neither read nor written; an authority that is named is."""
    gated.git("checkout", "-q", "main")
    (gated.repo / "inner").mkdir()
    for path in list(gated.repo.iterdir()):
        if path.name not in (".git", "inner"):
            path.rename(gated.repo / "inner" / path.name)
    gated.ws = gated.repo / "inner"
    gated.write("certs/ca.pem", (Path(__file__).parents[2] / "workspaces/harbour/systems/north-ca.pem").read_bytes())
    gated.append("systems/erp.yaml", "tls: {ca: certs/ca.pem}\n")
    (gated.repo / "big.bin").write_bytes(b"x" * 6_000_000)
    (gated.repo / "src").symlink_to("inner")
    gated.commit("moved")
    gated.git("checkout", "-q", "-B", "change")
    assert names(gated.judge("main").rulings) == []

    gated.append("certs/ca.pem", "\n")
    assert names(gated.judge("main").rulings) == ["certs/ca.pem"]


def test_an_authority_that_only_an_environment_names_is_judged(gated):
    pem = (Path(__file__).parents[2] / "workspaces/harbour/systems/north-ca.pem").read_bytes()
    gated.git("checkout", "-q", "main")
    gated.write("systems/test-ca.pem", pem)
    gated.edit("environments/test.yaml", "  erp: {url", "  erp: {tls: {ca: systems/test-ca.pem}, url")
    gated.commit("ca")
    gated.git("checkout", "-q", "-B", "change")
    gated.write("systems/test-ca.pem", pem + b"\n")

    assert names(gated.judge("main").undecided) == ["systems/test-ca.pem"]


def test_inside_a_hook_of_git(gated, monkeypatch):
    """git tells its hooks where the repository is, from its top."""
    gated.git("checkout", "-q", "main")
    (gated.repo / "inner").mkdir()
    for path in list(gated.repo.iterdir()):
        if path.name not in (".git", "inner"):
            path.rename(gated.repo / "inner" / path.name)
    gated.ws = gated.repo / "inner"
    gated.commit("moved")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_PREFIX", "")

    assert gated.judge("main").exit_code == 0


def test_what_is_not_committed_is_judged_and_told(gated):
    assert not any("HEAD" in note for note in gated.judge().notes)
    gated.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")
    gated.git("update-index", "--assume-unchanged", "entities/north.yaml")
    assert gated.git("status", "--porcelain") == ""

    verdict = gated.judge()
    assert names(verdict.rulings) == ["entities/north.yaml"]
    assert any("entities/north.yaml" in note and "HEAD" in note for note in verdict.notes)


def test_other_ends_of_lines_are_told_as_no_difference(gated):
    gated.write("entities/north.yaml", gated.text("entities/north.yaml").replace("\n", "\r\n"))
    verdict = gated.judge()

    assert not any("HEAD" in note for note in verdict.notes)
    assert verdict.exit_code == 0


def test_a_worktree_and_a_detached_head(gated, tmp_path):
    other = tmp_path / "tree"
    gated.git("worktree", "add", "-q", "--detach", str(other), "main")
    there = Gated(gated.folder)
    there.ws = there.repo = other
    there.edit("entities/north.yaml", "name: Quay North", "name: Quay Nord")

    assert names(there.judge("main").rulings) == ["entities/north.yaml"]


def test_without_a_trust_root_it_is_said(gated):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    verdict = gated.judge(trust=None)

    assert verdict.exit_code == 1
    assert any("no trust root" in note for note in verdict.notes)


@pytest.mark.parametrize("how", ["in the workspace", "in the development folder", "beside the workspace", "by a link"])
def test_a_trust_root_that_is_judged_with_the_rest_counts_for_nobody(gated, how):
    where = {"beside the workspace": "x/trust.yaml", "in the development folder": ".tidewaiter/trust.yaml"}.get(
        how, "trust.yaml"
    )
    gated.write(where, gated.trust.read_text())
    gated.git("add", "-f", where)
    file = gated.ws / where
    if how == "by a link":
        file = gated.folder / "link.yaml"
        file.symlink_to(gated.ws / where)
    with pytest.raises(InvalidInputError) as told:
        gated.judge(trust=file if how != "in the development folder" else None)

    assert told.value.diagnostics[0].code == "root-inside"


def test_node_settings_that_are_judged_name_no_trust_root(gated):
    gated.write(".tidewaiter/node.yaml", f"trust: {gated.trust}\n")
    assert gated.judge(trust=None).exit_code == 0
    gated.git("add", "-f", ".tidewaiter/node.yaml")
    with pytest.raises(InvalidInputError) as told:
        gated.judge(trust=None)

    assert told.value.diagnostics[0].code == "root-inside"


def test_a_trust_root_of_another_repository_counts(gated):
    """A protected repository beside the workspace's, as CI checks it out."""
    other = gated.folder / "board"
    other.mkdir()
    shutil.copy(gated.trust, other / "trust.yaml")
    gated.git("init", "-q", folder=other)
    gated.git("add", ".", folder=other)
    gated.git("commit", "-q", "-m", "root", folder=other)

    assert gated.judge(trust=other / "trust.yaml").exit_code == 0
