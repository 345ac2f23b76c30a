"""Whether a release that was never active on a node goes on from what is there: from the live one, knowing all of it.

Its changes were judged against its base, and decisions on them count for that base. On another one it would bring back
what a later decision changed, or what was withdrawn, without anybody deciding.
"""

import shlex

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release_file import ReleaseFile
from gateway.releases.log import Log
from gateway.releases.store import Node
from gateway.trust.register import Register


def follows_live(node: Node, log: Log, release: ReleaseFile, shown: str) -> None:
    """Raises InvalidInputError where it was built on anything but what is live; where nothing is, any base goes.

    A live release that was withdrawn is a base like another: what is built on it is the way out.
    """
    live, base = log.live, release.head.base
    if live is None or base == live.release:
        return
    again = f"build again on what is live: {_build(node, live.release)}"
    if base is None:
        message = f"it was built as a first release, on no base, and {live.release} is live here"
    elif any(one.release == base for one in log.of("activation")):
        message = f"it was built on {base}, and since then {live.release} was activated here (number {live.number})"
    else:
        message = f"it was built on {base}, which was never active here: {live.release} is live"
        again = f"where another node has activated that one, activate its file here first; else {again}"
    raise InvalidInputError([Diagnostic(shown, "wrong-base", message, again)])


def knows_all(node: Node, log: Log, release: ReleaseFile, register: Register, shown: str) -> None:
    """Raises InvalidInputError where its register is shorter than one that this node has seen, or another one."""
    seen = max(node.trust.seen.length, *(one.register_length for one in log.entries), 0)
    if register.length < seen:
        message = f"it knows {register.length} entries of the register, and this node has seen {seen}"
        remedy = "what was decided since may refuse what is in it: build one from the workspace as it is"
        raise InvalidInputError([Diagnostic(shown, "older-release", message, remedy)])
    node.trust.hold(register, shown)
    if release.head.base is None:
        return
    base = node.release(release.head.base).head
    length = base.register_length
    if register.length < length or register.heads[length] != base.register_head:
        message = f"its register does not go on from the {length} entries that the release knew on which it was built"
        remedy = "find out which register the board keeps, and build the release anew with it"
        raise InvalidInputError([Diagnostic(shown, "forked-register", message, remedy)])


def _build(node: Node, live: str) -> str:
    where = ["-e", node.environment] if node.environment else []
    base = f"release:{node.release_path(live)}"
    return shlex.join(["tidewaiter", "release", "build", *where, "--base", base, "--output", "FILE"])
