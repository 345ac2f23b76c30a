"""A node on which credentials and a release were withdrawn, an entity suspended, a member removed; and what is done to it.

Each attack puts something older, shorter or empty in the place of what the node has.
"""

import shutil
from pathlib import Path

from released import Node, read_private

from gateway.release_file import digest_of
from gateway.releases.suspended_memory import RememberedLedger
from gateway.releases.taking import remember_live
from gateway.trust.register import read_register
from gateway.trust.release_statement import Credential, IssuerKey
from gateway.trust.root import read_root
from gateway.trust.rotation import sign_successor

PEOPLE = ("anna", "bert", "carl", "dora")
CONTRACT = "contracts/sales/1.0.yaml"
WITHDRAWN = {("consumer", "first-app"), ("key", "stolen-key"), ("issuer-key", "corporate/2024")}
MEMORY = ("activated.json", "seen.json", "suspended.json")


def made(folder: Path) -> Node:
    """`first`, `second`, `third` were active, `third` is. An older copy of all is kept, then everything is taken back."""
    node = Node(folder, people=PEOPLE)
    node.edit("environments/prod.yaml", "health: {host: 127.0.0.1}", "health: {host: 127.0.0.1, port: 0}")
    node.build("first")
    node.activate("first")
    for name, base in (("second", "first"), ("third", "second")):
        node.edit(CONTRACT, "openapi:", f"# {name}\nopenapi:")
        node.build(name, base)
        node.activate(name)
    ledger = RememberedLedger(ledger_of(node), node.own / "suspended.json")
    ledger.suspend("system", "an-old-one", "gone", "ops")
    ledger.close()
    shutil.copytree(node.own, folder / "older")
    shutil.copy(node.trust, folder / "older-trust.yaml")
    node.revoke(
        releases=[digest(node, "second")],
        credentials=[Credential(kind=kind, name=name) for kind, name in sorted(WITHDRAWN) if kind != "issuer-key"],
        issuer_keys=[IssuerKey(issuer="corporate", key="2024")],
    )
    ledger = RememberedLedger(ledger_of(node), node.own / "suspended.json")
    ledger.suspend("entity", "acme", "its books are open", "ops")
    ledger.close()
    without_bert(node)
    with node.unpacked(digest(node, "third")):
        node.live()
        remember_live(node.node())
    return node


def without_bert(node: Node) -> None:
    """The next trust root, in which bert is removed."""
    old, register = read_root(node.trust, "ws"), read_register(node.ws)
    members = node.root()["members"]
    members["bert"] = {**members["bert"], "removed": {"length": register.length, "head": register.head}}
    new = node.write_root(node.folder / "new.yaml", version=2, members=members)
    for person in ("anna", "carl", "dora"):
        sign_successor(new, read_private(node.key(person)), old)
    new.replace(node.trust)
    new.with_name("new.dsse.json").replace(node.folder / "trust.dsse.json")


def digest(node: Node, name: str) -> str:
    return digest_of((node.folder / f"{name}.json").read_bytes())


def ledger_of(node: Node) -> Path:
    return node.home / ".tidewaiter/ledger.sqlite"


def older(*names: str):
    """Files beside the node's settings, put back as they were."""

    def put(node: Node) -> None:
        for name in names:
            shutil.copy(node.folder / "older" / name, node.own / name)

    return put


def older_store(node: Node) -> None:
    shutil.rmtree(node.own / "releases")
    shutil.copytree(node.folder / "older/releases", node.own / "releases")


def older_root(node: Node) -> None:
    shutil.copy(node.folder / "older-trust.yaml", node.trust)
    (node.folder / "trust.dsse.json").unlink()


def no_ledger(node: Node) -> None:
    for path in node.own.glob("ledger.sqlite*"):
        path.unlink()


def older_ledger(node: Node) -> None:
    no_ledger(node)
    for path in (node.folder / "older").glob("ledger.sqlite*"):
        shutil.copy(path, node.own)


def cut_log(node: Node) -> None:
    node.log.write_bytes(b"".join(node.log.read_bytes().splitlines(keepends=True)[:3]))


def cut_memory(node: Node) -> None:
    """Written by hand, so that the shorter log fits it."""
    cut_log(node)
    from gateway.releases.log import read_log
    from gateway.releases.memory import memory_of, write_memory

    write_memory(node.own / "activated.json", "ws", "prod", memory_of(read_log(node.log.parent)))


def all_of(*acts):
    def do(node: Node) -> None:
        for act in acts:
            act(node)

    return do


def gone(*names: str):
    def take_away(node: Node) -> None:
        for name in names:
            path = node.own / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return take_away


def no_statements(node: Node) -> None:
    shutil.rmtree(node.log.parent / "statements")


def shorter_register(node: Node) -> None:
    """In the workspace: what the board said last is taken out."""
    path = node.ws / "decisions/register.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))


def another_ledger(node: Node) -> None:
    """As a release that names another place for it would have it: empty."""
    no_ledger(node)
    RememberedLedger(ledger_of(node), node.folder / "elsewhere.json").close()


HOLDS = "holds"
"""It is served, and everything that was taken back is so still."""
ATTACKS = {
    # what is done: (how, HOLDS or the code with which the node refuses to serve). Where the memory is older than the
    # log, bert's signature under the revocation is one that the node has yet to take, and he was removed.
    "nothing, started again": (lambda _: None, HOLDS),
    "an older copy of activated.json": (older("activated.json"), "too-few-signed"),
    "an older copy of seen.json": (older("seen.json"), HOLDS),
    "an older copy of suspended.json": (older("suspended.json"), HOLDS),
    "older copies of all three": (older(*MEMORY), "too-few-signed"),
    "activated.json is gone": (gone("activated.json"), "no-memory"),
    "seen.json is gone": (gone("seen.json"), HOLDS),
    "suspended.json is gone": (gone("suspended.json"), "no-memory"),
    "all three are gone": (gone(*MEMORY), "no-memory"),
    "the store is empty": (gone("releases"), "shorter-log"),
    "the store and activated.json are gone": (gone("releases", "activated.json"), "no-active-release"),
    "an older store": (older_store, "shorter-log"),
    "what was signed is gone": (no_statements, "no-statement"),
    "the log is cut": (cut_log, "shorter-log"),
    "the ledger is empty": (no_ledger, "shorter-ledger"),
    "an older ledger": (older_ledger, "shorter-ledger"),
    "another ledger": (another_ledger, "shorter-ledger"),
    "the older trust root": (older_root, "root-version"),
    "the older trust root, and seen.json": (all_of(older_root, older("seen.json")), "root-version"),
    "the older trust root, and seen.json is gone": (all_of(older_root, gone("seen.json")), "root-version"),
    "the older trust root, and all three": (all_of(older_root, older(*MEMORY)), "root-version"),
    "a shorter register in the workspace": (shorter_register, HOLDS),
}
