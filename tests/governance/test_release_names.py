"""What is withdrawn or overridden is named rightly: environments, consumers, keys, issuers, operations."""

import json

import pytest
from released import Node

from gateway.releases.store import open_node


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    node = Node(tmp_path_factory.mktemp("names") / "n", threshold=1)
    node.build("first")
    node.activate("first")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def run(command, node, *words, environment="prod"):
    key = () if words[1] in ("list", "end") else ("--key", node.key("anna"), "--into", node.folder)
    return command(*words, "-w", node.home, "-e", environment, *key)


@pytest.mark.parametrize(
    "words",
    [
        ("release", "withdraw", "--consumer", "first-app", "--reason", "stolen"),
        ("release", "list"),
        ("override", "begin", "sales/listOrders", "--hours", "1", "--reason", "because"),
        ("override", "list"),
        ("override", "end"),
        ("release", "rollback", "--reason", "because"),
    ],
)  # fmt: skip
def test_a_misspelt_environment(command, node, words):
    code, out, err = run(command, node, *words, environment="prdo")

    assert (code, out) == (2, "")
    assert "no-environment" in err
    assert "write -e prod" in err
    assert not (node.own / "releases/environments/prdo").exists()


@pytest.mark.parametrize(
    ("option", "name", "near"),
    [
        ("--consumer", "fist-app", "write first-app"),
        ("--key-id", "zzzzzzzz", "is it spelt right?"),
        ("--issuer", "zork", "is it spelt right?"),
        ("--issuer-key", "nope/k1", "is it spelt right?"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_has(command, node, option, name, near):
    words = ("release", "withdraw", option, name, "--reason", "stolen")
    code, _, err = run(command, node, *words)

    assert code == 2
    assert "unknown-name" in err
    assert near in err
    assert open_node(node.home, "prod").log()[0].of("revocation") == ()
    code, _, err = run(command, node, *words, "--unknown-too")
    assert code == 0
    assert "for good: " in err


def test_what_was_withdrawn_before(command, node):
    words = ("release", "withdraw", "--consumer", "first-app", "--reason", "stolen")
    assert run(command, node, *words)[0] == 0
    code, _, err = run(command, node, *words)
    assert (code, err) == (0, "all of it was revoked before: nothing was done\n")
    assert len(open_node(node.home, "prod").log()[0].of("revocation")) == 1


def test_an_operation_that_no_contract_has(command, node):
    words = ("override", "begin", "sales/listOrder", "--hours", "1", "--reason", "because")
    code, _, err = run(command, node, *words)
    assert code == 2
    assert "unknown-operation" in err
    assert "write sales/listOrders" in err
    _, _, err = run(command, node, "override", "begin", "sales/nope", "--hours", "1", "--reason", "because")
    assert "; sales has " in err
    assert "listOrders" in err
    assert "write " not in err


def test_a_return_to_what_was_withdrawn_is_refused_before_anybody_signs(command, node):
    digest = open_node(node.home, "prod").log()[0].live.release
    node.edit("policies/plans.yaml", "requests: 120", "requests: 100")
    node.build("second", "first")
    node.activate("second")
    assert run(command, node, "release", "withdraw", digest, "--reason", "stolen")[0] == 0

    code, _, err = run(command, node, "release", "rollback", digest, "--reason", "because")

    assert code == 2
    assert "withdrawn-release" in err
    assert not list(node.folder.glob("rollback*"))
    rows = json.loads(run(command, node, "release", "list", "--format", "json")[1])
    assert [row["live"] for row in rows] == [False, True]


def test_a_release_that_was_never_here(command, node):
    digest = open_node(node.home, "prod").log()[0].live.release
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    words = ("release", "withdraw", other, "--reason", "stolen")

    code, _, err = run(command, node, *words)

    assert (code, "no-release" in err, f"write {digest}" in err, "--unknown-too" in err) == (2, True, True, True)
    assert open_node(node.home, "prod").log()[0].of("revocation") == ()
    assert run(command, node, *words, "--unknown-too")[0] == 0
    assert f"release {other}  (not in this store)" in run(command, node, "release", "list")[1]
    told = json.loads(run(command, node, "release", "list", "--revoked", "--format", "json")[1])
    assert [row["releases"] for row in told] == [[other]]


def test_no_environment_where_only_others_were_taken(command, node, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_NODE", str(node.own / "node.yaml"))
    code, _, err = command("release", "list", "-w", node.ws)
    assert (code, "write -e prod" in err) == (2, True), err


def test_a_return_where_nothing_else_was_active(command, node):
    code, _, err = run(command, node, "release", "rollback", "--reason", "because")
    assert (code, "no other release was active here" in err) == (2, True), err


def test_the_list_says_where_a_release_lies(command, node):
    opened = open_node(node.home, "prod")
    where = opened.release_path(opened.log()[0].live.release)
    assert f"file: {where}" in run(command, node, "release", "list")[1]


def test_what_was_withdrawn_is_told_so_wherever_it_is_asked_for(command, node):
    digest = open_node(node.home, "prod").log()[0].live.release
    node.edit("policies/plans.yaml", "requests: 120", "requests: 100")
    node.build("second", "first")
    node.activate("second")
    assert run(command, node, "release", "withdraw", digest, "--reason", "stolen")[0] == 0

    for words in (("activate", node.folder / "first.json"), ("rollback", "--reason", "because")):
        code, _, err = run(command, node, "release", *words)
        assert (code, "withdrawn-release" in err, "build and activate another one" in err) == (2, True, True), err


def test_what_is_built_on_no_base_beside_a_live_release_is_told_the_base(command, node, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_NODE", str(node.own / "node.yaml"))
    opened = open_node(node.home, "prod")
    base = f"--base release:{opened.release_path(opened.log()[0].live.release)}"
    output = node.folder / "second.json"
    node.edit("policies/plans.yaml", "requests: 120", "requests: 100")

    code, _, err = command("release", "build", "-e", "prod", "-w", node.ws, "-o", output)

    assert code == 1
    assert f"this node takes no release on another base, or on none:\n  {base}\n" in err
    assert err.endswith(f"  tidewaiter release build {base} --output {output} -w {node.ws} -e prod\n")
    _, _, err = command("release", "build", "-e", "prod", "-w", node.ws, "-o", output, *base.split())
    assert "something is live here" not in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("release", "show", "{ws}/tidewaiter.yaml"), "error[no-release] this is no release"),
        (("release", "sign", "{ws}/no.yaml"), "`withdraw` or `override begin` wrote"),
        (("board", "sign", "first", "-w", "{ws}", "--trust", "{trust}", "--key", "{ws}/tidewaiter.yaml"),
         "this is no private key in PEM"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind(command, node, words, told):
    code, _, err = command(*(one.format(ws=node.ws, trust=node.trust) for one in words))
    assert (code, told in err) == (2, True), err


def test_a_key_of_nobody_is_told_first(command, node):
    node.new_key("stranger")
    where = ("-w", node.home, "-e", "prod", "--reason", "because", "--key", node.key("stranger"))
    for words in (
        ("override", "begin", "sales/listOrders", "--hours", "1"),
        ("release", "withdraw", "--consumer", "first-app"),
    ):
        code, _, err = command(*words, *where)
        assert (code, "unknown-signer" in err, "--by" in err) == (2, True, False), err


def test_who_signs_is_told_the_command_that_takes_it(command, tmp_path):
    node = Node(tmp_path / "n")
    node.build("first")
    node.activate("first")
    beside = ("-w", node.home, "-e", "prod", "--reason", "because", "--key", node.key("anna"), "--into", node.folder)
    where = f"-w {node.home} -e prod"
    override, revocation = node.folder / "override-1.yaml", node.folder / "revocation-1.yaml"
    for words, file, then in (
        (("override", "begin", "sales/listOrders", "--hours", "1"), override, f"override take {override} {where}"),
        (("release", "withdraw", "--consumer", "first-app"), revocation,
         f"release withdraw --statement {revocation} {where}"),
    ):  # fmt: skip
        assert command(*words, *beside)[0] == 1
        code, _, err = command("release", "sign", file, "--key", node.key("bert"), "-w", node.home)
        assert (code, err.splitlines()[-1]) == (0, f"  tidewaiter {then}")
        code, _, err = command(*then.split())
        assert (code, "Each further node: tidewaiter" in err, " -e prod\n" in err) == (0, True, True), err


@pytest.mark.parametrize("command_line", ["release list", "override list"])
def test_a_store_that_is_a_file(command, node, command_line):
    (node.own / "store").write_text("")
    settings = json.loads((node.own / "node.yaml").read_text())
    (node.own / "node.yaml").write_text(json.dumps({**settings, "releases": "store"}))
    code, _, err = command(*command_line.split(), "-w", node.home, "-e", "prod")
    assert (code, "error[" in err, "; " in err) == (2, True, True), err


def test_what_cannot_be_written_is_named_with_a_remedy(command, node):
    node.edit("policies/plans.yaml", "requests: 120", "requests: 100")
    where = ("-w", node.ws, "-e", "prod", "--trust", node.trust, "--base", f"release:{node.folder / 'first.json'}")
    node.build("second", "first")
    code, _, err = command("release", "build", *where, "-o", node.folder / "nowhere/x.json")

    assert code == 2
    assert f"tidewaiter: {node.folder / 'nowhere/x.json'}: error[no-access] no such file or directory; is" in err
