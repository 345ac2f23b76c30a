"""What nobody need have decided on: as the judgement finds it, a gateway takes it; what is new or gone as a whole, never."""

import shutil
from dataclasses import replace

import pytest
from board import NOW
from released import Node

from contracts.diagnostic import InvalidInputError
from contracts.layout import POLICIES
from gateway.release_file import AUTOMATIC, digest_of
from gateway.releases.automatic import ONE_OF_A_KIND
from governance.changes import files as governed
from governance.changes.fields.compare import BEGUN
from governance.release.build import judge_workspace, release_of

CONTRACT = "contracts/sales/1.0.yaml"
API = "contracts/sales/api.yaml"
WAIVER = """kind: waiver
api: sales
rule: request-maximum-narrowed
paths: ["/orders"]
methods: [GET]
owner: finance
reason: No page has had more than ten rows since 2019.
until: 2026-11-28
approved_by: [anna]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`first` is live: with a draft, a second system that nobody uses, and a waiver that was decided on."""
    node = Node(tmp_path_factory.mktemp("automatic") / "n")
    version(node, "1.1", "draft")
    copy(node, "systems/sample.yaml", "systems/spare.yaml")
    (node.ws / "decisions").mkdir(exist_ok=True)
    (node.ws / "decisions/pages.yaml").write_text(WAIVER)
    node.build("first")
    node.activate("first")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def version(node, name, stage):
    copy(node, CONTRACT, f"contracts/sales/{name}.yaml")
    node.edit(f"contracts/sales/{name}.yaml", "version: 1.0", f"version: {name}")
    with (node.ws / API).open("a") as file:
        file.write(f"  {name}:\n    stage: {stage}\n")


def copy(node, old, new):
    (node.ws / new).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(node.ws / old, node.ws / new)


def gone(node, *files):
    for file in files:
        (node.ws / file).unlink()


def written(node, file, text):
    (node.ws / file).write_text(text)


def another_api(node):
    copy(node, CONTRACT, "contracts/stock/1.0.yaml")
    copy(node, API, "contracts/stock/api.yaml")
    node.edit("contracts/stock/api.yaml", "  1.1:\n    stage: draft\n", "")


def moved_on(node):
    """1.1 is served in the place of 1.0, which is gone."""
    node.edit(API, "  1.1:\n    stage: draft", "  1.1:\n    stage: active")
    node.edit(API, "  1.0:\n    stage: active\n", "")
    node.edit("entities/acme.yaml", "sales@1.0", "sales@1.1")
    gone(node, CONTRACT)


def judged(node, base):
    return judge_workspace(node.ws, "prod", f"release:{node.folder}/{base}.json" if base else None, node.trust, NOW)


def vouched(node, base):
    """Built by somebody who lets everything pass: each change is called automatic."""
    there = judged(node, base)
    rulings = tuple(replace(one, decided_by=AUTOMATIC) for one in there.rulings)
    return release_of(replace(there, rulings=rulings), node.ws, "carl").text()


NEVER = {
    # what is called automatic: (how, the name of the change)
    "a new entity": (lambda node: copy(node, "entities/acme.yaml", "entities/beta.yaml"), "entities/beta.yaml"),
    "a new system": (lambda node: copy(node, "systems/sample.yaml", "systems/other.yaml"), "systems/other.yaml"),
    "a system that is gone": (lambda node: gone(node, "systems/spare.yaml"), "systems/spare.yaml"),
    "a consumer that is gone": (lambda node: gone(node, "consumers/first-app.yaml"), "consumers/first-app.yaml"),
    "a new api": (another_api, "contracts/stock/api.yaml"),
    "a contract of a new api": (another_api, "stock@1.0"),
    "a major that nobody had": (lambda node: version(node, "2.0", "active"), "sales@2.0"),
    "a served contract that is gone": (moved_on, "sales@1.0"),
    "a new waiver": (
        lambda node: written(node, "decisions/more.yaml", WAIVER.replace("/orders", "/orders/{id}")),
        "decisions/more.yaml",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEVER)
def test_what_is_new_or_gone_as_a_whole_is_decided_on_whoever_vouched(node, name):
    change, changed = NEVER[name]
    change(node)
    text = vouched(node, "first")
    with pytest.raises(InvalidInputError) as raised:
        node.by_hand(text, (node.folder / "first.json").read_bytes())
    assert {one.code for one in raised.value.diagnostics} == {"uncovered"}
    assert f"nothing lets the change of {changed}: nobody decided on it, and it is" in str(raised.value)
    assert node.live().digest == digest_of((node.folder / "first.json").read_bytes())


def test_a_first_release_is_decided_on_whoever_vouched(tmp_path):
    """Two roles that are not the board's make a release by themselves, and a new node takes nothing of the kind."""
    node = Node(tmp_path / "n")
    text = vouched(node, None)
    with pytest.raises(InvalidInputError) as raised:
        node.by_hand(text)
    told = {one.message.partition(": ")[0] for one in raised.value.diagnostics}
    assert told == {f"nothing lets the change of {one.change.name}" for one in judged(node, None).rulings}
    assert node.node().log()[0].length == 0


def draft_goes(node):
    gone(node, "contracts/sales/1.1.yaml")
    node.edit(API, "  1.1:\n    stage: draft\n", "")


AUTOMATICALLY = {
    "a comment": lambda node: node.edit(CONTRACT, "openapi:", "# a note\nopenapi:"),
    "a name for readers": lambda node: node.edit("entities/acme.yaml", "ACME Ltd", "ACME Limited"),
    "a new draft": lambda node: version(node, "1.2", "draft"),
    "a draft of another major": lambda node: version(node, "2.0", "draft"),
    "a draft that is another one": lambda node: node.edit("contracts/sales/1.1.yaml", "maximum: 100\n", "maximum: 1\n"),
    "a draft that is gone": draft_goes,
    "a waiver that is gone": lambda node: gone(node, "decisions/pages.yaml"),
    "a waiver that stands twice": lambda node: copy(node, "decisions/pages.yaml", "decisions/again.yaml"),
    "modes that said nothing are gone": lambda node: gone(node, "policies/modes.yaml"),
    "issuers that said nothing are gone": lambda node: gone(node, "policies/issuers.yaml"),
}


@pytest.mark.parametrize("name", AUTOMATICALLY)
def test_what_the_judgement_calls_automatic_is_taken(node, name):
    AUTOMATICALLY[name](node)
    there = judged(node, "first")
    assert there.rulings
    assert {one.decided_by for one in there.rulings} == {AUTOMATIC}, [
        (one.change.name, one.change.reasons) for one in there.uncovered
    ]
    node.build("second", "first")
    assert node.activate("second").state == "taken"
    assert node.live().digest == digest_of((node.folder / "second.json").read_bytes())


@pytest.mark.parametrize("begin", [
    lambda node: version(node, "1.2", "active"),
    lambda node: node.edit(API, "  1.1:\n    stage: draft", "  1.1:\n    stage: active"),
], ids=["new", "was a draft"])  # fmt: skip
def test_of_a_version_that_breaks_nobody_only_its_stage_is_decided_on(node, begin):
    begin(node)
    there = judged(node, "first")
    assert [one.change.name for one in there.uncovered] == [API]
    node.build("second", "first")
    assert {one.change.name for one in judged(node, "first").rulings if one.decided_by == "second"} == {API}
    assert node.activate("second").state == "taken"


def test_files_that_hold_something_where_they_are_not_there_are_those_of_the_judgement():
    """By kind of file that there is one of."""
    kinds = {kind: file for file, kind in governed._GOVERNED.items()}
    kinds |= {file.removesuffix(".yaml"): f"policies/{file}" for file in POLICIES}
    assert {kinds[kind] for kind in BEGUN} == ONE_OF_A_KIND
