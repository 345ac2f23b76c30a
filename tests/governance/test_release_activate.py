"""`tidewaiter release activate`, `rollback`, `withdraw`: what a node takes, and what never comes back to life."""

import json
import shutil
from dataclasses import replace

import pytest
from released import Node

from contracts.diagnostic import InvalidInputError
from gateway.release_file import Covered, digest_of, parse_release
from gateway.releases.covered import load_apart, unpack
from gateway.releases.live import read_live
from gateway.releases.log import read_log
from gateway.releases.memory import memory_of, write_memory
from gateway.releases.released import refuse_workspace
from gateway.releases.store import open_node
from gateway.trust.register import REGISTER
from gateway.trust.release_statement import Credential, IssuerKey

CONTRACT = "contracts/sales/1.0.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A node on which `first` was active, and `second` is."""
    node = Node(tmp_path_factory.mktemp("made") / "n")
    node.build("first")
    node.activate("first")
    node.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
    node.build("second", "first")
    node.activate("second")
    return node


@pytest.fixture
def node(made, tmp_path):
    return made.copied(tmp_path / "n")


def digest(node, name):
    return digest_of((node.folder / f"{name}.json").read_bytes())


def codes(raised):
    return {one.code for one in raised.value.diagnostics}


def test_it_waits_until_enough_people_signed_and_then_is_live(made, tmp_path):
    node = made.copied(tmp_path / "n")
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    node.build("third", "second")

    waiting = node.activate("third", "anna")
    assert (waiting.state, waiting.sequence) == ("waiting", 3)
    assert len(waiting.lacking) == 2
    assert [path.name for path in waiting.files] == ["third.vouch.yaml", "third.activation.yaml"]
    assert node.live().digest == digest(node, "second")
    # The same person once more is one person still.
    assert node.activate("third", "anna").state == "waiting"

    done = node.activate("third", "bert")
    assert (done.state, done.release, done.sequence) == ("taken", digest(node, "third"), 3)
    live = node.live()
    assert (live.digest, live.development, live.activation.count.people) == (done.release, False, ("anna", "bert"))
    assert node.activate("third", "carl").state == "same"


def test_an_older_release_is_returned_to_by_a_new_activation(node):
    done = node.roll_back()
    assert (done.state, done.release, done.sequence) == ("taken", digest(node, "first"), 3)
    assert node.live().digest == digest(node, "first")

    # Its file again is not enough, and neither is what was signed once.
    with pytest.raises(InvalidInputError) as raised:
        node.activate("second")
    assert codes(raised) == {"was-active"}
    assert node.roll_back(digest(node, "second")[:25]).sequence == 4
    assert node.live().digest == digest(node, "second")


def test_a_withdrawn_release_is_never_returned_to_and_serves_until_replaced(node):
    done = node.revoke(releases=[digest(node, "first")])
    assert (done.state, done.sequence, done.live_too) == ("taken", 1, False)
    with pytest.raises(InvalidInputError) as raised:
        node.roll_back(digest(node, "first"))
    assert codes(raised) == {"withdrawn-release"}
    with pytest.raises(InvalidInputError) as raised:
        node.roll_back()
    assert codes(raised) == {"withdrawn-release"}

    assert node.revoke(releases=[digest(node, "second")]).live_too
    live = node.live()
    assert (live.digest, live.withdrawn) == (digest(node, "second"), True)


def test_what_is_revoked_stays_revoked_whatever_is_returned_to(node):
    node.revoke(
        credentials=[Credential(kind="key", name="abc"), Credential(kind="consumer", name="first-app")],
        issuer_keys=[IssuerKey(issuer="corporate", key="2024")],
    )
    node.roll_back()
    turns = node.live().revoked.turns
    assert {(one["kind"], one["name"]) for one in turns} == {
        ("key", "abc"), ("consumer", "first-app"), ("issuer-key", "corporate/2024")
    }  # fmt: skip


def test_an_activation_that_knows_of_fewer_revocations_is_refused(node):
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    node.build("third", "second")
    node.activate("third", "anna")
    signed = {path: path.read_bytes() for path in node.folder.glob("third.activation.*")}
    node.revoke(releases=[digest(node, "first")])
    # What anna signed is never written over: the activation asked for now says what is revoked.
    with pytest.raises(InvalidInputError) as raised:
        node.activate("third", "bert")
    (fault,) = raised.value.diagnostics
    assert fault.code == "signed-otherwise"
    said = "there is another one, signed by anna: its signers knew of 0 revocations, here it is 1"
    assert (fault.message, "--into" in fault.remedy) == (said, True)
    assert {path: path.read_bytes() for path in signed} == signed
    for path in signed:
        path.unlink()
    assert node.activate("third", "bert").state == "waiting"
    for path, text in signed.items():
        path.write_bytes(text)
    with pytest.raises(InvalidInputError):
        node.activate("third", "carl")
    assert node.live().digest == digest(node, "second")


STORES = {
    "an empty store": (lambda node: shutil.rmtree(node.own / "releases"), "shorter-log"),
    "a log that is gone": (lambda node: node.log.unlink(), "shorter-log"),
    "a log that was cut": (
        lambda node: node.log.write_bytes(node.log.read_bytes().split(b"\n")[0] + b"\n"), "shorter-log"
    ),
    "a line that was cut": (lambda node: node.log.write_bytes(node.log.read_bytes()[:-9]), "broken-log"),
    "the memory is gone": (lambda node: (node.own / "activated.json").unlink(), "no-memory"),
    "a memory that cannot be read": (lambda node: (node.own / "activated.json").write_text("{"), "broken-memory"),
    "a memory of another kind": (lambda node: (node.own / "activated.json").write_text('{"ws": {"prod": 3}}'),
                                 "broken-memory"),
    "an edited line": (lambda node: node.log.write_bytes(node.log.read_bytes().replace(b'"number":1,', b'"number":9,')),
                       "broken-log"),
    "statements that are gone": (lambda node: shutil.rmtree(node.log.parent / "statements"), "no-statement"),
    "a release that is gone": (lambda node: [path.unlink() for path in (node.own / "releases/files").iterdir()],
                               "no-release"),
    "a shorter register was seen than there was": (lambda node: _seen(node, 0), None),
    "a longer register was seen since": (lambda node: _seen(node, 9), None),
}  # fmt: skip


def _seen(node, length):
    path = node.own / "seen.json"
    tree = json.loads(path.read_text())
    tree["ws"] |= {"length": length, "head": "sha256:" + ("ab" if length else "00") * 32}
    path.write_text(json.dumps(tree))


@pytest.mark.parametrize("name", STORES)
def test_a_store_that_lost_something_is_not_served(node, name):
    lose, code = STORES[name]
    lose(node)
    if code is None:
        # What is live was judged when it was activated: nothing that is seen later takes it down.
        assert node.live().digest == digest(node, "second")
        return
    with pytest.raises(InvalidInputError) as raised:
        node.live()
    assert codes(raised) == {code}
    with pytest.raises(InvalidInputError):
        node.roll_back()


def test_an_older_copy_of_the_store_is_not_served(node, tmp_path):
    shutil.copytree(node.own / "releases", tmp_path / "copy")
    node.revoke(releases=[digest(node, "first")])
    shutil.rmtree(node.own / "releases")
    shutil.copytree(tmp_path / "copy", node.own / "releases")
    with pytest.raises(InvalidInputError) as raised:
        node.live()
    assert codes(raised) == {"shorter-log"}


def test_another_nodes_store_is_not_taken_for_this_ones(made, node):
    other = made.copied(node.folder.parent / "other")
    for one in (node, other):
        one.edit("entities/acme.yaml", "name:", f"# {one.folder.name}\nname:")
        one.build("third", "second")
        one.activate("third")
    shutil.rmtree(node.own / "releases")
    shutil.copytree(other.own / "releases", node.own / "releases")
    with pytest.raises(InvalidInputError) as raised:
        node.live()
    assert codes(raised) == {"forked-log"}


def test_a_release_that_knows_less_of_the_register_is_refused(node):
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    node.build("third", "second")
    node.edit("entities/acme.yaml", "country: IE", "country: DE")
    node.build("fourth", "second")
    node.activate("fourth")
    node.roll_back()
    assert node.live().digest == digest(node, "second")
    # The node saw a longer register; without that memory its log still knows.
    for _ in range(2):
        with pytest.raises(InvalidInputError) as raised:
            judged(node, "third")
        assert codes(raised) == {"older-release"}
        (node.own / "seen.json").unlink(missing_ok=True)


def judged(node, name, base="second"):
    """What the gateway says of a release that the right people vouched for and activate."""
    return node.by_hand((node.folder / f"{name}.json").read_bytes(), (node.folder / f"{base}.json").read_bytes())


OVERTAKEN = {
    "built without a base": (None, "it was built as a first release, on no base, and {live} is live here"),
    "built on the one before": ("first", "it was built on {first}, and since then {live} was activated here"),
}


@pytest.mark.parametrize("withdrawn", [False, True], ids=["still good", "withdrawn"])
@pytest.mark.parametrize("name", OVERTAKEN)
def test_what_was_overtaken_comes_back_by_no_build_on_an_older_base(node, command, name, withdrawn):
    """Whoever may release and activate is not the board: what a later decision changed is not undone by a build."""
    base, message = OVERTAKEN[name]
    if withdrawn:
        node.revoke(releases=[digest(node, "first")])
    node.edit(CONTRACT, "# a note\nopenapi:", "openapi:")
    node.edit("entities/acme.yaml", "name:", "# as it was\nname:")
    file = node.build("again", base)
    code, _, told = command("release", "activate", file, "-w", node.home, "-e", "prod", "--key", node.key("anna"))
    live = digest(node, "second")
    assert (code, message.format(live=live, first=digest(node, "first")) in told) == (2, True), told
    at = node.own / f"releases/files/{live.removeprefix('sha256:')}.json"
    assert f"tidewaiter release build -e prod --base release:{at} --output FILE" in told
    assert list(node.folder.glob("again.*.yaml")) == []
    # By hand, with both signatures: the gateway itself refuses it.
    with pytest.raises(InvalidInputError) as raised:
        judged(node, "again", base or "second")
    assert codes(raised) == {"wrong-base"}
    assert node.live().digest == live
    # The command that was named is the way on.
    shutil.copy(at, node.folder / "live.json")
    node.build("anew", "live")
    assert node.activate("anew").state == "taken"


def test_from_a_live_release_that_was_withdrawn_the_next_one_leads_out(node):
    node.revoke(releases=[digest(node, "second")])
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    node.build("third", "second")
    assert node.activate("third").state == "taken"
    assert node.live().withdrawn is False


def test_releases_are_taken_in_turn_on_every_node(made, tmp_path):
    """A node that is behind is told which release to activate first, and takes both with what was signed elsewhere."""
    one, two = made.copied(tmp_path / "one"), made.copied(tmp_path / "two")
    for name, base in (("third", "second"), ("fourth", "third")):
        one.edit("entities/acme.yaml", "name:", f"# {name}\nname:")
        one.build(name, base)
        one.activate(name, "anna")
        one.activate(name, "bert")
        for path in one.folder.glob(f"{name}*"):
            shutil.copy(path, two.folder)
    with pytest.raises(InvalidInputError) as raised:
        two.activate("fourth", "anna")
    (fault,) = raised.value.diagnostics
    assert fault.code == "wrong-base"
    assert f"built on {digest(one, 'third')}, which was never active here" in fault.message
    assert "activate its file here first" in fault.remedy
    assert [two.activate(name, "anna").state for name in ("third", "fourth")] == ["taken", "taken"]
    assert two.live().digest == one.live().digest


def test_a_new_node_begins_with_any_release(made, tmp_path):
    node = made.copied(tmp_path / "n")
    for path in (node.own / "activated.json", node.own / "seen.json"):
        path.unlink()
    shutil.rmtree(node.own / "releases")
    # What was signed for it elsewhere lies there whole.
    assert node.activate("second", "anna", base="first").state == "taken"
    assert node.live().digest == digest(node, "second")


def test_a_register_goes_on_from_that_of_the_base(node):
    """A decision is cut out of the register, and nothing remembers how long it was: the base does."""
    parsed = parse_release((node.folder / "second.json").read_bytes(), "second")
    node.edit("entities/acme.yaml", "country: IE", "country: DE")
    node.build("third", "second")
    there = parse_release((node.folder / "third.json").read_bytes(), "third")
    assert there.head.register_length > parsed.head.register_length
    node.activate("third")
    _without_memory(node)
    name = "consumers/first-app.yaml"
    files = {path: text for path, text in there.files.items() if not path.startswith("decisions/third.")}
    files |= {name: files[name] + b"# c\n", REGISTER: parsed.files[REGISTER]}
    release = replace(there, files=files)
    change = Covered(kind="file", name=name, digest=digest_of(files[name]), decided_by="automatic")
    head = there.head.model_copy(update={
        "base": digest(node, "third"), "changes": (change,), "decisions": (),
        "register_length": parsed.head.register_length, "register_head": parsed.head.register_head,
        "workspace_digest": load_apart(release).workspace.digest,
    })  # fmt: skip
    (node.folder / "shorter.json").write_bytes(replace(release, head=head).text())
    with pytest.raises(InvalidInputError) as raised:
        judged(node, "shorter", "third")
    assert codes(raised) == {"forked-register"}
    assert "does not go on from the 4 entries" in str(raised.value)


def _without_memory(node):
    """As if this node had taken `third` alone, and seen no register."""
    for path in (node.own / "activated.json", node.own / "seen.json"):
        path.unlink()
    shutil.rmtree(node.own / "releases")
    node.activate("third", base="second")
    (node.own / "seen.json").unlink()
    line = json.loads(node.log.read_bytes())
    text = json.dumps({**line, "register_length": 0}, separators=(",", ":")).encode()
    node.log.write_bytes(text + b"\n")
    (node.own / "activated.json").unlink()
    here = node.node()
    log = read_log(here.folder)
    write_memory(here.memory_file, "ws", "prod", memory_of(log))


def test_a_release_on_what_was_never_live_here_is_refused(node):
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    node.build("third", "second")
    node.edit("entities/acme.yaml", "# c\n", "# d\n")
    node.build("fourth", "third")
    with pytest.raises(InvalidInputError) as raised:
        node.activate("fourth", base="third")
    assert codes(raised) == {"wrong-base"}
    assert node.live().digest == digest(node, "second")


def test_what_was_taken_for_one_environment_is_not_served_in_another(node):
    shutil.copytree(node.own / "releases/environments/prod", node.own / "releases/environments/test")
    memory = json.loads((node.own / "activated.json").read_text())
    memory["ws"]["test"] = memory["ws"]["prod"]
    (node.own / "activated.json").write_text(json.dumps(memory))
    with node.unpacked(digest(node, "second")) as folder, pytest.raises(InvalidInputError) as raised:
        read_live(open_node(node.home, "test"), folder)
    assert codes(raised) == {"foreign-statement"}


def test_what_was_signed_for_one_node_activates_on_another_that_is_behind(made, tmp_path):
    first, second = made.copied(tmp_path / "one"), made.copied(tmp_path / "two")
    first.roll_back()
    first.roll_back()
    first.edit("entities/acme.yaml", "name:", "# c\nname:")
    shutil.copy(first.build("third", "second"), second.folder)
    first.activate("third", "anna")
    assert first.activate("third", "bert").sequence == 5
    for path in first.folder.glob("third.*.*"):
        shutil.copy(path, second.folder)
    done = second.activate("third", "anna")
    assert (done.state, done.sequence) == ("taken", 5)
    assert second.live().digest == first.live().digest


def test_a_node_with_a_real_root_serves_no_workspace(node):
    with pytest.raises(InvalidInputError) as raised:
        refuse_workspace(node.home)
    assert codes(raised) == {"workspace-refused"}
    assert "tidewaiter serve --releases -e ENVIRONMENT" in str(raised.value)
    # Without a root there is nothing to be refused by, and a root that cannot be read might be a real one.
    refuse_workspace(node.ws)
    node.trust.write_text("format: 1\n")
    with pytest.raises(InvalidInputError):
        refuse_workspace(node.home)


def test_a_development_root_is_marked(tmp_path, command):
    folder = tmp_path / "g"
    assert command("init", folder)[0] == 0
    where = ("-w", folder, "-e", "prod")
    assert command("board", "draft", "first", "--title", "T", "--reason", "begin", "--sign", *where)[0] == 0
    assert command("release", "build", "--output", tmp_path / "first.json", *where)[0] == 0
    code, out, told = command("release", "activate", tmp_path / "first.json", *where)
    assert (code, out.strip(), "from its next start on" in told) == (0, _digest_at(tmp_path / "first.json"), True)
    assert f"where none runs: tidewaiter serve {folder} --releases -e prod\n" in told
    refuse_workspace(folder)

    node = open_node(folder, "prod")
    unpack(node.release(out.strip()), tmp_path / "unpacked")
    proven = read_live(node, tmp_path / "unpacked")
    assert (proven.development, proven.withdrawn) == (True, False)


def _digest_at(path):
    return digest_of(path.read_bytes())


def test_the_command_tells_what_waits_and_what_is_wrong(node, command):
    node.edit("entities/acme.yaml", "name:", "# c\nname:")
    file = node.build("third", "second")
    where = ("-w", node.home, "-e", "prod", "--into", node.folder)
    code, out, told = command("release", "activate", file, *where, "--key", node.key("anna"))
    assert (code, out) == (1, "")
    assert "1 of 2 people needed as activation: anna" in told
    assert f"tidewaiter release sign {node.folder}/third.activation.yaml --key FILE" in told
    for part in ("vouch", "activation"):
        code, out, told = command(
            "release", "sign", node.folder / f"third.{part}.yaml", "--key", node.key("bert"), "-w", node.home
        )
        assert (code, f"bert signed the {part}" in told, digest(node, "third") in out) == (0, True, True)
    # Who asks for it stands in what was signed.
    assert command("release", "activate", file, *where)[0] == 0
    code, out, _ = command("release", "list", "-w", node.home, "-e", "prod")
    assert (code, out.count("sha256:"), f"   3  {digest(node, 'third')}  prod" in out, "live" in out) == (
        0,
        3,
        True,
        True,
    )

    assert command("release", "rollback", "--reason", "why", *where, "--key", node.key("anna"))[0] == 1
    code, _, told = command("release", "rollback", "ffff", "--reason", "why", *where, "--key", node.key("anna"))
    assert (code, "no such release was active here" in told) == (2, True)
    code, _, told = command("release", "activate", node.folder / "nothing.json", *where)
    assert (code, "the release cannot be read" in told) == (2, True)
    code, _, told = command("release", "withdraw", "--reason", "why", *where, "--key", node.key("anna"))
    assert (code, "a revocation names something" in told) == (2, True)
    assert "Traceback" not in told


def test_what_no_decision_covers_is_not_activated(node, command):
    """The file was built by somebody who lets everything pass."""
    node.edit(CONTRACT, "# a note\n", "# another note\n")
    parsed = parse_release(node.build("third", "second").read_bytes(), "third")
    edited = parsed.files[CONTRACT].replace(b"maximum: 100\n", b"maximum: 7\n")
    release = replace(parsed, files={**parsed.files, CONTRACT: edited})
    there = load_apart(release)
    change = parsed.head.changes[0].model_copy(update={"digest": there.digest("contract", "sales@1.0")})
    head = parsed.head.model_copy(update={"workspace_digest": there.workspace.digest, "changes": (change,)})
    (node.folder / "worse.json").write_bytes(replace(release, head=head).text())
    code, out, told = command("release", "activate", node.folder / "worse.json", "-w", node.home, "-e", "prod")
    assert (code, "sales@1.0" in out) == (1, True), told
    assert node.live().digest == digest(node, "second")
