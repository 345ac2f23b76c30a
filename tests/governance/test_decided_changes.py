"""What changes by a decision, told to whoever signs: what was judged, on the content that it covers, and nothing else."""

import re
from datetime import timedelta

import pytest
from board import NOW, SOME
from board_pages import Browser, Pages
from released import Node

from gateway.release_file import read_release
from gateway.trust.decision import About
from gateway.trust.keys import read_private
from governance.release.build import judge_workspace
from governance.release.open_changes import what_is_open
from governance.reports.decided_changes import MOST_LINES

CONTRACT = "contracts/sales/1.0.yaml"
BREAKS = "breaks: GET /orders: query parameter limit: maximum was 100, is now 10 [request-maximum-narrowed"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`second` is drafted on the release `first`, which is active in the workspace's own store."""
    node = Node(tmp_path_factory.mktemp("decided") / "n")
    node.build("first")
    node.edit(CONTRACT, "maximum: 100\n", "maximum: 10\n")
    held = f"release:{node.folder}/first.json"
    node.draft("second", what_is_open(judge_workspace(node.ws, "prod", held, node.trust, NOW)))
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


@pytest.fixture
def show(node, command):
    return lambda *more: command("board", "show", *more, "-w", node.ws, "--trust", node.trust)


def kept(node):
    """The base, in the store of the node that the workspace is."""
    path = node.folder / "first.json"
    files = node.ws / ".tidewaiter/releases/files"
    files.mkdir(parents=True)
    digest = read_release(path)[1]
    (files / f"{digest.removeprefix('sha256:')}.json").write_bytes(path.read_bytes())
    return digest


def test_what_breaks_and_for_whom_is_told(node, show):
    kept(node)
    code, out, err = show("second")
    assert code == 0, err
    assert BREAKS in out
    assert "may be called by first-app (developer@example.com)" in out
    assert "--effective" in out
    node.sign("second")
    assert BREAKS in show("second")[1]


def test_where_the_base_is_not_here_the_command_that_shows_it_is_told(node, show):
    digest = read_release(node.folder / "first.json")[1]
    _, out, _ = show("second")
    assert (BREAKS in out, f"the release {digest} is not in this node's store" in out) == (False, True)
    assert "tidewaiter board show second --base release:FILE" in out
    assert BREAKS in show("second", "--base", f"release:{node.folder}/first.json")[1]
    node.edit("entities/acme.yaml", "name: ", "name: The ")
    node.build("other", "first")
    code, _, err = show("second", "--base", f"release:{node.folder}/other.json")
    assert (code, "was held against" in err) == (2, True)


@pytest.mark.parametrize("edit", [("maximum: 10\n", "maximum: 11\n"), ("maximum: 10\n", "maximum: 100\n")])
def test_another_content_than_it_covers_is_never_shown_for_it(node, show, edit):
    kept(node)
    node.edit(CONTRACT, *edit)
    code, out, _ = show("second")
    assert code == 0
    assert "sales@1.0: the workspace has other content by now than this decision covers" in out
    assert ("breaks" in out, "--effective" in out) == (False, False)


def test_a_first_release_and_a_workspace_that_cannot_be_judged(node, show):
    node.edit(CONTRACT, "maximum: 10\n", "maximum: 100\n")
    _, out, _ = show("first")
    assert "exposes: GET /" not in out
    assert "there is no base: all of it is new" in out
    node.edit("entities/acme.yaml", "country: ", "country: [")
    code, out, _ = show("first")
    assert code == 0
    assert "not told here: the workspace cannot be judged: entities/acme.yaml" in out


def test_a_long_list_is_cut_and_the_command_for_all_of_it_told(node, show):
    kept(node)
    text = (node.ws / "consumers/first-app.yaml").read_text()
    for number in range(MOST_LINES):
        path = node.ws / f"consumers/app-{number}.yaml"
        path.write_text(re.sub(r"id: .*", f"id: k{number:07}", text))
    held = f"release:{node.folder}/first.json"
    about = what_is_open(judge_workspace(node.ws, "prod", held, node.trust, NOW))
    node.draft("many", about, until=NOW + timedelta(days=4000))
    _, out, _ = show("many")
    assert "more lines: tidewaiter board show many --all" in out
    told = show("many", "--all")[1]
    assert f"consumers/app-{MOST_LINES - 1}.yaml" in told
    assert "more lines" not in told


async def test_the_page_tells_the_same_where_no_report_does(node):
    node.key_of = lambda person: read_private(node.key(person))
    browser = await Browser(Pages(node)).sign_in("anna")
    assert "is not in this node's store" in (await browser.get("/decisions/second")).plain
    kept(node)
    assert BREAKS in (await browser.get("/decisions/second")).plain
    node.sign("second")
    settled = (await browser.get("/decisions/second")).plain
    assert (BREAKS in settled, "in words: tidewaiter board show second" in settled) == (False, True)


def test_what_counts_for_the_gate_alone_is_told_as_that(node, show):
    node.draft("gated", About(contracts={"sales@1.0": SOME}))
    assert "not told here: it names no release that it was held against" in show("gated")[1]
