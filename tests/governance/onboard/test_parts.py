"""What onboarding keeps: the journal, sealed recordings, the line of the stage; each when it is broken, too."""

import os
from contextlib import suppress
from datetime import date

import pytest

from contracts.diagnostic import InvalidInputError
from governance.onboard.journal import Journal
from governance.onboard.outcome import Outcome
from governance.onboard.stage import set_stage, stage_of
from governance.onboard.vault import ended, key_of, seal, sweep, unseal

SECRET = b"a-secret-of-twenty-characters"
DAY = date(2026, 12, 1)


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "journal.jsonl")
    made.add("check", "sha256:1", "2026-11-26T09:00:00Z")
    made.add("check", "sha256:1", "2026-11-26T09:00:01Z", Outcome("done", ("fine",), facts={"evidence": "sha256:2"}))
    made.add("lint", "sha256:3", "2026-11-26T09:00:02Z")
    return made


def test_a_journal_is_read_as_it_was_written(journal):
    again = Journal(journal.path)
    assert again.events == journal.events
    assert again.last("check", "done").facts == {"evidence": "sha256:2"}
    assert again.last("lint", "done") is None
    assert journal.path.stat().st_mode & 0o077 == 0


def test_a_line_that_was_cut_did_not_happen(journal):
    """At each byte of it; what comes next takes its place."""
    whole = journal.path.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    for end in range(begin, len(whole)):
        journal.path.write_bytes(whole[:end])
        again = Journal(journal.path)
        assert len(again.events) == 2
        again.add("lint", "sha256:4", "2026-11-26T09:00:03Z")
        assert [one.inputs for one in Journal(journal.path).events] == ["sha256:1", "sha256:1", "sha256:4"]


def test_a_disk_that_is_full_is_told_and_what_comes_next_stands(journal, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:20]))
    with pytest.raises(OSError, match="No space left"):
        journal.add("lint", "sha256:4", "2026-11-26T09:00:03Z")
    monkeypatch.undo()
    journal.add("lint", "sha256:5", "2026-11-26T09:00:04Z")
    assert [one.inputs for one in Journal(journal.path).events][-2:] == ["sha256:3", "sha256:5"]


def test_any_other_change_of_a_journal_is_told(journal):
    """One byte anywhere in the lines before the last, lines moved, taken out, put in."""
    whole = journal.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    broken = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(lines[0]) + len(lines[1]))]
    broken += [b"".join(order) for order in (lines[1:], [lines[0], lines[2]], [lines[1], lines[0], lines[2]])]
    broken += [b"".join([*lines, lines[-1]]), b"[]\n" + whole, b"{}\n"]
    for text in broken:
        journal.path.write_bytes(text)
        with pytest.raises(InvalidInputError, match="is not as it was written"):
            Journal(journal.path)


@pytest.mark.parametrize("size", [0, 1, 1_048_575, 1_048_576, 1_048_577, 2_500_000])
def test_what_is_sealed_is_read_again(tmp_path, size):
    clear, sealed = tmp_path / "clear", tmp_path / "sealed"
    clear.write_bytes(os.urandom(size))
    seal(clear, sealed, SECRET, DAY)
    assert unseal(sealed, SECRET) == clear.read_bytes()
    assert sealed.stat().st_mode & 0o077 == 0
    with pytest.raises(InvalidInputError, match="another key"):
        unseal(sealed, SECRET + b"x")


def test_a_sealed_recording_cannot_be_changed(tmp_path):
    """Pieces moved, taken out, put in twice, cut; a byte of the head, of the data, of the end; another day."""
    clear, sealed = tmp_path / "clear", tmp_path / "sealed"
    clear.write_bytes(b"".join(bytes([n]) * 1_048_576 for n in range(3)))
    seal(clear, sealed, SECRET, DAY)
    head, _, rest = sealed.read_bytes().partition(b"\n")
    size = 1_048_576 + 16
    one, two, three = (rest[at : at + size] for at in (0, size, 2 * size))
    changed = [one + three, two + one + three, one + two, one + two + three[:-1], one + two + three + three, b""]
    texts = [head + b"\n" + text for text in changed]
    texts.append(head.replace(b"2026", b"2036") + b"\n" + rest)
    whole = sealed.read_bytes()
    texts += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (2, 12, 60, len(head) + 5, -40, -2)]
    for text in texts:
        sealed.write_bytes(text)
        with pytest.raises(InvalidInputError):
            unseal(sealed, SECRET)


def test_the_day_on_which_it_is_deleted(tmp_path):
    clear = tmp_path / "clear"
    clear.write_bytes(b"x")
    for name, day in (("old", date(2026, 11, 1)), ("today", DAY), ("later", date(2026, 12, 2))):
        seal(clear, tmp_path / "of" / f"{name}.sealed", SECRET, day)
    (tmp_path / "of/other.sealed").write_bytes(b"not ours")
    assert ended(tmp_path / "of/today.sealed", DAY)
    assert [path.name for path in sweep(tmp_path, "of", DAY)] == ["old.sealed", "today.sealed"]
    assert sorted(path.name for path in (tmp_path / "of").iterdir()) == ["later.sealed", "other.sealed"]


@pytest.mark.parametrize(("secret", "words"), [(None, "RECORDING_KEY"), ("short", "fewer than 20 characters")])
def test_a_key_that_is_none(tmp_path, monkeypatch, secret, words):
    monkeypatch.delenv("TIDEWAITER_SECRET_RECORDING_KEY", raising=False)
    if secret is not None:
        monkeypatch.setenv("TIDEWAITER_SECRET_RECORDING_KEY", secret)
    with pytest.raises(InvalidInputError, match=words):
        key_of(tmp_path)


def test_a_key_that_is_missing_is_looked_for_in_the_settings_that_were_read(tmp_path, monkeypatch):
    monkeypatch.delenv("TIDEWAITER_SECRET_RECORDING_KEY", raising=False)
    (tmp_path / "other.yaml").write_text("allow_unnamed_secrets: true\n")
    monkeypatch.setenv("TIDEWAITER_NODE", str(tmp_path / "other.yaml"))
    with pytest.raises(InvalidInputError) as told:
        key_of(tmp_path)
    (one,) = told.value.diagnostics
    assert one.file == str(tmp_path / "other.yaml")
    assert f"under `secrets` in {tmp_path}/other.yaml" in one.message
    assert ".tidewaiter/node.yaml" not in str(one)
    assert "make a key for recordings" in one.remedy


ENTITY = "name: N # stage: candidate\ncountry: DE\nowner: o\n{}offers: []\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("stage: candidate\n", "stage: onboarded\n"),
        ("stage:   'candidate'   # until the board decides: candidate\n", "stage:   'onboarded'   # until the board decides: candidate\n"),
        ('"stage": "candidate"\n', '"stage": "onboarded"\n'),
        ("# the stage is candidate\nstage: suspended\n", "# the stage is candidate\nstage: onboarded\n"),
        ("", None),
    ],
)  # fmt: skip
def test_the_line_of_the_stage(tmp_path, before, after):
    """One word changes, and nothing else of the file; it is written where it was left out."""
    (tmp_path / "entities").mkdir()
    path = tmp_path / "entities/acme.yaml"
    path.write_text(ENTITY.format(before))
    assert set_stage(tmp_path, "acme", "onboarded")
    text = path.read_text()
    assert text == (ENTITY.format(after) if after is not None else ENTITY.format("") + "stage: onboarded\n")
    assert stage_of(tmp_path, "acme") == "onboarded"
    assert not set_stage(tmp_path, "acme", "onboarded")
    if "suspended" not in before and after is not None:
        assert set_stage(tmp_path, "acme", "candidate")
        assert path.read_text() == ENTITY.format(before)


@pytest.mark.parametrize("line", ["stage: &s candidate\n", "stage: >-\n  candidate\n", 'stage: "can\\x64idate"\n'])
def test_a_stage_that_cannot_be_written_safely(tmp_path, line):
    """Written as it can be, or refused with the file as it was; never something else."""
    (tmp_path / "entities").mkdir()
    path = tmp_path / "entities/acme.yaml"
    path.write_text(ENTITY.format(line))
    with suppress(InvalidInputError):
        set_stage(tmp_path, "acme", "onboarded")
    text = path.read_text()
    assert text == ENTITY.format(line) or stage_of(tmp_path, "acme") == "onboarded"
