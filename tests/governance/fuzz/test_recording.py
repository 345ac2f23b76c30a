"""A recording tells what it holds, and where it was cut short or changed since."""

import json
import stat

import pytest
from fuzz_tape import NEW, PARTY, TAG, Tape

from contracts.diagnostic import InvalidInputError
from governance.fuzz.entry import Received, from_json, to_json
from governance.fuzz.recording import Writer, read_recording, read_unfinished


@pytest.fixture
def path(tmp_path):
    tape = Tape(tmp_path).all_fine()
    tape.add("getParty", 200, raw=b"\xff\xfe", headers=TAG, delivered=Received(502, (), b"{}"), problem="x")
    tape.add("getParty", 0, failure="timeout")
    tape.add("createParty", 400, {"error": "x"}, body=b"\x80", part="probe", about={"probe": "life", "member": "name"})
    return tape.write()


def code_of(path):
    with pytest.raises(InvalidInputError) as caught:
        read_recording(path)
    return caught.value.diagnostics[0]


def test_what_was_written_is_read_back(tmp_path, path):
    recording = read_recording(path)

    assert [one.number for one in recording.entries] == list(range(1, 9))
    assert recording.state == "complete"
    assert recording.entries[1].main.sent.body == json.dumps(NEW).encode()
    assert json.loads(recording.entries[2].received.body) == PARTY
    assert recording.entries[5].main.received.body == b"\xff\xfe"
    assert recording.entries[5].received.body == b"{}"
    assert recording.entries[6].main.received is None
    assert recording.entries[7].call.body == b"\x80"
    assert [from_json(json.loads(json.dumps(to_json(one)))) for one in recording.entries] == list(recording.entries)


def test_only_its_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_never_written_over(path):
    with pytest.raises(InvalidInputError) as caught:
        Writer(path, {})

    assert "there already" in str(caught.value)


@pytest.mark.parametrize("left", [0.3, 0.7, 0.999])
def test_one_that_was_cut_short_is_told(path, left):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * left)])

    assert code_of(path).code == "recording-cut-short"


def test_the_end_alone_missing_is_told_with_how_many_calls_there_are(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))

    assert "after 8 calls" in code_of(path).message
    assert len(read_unfinished(path)[1]) == 8


def test_any_line_that_was_changed_or_taken_out_is_told(path):
    lines = path.read_bytes().splitlines(keepends=True)
    for number in range(len(lines)):
        changed = lines[number].replace(b"1", b"2", 1)
        path.write_bytes(b"".join([*lines[:number], changed, *lines[number + 1 :]]))
        assert code_of(path).code in ("recording-changed", "no-recording"), number
        path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
        assert code_of(path).code in ("recording-changed", "recording-cut-short", "no-recording"), number


@pytest.mark.parametrize("text", [b"", b"{}\n", b"not json\n", b'{"form": "tidewaiter-recording/1"}\n', b"\x00\x01"])
def test_another_file_is_none(path, text):
    path.write_bytes(text)

    assert code_of(path).code in ("no-recording", "recording-cut-short")


def test_one_that_is_not_there_is_told(tmp_path):
    assert code_of(tmp_path / "none.jsonl").code == "unreadable"


def test_commitments_bind_and_tell_nothing(path):
    recording = read_recording(path)

    one, two = recording.commitment(1), recording.commitment(2)
    assert one != two
    assert len(one) == 64
    assert recording.salt not in one
