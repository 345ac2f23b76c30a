"""What is left of signed statements for other nodes, and that nothing which somebody signed is written over."""

import json

import pytest
from board import Board
from released import Node

from gateway.trust.keys import create_private, new_private
from gateway.trust.place import DEVELOPMENT_KEY

OVERRIDE = {"threshold": 1, "members": ["anna", "bert", "carl"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A node whose root needs one person, on which `first` is active."""
    node = Node(tmp_path_factory.mktemp("left") / "n", threshold=1)
    node.build("first")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def test_one_signature_leaves_files_that_another_node_takes(made, node, command, tmp_path):
    into, other = tmp_path / "sign", made.copied(tmp_path / "other")
    file, key = node.folder / "first.json", ("--key", node.key("anna"))
    where = ("-w", node.home, "-e", "prod")
    code, _, told = command("release", "activate", file, *where, *key)
    assert (code, "with --into DIR" in told) == (0, True), told
    code, _, told = command("release", "activate", file, *where, *key, "--into", into)
    assert (code, f"{into}/first.vouch.yaml" in told) == (0, True), told
    code, _, told = command(
        "release", "withdraw", "ab" * 32, "--unknown-too", "--reason", "why", *where, *key, "--into", into
    )
    assert (code, f"--statement {into}/revocation-1.yaml" in told) == (0, True), told
    names = [f"first.{kind}{end}" for kind in ("activation", "vouch") for end in (".dsse.json", ".yaml")]
    assert sorted(path.name for path in into.iterdir()) == [*names, "revocation-1.dsse.json", "revocation-1.yaml"]

    there = ("-w", other.home, "-e", "prod")
    assert command("release", "activate", other.folder / "first.json", *there, "--into", into)[0] == 0
    assert command("release", "withdraw", "--statement", into / "revocation-1.yaml", *there)[0] == 0
    assert other.node().log()[0].length == node.node().log()[0].length == 2


def test_an_envelope_of_the_store_is_a_statement(made, node, command, tmp_path):
    other = made.copied(tmp_path / "other")
    node.activate("first", "anna")
    other.activate("first", "anna")
    where = ("-e", "prod", "--key", node.key("anna"), "-w", node.home)
    code, _, told = command("release", "withdraw", "ab" * 32, "--unknown-too", "--reason", "why", *where)
    taken = node.node().log()[0].entries[1].statement
    stored = node.node().statement_path(taken)
    assert (code, f"--statement {stored}" in told) == (0, True), told
    text = stored.read_bytes()

    assert command("release", "withdraw", "--statement", stored, "-e", "prod", "-w", other.home)[0] == 0
    assert other.node().log()[0].entries[1].statement == taken
    assert (3, text) == (len(list(stored.parent.iterdir())), stored.read_bytes())
    # What it says is shown to whoever signs it as well.
    code, out, _ = command("release", "sign", stored, "--key", node.key("bert"), "-w", node.home)
    assert (code, 'type: "revocation"' in out) == (0, True)


class Overriding(Board):
    def __init__(self, folder):
        super().__init__(folder)
        self.write_root(roles=self.root()["roles"] | {"override": OVERRIDE})
        (self.ws / ".tidewaiter/node.yaml").write_text(json.dumps({"trust": str(self.trust)}))


def test_the_override_of_somebody_else_is_not_written_over(tmp_path, command):
    board = Overriding(tmp_path)
    begin = ("override", "begin", "--unknown-too", "--hours", "2", "--reason", "why", "-e", "prod", "-w", board.ws)
    into = ("--into", tmp_path / "sign")
    code, _, told = command(*begin, "sales/listOrders", *into, "--key", board.key("anna"))
    assert (code, f"override sign {tmp_path}/sign/override-1.yaml --key FILE -w {board.ws}" in told) == (1, True), told
    assert f"override take {tmp_path}/sign/override-1.yaml -w {board.ws} -e prod" in told
    before = {path: path.read_bytes() for path in (tmp_path / "sign").iterdir()}

    code, _, told = command(*begin, "sales/getOrder", *into, "--key", board.key("bert"))
    assert (code, "there is another one, signed by anna: operations is" in told, "--into" in told) == (2, True, True)
    assert {path: path.read_bytes() for path in (tmp_path / "sign").iterdir()} == before
    # The same one is signed by both, and its file stays whole.
    code, _, told = command(*begin, "sales/listOrders", *into, "--key", board.key("bert"))
    assert (code, f"override take {tmp_path}/sign/override-1.yaml -e prod" in told) == (0, True), told
    envelope = json.loads((tmp_path / "sign/override-1.dsse.json").read_text())
    assert len(envelope["signatures"]) == 2


def test_the_development_key_is_not_taken_on_a_real_root(tmp_path, command):
    board = Overriding(tmp_path)
    create_private(new_private(), board.ws / DEVELOPMENT_KEY)
    begin = ("override", "begin", "--unknown-too", "sales/listOrders", "--hours", "2", "--reason", "why", "-e", "prod")
    code, _, told = command(*begin, "-w", board.ws, "--by", "anna", "--into", tmp_path / "sign")
    assert (code, "nobody signed it yet" in told) == (1, True), told
    draft = ("board", "draft", "first", "--title", "t", "--reason", "why", "-w", board.ws, "--sign")
    for root in ((), ("--trust", board.trust)):
        code, _, told = command(*draft, *root)
        assert (code, "no key is named" in told) == (2, True), told
    # Named all the same, it is told by its file.
    code, _, told = command(*begin, "-w", board.ws, "--by", "anna", "--key", board.ws / DEVELOPMENT_KEY)
    assert (code, f"the key {board.ws / DEVELOPMENT_KEY} is of no member of the trust root" in told) == (2, True), told
