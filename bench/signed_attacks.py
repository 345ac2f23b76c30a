"""Attacks on what is signed, by the real commands on a real node: rewritten as a whole, put back, shared, at once.

Four tables. A workspace, board, keys, decisions, release and store of an attacker that fit each other; what was
withdrawn, suspended or removed, and everything that somebody may then put back; two nodes on one store; two commands
at the same time. Each command has to refuse (exit code 2), each gateway not to serve or to serve nothing that was taken
back. `--short` starts a gateway for some of the rows only.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from never_back import ATTACKS, HOLDS, MEMORY, digest, made, older, older_root, older_store  # noqa: E402
from processes import TIDEWAITER, until  # noqa: E402
from released import Node  # noqa: E402
from signed_rig import Gateway, Table, Whole, run, told, wrong  # noqa: E402

from gateway.trust.keys import read_private  # noqa: E402
from gateway.trust.root import read_root  # noqa: E402
from gateway.trust.rotation import beside, sign_successor  # noqa: E402
from governance.admin_client import ask  # noqa: E402

CONTRACT = "contracts/sales/1.0.yaml"
SHORT = (
    "nothing, started again", "older copies of all three", "the store is empty", "an older ledger",
    "the older trust root, and seen.json", "seen.json is gone",
)  # fmt: skip


# The first table.


def put_workspace(node: Node, evil: Node) -> None:
    """All that git holds."""
    for path in node.ws.iterdir():
        if path.name != ".tidewaiter":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(evil.ws, node.ws, ignore=shutil.ignore_patterns(".tidewaiter"), dirs_exist_ok=True)


def put_release(node: Node, evil: Node) -> None:
    """The file, and what was signed about it."""
    for path in evil.folder.glob("evil.*"):
        shutil.copy(path, node.folder)


def put_store(node: Node, evil: Node) -> None:
    """Releases, statements and log."""
    shutil.rmtree(node.own / "releases", ignore_errors=True)
    shutil.copytree(evil.own / "releases", node.own / "releases")


def put_memory(node: Node, evil: Node) -> None:
    """What remembers the log."""
    put_store(node, evil)
    shutil.copy(evil.own / "activated.json", node.own)


def put_root(node: Node, evil: Node) -> None:
    """The attacker's own, of the same version."""
    shutil.copy(evil.trust, node.trust)


def next_root(*true_people: str, threshold: int = 2, keep: bool = True) -> Callable[[Node, Node], None]:
    """Version 2 with the attacker's people in each role, signed by them and by some of the true ones."""

    def put(node: Node, evil: Node) -> None:
        old = read_root(node.trust, "ws")
        mine = {f"evil-{name}": {"keys": [evil.publics[name]]} for name in evil.people}
        role = {"threshold": threshold, "members": list(mine)}
        members = {**(node.root()["members"] if keep else {}), **mine}
        new = node.write_root(node.folder / "new.yaml", version=2, members=members,
                              roles=dict.fromkeys(node.root()["roles"], role))  # fmt: skip
        for name in evil.people:
            sign_successor(new, read_private(evil.key(name)), None)
        for name in true_people:
            sign_successor(new, read_private(node.key(name)), old)
        new.replace(node.trust)
        beside(new).replace(beside(node.trust))

    return put


def fresh(node: Node, _: Node) -> None:
    """A node that has the trust root, and nothing that it could remember."""
    shutil.rmtree(node.own / "releases")
    for name in ("seen.json", "activated.json"):
        (node.own / name).unlink(missing_ok=True)


def all_of(*acts: Callable[[Node, Node], None]) -> Callable[[Node, Node], None]:
    """One after the other."""

    def put(node: Node, evil: Node) -> None:
        for act in acts:
            act(node, evil)

    return put


def commands(node: Node, evil: Node) -> dict[str, tuple[object, ...]]:
    """By a word: the command that takes the attacker's things, or reads what is there."""
    here, key = ("-w", node.ws), ("--key", evil.key("anna"))
    file = node.folder / "evil.json"
    return {
        "verify": ("verify", *here),
        "board verify": ("board", "verify", *here),
        "board list": ("board", "list", *here),
        "build": ("release", "build", "-e", "prod", "-o", node.folder / "built.json", *here),
        "release verify": ("release", "verify", file, *here),
        "activate": ("release", "activate", file, "-e", "prod", "--into", node.folder, *here),
        "activate with a key": ("release", "activate", file, "-e", "prod", "--into", node.folder, *key, *here),
        "rollback": ("release", "rollback", "-e", "prod", "--reason", "because", *key, *here),
    }


WORKSPACE, RELEASE = ("verify", "board verify", "build"), ("release verify", "activate", "activate with a key")
REWRITTEN: dict[str, tuple[Callable[[Node, Node], None], tuple[str, ...], bool]] = {
    # what is put in: (how, the commands that must refuse, whether a gateway is started on it)
    "workspace with board, decisions and register": (put_workspace, WORKSPACE, False),
    "release, with what was signed about it": (put_release, RELEASE, False),
    "workspace, on a node that has its root and no memory": (all_of(fresh, put_workspace), WORKSPACE, False),
    "release, on a node that has its root and no memory": (all_of(fresh, put_release), RELEASE, False),
    "store and its memory, on a node that has its root and no other": (
        all_of(fresh, put_memory), ("rollback",), True
    ),
    "workspace and release": (all_of(put_workspace, put_release), (*WORKSPACE, *RELEASE), False),
    "store": (put_store, ("rollback",), True),
    "store and the memory of it": (put_memory, ("rollback",), True),
    "trust root of the same version": (all_of(put_release, put_root), ("board list", *RELEASE, "rollback"), True),
    "next trust root, signed by the attacker": (
        all_of(put_release, next_root()), ("board list", *RELEASE, "rollback"), True
    ),
    "next trust root, signed by the attacker and one member": (
        all_of(put_release, next_root("anna")), ("board list", *RELEASE, "rollback"), True
    ),
    "next trust root of threshold 1, signed so": (
        all_of(put_release, next_root("anna", threshold=1)), ("board list", *RELEASE, "rollback"), True
    ),
    "next trust root without the members, signed by two of them": (
        all_of(put_release, next_root("anna", "bert", keep=False)), ("board list", *RELEASE, "rollback"), True
    ),
    "everything: workspace, release, store, memory, trust root": (
        all_of(put_workspace, put_release, put_memory, put_root),
        ("verify", "board list", "build", *RELEASE, "rollback"), True,
    ),
}  # fmt: skip


def rewritten(folder: Path, short: bool) -> None:
    """What an attacker made, each part fitting the others, on a node that has its trust root."""
    table = Table("An attacker's own, signed with the attacker's keys, on a node with the old trust root")
    true, evil = Whole(folder / "true"), Whole(folder / "evil")
    for node, name in ((true, "first"), (evil, "evil")):
        node.build(name)
        node.activate(name, *(("anna",) if name == "evil" else ()))
    evil.activate("evil", "bert")
    own = commands(evil, evil)
    table.row("on the attacker's own node: release verify", told(*run(*own["release verify"])), "TAKEN")
    for what, (put, named, served) in REWRITTEN.items():
        node = true.copied(folder / "n")
        put(node, evil)
        for name in named:
            code, said = run(*commands(node, evil)[name])
            table.row(f"{what}: {name}", told(code, said), "refused (2)")
        if served and not short:
            with Gateway(node) as gateway:
                table.row(f"{what}: serve", gateway.started, "refused (2)")
        shutil.rmtree(node.folder)
    with Gateway(true) as gateway:
        table.row("the node as it was: serve", f"{gateway.started}, {gateway.call()}", "serves, 200")


# The second table.


def put_back(folder: Path, short: bool) -> None:
    """What was taken back, and what is put back."""
    table = Table("Withdrawn: a consumer, a key, an issuer's key, a release. Suspended: an entity. Removed: a member")
    node = made(folder / "made")
    for name, (attack, expected) in ATTACKS.items():
        if short and name not in SHORT:
            continue
        copy = node.copied(folder / "n")
        attack(copy)
        with Gateway(copy) as gateway:
            found = gateway.started
            if found == "serves":
                found = "holds" if held(copy, gateway) else "REVIVED"
        # The parent of the workers, which looks first, has no memory of an empty store.
        codes = {"shorter-log": ("shorter-log", "no-active-release")}.get(expected, (expected,))
        table.row(name, found, *((HOLDS,) if expected == HOLDS else (f"refused (2) {code}" for code in codes)))
        shutil.rmtree(copy.folder)
    copy = node.copied(folder / "n")
    older_store(copy)
    older(*MEMORY)(copy)
    older_root(copy)
    (copy.own / "ledger.sqlite").unlink()
    for path in (copy.folder / "older").glob("ledger.sqlite*"):
        shutil.copy(path, copy.own)
    with Gateway(copy) as gateway:
        found = f"{gateway.started} as it was then, {gateway.call()}"
    table.row("all of the node from an old backup (docs/releases.md)", found, "serves as it was then, 200")


def held(node: Node, gateway: Gateway) -> bool:
    """Whether everything that was taken back is so in the gateway that runs, and stays so by what is signed then."""
    suspended = {(one["kind"], one["name"]) for one in ask(node.home, None, "GET", "/suspended")[1]["suspended"]}
    there = {("entity", "acme"), ("consumer", "first-app"), ("key", "stolen-key"), ("issuer-key", "corporate/2024")}
    back = ("release", "rollback", "-e", "prod", "-w", node.home, "--reason", "because", "--into", node.folder)
    by = {person: ("--key", node.key(person)) for person in ("anna", "bert")}
    refused = [
        run(*back, digest(node, "second"), *by["anna"])[0],
        run(*back, digest(node, "first"), *by["bert"])[0],
    ]
    return there <= suspended and gateway.call() in (401, 403) and refused == [2, 2]


# The third table.


def shared(folder: Path, _: bool) -> None:
    """Two nodes' settings that name one folder of releases."""
    table = Table("Two nodes on one store: what one takes, the other's gateway serves on the same command or its start")
    one = Whole(folder / "one")
    one.threshold = 1
    one.write_root()
    one.build("first")
    one.activate("first")
    two = one.copied(folder / "two")
    settings = json.loads((two.own / "node.yaml").read_text())
    (two.own / "node.yaml").write_text(json.dumps({**settings, "releases": str(one.own / "releases")}))
    shutil.rmtree(two.own / "releases")
    one.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
    second = digest_after(one, "second", "first")
    shutil.copy(one.folder / "second.json", two.folder)
    activate = ("release", "activate", "-e", "prod", "--no-portal", "--key", one.key("anna"))
    withdraw = ("release", "withdraw", "-e", "prod", "--reason", "gone", "--consumer", "first-app", "--key",
                one.key("anna"))  # fmt: skip
    with Gateway(one, 2) as first, Gateway(two, 2) as other:
        code, said = run(*activate, one.folder / "second.json", "-w", one.home)
        table.row("one activates: its gateway", served(first, second) if code == 0 else said, "the new one, 200")
        table.row("the other's gateway", served(other, second), "the old one, 200")
        children = Path(f"/proc/{other.process.pid}/task/{other.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        time.sleep(1)
        until(lambda: ready(other) == 2, 60)
        table.row("the other's gateway, after a worker of it was killed", served(other, second), "the old one, 200")
        run(*activate, two.folder / "second.json", "-w", two.home)
        table.row("the same command for the other: its gateway", served(other, second), "the new one, 200")
        run(*withdraw, "-w", one.home)
        table.row("one withdraws a consumer: a call at its gateway", str(first.call()), "401", "403")
        code, said = run(*withdraw, "-w", two.home)
        table.row("the same command for the other: a call at its gateway", str(other.call()), "401", "403")
    with Gateway(two) as other:
        table.row("the other's gateway started again: a call", str(other.call()), "401", "403")


def served(gateway: Gateway, new: str) -> str:
    return f"{'the new one' if gateway.release == new else 'the old one'}, {gateway.call()}"


def ready(gateway: Gateway) -> int:
    return sum(one["ready"] for one in ask(gateway.node.home, None, "GET", "/status")[1]["workers"])


def digest_after(node: Node, name: str, base: str) -> str:
    """Build it; its digest."""
    node.build(name, base)
    return digest(node, name)


# The fourth table.


def at_once(folder: Path, _: bool) -> None:
    """Two commands at the same time."""
    table = Table("Two at once: one line of the log each, or one of them is refused; the log stays whole")
    made_for = Whole(folder / "made")
    made_for.threshold = 1
    made_for.write_root()
    made_for.build("first")
    made_for.activate("first")
    for name in ("one", "two"):
        made_for.edit("entities/acme.yaml", "name:", f"# {name}\nname:")
        digest_after(made_for, name, "first")
    for what, names in (("the same release", ("one", "one")), ("two releases", ("two", "one"))):
        for gateway_too in (False, True):
            node = made_for.copied(folder / "n")
            with Gateway(node, 2) if gateway_too else contextlib.nullcontext():
                codes = sorted(together(node, names))
                log, memory = node.node().log()
                whole = log.length == memory.length and node.live().digest in {digest(node, one) for one in names}
                outcome = f"{'whole' if whole else 'BROKEN'}, {log.length - 1} taken, exit codes {codes}"
            where = "a gateway that runs" if gateway_too else "a node without one"
            expected = ["whole, 1 taken, exit codes [0, 0]"]
            if what == "two releases":
                # Both were built on the same base: whichever comes second was overtaken.
                expected = ["whole, 1 taken, exit codes [0, 2]"]
            table.row(f"activate {what} on {where}", outcome, *expected)
            shutil.rmtree(node.folder)


def together(node: Node, names: tuple[str, str]) -> Iterator[int]:
    """Both commands, begun at the same time; each waits in a folder of its own."""

    def begin(number: int) -> int:
        into = node.folder / f"into-{number}"
        into.mkdir()
        return subprocess.run(
            [*TIDEWAITER, "release", "activate", str(node.folder / f"{names[number]}.json"), "-e", "prod", "-w",
             str(node.home), "--key", str(node.key("anna" if number else "bert")), "--into", str(into), "--no-portal"],
            cwd=ROOT, capture_output=True, check=False,
        ).returncode  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(begin, range(2))


def main() -> None:
    """Prints the tables; exit code 1 where something was taken that is not to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=("rewritten", "put_back", "shared", "at_once"))
    stated = parser.parse_args()
    os.environ.pop("TIDEWAITER_NODE", None)
    began = time.monotonic()
    for part in (rewritten, put_back, shared, at_once):
        if stated.only in (None, part.__name__):
            with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
                part(Path(folder), stated.short)
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    sys.stdout.write(f"\n{len(wrong)} of all rows are not as they should be, {time.monotonic() - began:.0f} s\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
