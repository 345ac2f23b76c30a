"""A revision of git, a release and a running gateway: the same difference, the same findings; and so says the build."""

import os
import shutil
from pathlib import Path

import pytest
import yaml
from gated import Gated, names, ruling_of, told
from processes import Served

from contracts.diagnostic import InvalidInputError
from gateway.trust.register import read_register

TABLE = yaml.safe_load((Path(__file__).parent / "commits.yaml").read_text())
SECRETS = ("KEY_PEPPER", "ERP_USER", "ERP_PASSWORD")


def change(gated):
    """Something of each kind in one go."""
    gated.edit("contracts/orders/1.0.yaml", "maximum: 100,", "maximum: 10,")
    gated.edit("contracts/catalog/api.yaml", "visibility: public", "visibility: partner")
    gated.edit("consumers/edi.yaml", "entities: [south]", "entities: [south, north]")
    gated.edit("policies/plans.yaml", "burst: 10", "burst: 20")
    gated.edit("environments/test.yaml", "purpose: test\n", "")
    gated.edit("governance/board.yaml", "who: quorum", "who: owner")
    gated.edit("governance/lint.yaml", "profile: wire", "profile: strict")
    gated.remove("governance/lifecycle.yaml")
    gated.write("consumers/lab.yaml", gated.text("consumers/web.yaml").replace("claim: web", "claim: lab"))


def test_a_release_says_what_git_says(gated):
    release = gated.release("base.json")
    change(gated)
    by_git, by_release = gated.judge("main"), gated.judge(release)

    assert told(by_git.rulings) == told(by_release.rulings)
    assert by_git.exit_code == by_release.exit_code == 1
    assert len(by_git.rulings) == 9
    assert told(gated.build(release).rulings) == told(by_release.rulings)


@pytest.mark.parametrize("environment", ["prod", "test"])
def test_in_an_environment(gated, environment):
    """Only that environment's file counts, and decisions for it."""
    release = gated.release("base.json", environment)
    change(gated)
    by_git, by_release = gated.judge("main", environment=environment), gated.judge(release)

    assert told(by_git.rulings) == told(by_release.rulings)
    assert ("environments/test.yaml" in names(by_git.rulings)) == (environment == "test")
    assert told(gated.build(release, environment).rulings) == told(by_release.rulings)


def test_a_release_is_of_one_environment(gated):
    with pytest.raises(InvalidInputError) as fault:
        gated.judge(gated.release("base.json", "prod"), environment="test")

    assert fault.value.diagnostics[0].code == "wrong-base"


@pytest.mark.parametrize("number", range(0, 40, 10), ids=[row["commit"] for row in TABLE][::10])
def test_the_build_judges_as_the_gate_does(gated, number):
    """Every tenth of the forty commits; `make gate-table` has all of them."""
    from importlib import util

    spec = util.spec_from_file_location("commits", Path(__file__).parent / "test_commits.py")
    commits = util.module_from_spec(spec)
    spec.loader.exec_module(commits)
    for row in TABLE[:number]:
        commits.make(gated, row)
    release = gated.release("base.json")
    commits.make(gated, TABLE[number])

    assert told(gated.build(release).rulings) == told(gated.judge("HEAD~1").rulings)


def test_without_git_a_release_is_a_base_all_the_same(gated, monkeypatch):
    release = gated.release("base.json")
    shutil.rmtree(gated.repo / ".git")
    monkeypatch.setenv("PATH", str(gated.folder))
    change(gated)

    assert len(gated.judge(release).rulings) == 9


def test_a_link_in_the_workspace_whatever_the_base_is(gated):
    release = gated.release("base.json")
    (gated.ws / "consumers/web.yaml").rename(gated.folder / "web.yaml")
    (gated.ws / "consumers/web.yaml").symlink_to(gated.folder / "web.yaml")
    with pytest.raises(InvalidInputError) as fault:
        gated.judge(release)

    assert fault.value.diagnostics[0].code == "symlink"


@pytest.fixture(scope="module")
def served(template, tmp_path_factory):
    """A gateway that serves the workspace as it is on the branch main."""
    folder = tmp_path_factory.mktemp("served")
    made = Gated(folder)
    shutil.copytree(template.folder, folder, dirs_exist_ok=True, symlinks=True)
    made.git("checkout", "-q", "main")
    made.write(".gitignore", ".tidewaiter/\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in SECRETS:
            patch.setenv(f"TIDEWAITER_SECRET_{name}", "a secret of the tests, long enough")
        gateway = Served(made.ws, workers=1, cors={"origins": ["https://shop.quay.example"]})
        settings = made.text("tidewaiter.yaml").replace('"processes"', '"quay"')
        made.write("tidewaiter.yaml", settings)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        made.commit("served")
        made.git("checkout", "-q", "-B", "change")
        with gateway:
            yield made


def test_a_running_gateway_says_what_git_says(served):
    assert served.judge("live:").exit_code == served.judge("main").exit_code == 0
    change(served)
    served.commit("the change")
    by_git, by_live = served.judge("main"), served.judge("live:")

    assert told(by_git.rulings) == told(by_live.rulings)
    assert by_live.exit_code == 1
    assert by_live.made.base_digest.startswith("sha256:")


def test_an_approval_that_is_older_than_what_is_served(served):
    """Made use of since, or not: a gateway knows no history."""
    served.git("checkout", "-q", "-B", "older", "main")
    served.edit("contracts/orders/1.0.yaml", "maximum: 100,", "maximum: 10,")
    served.decide("old", served.judge("live:"))
    assert served.judge("live:").exit_code == 0

    # As it would be had the gateway been told to serve the decision, too.
    from governance.gate import held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "read_register", lambda _: read_register(served.ws))
        found = ruling_of(served.judge("live:"), "orders@1.0")
    assert found.decided_by is None
    assert "before what is served was activated" in found.why_not[0]
    shutil.rmtree(served.ws / "decisions")
    served.git("checkout", "-q", "-f", "change")


def test_where_no_gateway_answers(gated):
    with pytest.raises(InvalidInputError) as fault:
        gated.judge("live:http://127.0.0.1:9")

    assert fault.value.diagnostics[0].code == "not-reached"
    assert "start it" in fault.value.diagnostics[0].remedy


def test_a_gateway_is_of_one_environment(served):
    with pytest.raises(InvalidInputError) as fault:
        served.judge("live:", environment="prod")

    assert fault.value.diagnostics[0].code == "wrong-base"


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}), (200, {"files": 3}), (200, []), (200, {"files": {"../x": ""}, "release": "r", "environment": None}),
        (200, {"files": {"/x": ""}, "release": "r", "environment": None}),
        (200, {"files": {"a": "", "a/b": ""}, "release": "r", "environment": None}),
        (200, {"files": {"a" * 300: ""}, "release": "r", "environment": None}),
        (200, {"files": {"a\0b": ""}, "release": "r", "environment": None}),
        (200, {"files": {"a": "%"}, "release": "r", "environment": None}), (503, {"error": "it is ending"}), (404, {}),
    ],
)  # fmt: skip
def test_what_answers_is_no_gateway(gated, monkeypatch, answer):
    monkeypatch.setattr("governance.gate.from_live.ask", lambda *_, **__: answer)
    with pytest.raises(InvalidInputError) as fault:
        gated.judge("live:http://127.0.0.1:1")

    assert fault.value.diagnostics[0].code == "not-reached"
    assert not (gated.folder / "x").exists()
