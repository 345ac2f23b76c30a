"""The register: its chain, what breaks it, crashes and many writers at once."""

import json
import os
import subprocess
import sys

import pytest

from contracts.diagnostic import InvalidInputError
from gateway.trust.register import NOTHING, NewEntry, append, parse_register, read_register
from gateway.trust.seen import Seen, hold_against, read_seen, write_seen

FILE = "decisions/register.jsonl"


def new(name):
    return NewEntry("signature", f"decisions/{name}.yaml", "sha256:1", f"sha256:{name}", "anna", "2026-11-26T12:00:00Z")


@pytest.fixture
def three(tmp_path):
    for name in ("a", "b", "c"):
        append(tmp_path, lambda _, name=name: [new(name)])
    return tmp_path


def test_entries_follow_each_other(three):
    register = read_register(three)

    assert ([1, 2, 3], 3) == ([one.sequence for one in register.entries], register.length)
    assert [NOTHING, *register.heads[1:3]] == [one.previous for one in register.entries]
    assert (2, None) == (register.sequence_of("sha256:b"), register.sequence_of("sha256:z"))


def test_none_yet_is_an_empty_one(tmp_path):
    assert (0, NOTHING) == (read_register(tmp_path).length, read_register(tmp_path).head)


def test_nothing_to_append_writes_nothing(tmp_path):
    append(tmp_path, lambda _: [])

    assert not (tmp_path / FILE).exists()


def line(text, number, **changes):
    lines = text.splitlines()
    tree = {**json.loads(lines[number - 1]), **changes}
    lines[number - 1] = json.dumps(tree, separators=(",", ":"))
    return "\n".join(lines) + "\n"


def without(text, number):
    return "".join(one for n, one in enumerate(text.splitlines(keepends=True), 1) if n != number)


BROKEN = {
    "an entry edited": (lambda t: line(t, 2, who="bert"), 3, "entry 3 does not follow entry 2"),
    "the first taken out": (lambda t: without(t, 1), 1, "entry 1 calls itself 2"),
    "one in the middle taken out": (lambda t: without(t, 2), 2, "entry 2 calls itself 3"),
    "taken out and numbered anew": (lambda t: line(without(t, 2), 2, sequence=2), 2, "entry 2 does not follow entry 1"),
    "the first replaced": (lambda t: line(t, 1, previous="sha256:" + "1" * 64), 1, "does not follow an empty register"),
    "written otherwise": (lambda t: t.replace('"sequence":2', '"sequence": 2'), 2, "not written as it was registered"),
    "cut in a line": (lambda t: t[:-20], 3, "the last line does not end"),
    "no line's end": (lambda t: t[:-1], 3, "the last line does not end"),
    "no JSON": (lambda t: t + "hello\n", 4, "entry 4 cannot be read"),
    "an empty line": (lambda t: t + "\n", 4, "entry 4 cannot be read"),
    "a member too many": (lambda t: line(t, 3, more=1), 3, "it needs sequence, previous"),
    "a text for a number": (lambda t: line(t, 3, sequence="3"), 3, "a value of a wrong kind"),
    "true for a number": (lambda t: line(t, 1, sequence=True), 1, "a value of a wrong kind"),
    "a conflict of git": (lambda t: t + "<<<<<<< HEAD\n", 4, "two branches both added entries"),
    "windows lines": (lambda t: t.replace("\n", "\r\n"), 1, "not written as it was registered"),
}


@pytest.mark.parametrize(("change", "at", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_chain_is_refused_at_its_line(three, change, at, message):
    text = (three / FILE).read_text()
    (three / FILE).write_bytes(change(text).encode())

    with pytest.raises(InvalidInputError) as caught:
        read_register(three)
    (fault,) = caught.value.diagnostics
    assert message in fault.message
    assert (FILE, at) == (fault.file, fault.line)
    assert fault.remedy
    with pytest.raises(InvalidInputError):
        append(three, lambda _: [new("d")])
    assert (three / FILE).read_bytes() == change(text).encode()


def test_the_last_entries_taken_out_are_missed_by_who_remembers(three):
    seen = Seen(3, read_register(three).head)
    (three / FILE).write_text(without((three / FILE).read_text(), 3))

    shorter = read_register(three)
    with pytest.raises(InvalidInputError, match="has 2 entries, and this node has seen 3"):
        hold_against(shorter, seen, three / "seen.json")


def test_another_history_is_missed_by_who_remembers(three, tmp_path_factory):
    seen = Seen(3, read_register(three).head)
    other = tmp_path_factory.mktemp("other")
    for name in ("a", "b", "x", "d"):
        append(other, lambda _, name=name: [new(name)])

    with pytest.raises(InvalidInputError, match=r"forked-register.*entry 3 is not the one"):
        hold_against(read_register(other), seen, three / "seen.json")
    hold_against(read_register(other), Seen(2, read_register(three).heads[2]), three / "seen.json")


def test_the_memory_is_kept(tmp_path):
    path = tmp_path / "node" / "seen.json"
    write_seen(path, "ws", Seen(3, "sha256:x", b"root"))
    write_seen(path, "other", Seen(1, "sha256:y"))

    assert Seen(3, "sha256:x", b"root") == read_seen(path, "ws")
    assert Seen() == read_seen(path, "third")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"ws": {}}', '{"ws": {"length": -1, "head": "", "root": ""}}',
             '{"ws": {"length": 1, "head": 1, "root": ""}}', '{"ws": {"length": 1, "head": "", "root": "?"}}'],
)  # fmt: skip
def test_a_memory_that_cannot_be_read_is_not_an_empty_one(tmp_path, text):
    (tmp_path / "seen.json").write_text(text)

    with pytest.raises(InvalidInputError, match="broken-memory"):
        read_seen(tmp_path / "seen.json", "ws")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_crash_leaves_the_old_register(three, monkeypatch, failing):
    before = (three / FILE).read_bytes()

    def crash(*_):
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        if failing == "fsync":
            patched.setattr(os, "fsync", crash)
        else:
            patched.setattr("pathlib.Path.replace", crash)
        with pytest.raises(OSError, match="full"):
            append(three, lambda _: [new("d")])

    assert before == (three / FILE).read_bytes()
    assert ["register.jsonl"] == [path.name for path in (three / "decisions").iterdir()]
    assert append(three, lambda _: [new("d")]).length == 4


WRITER = """
import sys
from pathlib import Path
from gateway.trust.register import NewEntry, append
folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    entry = NewEntry("signature", "decisions/x.yaml", "sha256:1", f"sha256:{name}{number}", "anna", "2026")
    append(folder, lambda _: [entry])
    print(number, flush=True)
"""


def writer(folder, name, count):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder), name, str(count)], stdout=subprocess.PIPE)


def test_many_writers_at_once_lose_nothing(tmp_path):
    writers = [writer(tmp_path, name, 15) for name in "abcd"]
    for one in writers:
        one.communicate(timeout=40)

    register = read_register(tmp_path)
    assert [0] * 4 == [one.returncode for one in writers]
    expected = {f"sha256:{name}{number}" for name in "abcd" for number in range(15)}
    assert expected == {one.signature for one in register.entries}
    assert register.length == 60


def test_a_writer_that_is_killed_leaves_all_that_it_was_told_is_there(tmp_path):
    started = writer(tmp_path, "a", 1_000_000)
    with started:
        told = [started.stdout.readline() for _ in range(20)]
        started.kill()
        told += started.stdout.readlines()

    register = read_register(tmp_path)
    assert register.length >= len([line for line in told if line.endswith(b"\n")])
    assert append(tmp_path, lambda _: [new("b")]).length == register.length + 1
    assert ["register.jsonl"] == [path.name for path in (tmp_path / "decisions").iterdir()]


def test_a_link_is_no_register(tmp_path):
    (tmp_path / "decisions").mkdir()
    (tmp_path / "elsewhere").touch()
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InvalidInputError, match="register-link"):
        read_register(tmp_path)


def test_the_digest_of_the_register_is_of_its_bytes():
    assert parse_register(b"").heads == (NOTHING,)
