"""What was withdrawn, suspended or removed, and everything that somebody may then put back: a row each."""

import os
import shutil

import pytest
from never_back import ATTACKS, CONTRACT, HOLDS, MEMORY, WITHDRAWN, digest, ledger_of, made, older, older_store
from released import Node

from contracts.diagnostic import InvalidInputError
from gateway.release_file import parse_release
from gateway.releases.suspended_memory import RememberedLedger


@pytest.fixture(autouse=True, scope="module")
def _without_waiting_for_the_disk():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def taken_back(_without_waiting_for_the_disk, tmp_path_factory):
    return made(tmp_path_factory.mktemp("back") / "n")


def started(node: Node) -> str:
    """As a gateway that starts: its code, or HOLDS where it serves."""
    try:
        live = node.live()
        ledger = RememberedLedger(ledger_of(node), node.own / "suspended.json")
    except InvalidInputError as error:
        return error.diagnostics[0].code
    suspended = {(one.kind, one.name) for one in ledger.now}
    ledger.close()
    in_force = {(one["kind"], one["name"]) for one in live.revoked.turns}
    return HOLDS if in_force == WITHDRAWN and ("entity", "acme") in suspended else "revived"


def refused(act) -> str:
    with pytest.raises(InvalidInputError) as raised:
        act()
    return raised.value.diagnostics[0].code


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_comes_back(taken_back, tmp_path, name):
    """Nor by what is signed then: not by who was removed, and not to the release that was withdrawn."""
    attack, expected = ATTACKS[name]
    node = taken_back.copied(tmp_path / "n")
    attack(node)

    assert started(node) == expected

    second = digest(node, "second")
    refused(lambda: node.roll_back(second, "anna", "carl"))
    refused(lambda: node.roll_back(digest(node, "first"), "bert", "carl"))
    if expected == HOLDS:
        assert node.roll_back(digest(node, "first"), "anna", "carl").state == "taken"
        assert started(node) == HOLDS
        assert node.live().digest == digest(node, "first")


def test_what_was_withdrawn_is_not_built_anew_on_what_it_was_built_on(taken_back, tmp_path):
    """The same files but for a comment, under another digest, that the withdrawal does not name."""
    node = taken_back.copied(tmp_path / "n")
    second = parse_release((node.folder / "second.json").read_bytes(), "second")
    (node.ws / CONTRACT).write_bytes(second.files[CONTRACT] + b"# once more\n")
    node.build("anew", "first")
    assert refused(lambda: node.activate("anew", "anna", "carl")) == "wrong-base"
    first = (node.folder / "first.json").read_bytes()
    release = (node.folder / "anew.json").read_bytes()
    assert refused(lambda: node.by_hand(release, first, "anna", "carl")) == "wrong-base"
    assert node.live().digest == digest(node, "third")


def test_a_node_restored_whole_from_an_old_backup_is_told_what_it_lacks(taken_back, tmp_path):
    """It is as it was then, and nothing on it can tell. What others sign since then can: it is refused there."""
    node, restored = taken_back.copied(tmp_path / "n"), taken_back.copied(tmp_path / "r")
    older_store(restored)
    older(*MEMORY)(restored)
    assert restored.live().revoked.turns == ()
    first = digest(node, "first")
    assert node.roll_back(first, "anna").state == "waiting"
    for path in node.folder.glob("rollback-*"):
        shutil.copy(path, restored.folder)
    with pytest.raises(InvalidInputError, match="its signers knew of 1 revocation, here it is 0"):
        restored.roll_back(first, "carl")
