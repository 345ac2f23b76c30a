"""The CI recipes: valid by the systems' own schemas, one command in all, and run as GitHub and GitLab run them."""

import json
import re
import shlex
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest
from forge import DOCUMENT, HOSTILE, RENAMED, Forge
from report_schemas import assert_junit, assert_sarif

from contracts import yaml12

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "examples" / "ci"
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(CI.iterdir())}
SCHEMAS = {
    "github-actions.yml": "github-workflows", "gitlab-ci.yml": "gitlab-ci", "azure-pipelines.yml": "azure-pipelines",
}  # fmt: skip
TOLERANT = " || test $? -eq 1"


def tree_of(name):
    return plain_tree(yaml12.parse(TEXTS[name].encode(), name))


def plain_tree(tree):
    if isinstance(tree, dict):
        return {key: plain_tree(value) for key, value in tree.items()}
    return [plain_tree(value) for value in tree] if isinstance(tree, list) else tree


def jenkins_scripts():
    return [text.replace("\\\n", "") for text in re.findall(r"sh '''\n(.*?)'''", TEXTS["Jenkinsfile"], re.DOTALL)]


GITHUB = {step.get("name", step.get("uses")): step for step in tree_of("github-actions.yml")["jobs"]["gate"]["steps"]}
GITLAB = tree_of("gitlab-ci.yml")["gate"]
AZURE = {step.get("displayName"): step for step in tree_of("azure-pipelines.yml")["steps"]}
HOOKS = {hook["id"]: hook for hook in tree_of("pre-commit-config.yaml")["repos"][0]["hooks"]}
SCRIPTS = {
    "GitHub": (GITHUB["Gate"]["run"], GITHUB["Reports"]["run"]),
    "GitLab": ("\n".join(GITLAB["script"]), "\n".join(GITLAB["after_script"])),
    "Azure": (AZURE["Gate"]["bash"], AZURE["Reports"]["bash"]),
    "Jenkins": tuple(jenkins_scripts()),
}
"""What decides, and what writes reports."""


@pytest.mark.parametrize("name", SCHEMAS)
def test_keeps_to_the_schema_of_its_system(name):
    schema = json.loads(
        (files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{SCHEMAS[name]}.json").read_text()
    )
    validator = jsonschema_rs.validator_for(schema)
    tree = tree_of(name)
    assert [error.message for error in validator.iter_errors(tree)] == []

    steps = tree["jobs"]["gate"]["steps"] if "jobs" in tree else tree.get("steps", [tree.get("gate")])
    steps[0]["an-unknown-key"] = 1
    assert not validator.is_valid(tree)


def commands(script):
    """Commands of ours in a script, with what differs between systems taken out."""
    lines = script.replace("\\\n", " ").split("\n")
    found = [re.sub(r"\s+", " ", line).strip() for line in lines if re.match(r"\s*tidewaiter ", line)]
    found = [re.sub(r'"refs/remotes/origin/[^"]+"', "BASE", line) for line in found]
    found = [re.sub(r'--trust "[^"]+"', "--trust TRUST", line) for line in found]
    return [re.sub(r'--output "[^"]+"', "--output FILE", line) for line in found]


def test_all_systems_hold_the_same_commands():
    check, gate = f"tidewaiter check --files-only .{TOLERANT}", "tidewaiter gate --base BASE --trust TRUST"
    report = f'{gate} --format "$form" --output FILE{TOLERANT}'
    for system, (decides, reports) in SCRIPTS.items():
        own = f"{gate} --format github" if system == "GitHub" else gate
        assert commands(decides) == [check, own], system
        assert commands(reports) == [report], system
    inner = [shlex.split(HOOKS[name]["entry"])[2] for name in ("tidewaiter-check", "tidewaiter-gate")]
    assert inner == [check, f"tidewaiter gate --base refs/remotes/origin/main{TOLERANT}"]
    offered = yaml12.parse((ROOT / ".pre-commit-hooks.yaml").read_bytes(), "hooks")
    assert {hook["id"]: hook["entry"] for hook in offered} == {name: hook["entry"] for name, hook in HOOKS.items()}


def test_no_text_of_others_is_put_into_a_command():
    """Names of branches come through the environment, quoted; no expression stands in a script."""
    for system, scripts in SCRIPTS.items():
        for script in scripts:
            assert "${{" not in script, system
            assert "$(" not in re.sub(r"exec > >\(.*?\)", "", script), system  # Azure's macros are put in as text
            bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", script.replace("$?", ""))
            assert "$" not in bare, (system, bare)
    assert '"""' not in TEXTS["Jenkinsfile"]
    assert 'sh "' not in TEXTS["Jenkinsfile"]
    assert "pull_request_target" not in TEXTS["github-actions.yml"]
    assert tree_of("github-actions.yml")["permissions"] == {}
    assert GITHUB["actions/checkout@v4"]["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_what_installs_comes_from_one_index_and_runs_nothing_of_the_checkout():
    """`python -m pip` in a checkout would import a pip.py that lies there."""
    install = f'pip install --index-url "${{TIDEWAITER_INDEX:?}}" tidewaiter=={version("tidewaiter")}'
    for name, text in TEXTS.items():
        if name != "pre-commit-config.yaml":
            assert install in text, name
            assert "-m pip" not in text, name
    for steps, checkout in ((list(GITHUB), "actions/checkout@v4"), (list(AZURE), None)):
        assert steps.index("Install") < steps.index("Gate")
        if checkout:
            assert steps.index("Install") < steps.index(checkout)


def test_the_page_shows_them_all():
    assert set(SCHEMAS) < set(TEXTS)
    for name in TEXTS:
        assert f"(../examples/ci/{name})" in PAGE


def narrowed(forge):
    forge.edit(DOCUMENT, "maximum: 100", "maximum: 50")


def harmless(forge, outside):
    """Compatible, with a renamed document; beside it a link to somewhere else, and modules that Python would import."""
    forge.git("mv", DOCUMENT, RENAMED)
    forge.edit("contracts/sales/api.yaml", "  1.0:\n", f"  1.0:\n    file: {Path(RENAMED).name}\n")
    forge.edit(RENAMED, "Orders that customers placed", "What customers ordered")
    (forge.ws / "gate-report").symlink_to(outside)
    for module in ("sitecustomize", "pip", "governance", "contracts", "json", "tidewaiter"):
        (forge.ws / f"{module}.py").write_text(f"open({str(outside / 'ran')!r}, 'w')\n", encoding="utf-8")


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A folder that no commit may write to."""
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def forge(tmp_path_factory, outside):
    made = Forge(tmp_path_factory.mktemp("forge"))
    made.propose(HOSTILE, lambda: harmless(made, outside), start="main~1")
    made.git("branch", f"to/{HOSTILE}", "main")
    made.git("push", "-q", "origin", f"to/{HOSTILE}")
    made.propose("narrower", lambda: narrowed(made), start="main~1")
    made.merges = {
        "harmless": made.merged(HOSTILE, f"to/{HOSTILE}", "refs/pull/1/merge"),
        "narrower": made.merged("narrower", "main", "refs/pull/2/merge"),
        "behind": made.merged(HOSTILE, "main~1", "refs/pull/3/merge"),
    }
    # Whoever may push tags names one as the remote branch is named.
    made.git("tag", "origin/main", made.merges["narrower"])
    made.git("push", "-q", "origin", "refs/tags/origin/main")
    return made


@pytest.fixture(scope="module")
def decided(forge):
    """The change as it was, and what the page says that members do about it."""
    blocks = re.findall(r"```sh\n(git .*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 2
    forge.git("switch", "-q", "narrower")
    for person, block in zip(forge.board.people, blocks, strict=True):
        done = forge.run(
            block, forge.ws, TRUST=str(forge.board.trust), LIVE=str(forge.live),
            TIDEWAITER_BOARD_KEY=str(forge.board.key(person)),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    forge.git("switch", "-q", "main")
    return forge.merged("narrower", "main", "refs/pull/4/merge")


def expression(text, known):
    """What GitHub puts in for `${{ a || b }}`: the first that is not empty."""
    names = re.fullmatch(r"\$\{\{ ([a-z_. |A-Z]+?) \}\}", text)[1].split(" || ")
    return next((known[name] for name in names if known.get(name)), "")


class GitHub:
    """A job as GitHub runs it, after `actions/checkout` has fetched a merge: whole, or one commit deep."""

    def __init__(self, forge, name, number, target, depth=0, *, queue=False, trust=None):
        self.forge, self.ws = forge, forge.clone(f"github-{name}")
        mine = f"+refs/pull/{number}/merge:refs/remotes/pull/{number}/merge"
        if depth:
            forge.git("fetch", "--no-tags", "--prune", f"--depth={depth}", "origin", mine, at=self.ws)
        else:
            everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
            forge.git("fetch", "--prune", "origin", *everything, mine, at=self.ws)
        forge.git("checkout", "-q", "--force", f"refs/remotes/pull/{number}/merge", at=self.ws)
        self.temporary = forge.folder / "runs" / f"github-{name}-temp"
        self.temporary.mkdir()
        self.summary = self.temporary / "summary.md"
        trust = forge.board.trust.read_text(encoding="utf-8") if trust is None else trust
        known = {"vars.TIDEWAITER_TRUST": trust}
        known |= {"github.event.merge_group.base_ref": f"refs/heads/{target}"} if queue else {"github.base_ref": target}
        given = {**tree_of("github-actions.yml")["jobs"]["gate"]["env"], **GITHUB["Gate"]["env"]}
        self.variables = {name: expression(text, known) for name, text in given.items()}
        self.variables |= {
            "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(self.temporary), "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_BASE_REF": "" if queue else target, "GITHUB_HEAD_REF": HOSTILE,
        }  # fmt: skip

    def gate(self):
        return self.forge.run(GITHUB["Gate"]["run"], self.ws, **self.variables)

    def reports(self):
        return self.forge.run(GITHUB["Reports"]["run"], self.ws, **self.variables)


class GitLab:
    """A job as GitLab runs it: `GIT_DEPTH` commits of the pipeline's own reference, the whole repository at 0."""

    def __init__(self, forge, name, commit, target, depth=None):
        self.forge, self.ws = forge, forge.clone(f"gitlab-{name}")
        depth = GITLAB["variables"]["GIT_DEPTH"] if depth is None else depth
        reference = f"refs/pipelines/{name}"
        forge.git("update-ref", reference, commit, at=forge.origin)
        mine = f"+{reference}:{reference}"
        if int(depth):
            forge.git("fetch", "--prune", "--depth", depth, "origin", mine, at=self.ws)
        else:
            everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
            forge.git("fetch", "--prune", "origin", mine, *everything, at=self.ws)
        forge.git("checkout", "-q", "-f", commit, at=self.ws)
        self.variables = {
            "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": commit,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": target, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": HOSTILE,
            "TIDEWAITER_TRUST": str(forge.board.trust),
        }  # fmt: skip

    def gate(self, script=None):
        return self.forge.run(script or SCRIPTS["GitLab"][0], self.ws, **self.variables)

    def reports(self):
        return self.forge.run(SCRIPTS["GitLab"][1], self.ws, **self.variables)


def test_github_harmless(forge, outside):
    job = GitHub(forge, "harmless", 1, f"to/{HOSTILE}")
    done = job.gate()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "::notice title=Release gate::2 changes: 2 automatic (2 compatible)" in done.stdout
    assert not any(job.ws.rglob("ran"))
    assert not any(outside.iterdir())


def test_github_undecided(forge):
    """A tag that is named as the remote branch is, and is at the change itself, takes nobody in."""
    job = GitHub(forge, "undecided", 2, "main")
    assert forge.git("rev-parse", "origin/main", at=job.ws) == forge.merges["narrower"]
    done = job.gate()

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^::error file={DOCUMENT},line=\d+,.*maximum was 100, is now 50", done.stdout, re.MULTILINE)

    assert job.reports().returncode == 0
    assert "maximum was 100, is now 50" in job.summary.read_text(encoding="utf-8")
    assert len(assert_sarif((job.temporary / "gate.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) == 1
    assert (job.temporary / "gate.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_github_decided_and_in_the_merge_queue(forge, decided):
    job = GitHub(forge, "decided", 4, "main", queue=True)
    done = job.gate()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 decided" in done.stdout
    assert forge.git("rev-parse", "HEAD", at=job.ws) == decided


def mended(job, done):
    """The job again, after the command that its message gives."""
    (command,) = set(re.findall(r"git (?:fetch|merge) [^\s()`;,]+", done.stderr))
    again = job.forge.run(command, job.ws)
    assert again.returncode == 0, again.stderr
    return job.gate()


def test_github_shallow(forge):
    job = GitHub(forge, "shallow", 1, f"to/{HOSTILE}", depth=1)
    done = job.gate()

    assert (done.returncode, done.stdout.count("::")) == (2, 0), done.stdout
    assert "shallow" in done.stderr
    assert mended(job, done).returncode == 0


def test_github_the_target_went_on_since_it_was_merged(forge):
    job = GitHub(forge, "behind", 3, "main")
    done = job.gate()

    assert done.returncode == 2, done.stdout
    assert re.search(r"not-an-ancestor.*git merge refs/remotes/origin/main", done.stderr)


def test_github_gives_no_trust_root_to_a_fork(forge):
    done = GitHub(forge, "fork", 2, "main", trust="").gate()

    assert done.returncode == 2, done.stdout
    assert "trust.yaml" in done.stderr


def test_gitlab_harmless(forge, outside):
    """Also where a commit puts a link at the place of the reports: nothing is written through it."""
    job = GitLab(forge, "harmless", forge.merges["harmless"], f"to/{HOSTILE}")
    done = job.gate()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 changes: 2 automatic (2 compatible)" in done.stdout

    assert (job.ws / "gate-report").is_symlink()
    assert job.reports().returncode == 0
    assert_junit((job.ws / "gate-report/gate.junit").read_text(encoding="utf-8"))
    assert (job.ws / GITLAB["artifacts"]["paths"][0]).is_file()
    assert not any(job.ws.rglob("ran"))
    assert not any(outside.iterdir())


def test_gitlab_undecided(forge):
    done = GitLab(forge, "undecided", forge.merges["narrower"], "main").gate()

    assert done.returncode == 1, done.stdout + done.stderr
    assert "maximum was 100, is now 50" in done.stdout


def test_gitlab_decided_on_a_branch_that_has_merged_its_target(forge, decided):
    """A pipeline of the branch itself, not of merged results: it counts from when the target is in it."""
    job = GitLab(forge, "branch", forge.git("rev-parse", "narrower"), "main")
    done = job.gate()
    assert done.returncode == 2, done.stdout
    again = mended(job, done)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "1 decided" in again.stdout
    assert forge.git("rev-parse", "HEAD^{tree}", at=job.ws) == forge.git("rev-parse", f"{decided}^{{tree}}")


def test_gitlab_shallow(forge):
    job = GitLab(forge, "shallow", forge.merges["harmless"], f"to/{HOSTILE}", depth="1")
    done = job.gate()

    assert done.returncode == 2, done.stdout
    assert re.search(r"shallow.*git fetch --unshallow", done.stderr)


def test_gitlab_the_merge_base_is_stale(forge):
    """`CI_MERGE_REQUEST_DIFF_BASE_SHA` is where the branch left its target, which has gone on since."""
    job = GitLab(forge, "stale", forge.merges["narrower"], "main")
    job.variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = forge.git("merge-base", "main", "narrower")
    named = "refs/remotes/origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    line = SCRIPTS["GitLab"][0].split("\n")[1]
    assert named in line
    done = job.gate(line.replace(named, "$CI_MERGE_REQUEST_DIFF_BASE_SHA"))

    assert done.returncode == 2, done.stdout
    assert "stale-base" in done.stderr


def test_azure_obeys_no_command_of_a_contract(forge):
    """The agent looks for commands anywhere in a line."""
    job = GitHub(forge, "azure", 2, "main")
    attack = "- {name: 'a##vso[task.complete result=Succeeded;]', in: query, required: true, schema: {type: string}}"
    document = job.ws / DOCUMENT
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("- name: status", f"{attack}\n        - name: status", 1), encoding="utf-8")
    done = forge.run(
        AZURE["Gate"]["bash"], job.ws, ("bash", "--noprofile", "--norc"),
        SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main", TRUST=str(forge.board.trust),
    )  # fmt: skip

    assert done.returncode == 1, done.stdout + done.stderr
    assert "vso[task.complete" in done.stdout
    assert "##" not in done.stdout + done.stderr


def test_the_hook_tells_an_undecided_change_and_lets_it_be_pushed(forge):
    job = GitHub(forge, "hook", 2, "main")
    done = forge.run(HOOKS["tidewaiter-gate"]["entry"], job.ws)
    assert done.returncode == 0, done.stderr
    assert "maximum was 100, is now 50" in done.stdout

    forge.git("update-ref", "-d", "refs/remotes/origin/main", at=job.ws)
    assert forge.run(HOOKS["tidewaiter-gate"]["entry"], job.ws).returncode != 0
