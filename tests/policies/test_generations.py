"""From what a client was made: only what is known here counts, whatever a caller writes."""

import pytest

from policies.generations import UNKNOWN, Generations

OLD, NOW, NEXT, FORMER, OTHER = (f"sha256:{letter * 64}" for letter in "abcde")
DIGESTS = {("stock", "1.0"): OLD, ("stock", "1.10"): NOW, ("stock", "1.9"): NEXT, ("sales", "1.0"): OTHER}


@pytest.fixture
def generations():
    return Generations(DIGESTS, [("stock", "1.10", FORMER), ("stock", "1.10", OLD), ("gone", "1.0", OTHER)])


@pytest.mark.parametrize(
    ("served", "digest", "label", "version"),
    [
        ("1.10", NOW, "current", "1.10"), ("1.10", OLD, "older", "1.0"), ("1.10", NEXT, "older", "1.9"),
        ("1.9", NOW, "newer", "1.10"), ("1.0", NEXT, "newer", "1.9"), ("1.10", FORMER, "older", "1.10"),
        ("1.10", OTHER, "unknown", ""), ("9.9", NOW, "unknown", ""),
    ],
)  # fmt: skip
def test_each_generation(generations, served, digest, label, version):
    found = generations.of("stock", served, digest.encode())

    assert (found.label, found.version) == (label, version)
    assert found.digest == ("" if label == "unknown" else digest)


@pytest.mark.parametrize(
    "text",
    [b"", b"sha256:", NOW.upper().encode(), NOW.encode() + b" ", f"{NOW}, {NOW}".encode(), b"\xff\x00\n", b"a" * 9_000],
)
def test_anything_else_is_unknown_and_kept_nowhere(generations, text):
    assert generations.of("stock", "1.10", text) is UNKNOWN


def test_without_documents_all_is_unknown():
    assert Generations().of("stock", "1.0", OLD.encode()) is UNKNOWN
