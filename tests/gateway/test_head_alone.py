"""Each framing row that is refused is refused by our own reader alone: the second reader is a second line of defence."""

from pathlib import Path

import pytest
import yaml

from contracts.settings import Bounds
from gateway.chunks import ChunkReader
from gateway.head import CHUNKED, check_partial, read_head
from policies.step import Refusal

FILE = Path(__file__).parent / "framing.yaml"
SECONDS_OWN = "tab behind the coding"
"""Legal white space, which the second reader does not take."""
ROWS = [
    row
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))
    if "refused" in row and "seen" not in row and row["name"] != SECONDS_OWN
]
BOUNDS = Bounds()


def sent(row):
    text = row["send"].replace("<pad>", "a" * row.get("pad", 0)).replace("<path>", "/v").replace("<host>", "a.example")
    return text.replace("<authority>", "a.example").replace("<AUTHORITY>", "A.Example").encode("latin-1")


def read(raw):
    """Read one message as the wire does, with no second reader. Raises Refusal."""
    raw = raw.removeprefix(b"\r\n")
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        check_partial(raw, BOUNDS)
        return
    head = read_head(raw[: end + 4], BOUNDS)
    if head.length == CHUNKED:
        ChunkReader(BOUNDS.head_bytes).feed(raw[end + 4 :])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_our_reader_needs_no_second(row):
    with pytest.raises(Refusal) as caught:
        read(sent(row))

    assert caught.value.problem.name == row["refused"]
